"""Polygons of the same owner made one; damaged ones mended, in bounded time."""

from typing import Any, TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.models.surfaces.layout import Ints
from spatial.models.surfaces.tangles import FEW, are_tangled, is_tangled

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
    parts, owners, mended_by_hull = _mended(polygons, owners)
    shapes, hulled = dissolved(parts, owners, count)
    return shapes, np.union1d(mended_by_hull, hulled)


def dissolved(parts: Shapes, owners: Ints, count: int) -> tuple[Shapes, Ints]:
    """Return the union of the polygons of each owner, as :func:`united` does; all are valid."""
    shapes = np.full(count, None, object)
    hulled = np.empty(0, np.int64)
    alone = np.bincount(owners, minlength=count)[owners] == 1
    shapes[owners[alone]] = parts[alone]
    several = np.unique(owners[~alone])
    if len(several):
        groups = np.searchsorted(several, owners[~alone])
        bundles = shapely.multipolygons(parts[~alone], indices=groups)
        shapes[several], too_many = _dissolved(bundles)
        hulled = several[too_many]
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
    large = np.flatnonzero(shapely.get_num_geometries(bundles) > FEW)
    tangled = [at for at in large if are_tangled(shapely.get_parts(bundles[at]))]
    untangled = bundles.copy()
    untangled[tangled] = None
    shapes = _overlaid(untangled)
    hulled = np.flatnonzero(shapely.is_missing(shapes))
    shapes[hulled] = shapely.convex_hull(bundles[hulled])
    return shapes, hulled


def _overlaid(bundles: Shapes) -> Shapes:
    """Return the areas that multipolygons (m) cover; None for None, and where it fails."""
    try:
        shapes = np.asarray(shapely.union_all(bundles[:, np.newaxis], axis=1), object)
    except shapely.GEOSException:
        if len(bundles) == 1:
            return np.full(1, None, object)
        shapes = np.concatenate([_overlaid(half) for half in np.array_split(bundles, 2)])
    shapes[shapely.is_missing(bundles)] = None
    return shapes
