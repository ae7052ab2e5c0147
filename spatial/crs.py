"""Coordinates from one reference system to another, always in the order east, north.

The official axis order of EPSG:4490 is latitude, longitude and that of EPSG:4547 is north, east;
here x is always the easting or longitude (``always_xy``).
"""

import threading
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple, TypeAlias

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Transformer
from shapely.geometry.base import BaseGeometry

DISTRICT = "EPSG:4547"
"""CGCS2000 / 3-degree Gauss-Kruger CM 114E: the metric system of Shenzhen."""
CGCS2000 = "EPSG:4490"
WGS84 = "EPSG:4326"
WEB_MERCATOR = "EPSG:3857"

Floats: TypeAlias = NDArray[np.float64]

_EDGE_DEG = 1e-9
# A PROJ object must not be used by two threads at once, and making one takes milliseconds.
_own = threading.local()


class _Area(NamedTuple):
    """Area of use of a CRS in degrees."""

    geographic: bool
    west: float
    south: float
    east: float
    north: float


class CheckCoordinatesError(ValueError):
    """Coordinates outside a CRS's area of use. Check axis order, zone prefix and CRS."""


class DeclareCrsError(ValueError):
    """A table that does not say its CRS. Declare it; nobody can guess it from numbers."""


def transform(
    x: ArrayLike, y: ArrayLike, source: str, target: str, *, anywhere: bool = False
) -> tuple[Floats, Floats]:
    """Transform coordinates.

    Args:
        x: eastings or longitudes (metres or degrees as ``source`` has them), any shape.
        y: northings or latitudes, same shape.
        source: CRS of the input, for example ``EPSG:4490``.
        target: CRS of the output.
        anywhere: accept coordinates outside the areas of use of both.

    Returns:
        Eastings or longitudes and northings or latitudes in ``target``, same shape.

    Raises:
        CheckCoordinatesError: a point is not finite, or outside an area of use.
    """
    east, north = np.asarray(x, np.float64), np.asarray(y, np.float64)
    if not anywhere:
        _refuse_outside(east, north, source, (source, target))
    new_east, new_north = _transformer(source, target).transform(east, north)
    return np.asarray(new_east, np.float64), np.asarray(new_north, np.float64)


def transform_shapes(
    shapes: Sequence[BaseGeometry | None] | NDArray[Any],
    source: str,
    target: str,
    *,
    anywhere: bool = False,
) -> NDArray[Any]:
    """Transform geometries; heights stay, None and empty stay what they are.

    Args:
        shapes: array of shapely geometries, any shape.
        source: CRS of the input.
        target: CRS of the output.
        anywhere: accept coordinates outside the areas of use of both.

    Raises:
        CheckCoordinatesError: a vertex is not finite, or outside an area of use.
    """
    moved = np.array(shapes, dtype=object)
    places = shapely.get_coordinates(moved)
    x, y = transform(places[:, 0], places[:, 1], source, target, anywhere=anywhere)
    heights = shapely.get_coordinates(moved, include_z=True)[:, 2]
    tall = shapely.has_z(moved)
    vertex_tall = np.repeat(tall.ravel(), shapely.get_num_coordinates(moved).ravel())
    solid = np.column_stack([x, y, heights])[vertex_tall]
    moved[tall] = shapely.set_coordinates(moved[tall], solid)
    flat = np.column_stack([x, y])[~vertex_tall]
    moved[~tall] = shapely.set_coordinates(moved[~tall], flat)
    return moved


def transform_table(
    table: gpd.GeoDataFrame, target: str, *, anywhere: bool = False
) -> gpd.GeoDataFrame:
    """Return the table with its geometry in ``target``.

    Raises:
        DeclareCrsError: the table has no CRS.
        CheckCoordinatesError: a vertex is not finite, or outside an area of use.
    """
    if table.crs is None:
        raise DeclareCrsError(
            f"table with columns {list(table.columns)!r} has no CRS: expected e.g. {DISTRICT!r}"
        )
    source = table.crs.to_string()
    shapes = transform_shapes(table.geometry.to_numpy(), source, target, anywhere=anywhere)
    return table.set_geometry(gpd.GeoSeries(shapes, index=table.index, crs=target))


def _refuse_outside(x: Floats, y: Floats, source: str, systems: tuple[str, ...]) -> None:
    if _area(source).geographic:
        longitude, latitude = x, y
    else:
        longitude, latitude = _transformer(source, WGS84).transform(x, y)
    for system in systems:
        area = _area(system)
        covered = (longitude >= area.west) & (longitude <= area.east)
        covered &= (latitude >= area.south) & (latitude <= area.north)
        if not np.all(covered):
            culprit = np.flatnonzero(~np.atleast_1d(covered))[0]
            place = float(np.ravel(x)[culprit]), float(np.ravel(y)[culprit])
            raise CheckCoordinatesError(
                f"{source} {place!r} lies outside the area of use of {system}: expected "
                f"{area.west:g} to {area.east:g} E, {area.south:g} to {area.north:g} N; "
                "x is east, y is north"
            )


@cache
def _area(system: str) -> _Area:
    crs = CRS.from_user_input(system)
    if crs.area_of_use is None:
        return _Area(crs.is_geographic, -np.inf, -np.inf, np.inf, np.inf)
    west, south, east, north = crs.area_of_use.bounds
    return _Area(
        crs.is_geographic, west - _EDGE_DEG, south - _EDGE_DEG, east + _EDGE_DEG, north + _EDGE_DEG
    )


def _transformer(source: str, target: str) -> Transformer:
    made: dict[tuple[str, str], Transformer] = _own.__dict__.setdefault("made", {})
    if (source, target) not in made:
        made[source, target] = Transformer.from_crs(source, target, always_xy=True)
    return made[source, target]
