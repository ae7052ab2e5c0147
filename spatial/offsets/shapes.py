"""Shapes between WGS 84, GCJ-02 and BD-09: every vertex is moved, all else stays."""

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from spatial.crs import CGCS2000, WGS84, DeclareCrsError, Floats, called, move_vertices
from spatial.offsets.conversion import Offset, convert


def convert_shapes(
    shapes: Sequence[BaseGeometry | None] | NDArray[Any], source: str, target: str
) -> NDArray[Any]:
    """Convert geometries; heights stay, None and empty stay what they are.

    Args:
        shapes: array of shapely geometries, any shape; longitudes and latitudes in degrees.
        source: an ``Offset``.
        target: an ``Offset``.

    Raises:
        ValueError: ``source`` or ``target`` is no ``Offset``.
    """

    def move(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        return convert(x, y, source, target)

    return move_vertices(shapes, move)


def convert_series(series: gpd.GeoSeries, source: str, target: str) -> gpd.GeoSeries:
    """Convert a column of geometries; index and name stay.

    GCJ-02 and BD-09 have no CRS that PROJ knows, so a column in one of them says none.

    Args:
        series: longitudes and latitudes in degrees; without a CRS, or of WGS 84 or CGCS2000.
        source: an ``Offset``.
        target: an ``Offset``.

    Raises:
        DeclareCrsError: the column says a CRS of other coordinates.
    """
    if series.crs is not None and called(series.crs.to_string()) not in {WGS84, CGCS2000}:
        raise DeclareCrsError(
            f"column {series.name!r} is in {series.crs.to_string()!r}: expected longitudes and "
            f"latitudes, of {WGS84!r} or without a CRS"
        )
    moved = convert_shapes(series.to_numpy(), source, target)
    crs = WGS84 if Offset(target) is Offset.WGS84 else None
    return gpd.GeoSeries(moved, index=series.index, name=series.name, crs=crs)
