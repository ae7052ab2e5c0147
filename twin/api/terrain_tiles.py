"""What is said of the tiles of terrain and imagery: their zooms, and how heights are written."""

import math
from typing import Any, Literal

from pydantic import BaseModel, Field

from data.models import ModelFile
from spatial.crs import called
from spatial.rasters import Raster
from twin.api.model_files import address_of

MAX_ZOOM = 24
_TILE_PX = 256
_MOST_PIXELS = 64 * 1024**2
"""That one tile may read (``spatial.rasters.tiles``)."""
_WORLD_M = 2 * math.pi * 6_378_137.0
_END = 85.051_128_779_8


class TileJson(BaseModel):
    """TileJSON 3.0.0, and how heights are written into colours."""

    tilejson: Literal["3.0.0"] = "3.0.0"
    name: str
    tiles: list[str]
    tile_size: int = Field(alias="tileSize", description="pixels")
    bounds: list[float] = Field(description="west, south, east, north in degrees")
    minzoom: int
    maxzoom: int
    encoding: Literal["terrarium"] | None = Field(description="null for imagery")
    height_datum: str | None = Field(description="empty where the file does not say; null alike")


def datum_of(raster: Raster) -> str:
    """Return what heights count from, empty where the file does not say."""
    return "" if raster.height_datum is None else called(raster.height_datum)


def tile_json(model: str, file: ModelFile, raster: Raster) -> dict[str, Any]:
    """Return the TileJSON of a raster of a model."""
    start = address_of(model, file).removesuffix(".json")
    terrain = file.kind == "terrain"
    return {
        "tilejson": "3.0.0",
        "name": model,
        "tiles": [f"{start}/{{z}}/{{x}}/{{y}}.png?v={file.digest}"],
        "tileSize": _TILE_PX,
        "bounds": list(raster.bounds or (-180.0, -_END, 180.0, _END)),
        "minzoom": min_zoom(raster),
        "maxzoom": max_zoom(raster),
        "encoding": "terrarium" if terrain else None,
        "height_datum": datum_of(raster) if terrain else None,
    }


def max_zoom(raster: Raster) -> int:
    """Return the zoom whose pixels are as fine as those of a raster."""
    finest = math.log2(_WORLD_M / _TILE_PX / _pixel_m(raster))
    return min(max(math.ceil(finest - 1e-6), min_zoom(raster)), MAX_ZOOM)


def min_zoom(raster: Raster) -> int:
    """Return the zoom from which on every tile can be cut without reading too many pixels."""
    pixel_m = _pixel_m(raster)
    least = MAX_ZOOM
    while least and _most_read(raster, pixel_m, least - 1) <= _MOST_PIXELS:
        least -= 1
    return least


def _most_read(raster: Raster, pixel_m: float, zoom: int) -> float:
    """Return how many pixels one tile of a zoom reads at most."""
    needed = _WORLD_M / (1 << zoom) / _TILE_PX / pixel_m
    factor = max((each for each in raster.overviews if each <= needed), default=1)
    whole = raster.width * raster.height / factor**2
    return min(whole, (_TILE_PX * needed / factor) ** 2)


def _pixel_m(raster: Raster) -> float:
    """Return how large a pixel is in EPSG:3857."""
    west, south, east, north = raster.bounds or (-180.0, -_END, 180.0, _END)
    if west > east:  # across the antimeridian
        west, east = -180.0, 180.0
    wide = math.radians(east - west)
    tall = _up(north) - _up(south)
    metres = _WORLD_M / (2 * math.pi) * math.sqrt(wide * tall / (raster.width * raster.height))
    return max(metres, 1e-3)


def _up(latitude: float) -> float:
    return math.asinh(math.tan(math.radians(min(max(latitude, -_END), _END))))
