"""Terrain and imagery that were imported: as tiles of the map, and heights at places."""

import asyncio
import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, NamedTuple, TypeVar

import numpy as np
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, WithJsonSchema
from starlette.requests import HTTPConnection

from data.models import FileGoneError, ModelFile
from data.models.keeping import opened, place_of
from spatial.crs import WGS84
from spatial.files import FileRefusedError
from spatial.rasters import describe, heights, tile
from twin.api.access import check_origin
from twin.api.entity_answers import NoneAsked
from twin.api.entity_documents import answered
from twin.api.maps import Step
from twin.api.model_files import (
    NOT_MODIFIED,
    DigestQuery,
    FileChoice,
    ModelName,
    ModelShelf,
    Shelf,
    caching,
    files_of,
    has_it,
)
from twin.api.parameters import NoQuery, of_text, parse_text
from twin.api.problems import UnavailableError, UnknownError, documented
from twin.api.terrain_tiles import MAX_ZOOM, TileJson, datum_of, min_zoom, tile_json

router = APIRouter(prefix="/api/v1/models", tags=["models"], responses=documented(404))

Result = TypeVar("Result")
MOST_POINTS = 10_000
_PNG = "image/png"
_AT_ONCE = 2
_MOST_WAITING = 200


class RasterWork:
    """Threads that read rasters: few, for each takes a core and tens of megabytes."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_AT_ONCE, "rasters")
        self._waiting = 0

    async def do(self, work: Callable[[], Result]) -> Result:
        """Do something off the event loop.

        Raises:
            UnavailableError: too much else waits.
        """
        if self._waiting >= _MOST_WAITING:
            raise UnavailableError("too many tiles and heights are asked for: try again in a while")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """Drop what waits and end the threads."""
        await asyncio.to_thread(partial(self._threads.shutdown, cancel_futures=True))


async def _work(connection: HTTPConnection) -> RasterWork:
    work: RasterWork = connection.app.state.raster_work
    return work


Work = Annotated[RasterWork, Depends(_work)]


class TileNumber(NamedTuple):
    """One tile: zoom, column from the west, row from the north."""

    z: int
    x: int
    y: int


async def _tile_number(z: Annotated[int, Field(ge=0, le=MAX_ZOOM)], x: Step, y: Step) -> TileNumber:
    if max(x, y) >= 1 << z:
        raise UnknownError(f"tile {z}/{x}/{y}: expected rows and columns 0 to {(1 << z) - 1:,}")
    return TileNumber(z, x, y)


class Point(NamedTuple):
    """Longitude and latitude in degrees (WGS 84)."""

    lon: Annotated[FiniteFloat, Field(ge=-180, le=180)]
    lat: Annotated[FiniteFloat, Field(ge=-90, le=90)]


class Points(BaseModel):
    """Places whose heights are asked for."""

    model_config = ConfigDict(extra="forbid")

    points: list[Point] = Field(min_length=1, max_length=MOST_POINTS)


class Heights(BaseModel):
    """Heights of the ground, in the order of the places."""

    height_datum: str = Field(description="zero of the heights; empty where the file does not say")
    heights_m: list[float | None] = Field(description="null where the terrain has none")


# FastAPI takes whatever is a tuple for a parameter that is given several times.
@dataclass(frozen=True, slots=True)
class Places:
    """Points in an address."""

    points: tuple[Point, ...]


def parse_points(text: str) -> Places:
    """Read ``lon,lat;lon,lat``.

    Raises:
        ValueError: it is no list of places.
    """
    parts = parse_text(text).split(";")
    if len(parts) > MOST_POINTS:
        raise ValueError(f"{len(parts):,} places: expected at most {MOST_POINTS:,}")
    return Places(tuple(_point(part) for part in parts))


def _point(text: str) -> Point:
    try:
        longitude, latitude = map(float, text.split(","))
    except ValueError:
        raise ValueError(f"{text[:100]!r}: expected lon,lat;lon,lat, e.g. 113.94,22.75") from None
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):  # noqa: PLR2004 - degrees
        raise ValueError(f"{text[:100]!r}: expected a longitude in ±180 and a latitude in ±90")
    return Point(longitude, latitude)


class HeightQuery(NoQuery):
    """Places in the address."""

    points: Annotated[
        Places,
        of_text(parse_points),
        WithJsonSchema({"type": "string", "examples": ["113.94,22.75;113.95,22.75"]}),
    ] = Field(description="lon,lat;lon,lat in WGS 84")


class _Source(NamedTuple):
    """A raster of a model, and where its bytes lie."""

    file: ModelFile
    path: Path

    def read(self, work: Callable[[Path], Result]) -> Result:
        """Do something with the bytes.

        Raises:
            FileGoneError: they are not what they were.
        """
        opened(self.path.parent, self.file).close()
        try:
            return work(self.path)
        except (FileRefusedError, FileNotFoundError) as error:
            why = str(error).replace(self.file.digest, self.file.name)
            raise FileGoneError(f"{why}: import its model again") from error


@router.get("/{model:path}/terrain.json", response_model=TileJson)
async def read_terrain_json(
    shelf: ModelShelf, work: Work, model: ModelName, _query: NoneAsked
) -> Response:
    """Return the TileJSON of terrain or imagery."""
    source = await _source(shelf, model)
    return answered(tile_json(model, source.file, await work.do(partial(source.read, describe))))


@router.get(
    "/{model:path}/terrain/{z}/{x}/{y}.png",
    response_class=Response,
    responses={
        200: {"content": {_PNG: {"schema": {"type": "string", "format": "binary"}}}},
        204: {"description": "nothing is there"},
        **NOT_MODIFIED,
    },
)
async def read_terrain_tile(
    request: Request,
    shelf: ModelShelf,
    work: Work,
    model: ModelName,
    number: Annotated[TileNumber, Depends(_tile_number)],
    query: Annotated[DigestQuery, Query()],
) -> Response:
    """Return a tile of 256 x 256 pixels: heights in terrarium colours, or a picture."""
    source = await _source(shelf, model)
    headers = caching(source.file, query.v)
    if has_it(request, headers):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    data = await work.do(partial(source.read, partial(_cut, number=number)))
    if data is None:
        return Response(status_code=HTTPStatus.NO_CONTENT, headers=headers)
    return Response(data, headers=headers, media_type=_PNG)


@router.get("/{model:path}/heights", response_model=Heights)
async def read_heights(
    shelf: ModelShelf, work: Work, model: ModelName, query: Annotated[HeightQuery, Query()]
) -> Response:
    """Return heights of the ground in metres, interpolated between pixels."""
    return await _heights(await _source(shelf, model), work, query.points.points)


@router.post(
    "/{model:path}/heights",
    response_model=Heights,
    responses=documented(413, 415),
    dependencies=[Depends(check_origin)],
)
async def read_many_heights(
    shelf: ModelShelf, work: Work, model: ModelName, asked: Points
) -> Response:
    """Return heights of the ground at more places than an address can hold."""
    return await _heights(await _source(shelf, model), work, asked.points)


async def _source(shelf: Shelf, model: str) -> _Source:
    found = await files_of(shelf.store, model, FileChoice(kinds=("terrain", "imagery")))
    if not found:
        raise UnknownError(f"model {model[:100]!r}: expected terrain or imagery (GeoTIFF)")
    return _Source(found[0], place_of(shelf.folder(), found[0].digest))


async def _heights(source: _Source, work: RasterWork, points: Sequence[Point]) -> Response:
    if source.file.kind != "terrain":
        raise UnknownError(f"file {source.file.name!r} is {source.file.kind}: expected terrain")
    found, datum = await work.do(partial(source.read, partial(_sampled, points=points)))
    return answered({"height_datum": datum, "heights_m": found})


def _sampled(path: Path, points: Sequence[Point]) -> tuple[list[float | None], str]:
    x, y = np.array(points, np.float64).T
    found = heights(path, x, y, WGS84).tolist()
    return [height if math.isfinite(height) else None for height in found], datum_of(describe(path))


def _cut(path: Path, number: TileNumber) -> bytes | None:
    least = min_zoom(describe(path))
    if number.z < least:
        raise UnknownError(f"tile of zoom {number.z}: expected zoom {least} to {MAX_ZOOM}")
    return tile(path, *number)
