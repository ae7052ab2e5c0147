"""Tiles of a raster for the map (EPSG:3857, z/x/y from the north-west corner), cut when asked."""

import math
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.enums import Resampling  # type: ignore[import-untyped]
from rasterio.vrt import WarpedVRT  # type: ignore[import-untyped]

from spatial.crs import WEB_MERCATOR
from spatial.files.errors import refuse
from spatial.rasters import png, terrarium
from spatial.rasters.dataset import opened
from spatial.rasters.raster import Raster, describe

Pixels: TypeAlias = NDArray[np.uint8]

SIZE = 256
MAX_ZOOM = 24
_RADIUS_M = 6_378_137.0
_EDGE_M = math.pi * _RADIUS_M
_END = 85.051_128_779_8
"""Degrees of latitude at which the map ends."""
_FINEST_M = 1e-3
_MAX_PIXELS = 64 * 1024**2
_WARP_MB = 64


class ChooseTileError(ValueError):
    """A tile that there is not. Ask for one of the zoom's own rows and columns."""


class _Box(NamedTuple):
    """Metres in EPSG:3857."""

    west: float
    south: float
    east: float
    north: float


class _Source(NamedTuple):
    """What is to be warped: where it lies in EPSG:3857, how large a pixel is, and from what."""

    raster: Raster
    box: _Box
    pixel_m: float


class _Bands(NamedTuple):
    """Which bands are red, green and blue, which is opacity, and how the numbers are meant."""

    colours: list[int]
    opacity: int
    paletted: bool
    inverted: bool


def tile(path: Path, z: int, x: int, y: int) -> bytes | None:
    """Return a tile of 256 x 256 pixels as PNG, None where the raster has nothing.

    Terrain comes as heights in colours (``terrarium``), 0 m where it has none; imagery as it is,
    and transparent where it has none.

    Args:
        path: of a GeoTIFF.
        z: zoom, 0 to 24.
        x: column from the west.
        y: row from the north.

    Raises:
        ChooseTileError: the zoom has no such tile.
        FileRefusedError: the raster cannot be shown, or not so far out without overviews.
    """
    wanted = _box(z, x, y)
    source = _source(path, describe(path))
    if not _overlap(source.box, wanted):
        return None
    level = _overview(path, source, wanted)
    with opened(path, **({} if level is None else {"OVERVIEW_LEVEL": level})) as dataset:
        return _cut(dataset, source.raster, wanted)


def _box(z: int, x: int, y: int) -> _Box:
    if not 0 <= z <= MAX_ZOOM:
        raise ChooseTileError(f"zoom {z!r}: expected 0 to {MAX_ZOOM}")
    count = 1 << z
    if not (0 <= x < count and 0 <= y < count):
        raise ChooseTileError(f"tile {z}/{x}/{y}: expected rows and columns 0 to {count - 1:,}")
    side = 2 * _EDGE_M / count
    west, north = x * side - _EDGE_M, _EDGE_M - y * side
    return _Box(west, north - side, west + side, north)


def _source(path: Path, raster: Raster) -> _Source:
    if raster.crs is None:
        raise refuse(path, "its CRS is not said: it cannot be shown on a map")
    if raster.kind == "other":
        bands = ", ".join(raster.bands)
        raise refuse(path, f"has bands of {bands}: expected one of heights, or imagery of uint8")
    if raster.bounds is None:
        raise refuse(path, "its corners lie outside the globe in its CRS: it cannot be shown")
    west, south, east, north = raster.bounds
    if west > east:  # across the antimeridian
        west, east = -180.0, 180.0
    box = _Box(_across(west), _up(south), _across(east), _up(north))
    area = (box.east - box.west) * (box.north - box.south)
    pixel_m = math.sqrt(area / (raster.width * raster.height))
    return _Source(raster, box, max(pixel_m, _FINEST_M))


def _across(longitude: float) -> float:
    return math.radians(longitude) * _RADIUS_M


def _up(latitude: float) -> float:
    return math.asinh(math.tan(math.radians(min(max(latitude, -_END), _END)))) * _RADIUS_M


def _overview(path: Path, source: _Source, wanted: _Box) -> int | None:
    """Return the coarsest overview that is fine enough, None for the raster itself."""
    needed = (wanted.east - wanted.west) / SIZE / source.pixel_m
    fine = [(factor, at) for at, factor in enumerate(source.raster.overviews) if factor <= needed]
    factor, level = max(fine, default=(1, None))
    seen = _Box(
        max(source.box.west, wanted.west),
        max(source.box.south, wanted.south),
        min(source.box.east, wanted.east),
        min(source.box.north, wanted.north),
    )
    pixels = (seen.east - seen.west) * (seen.north - seen.south) / (source.pixel_m * factor) ** 2
    if pixels > _MAX_PIXELS:
        raise refuse(
            path,
            f"would read {pixels:,.0f} pixels for one tile: expected at most {_MAX_PIXELS:,}; "
            "add overviews with gdaladdo",
        )
    return level


def _overlap(one: _Box, other: _Box) -> bool:
    return (
        one.west < other.east
        and other.west < one.east
        and one.south < other.north
        and other.south < one.north
    )


def _cut(dataset: Any, raster: Raster, wanted: _Box) -> bytes | None:  # noqa: ANN401 - as above
    terrain = raster.kind == "terrain"
    pixel_m = (wanted.east - wanted.west) / SIZE
    bands = _bands(dataset)
    with WarpedVRT(
        dataset,
        src_crs=raster.crs,
        crs=WEB_MERCATOR,
        transform=Affine(pixel_m, 0.0, wanted.west, 0.0, -pixel_m, wanted.north),
        width=SIZE,
        height=SIZE,
        resampling=Resampling.nearest if bands.paletted else Resampling.bilinear,
        add_alpha=bands.opacity > dataset.count,
        warp_mem_limit=_WARP_MB,
    ) as warped:
        shown = _terrain(warped, raster) if terrain else _imagery(warped, bands)
    return None if shown is None else png.encode(shown)


def _terrain(warped: Any, raster: Raster) -> Pixels | None:  # noqa: ANN401 - as above
    opaque = warped.read(warped.count) > 0
    if not opaque.any():
        return None
    metres = raster.metres() or 1.0
    found = (warped.read(1).astype(np.float64) * warped.scales[0] + warped.offsets[0]) * metres
    return terrarium.encode(np.where(opaque, found, np.nan))


def _imagery(warped: Any, bands: _Bands) -> Pixels | None:  # noqa: ANN401 - as above
    opacity = warped.read(bands.opacity)
    if not opacity.any():
        return None
    if bands.paletted:
        colours = _palette(warped.colormap(1))[warped.read(1)]
    else:
        colours = np.moveaxis(warped.read(bands.colours), 0, -1)
    return np.dstack([~colours if bands.inverted else colours, opacity])


def _bands(dataset: Any) -> _Bands:  # noqa: ANN401 - as above
    named = [each.name for each in dataset.colorinterp]
    opacity = named.index("alpha") + 1 if "alpha" in named else dataset.count + 1
    others = [band for band in range(1, dataset.count + 1) if band != opacity] or [1]
    if {"red", "green", "blue"} <= set(named):
        colours = [named.index(name) + 1 for name in ("red", "green", "blue")]
    else:
        colours = others[:3] if len(others) >= len("RGB") else others[:1] * 3
    grey = len(set(colours)) == 1 and named[0] != "palette"
    inverted = grey and dataset.tags(ns="IMAGE_STRUCTURE").get("MINISWHITE") == "YES"
    return _Bands(colours, opacity, named[0] == "palette", inverted)


def _palette(entries: dict[int, tuple[int, int, int, int]]) -> Pixels:
    colours = np.zeros((256, 3), np.uint8)
    for number, colour in entries.items():
        colours[number] = colour[:3]
    return colours
