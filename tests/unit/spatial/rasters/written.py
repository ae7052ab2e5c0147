"""Rasters that tests write."""

import struct
from pathlib import Path
from typing import Any

import numpy as np
import rasterio  # type: ignore[import-untyped]
from affine import Affine
from numpy.typing import NDArray
from rasterio.enums import Resampling  # type: ignore[import-untyped]

WEST, NORTH, PIXEL_M = 490_000.0, 2_520_000.0, 2.0
"""North-west corner of every raster, EPSG:4547, and the side of a pixel."""


def plane(width: int = 300, height: int = 200) -> NDArray[np.float32]:
    """Ground that rises to the east by 1 % and to the north by 2 %, metres at pixel centres."""
    east = (np.arange(width) + 0.5) * PIXEL_M
    south = (np.arange(height) + 0.5) * PIXEL_M
    found = ground(WEST + east[None, :], NORTH - south[:, None])
    return np.asarray(found, np.float32)


def ground(x: Any, y: Any) -> Any:  # noqa: ANN401 - numbers or arrays
    """The height of that ground at places in EPSG:4547."""
    return 100 + 0.01 * (x - WEST) + 0.02 * (y - NORTH)


def write(  # noqa: PLR0913 - one argument for each trait of a file
    path: Path,
    pixels: NDArray[Any],
    *,
    crs: str | None = "EPSG:4547",
    transform: Affine | None = None,
    unit: str = "",
    overviews: tuple[int, ...] = (),
    scale: tuple[float, float] = (1.0, 0.0),
    **options: Any,  # noqa: ANN401 - handed on to GDAL
) -> Path:
    """Write (height, width) or (bands, height, width) numbers."""
    bands = pixels if pixels.ndim > 2 else pixels[None]
    count, height, width = bands.shape
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=width,
        height=height,
        count=count,
        dtype=bands.dtype,
        crs=crs,
        transform=transform or Affine(PIXEL_M, 0, WEST, 0, -PIXEL_M, NORTH),
        **options,
    ) as dataset:
        dataset.write(bands)
        if scale != (1.0, 0.0):
            dataset.scales, dataset.offsets = [scale[0]] * count, [scale[1]] * count
        if unit:
            dataset.units = [unit] * count
    if overviews:
        with rasterio.open(path, "r+") as dataset:
            dataset.build_overviews(overviews, Resampling.average)
    return path


def tiff(tags: dict[int, tuple[int, ...]], *, after: bytes = b"", following: int = 0) -> bytes:
    """A TIFF of one directory of integers, as no honest program writes it."""
    extra = b""
    entries = b""
    start = 8 + 2 + 12 * len(tags) + 4
    for tag, values in sorted(tags.items()):
        data = struct.pack(f"<{len(values)}I", *values)
        if len(values) > 1:
            where = struct.pack("<I", start + len(extra))
            extra += data
            data = where
        entries += struct.pack("<HHI", tag, 4, len(values)) + data
    directory = struct.pack("<H", len(tags)) + entries + struct.pack("<I", following)
    return b"II*\0" + struct.pack("<I", 8) + directory + extra + after


def image(**changed: int | tuple[int, ...] | None) -> dict[int, tuple[int, ...]]:
    """The tags of a small picture with a place; by name what is changed of them."""
    tags: dict[str, tuple[int, int | tuple[int, ...] | None]] = {
        "width": (256, 16),
        "height": (257, 16),
        "bits": (258, 8),
        "compression": (259, 1),
        "offsets": (273, 8),
        "samples": (277, 1),
        "rows": (278, 16),
        "lengths": (279, 16),
        "planar": (284, 1),
        "tile_width": (322, None),
        "tile_height": (323, None),
        "tile_offsets": (324, None),
        "tile_lengths": (325, None),
        "keys": (34735, (1, 1, 0, 0)),
    }
    found: dict[int, tuple[int, ...]] = {}
    for name, (tag, usual) in tags.items():
        value = changed.get(name, usual)
        if value is not None:
            found[tag] = value if isinstance(value, tuple) else (value,)
    return found
