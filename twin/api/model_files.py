"""Files of models that are served as they are: tiles, and buildings in 3-D."""

import asyncio
from collections.abc import Iterator, Mapping
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import IO, Annotated, Any, NamedTuple, get_args
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi import Path as PathParameter
from fastapi.responses import StreamingResponse
from psycopg.rows import DictRow
from psycopg.sql import SQL
from pydantic import AfterValidator, BaseModel, Field
from starlette.requests import HTTPConnection

from data.models import FileGoneError, ModelFile
from data.models.files import Kind
from data.models.keeping import opened
from twin.api import cursors
from twin.api.entity_documents import answered
from twin.api.parameters import NoQuery, PageQuery, SearchText, page_of, parse_text
from twin.api.problems import UnavailableError, UnknownError, documented
from twin.api.store import Pool, Store, row, rows

router = APIRouter(prefix="/api/v1/models", tags=["models"], responses=documented(404))

STATUS: Mapping[type[Exception], HTTPStatus] = {FileGoneError: HTTPStatus.SERVICE_UNAVAILABLE}

ModelName = Annotated[SearchText, PathParameter(description="as its imports named it")]
# A name of a tile may have the part that stands before it, so a piece may be long.
PathText = Annotated[str, Field(max_length=1300), AfterValidator(parse_text)]

NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "the caller has it"}}
_BYTES = {"schema": {"type": "string", "format": "binary"}}
_MEDIA_TYPES = (
    "application/json", "application/octet-stream", "image/jpeg", "image/ktx2", "image/png",
    "image/webp", "model/gltf+json", "model/gltf-binary",
)  # fmt: skip
_YEAR_S = 31_536_000
_PIECE = 256 * 1024
_MOST_PARTS = 32
_TILES = "/tiles/"

_TILE = SQL("""
    SELECT f.name, f.kind, f.media_type, f.size, f.digest, f.entry
    FROM model_file f JOIN model m ON m.id = f.model
    WHERE (m.name, f.name) IN (SELECT * FROM unnest(%(models)s::text[], %(names)s::text[]))
    AND f.kind = 'tileset' ORDER BY length(m.name) LIMIT 1""")
_OF_KINDS = SQL("""
    SELECT f.name, f.kind, f.media_type, f.size, f.digest, f.entry
    FROM model_file f JOIN model m ON m.id = f.model
    WHERE m.name = %(model)s AND f.kind = ANY (%(kinds)s) AND f.name > %(after)s
    AND (%(name)s::text IS NULL OR f.name = %(name)s) AND (%(entry)s::bool IS NOT TRUE OR f.entry)
    ORDER BY f.name LIMIT %(limit)s""")
_KNOWN = SQL("SELECT 1 FROM model WHERE name = %(model)s")


class ServedFile(BaseModel):
    """A file of a model that is served as it is."""

    name: str = Field(description="in its tileset; of a scene the key of the building")
    kind: Kind
    media_type: str
    size: int = Field(description="bytes")
    digest: str = Field(description="SHA-256; also its ETag")
    entry: bool = Field(description="whether a viewer asks for it first")
    address: str = Field(description="where it is, or for a raster the TileJSON of its tiles")


class ServedFileList(BaseModel):
    """Files in the order of their names."""

    items: list[ServedFile]
    next: str | None


class FileQuery(PageQuery):
    """Which files; conditions add up."""

    kind: Kind | None = None
    entry: bool | None = Field(default=None, description="true: only what is asked for first")


class DigestQuery(NoQuery):
    """The query of a file: the digest that it had when its address was written."""

    v: str | None = Field(default=None, pattern="^[0-9a-f]{64}$")


class SceneQuery(DigestQuery):
    """Which building of a model."""

    building: SearchText | None = Field(
        default=None, description="its key; needed where the model has several: /files?kind=scene"
    )


class Shelf(NamedTuple):
    """Where files of models are: which there are says the store, their bytes lie in the folder."""

    store: Pool
    told: Path | None

    def folder(self) -> Path:
        """Return the folder.

        Raises:
            UnavailableError: the service was started without one.
        """
        if self.told is None:
            raise UnavailableError("this service was not told where files of models lie")
        return self.told


async def _shelf(store: Store, connection: HTTPConnection) -> Shelf:
    return Shelf(store, connection.app.state.models_folder)


ModelShelf = Annotated[Shelf, Depends(_shelf)]


class FileChoice(NamedTuple):
    """Which files of a model; conditions add up, None is no condition."""

    kinds: tuple[Kind, ...] = get_args(Kind)
    name: str | None = None
    entry: bool | None = None
    after: str = ""
    limit: int = 1


@router.get(
    "/{model:path}/tiles/{path:path}",
    response_class=Response,
    responses={200: {"content": dict.fromkeys(_MEDIA_TYPES, _BYTES)}, **NOT_MODIFIED},
)
async def read_tile_of_model(
    request: Request,
    shelf: ModelShelf,
    model: PathText,
    path: PathText,
    query: Annotated[DigestQuery, Query()],
) -> Response:
    """Return a file of a 3-D tileset: one of its list, whatever else lies on the disk."""
    asked = f"{model}{_TILES}{path}"
    if b"%2f" in bytes(request.scope.get("raw_path") or b"").lower().partition(b"/tiles/")[2]:
        raise UnknownError(f"tile {asked[:200]!r}: expected a name without encoded slashes")
    return await answered_file(request, shelf, await _tile(shelf.store, asked), query.v)


@router.get("/{model:path}/files", response_model=ServedFileList)
async def list_files(
    store: Store, model: ModelName, query: Annotated[FileQuery, Query()]
) -> Response:
    """Return the files of a model that are served as they are."""
    choice = FileChoice(
        kinds=get_args(Kind) if query.kind is None else (query.kind,),
        entry=query.entry,
        after="" if query.cursor is None else str(cursors.decode(query.cursor, (str,))[0]),
        limit=query.limit + 1,
    )
    items, last = page_of(await files_of(store, model, choice), query.limit)
    return answered(
        {
            "items": [file._asdict() | {"address": address_of(model, file)} for file in items],
            "next": None if last is None else cursors.encode(last.name),
        }
    )


@router.get(
    "/{model:path}/scene.glb",
    response_class=Response,
    responses={200: {"content": {"model/gltf-binary": _BYTES}}, **NOT_MODIFIED},
)
async def read_scene_of_model(
    request: Request, shelf: ModelShelf, model: ModelName, query: Annotated[SceneQuery, Query()]
) -> Response:
    """Return a building of a model as binary glTF 2.0; its extras say where it stands."""
    choice = FileChoice(kinds=("scene",), name=query.building, limit=2)
    found = await files_of(shelf.store, model, choice)
    if len(found) == 1:
        return await answered_file(request, shelf, found[0], query.v)
    which = "one" if query.building is None else repr(query.building[:100])
    raise UnknownError(
        f"building of model {model[:100]!r}: expected {which}, found "
        f"{'several' if found else 'none'}; GET /api/v1/models/{model[:100]}/files?kind=scene"
    )


async def files_of(store: Pool, model: str, choice: FileChoice) -> list[ModelFile]:
    """Return files of a model in the order of their names.

    Raises:
        UnknownError: there is no such model.
    """
    told = choice._asdict() | {"model": model, "kinds": list(choice.kinds)}
    found = await rows(store, _OF_KINDS, told)
    if not found and await row(store, _KNOWN, {"model": model}) is None:
        raise UnknownError(f"model {model[:100]!r}: expected one of GET /api/v1/models")
    return [_file(each) for each in found]


def address_of(model: str, file: ModelFile) -> str:
    """Return where a file is served; an address with its digest never means another one."""
    start = f"{router.prefix}/{quote(model)}"
    if file.kind == "tileset":
        return f"{start}{_TILES}{quote(file.name)}?v={file.digest}"
    if file.kind == "scene":
        return f"{start}/scene.glb?building={quote(file.name, safe='')}&v={file.digest}"
    return f"{start}/terrain.json"


def caching(file: ModelFile, asked: str | None) -> dict[str, str]:
    """Return the headers that say how long what was made of a file may be kept."""
    lasting = asked == file.digest
    return {
        "ETag": f'"{file.digest}"',
        "Cache-Control": f"private, max-age={_YEAR_S}, immutable" if lasting else "no-cache",
    }


def has_it(request: Request, headers: Mapping[str, str]) -> bool:
    """Tell whether the caller named the ETag as what they have (RFC 9110, 13.1.2)."""
    said = ",".join(request.headers.getlist("if-none-match"))
    return said.strip() == "*" or headers["ETag"] in said


async def answered_file(
    request: Request, shelf: Shelf, file: ModelFile, asked: str | None
) -> Response:
    """Return a file in pieces, so that large ones need no memory.

    Raises:
        FileGoneError: it does not lie where it was kept.
    """
    headers = caching(file, asked)
    if has_it(request, headers):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    source = await asyncio.to_thread(partial(opened, shelf.folder(), file))
    headers["Content-Length"] = str(file.size)
    return StreamingResponse(_pieces(source), headers=headers, media_type=file.media_type)


def _pieces(source: IO[bytes]) -> Iterator[bytes]:
    with source:
        while piece := source.read(_PIECE):
            yield piece


async def _tile(store: Pool, asked: str) -> ModelFile:
    """Return the tile that is meant, wherever in the address the model's name ends."""
    parts = asked.split(_TILES)
    ends = range(1, min(len(parts), _MOST_PARTS))
    told = {
        "models": [_TILES.join(parts[:end]) for end in ends],
        "names": [_TILES.join(parts[end:]) for end in ends],
    }
    found = await row(store, _TILE, told)
    if found is None:
        raise UnknownError(f"tile {asked[:200]!r}: expected a file of a tileset that was imported")
    return _file(found)


def _file(found: DictRow) -> ModelFile:
    return ModelFile(**found)
