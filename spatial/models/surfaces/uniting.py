"""Polygons of the same owner made one; damaged ones mended, in bounded time."""

from typing import Any, TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from spatial.models.surfaces.layout import Ints
from spatial.models.surfaces.tangles import are_tangled, is_tangled

Shapes: TypeAlias = NDArray[Any]


def united(polygons: Shapes, owners: Ints, count: int) -> tuple[Shapes, Ints]:
    """Return the union of the polygons of each owner.

    Args:
        polygons: (c,) polygons.
        owners: (c,) positions below ``count``, in order.
        count: n, how many owners there are.

    Returns:
        (n,) polygons or multipolygons, None where an owner has none, and positions of those whose
        polygons are too many, or too damaged, to be united: theirs is the convex hull.
    """
    shapes = np.full(count, None, object)
    parts, owners, hulled = _mended(polygons, owners)
    alone = np.bincount(owners, minlength=count)[owners] == 1
    shapes[owners[alone]] = parts[alone]
    several = np.unique(owners[~alone])
    if len(several):
        groups = np.searchsorted(several, owners[~alone])
        bundles = shapely.multipolygons(parts[~alone], indices=groups)
        shapes[several], too_many = _dissolved(bundles)
        hulled = np.union1d(hulled, several[too_many])
    shapes[shapely.is_empty(shapes)] = None
    return shapes, hulled


def mended(polygons: Shapes) -> Shapes:
    """Return invalid polygons (m), shells united, holes taken away; None if too tangled."""
    sound = np.full(len(polygons), None, object)
    for at, polygon in enumerate(polygons):
        if not is_tangled(polygon):
            sound[at] = shapely.make_valid(polygon, method="structure", keep_collapsed=False)
    return sound


def _mended(polygons: Shapes, owners: Ints) -> tuple[Shapes, Ints, Ints]:
    """Return valid polygons with their owners, and the owners of which some became hulls."""
    valid = shapely.is_valid(polygons)
    if valid.all():
        return polygons, owners, np.empty(0, np.int64)
    broken = np.flatnonzero(~valid)
    sound = mended(polygons[broken])
    hulled = shapely.is_missing(sound)
    sound[hulled] = shapely.convex_hull(polygons[broken[hulled]])
    shapes = polygons.copy()
    shapes[broken] = sound
    parts, index = shapely.get_parts(shapes, return_index=True)
    areas = (shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & ~shapely.is_empty(parts)
    return parts[areas], owners[index[areas]], np.unique(owners[broken[hulled]])


def _dissolved(bundles: Shapes) -> tuple[Shapes, Ints]:
    """Return multipolygons (m) as the area they cover, and which of them are hulls only."""
    shapes = np.full(len(bundles), None, object)
    for at, bundle in enumerate(bundles):
        if not are_tangled(shapely.get_parts(bundle)):
            shapes[at] = _overlaid(bundle)
    hulled = np.flatnonzero(shapely.is_missing(shapes))
    shapes[hulled] = shapely.convex_hull(bundles[hulled])
    return shapes, hulled


def _overlaid(bundle: BaseGeometry) -> BaseGeometry | None:
    try:
        return shapely.union_all([bundle])
    except shapely.GEOSException:
        return None
