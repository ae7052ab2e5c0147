"""Shapes as they come, made such that every operation on them works: two-dimensional and valid."""

from typing import Any, TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray

Shapes: TypeAlias = NDArray[Any]
Bools: TypeAlias = NDArray[np.bool_]

FARTHEST = 1e9
"""No map has coordinates beyond that, in metres or degrees; GEOS cannot mend what lies there."""

_THIN = (
    shapely.GeometryType.LINESTRING,
    shapely.GeometryType.MULTIPOINT,
    shapely.GeometryType.MULTILINESTRING,
)


def somewhere(shapes: Shapes) -> Bools:
    """Tell which shapes are there, not empty, and lie with all their coordinates on a map."""
    coordinates, owner = shapely.get_coordinates(shapes, return_index=True)
    there = np.zeros(len(shapes), np.bool_)
    there[owner] = True
    # What is no number is not below the bound either.
    there[owner[~(np.abs(coordinates) <= FARTHEST).all(axis=1)]] = False
    return there


def mended(shapes: Shapes) -> Shapes:
    """Return shapes without heights, mended where they were invalid: object[n].

    What lies upon itself, a line drawn twice or members of a collection, is there once. None where
    a shape is missing, empty, or lies nowhere.
    """
    found = np.full(len(shapes), None, dtype=object)
    there = somewhere(shapes)
    found[there] = shapely.force_2d(shapes[there])
    # Rings by themselves are lines, which GEOS does not know of when it overlays them.
    for at in np.flatnonzero(shapely.get_type_id(found) == shapely.GeometryType.LINEARRING):
        found[at] = shapely.LineString(shapely.get_coordinates(found[at]))
    broken = np.flatnonzero(there & ~shapely.is_valid(found))
    found[broken] = shapely.make_valid(found[broken])
    return _dissolved(found)


def _dissolved(found: Shapes) -> Shapes:
    """Return valid shapes of which no part lies upon another, so that sizes are right."""
    kind = shapely.get_type_id(found)
    for at in np.flatnonzero(kind == shapely.GeometryType.GEOMETRYCOLLECTION).tolist():
        found[at] = shapely.union_all(found[at : at + 1])
    thin = np.flatnonzero(np.isin(kind, _THIN))
    found[thin] = shapely.intersection(found[thin], found[thin])
    return found


def stands(shapes: Shapes) -> Shapes:
    """Return a point of each shape (n): itself if it is one, else one that lies on it.

    None where a shape is missing or empty, or has a coordinate that is no number or on no map.
    """
    spots = np.full(len(shapes), None, dtype=object)
    sound = somewhere(shapes)
    points = sound & (shapely.get_type_id(shapes) == shapely.GeometryType.POINT)
    spots[points] = shapes[points]
    others = sound & ~points
    if others.any():
        spots[others] = shapely.point_on_surface(mended(shapes[others]))
    return spots


def areal(shapes: Shapes) -> Shapes:
    """Return the areas of mended shapes, without the lines and points that lie about: object[n].

    None where there is no area.
    """
    found: Shapes = shapes.copy()
    found[~(shapely.area(shapes) > 0)] = None
    mixed = np.flatnonzero(shapely.get_type_id(found) == shapely.GeometryType.GEOMETRYCOLLECTION)
    for at in mixed.tolist():
        found[at] = shapely.union_all(_polygons(found[at : at + 1]))
    return found


def _polygons(shapes: Shapes) -> Shapes:
    """Return every polygon in some shapes, however deep collections are nested."""
    parts = shapely.get_parts(shapes)
    while (shapely.get_type_id(parts) > shapely.GeometryType.POLYGON).any():
        parts = shapely.get_parts(parts)
    return np.asarray(parts[shapely.area(parts) > 0], dtype=object)
