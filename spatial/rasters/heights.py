"""Heights of the ground at places, between the four nearest pixels (bilinear)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from rasterio.windows import Window  # type: ignore[import-untyped]

from spatial.crs import transform
from spatial.files.errors import refuse
from spatial.rasters.dataset import opened
from spatial.rasters.raster import Raster, describe

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

_BLOCK = 512
_HALF = 0.5


def heights(path: Path, x: ArrayLike, y: ArrayLike, crs: str) -> Floats:
    """Return the height of the ground at each place.

    The number of a pixel holds at its centre. Only the parts of the file around the places are
    read, one block at a time.

    Args:
        path: of terrain in GeoTIFF.
        x: eastings or longitudes in ``crs``, shape (n,).
        y: northings or latitudes, shape (n,).
        crs: of the places, for example ``EPSG:4547``.

    Returns:
        Metres above the datum of the raster, shape (n,); NaN outside of it, and where one of the
        pixels needed has no number.

    Raises:
        FileRefusedError: it is no terrain whose place and unit are known.
    """
    system, metres = _usable(path, describe(path))
    places = np.atleast_1d(np.asarray(x, np.float64)), np.atleast_1d(np.asarray(y, np.float64))
    east, north = transform(*places, crs, system, anywhere=True)
    with opened(path) as dataset:
        found = _sampled(dataset, *_pixels(dataset, east, north))
        metric = np.asarray((found * dataset.scales[0] + dataset.offsets[0]) * metres)
        return np.where(np.isfinite(metric), metric, np.nan)


def _usable(path: Path, raster: Raster) -> tuple[str, float]:
    """Return the CRS of terrain and the metres in a unit of it."""
    if raster.kind != "terrain":
        bands = ", ".join(raster.bands)
        raise refuse(path, f"is no terrain, its bands are {bands}: expected one of heights")
    if raster.crs is None:
        raise refuse(path, "its CRS is not said: nobody can tell where its heights are")
    metres = raster.metres()
    if metres is None:
        raise refuse(path, f"its heights are in {raster.unit!r}: expected metres or feet")
    return raster.crs, metres


@np.errstate(invalid="ignore")
def _pixels(dataset: Any, east: Floats, north: Floats) -> tuple[Floats, Floats]:  # noqa: ANN401
    """Return columns and rows of places, whole at the centres of pixels."""
    a, b, c, d, e, f = tuple(~dataset.transform)[:6]
    return a * east + b * north + c - _HALF, d * east + e * north + f - _HALF


def _sampled(dataset: Any, columns: Floats, rows: Floats) -> Floats:  # noqa: ANN401 - untyped
    """Return (n,) numbers at places in pixels, whole at the centres of pixels."""
    width, height = dataset.width, dataset.height
    found = np.full(len(columns), np.nan)
    inside = np.flatnonzero(
        (columns >= -_HALF)
        & (columns <= width - _HALF)
        & (rows >= -_HALF)
        & (rows <= height - _HALF)
    )
    # In the outer half of the outermost pixels their own number holds.
    across = columns[inside].clip(0, width - 1)
    down = rows[inside].clip(0, height - 1)
    for part in _blocks(across, down):
        found[inside[part]] = _bilinear(dataset, across[part], down[part])
    return found


def _blocks(across: Floats, down: Floats) -> Iterator[Ints]:
    """Yield positions of places that lie in one block."""
    block = (down // _BLOCK).astype(np.int64) << 32 | (across // _BLOCK).astype(np.int64)
    order = np.argsort(block, kind="stable")
    edges = np.flatnonzero(np.diff(block[order])) + 1
    yield from (part for part in np.split(order, edges) if len(part))


def _bilinear(dataset: Any, across: Floats, down: Floats) -> Floats:  # noqa: ANN401 - untyped
    left, top = across.astype(np.int64), down.astype(np.int64)
    west, north = int(left.min()), int(top.min())
    wide = min(int(left.max()) + 2, dataset.width) - west
    tall = min(int(top.max()) + 2, dataset.height) - north
    read = dataset.read(1, window=Window(west, north, wide, tall), masked=True)
    pixels = read.astype(np.float64).filled(np.nan)
    right, below = across - left, down - top
    total = np.zeros(len(across))
    for row, column, weight in (
        (0, 0, (1 - right) * (1 - below)),
        (0, 1, right * (1 - below)),
        (1, 0, (1 - right) * below),
        (1, 1, right * below),
    ):
        value = pixels[
            (top - north + row).clip(0, tall - 1), (left - west + column).clip(0, wide - 1)
        ]
        total += np.where(weight > 0, value * weight, 0.0)
    return total
