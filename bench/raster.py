"""Samples heights of terrain and cuts tiles of it, beside what rasterio needs for less.

For heights, the bare library reads the whole raster into memory and interpolates there; the sampler
reads the blocks around the places and looks out for pixels without a number. For tiles, the bare
library opens the file, warps it and hands the numbers over; the cutter also checks the file,
chooses an overview and writes a picture.
"""

import argparse
import json
import math
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import rasterio  # type: ignore[import-untyped]
from affine import Affine
from numpy.typing import NDArray
from rasterio.enums import Resampling  # type: ignore[import-untyped]
from rasterio.vrt import WarpedVRT  # type: ignore[import-untyped]
from scipy.ndimage import map_coordinates

from spatial.crs import DISTRICT, WEB_MERCATOR, transform
from spatial.rasters import heights, tile

_WEST, _NORTH, _PIXEL_M = 485_000.0, 2_525_000.0, 2.0
_ZOOM = 15
_SIZE = 256
_EDGE_M = math.pi * 6_378_137.0
_LIMIT = 4.0


class Report(NamedTuple):
    """Figures of one run; ratios are to the bare library."""

    pixels: int
    places: int
    bare_heights_s: float
    heights_s: float
    heights_ratio: float
    tiles: int
    bare_tile_ms: float
    tile_ms: float
    tile_ratio: float
    limit: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=6_000, help="pixels")
    parser.add_argument("--places", type=int, default=300_000)
    parser.add_argument("--tiles", type=int, default=40)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = _terrain(Path(folder) / "terrain.tif", options.side)
        report = _report(path, options.side, options.places, options.tiles)
    if options.json:
        print(json.dumps(report._asdict()))
        return
    for name, figure in report._asdict().items():
        print(f"{name:16} {figure:>14,}")


def _report(path: Path, side: int, places: int, tiles: int) -> Report:
    chance = np.random.default_rng(440311)
    x = _WEST + chance.uniform(4, side * _PIXEL_M - 4, places)
    y = _NORTH - chance.uniform(4, side * _PIXEL_M - 4, places)
    wanted = [_tile_at(*place) for place in zip(x[:tiles], y[:tiles], strict=True)]
    heights(path, x[:1], y[:1], DISTRICT)  # looks through the file, once for all that follow
    bare_s, bare = _timed(lambda: _bare_heights(path, x, y))
    ours_s, ours = _timed(lambda: heights(path, x, y, DISTRICT))
    if not np.allclose(bare, ours, atol=1e-3):
        raise RuntimeError(f"heights differ by {np.abs(bare - ours).max()!r} m: expected 1 mm")
    bare_tiles_s, _ = _timed(lambda: [_bare_tile(path, *each) for each in wanted])
    tiles_s, _ = _timed(lambda: [tile(path, *each) for each in wanted])
    return Report(
        pixels=side * side,
        places=places,
        bare_heights_s=round(bare_s, 3),
        heights_s=round(ours_s, 3),
        heights_ratio=round(ours_s / bare_s, 2),
        tiles=tiles,
        bare_tile_ms=round(bare_tiles_s / tiles * 1000, 1),
        tile_ms=round(tiles_s / tiles * 1000, 1),
        tile_ratio=round(tiles_s / bare_tiles_s, 2),
        limit=_LIMIT,
    )


def _terrain(path: Path, side: int) -> Path:
    """Write hills in blocks, packed, with overviews."""
    steps = np.arange(side) * 0.01
    pixels = (50 + 30 * np.sin(steps)[:, None] * np.cos(steps)[None, :]).astype(np.float32)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=side,
        height=side,
        count=1,
        dtype="float32",
        crs=DISTRICT,
        transform=Affine(_PIXEL_M, 0, _WEST, 0, -_PIXEL_M, _NORTH),
        nodata=-9999,
        tiled=True,
        compress="deflate",
    ) as dataset:
        dataset.write(pixels, 1)
        dataset.build_overviews((2, 4, 8, 16), Resampling.average)
    return path


def _bare_heights(path: Path, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[Any]:
    with rasterio.open(path) as dataset:
        pixels = dataset.read(1)
    rows, columns = (_NORTH - y) / _PIXEL_M - 0.5, (x - _WEST) / _PIXEL_M - 0.5
    return np.asarray(map_coordinates(pixels, [rows, columns], order=1))


def _bare_tile(path: Path, zoom: int, column: int, row: int) -> NDArray[Any]:
    side = 2 * _EDGE_M / 2**zoom
    pixel = side / _SIZE
    place = Affine(pixel, 0, column * side - _EDGE_M, 0, -pixel, _EDGE_M - row * side)
    options = {"crs": WEB_MERCATOR, "transform": place, "width": _SIZE, "height": _SIZE}
    with rasterio.open(path) as dataset, WarpedVRT(dataset, **options) as warped:
        return np.asarray(warped.read(1))


def _tile_at(x: float, y: float) -> tuple[int, int, int]:
    east, north = transform(x, y, DISTRICT, WEB_MERCATOR)
    side = 2 * _EDGE_M / 2**_ZOOM
    return _ZOOM, int((float(east) + _EDGE_M) // side), int((_EDGE_M - float(north)) // side)


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    found = work()
    return time.perf_counter() - started, found


if __name__ == "__main__":
    main()
