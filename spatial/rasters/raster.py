"""What a raster is: its bands, its place, its heights' zero, and whether a map can show it."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from affine import Affine
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from spatial.crs import WGS84
from spatial.files import local_file
from spatial.files.errors import refuse
from spatial.rasters.dataset import opened

Kind: TypeAlias = Literal["terrain", "imagery", "other"]
Bounds: TypeAlias = tuple[float, float, float, float]

TERRAIN_TYPES = ("int16", "uint16", "int32", "float32", "float64")
METRES = {
    "": 1.0,
    "m": 1.0,
    "metre": 1.0,
    "meter": 1.0,
    "metres": 1.0,
    "meters": 1.0,
    "米": 1.0,
    "cm": 0.01,
    "ft": 0.3048,
    "foot": 0.3048,
    "feet": 0.3048,
    "us survey foot": 1200 / 3937,
    "us-ft": 1200 / 3937,
}
"""Metres in one unit of height, by the names that files give to it."""
_SURE_PERCENT = 70


@dataclass(frozen=True, slots=True, kw_only=True)
class Raster:
    """A raster that was looked at.

    Attributes:
        width: pixels from west to east.
        height: pixels from north to south.
        bands: type of each band's numbers.
        kind: heights of the ground, a picture, or neither.
        crs: horizontal CRS, ``EPSG:n`` or WKT; None where the file does not say.
        height_datum: CRS of the heights' zero, alike.
        unit: of the numbers, as the file calls it.
        nodata: the number that means that there is none.
        bounds: west, south, east, north in degrees (WGS 84); None where it cannot be placed.
        overviews: by how much each overview is coarser.
        cog: whether it is laid out as a Cloud Optimized GeoTIFF (OGC 21-026).
    """

    width: int
    height: int
    bands: tuple[str, ...]
    kind: Kind
    crs: str | None
    height_datum: str | None
    unit: str
    nodata: float | None
    bounds: Bounds | None
    overviews: tuple[int, ...]
    cog: bool

    def metres(self) -> float | None:
        """Return how many metres one unit of height is, None where the unit is not known."""
        return METRES.get(self.unit.strip().lower())


def describe(path: Path) -> Raster:
    """Look at a GeoTIFF without reading its pixels.

    Raises:
        FileRefusedError: it is no GeoTIFF that may be read.
    """
    local_file.head_of(path)
    found = path.stat()
    return _described(path.absolute(), found.st_size, found.st_mtime_ns)


# Recognising a CRS takes longer than cutting a tile.
@lru_cache(maxsize=256)
def _described(path: Path, _size: int, _changed_ns: int) -> Raster:
    with opened(path) as dataset:
        _refuse_unplaced(path, dataset.transform)
        return _raster(dataset)


def _refuse_unplaced(path: Path, transform: Affine) -> None:
    if transform.is_identity:
        raise refuse(path, "does not say where its pixels lie: expected a scale and a tie point")
    numbers = tuple(transform)[:6]
    if not np.isfinite(numbers).all() or transform.is_degenerate:
        raise refuse(path, f"its pixels have no extent: transform {numbers!r}")


def _raster(dataset: Any) -> Raster:  # noqa: ANN401 - rasterio ships no types
    horizontal, vertical = _systems(dataset)
    return Raster(
        width=dataset.width,
        height=dataset.height,
        bands=tuple(dataset.dtypes),
        kind=_kind(dataset),
        crs=None if horizontal is None else _named(horizontal),
        height_datum=None if vertical is None else _named(vertical),
        unit=dataset.units[0] or "",
        nodata=dataset.nodata,
        bounds=None if horizontal is None else _bounds(dataset, horizontal),
        overviews=tuple(dataset.overviews(1)),
        cog=dataset.tags(ns="IMAGE_STRUCTURE").get("LAYOUT") == "COG",
    )


def _kind(dataset: Any) -> Kind:  # noqa: ANN401 - rasterio ships no types
    colours = {each.name for each in dataset.colorinterp}
    if set(dataset.dtypes) == {"uint8"}:
        return "imagery"
    if (
        dataset.count == 1
        and dataset.dtypes[0] in TERRAIN_TYPES
        and colours <= {"gray", "undefined"}
    ):
        return "terrain"
    return "other"


def _systems(dataset: Any) -> tuple[CRS | None, CRS | None]:  # noqa: ANN401 - as above
    """Return the horizontal CRS and that of heights."""
    if dataset.crs is None:
        return None, None
    try:
        said = CRS.from_wkt(dataset.crs.to_wkt())
    except CRSError:
        return None, None
    if said.is_compound:
        parts = said.sub_crs_list
        return parts[0], parts[1] if len(parts) > 1 else None
    if len(said.axis_info) > len("xy"):
        return said.to_2d(), said
    return (said, None) if said.is_geographic or said.is_projected else (None, None)


def _named(crs: CRS) -> str:
    code = crs.to_epsg(min_confidence=_SURE_PERCENT)
    return crs.to_wkt() if code is None else f"EPSG:{code}"


def _bounds(dataset: Any, crs: CRS) -> Bounds | None:  # noqa: ANN401 - as above
    columns = np.array([0, dataset.width, 0, dataset.width])
    rows = np.array([0, 0, dataset.height, dataset.height])
    a, b, c, d, e, f = tuple(dataset.transform)[:6]
    x, y = a * columns + b * rows + c, d * columns + e * rows + f
    box = float(x.min()), float(y.min()), float(x.max()), float(y.max())
    try:
        found = Transformer.from_crs(crs, WGS84, always_xy=True).transform_bounds(
            *box, errcheck=False
        )
    except ProjError:
        return None
    west, south, east, north = (round(each, 7) for each in found)
    if not np.isfinite(found).all() or not -90 <= south <= north <= 90:  # noqa: PLR2004 - degrees
        return None
    return west, south, east, north
