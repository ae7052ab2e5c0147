"""The scene and the vector tiles of the district."""

from collections import OrderedDict
from hashlib import blake2b
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Query, Request, Response
from psycopg.sql import SQL
from pydantic import Field

from twin.api.parameters import NoQuery, SearchText
from twin.api.problems import UnavailableError, documented
from twin.api.store import Pool, pool_of, row
from viz.scene import District, district_bounds, district_scene
from viz.tiles import Bounds, tile, tile_json

router = APIRouter(tags=["map"], responses=documented())

MVT = "application/vnd.mapbox-vector-tile"
_REVISION = SQL("SELECT revision FROM registry_state")
_MOST_CACHED_BYTES = 64 << 20
_YEAR_S = 31_536_000


Zoom = Annotated[int, Field(ge=0, le=30)]
Step = Annotated[int, Field(ge=0, lt=1 << 30)]


class TileKey(NamedTuple):
    """One tile of one revision of the register."""

    revision: int
    layer: str
    z: int
    x: int
    y: int


class TileCache:
    """Tiles in memory, the ones used last, up to a number of bytes."""

    def __init__(self, most_bytes: int = _MOST_CACHED_BYTES) -> None:
        self._tiles: OrderedDict[TileKey, bytes] = OrderedDict()
        self._bytes = 0
        self._most_bytes = most_bytes

    def get(self, key: TileKey) -> bytes | None:
        """Return a tile, if it is here."""
        found = self._tiles.get(key)
        if found is not None:
            self._tiles.move_to_end(key)
        return found

    def put(self, key: TileKey, data: bytes) -> None:
        """Keep a tile, and drop the ones that were longest not asked for."""
        self._bytes += len(data) - len(self._tiles.get(key, b""))
        self._tiles[key] = data
        while self._bytes > self._most_bytes:
            _, dropped = self._tiles.popitem(last=False)
            self._bytes -= len(dropped)


class TileQuery(NoQuery):
    """The query of a tile: which revision of the register its map was made for."""

    v: int | None = Field(default=None, ge=0, le=9_223_372_036_854_775_807)


class Extent(NamedTuple):
    """Where the district is, and how fresh that is."""

    bounds: Bounds
    revision: int


async def _extent(request: Request) -> Extent:
    """Return the district's extent, computed once for each revision of the register."""
    pool = pool_of(request)
    revision = await _revision(pool)
    known: Extent | None = request.app.state.extent
    if known is not None and known.revision == revision:
        return known
    async with pool.connection() as connection:
        bounds = await district_bounds(connection)
    if bounds is None:
        raise UnavailableError("the register has no sub-district yet: load a district first")
    request.app.state.extent = Extent(bounds, revision)
    return Extent(bounds, revision)


Place = Annotated[Extent, Depends(_extent)]
NoneAsked = Annotated[NoQuery, Query()]


@router.get("/api/v1/scene")
async def read_scene(request: Request, place: Place, _query: NoneAsked) -> dict[str, Any]:
    """Return what the viewer draws: MapLibre style, deck layers and what is live."""
    config = request.app.state.config
    return district_scene(
        District(config.district_zh, config.district_en, place.bounds, place.revision)
    )


@router.get("/tiles/{layer}.json", responses=documented(404))
async def read_tile_json(layer: SearchText, place: Place, _query: NoneAsked) -> dict[str, Any]:
    """Return the TileJSON 3.0 of a layer."""
    return tile_json(layer, bounds=place.bounds, revision=place.revision)


@router.get(
    "/tiles/{layer}/{z}/{x}/{y}.mvt",
    response_class=Response,
    responses={
        200: {"content": {MVT: {"schema": {"type": "string", "format": "binary"}}}},
        304: {"description": "the caller has it"},
        **documented(404),
    },
)
async def read_tile(
    request: Request,
    layer: SearchText,
    z: Zoom,
    x: Step,
    y: Step,
    query: Annotated[TileQuery, Query()],
) -> Response:
    """Return one vector tile; it has no bytes where nothing is drawn."""
    pool = pool_of(request)
    revision = await _revision(pool)
    key = TileKey(revision, layer, z, x, y)
    data = await _tile(pool, request.app.state.tiles, key)
    headers = {
        "ETag": f'"{blake2b(data, digest_size=12).hexdigest()}"',
        # An address with the current revision never means another tile.
        "Cache-Control": f"public, max-age={_YEAR_S}, immutable"
        if query.v == revision
        else "no-cache",
    }
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(data, media_type=MVT, headers=headers)


async def _tile(pool: Pool, cache: TileCache, key: TileKey) -> bytes:
    if (known := cache.get(key)) is not None:
        return known
    async with pool.connection() as connection:
        data = await tile(connection, key.layer, key.z, key.x, key.y)
    cache.put(key, data)
    return data


async def _revision(pool: Pool) -> int:
    found = await row(pool, _REVISION, {})
    if found is None:
        raise UnavailableError("the store is empty: run twin migrate")
    return int(found["revision"])
