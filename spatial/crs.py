"""Coordinates from one reference system to another, always in the order east, north.

The official axis order of EPSG:4490 is latitude, longitude and that of EPSG:4547 is north, east;
here x is always the easting or longitude (``always_xy``).
"""

import threading
from collections.abc import Callable, Sequence
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
Move: TypeAlias = Callable[[Floats, Floats], tuple[Floats, Floats]]

_EDGE_DEG = 1e-9
# A PROJ object must not be used by two threads at once, and making one takes milliseconds.
_own = threading.local()


class AreaOfUse(NamedTuple):
    """Where a CRS may be used, in degrees; the whole plane where it does not say."""

    geographic: bool
    west: float
    south: float
    east: float
    north: float

    def holds(self, longitude: Floats, latitude: Floats) -> NDArray[np.bool_]:
        """Tell which places (any shape) lie inside; what is not finite never does."""
        return within(longitude, latitude, self[1:])

    def __str__(self) -> str:
        return f"{self.west:g} to {self.east:g} E, {self.south:g} to {self.north:g} N"


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
        Eastings or longitudes and northings or latitudes in ``target``, same shape; not finite
        where a point has no place there, which ``anywhere`` lets pass.

    Raises:
        CheckCoordinatesError: a point is not finite, or outside an area of use.
    """
    east, north = np.asarray(x, np.float64), np.asarray(y, np.float64)
    if not anywhere:
        _refuse_outside(east, north, source, (source, target))
    new_east, new_north = _transformer(source, target).transform(east, north)
    return np.asarray(new_east, np.float64), np.asarray(new_north, np.float64)


def within(
    longitude: Floats, latitude: Floats, bounds: tuple[float, float, float, float]
) -> NDArray[np.bool_]:
    """Tell which places lie inside bounds; what is not finite never does.

    Args:
        longitude: degrees, any shape.
        latitude: degrees, same shape.
        bounds: west, south, east, north; west lies above east where they cross 180 degrees.
    """
    west, south, east, north = bounds
    after, before = longitude >= west, longitude <= east
    inside = (after | before) if west > east else (after & before)
    inside &= (latitude >= south) & (latitude <= north)
    return np.asarray(inside & np.isfinite(longitude) & np.isfinite(latitude))


def within_area_of_use(x: ArrayLike, y: ArrayLike, source: str, system: str) -> NDArray[np.bool_]:
    """Tell which points of ``source`` lie in the area of use of ``system``.

    Args:
        x: eastings or longitudes in ``source``, any shape.
        y: northings or latitudes, same shape.
        source: CRS of the points.
        system: CRS whose area of use is asked.

    Returns:
        True where inside, same shape; a point that is not finite is never inside.
    """
    east, north = np.asarray(x, np.float64), np.asarray(y, np.float64)
    return area_of_use(system).holds(*_degrees(east, north, source))


@cache
def called(system: str) -> str:
    """Return ``EPSG:n`` where a CRS has such a number, its name otherwise.

    Raises:
        pyproj.exceptions.CRSError: ``system`` names no CRS.
    """
    crs = CRS.from_user_input(system)
    code = crs.to_epsg()
    return crs.name if code is None else f"EPSG:{code}"


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

    def move(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        return transform(x, y, source, target, anywhere=anywhere)

    return move_vertices(shapes, move)


def move_vertices(shapes: Sequence[BaseGeometry | None] | NDArray[Any], move: Move) -> NDArray[Any]:
    """Return geometries with other vertices; heights stay, None and empty stay what they are.

    Args:
        shapes: array of shapely geometries, any shape.
        move: gets x and y of all vertices, shape (n,), and returns the new ones.
    """
    moved = np.array(shapes, dtype=object)
    places = shapely.get_coordinates(moved)
    x, y = move(places[:, 0], places[:, 1])
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
    degrees = _degrees(x, y, source)
    for system in systems:
        covered = area_of_use(system).holds(*degrees)
        if not np.all(covered):
            culprit = np.flatnonzero(~np.atleast_1d(covered))[0]
            place = float(np.ravel(x)[culprit]), float(np.ravel(y)[culprit])
            raise CheckCoordinatesError(
                f"{source} {place!r} lies outside the area of use of {system}: expected "
                f"{area_of_use(system)}; x is east, y is north"
            )


def _degrees(x: Floats, y: Floats, source: str) -> tuple[Floats, Floats]:
    if area_of_use(source).geographic:
        return x, y
    longitude, latitude = _transformer(source, WGS84).transform(x, y)
    return np.asarray(longitude), np.asarray(latitude)


@cache
def area_of_use(system: str) -> AreaOfUse:
    """Return where a CRS may be used.

    Raises:
        pyproj.exceptions.CRSError: ``system`` names no CRS.
    """
    crs = CRS.from_user_input(system)
    if crs.area_of_use is None:
        return AreaOfUse(crs.is_geographic, -np.inf, -np.inf, np.inf, np.inf)
    west, south, east, north = crs.area_of_use.bounds
    return AreaOfUse(
        crs.is_geographic, west - _EDGE_DEG, south - _EDGE_DEG, east + _EDGE_DEG, north + _EDGE_DEG
    )


def _transformer(source: str, target: str) -> Transformer:
    made: dict[tuple[str, str], Transformer] = _own.__dict__.setdefault("made", {})
    if (source, target) not in made:
        made[source, target] = Transformer.from_crs(source, target, always_xy=True)
    return made[source, target]
