"""Polygons of the stretches of ground that a camera sees."""

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.fields_of_view.cameras import Flags, Floats, Ints, Views
from spatial.fields_of_view.shadows import Seen

_GRID_M = 0.001
"""To which pieces of a field that lie beside each other are joined."""
_EMPTY = shapely.Polygon()


def sectors_of(views: Views) -> NDArray[Any]:
    """Return the fields of cameras with nothing in the way: object[n]."""
    return outlines(views, _everything(views))


def outlines(views: Views, seen: Seen) -> NDArray[Any]:
    """Return the field of each camera: object[n], polygons and multipolygons, empty where none."""
    fields = np.full(len(views.wedges), _EMPTY, object)
    torn = _torn(views, seen)
    whole = _whole_circles(views, seen, torn)
    _draw_circles(fields, views, seen, whole)
    fans = ~torn & ~whole
    piece, owner = _pieces(views, seen.of(fans[seen.camera]))
    _collect(fields, piece, owner)
    piece, owner = _pieces(views, seen.of(torn[seen.camera]))
    for camera in np.flatnonzero(torn).tolist():
        mine = slice(*np.searchsorted(owner, [camera, camera + 1]).tolist())
        fields[camera] = shapely.union_all(piece[mine], grid_size=_GRID_M)
    return fields


def _everything(views: Views) -> Seen:
    camera = np.repeat(np.arange(len(views.wedges)), views.wedges)
    start = np.cumsum(views.wedges) - views.wedges
    wedge = np.arange(len(camera)) - start[camera]
    return Seen(camera, wedge, views.near_m[camera], views.far_m[camera])


def _torn(views: Views, seen: Seen) -> Flags:
    """Tell which fields have pieces that lie beside each other and have to be joined."""
    torn = np.zeros(len(views.wedges), np.bool_)
    torn[seen.camera[seen.from_m > views.near_m[seen.camera]]] = True
    count = np.bincount(seen.camera, minlength=len(torn))
    first, last = np.zeros(len(torn), np.bool_), np.zeros(len(torn), np.bool_)
    first[seen.camera[seen.wedge == 0]] = True
    last[seen.camera[seen.wedge == views.wedges[seen.camera] - 1]] = True
    return np.asarray(torn | (views.all_round & first & last & (count < views.wedges)))


def _whole_circles(views: Views, seen: Seen, torn: Flags) -> Flags:
    count = np.bincount(seen.camera, minlength=len(torn))
    return np.asarray(views.all_round & ~torn & (count == views.wedges))


def _draw_circles(fields: NDArray[Any], views: Views, seen: Seen, whole: Flags) -> None:
    """Draw the fields of cameras that see something all round, with a hole if they have one."""
    mine = np.flatnonzero(whole[seen.camera])
    if not len(mine):
        return
    row = np.repeat(seen.camera[mine], 2)
    edge = np.stack([seen.wedge[mine], seen.wedge[mine] + 1], axis=1).ravel()
    shells = _rings(views.points(row, edge, np.repeat(seen.to_m[mine], 2)), row)
    holes = _rings(views.points(row, edge, np.repeat(seen.from_m[mine], 2)), row)
    bored = views.near_m[whole] > 0
    discs = np.asarray(shapely.polygons(shells), object)
    discs[bored] = [
        shapely.Polygon(shell, [hole])
        for shell, hole in zip(shells[bored], holes[bored], strict=True)
    ]
    fields[whole] = shapely.remove_repeated_points(discs)


def _rings(places: Floats, camera: Ints) -> NDArray[Any]:
    numbers = np.unique(camera, return_inverse=True)[1]
    return np.asarray(shapely.linearrings(places, indices=numbers), object)


def _pieces(views: Views, seen: Seen) -> tuple[NDArray[Any], Ints]:
    """Return a polygon for each run of neighbouring wedges seen from the near bound on.

    What is seen beyond a roof is a polygon for each wedge.
    """
    if not len(seen.camera):
        return np.empty(0, object), np.empty(0, np.int64)
    follows = (np.diff(seen.camera, prepend=-1) == 0) & (np.diff(seen.wedge, prepend=-1) == 1)
    at_near = seen.from_m == views.near_m[seen.camera]
    follows &= at_near & np.concatenate([[False], at_near[:-1]])
    run = np.cumsum(~follows) - 1
    outer = np.stack([seen.wedge, seen.wedge + 1], axis=1).ravel()
    twice = np.repeat(np.arange(len(run)), 2)
    row, edge = np.concatenate([twice, twice]), np.concatenate([outer, outer])
    distance = np.concatenate([seen.to_m[twice], seen.from_m[twice]])
    back = np.repeat([False, True], len(outer))
    # Out along the far side, back along the near one.
    order = np.lexsort((np.where(back, -edge, edge), back, run[row]))
    places = views.points(seen.camera[row], edge, distance)[order]
    rings = shapely.linearrings(places, indices=run[row][order])
    polygons = np.asarray(shapely.remove_repeated_points(shapely.polygons(rings)), object)
    return polygons, seen.camera[~follows]


def _collect(fields: NDArray[Any], piece: NDArray[Any], owner: Ints) -> None:
    """Give each camera its pieces, which touch in a point at most."""
    cameras, first, count = np.unique(owner, return_index=True, return_counts=True)
    fields[cameras[count == 1]] = piece[first[count == 1]]
    several = np.isin(owner, cameras[count > 1])
    if several.any():
        numbers = np.unique(owner[several], return_inverse=True)[1]
        fields[cameras[count > 1]] = shapely.multipolygons(piece[several], indices=numbers)
