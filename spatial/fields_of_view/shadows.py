"""What buildings hide of the ground, looked at wedge by wedge along its middle."""

from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.fields_of_view.cameras import LEAST_M, Floats, Ints, Views


class Buildings(NamedTuple):
    """What can stand in the way.

    Attributes:
        shape: polygons.
        height_m: float64[b]; infinite where it is not known.
        tree: over ``shape``.
    """

    shape: NDArray[Any]
    height_m: Floats
    tree: shapely.STRtree


class Seen(NamedTuple):
    """Stretches of ground (k) that are seen.

    Attributes:
        camera: int64[k], ascending.
        wedge: int64[k], number in the camera's fan, ascending for each camera.
        from_m: float64[k], ascending for each wedge.
        to_m: float64[k].
    """

    camera: Ints
    wedge: Ints
    from_m: Floats
    to_m: Floats

    def of(self, rows: NDArray[np.bool_]) -> "Seen":
        """Return some of them."""
        return Seen(self.camera[rows], self.wedge[rows], self.from_m[rows], self.to_m[rows])


class _Pairs(NamedTuple):
    """Cameras and buildings that may hide something from them (p)."""

    camera: Ints
    building: Ints


class _Hidden(NamedTuple):
    """Stretches that one building hides in one wedge; ``row`` counts all wedges of all cameras."""

    row: Ints
    from_m: Floats
    to_m: Floats


def look(views: Views, sectors: NDArray[Any], buildings: Buildings | None) -> Seen:
    """Return what cameras see; ``sectors`` are their fields with nothing in the way."""
    row_start = np.concatenate([[0], np.cumsum(views.wedges)])
    camera = np.repeat(np.arange(len(views.wedges)), views.wedges)
    wedge = np.arange(row_start[-1]) - row_start[camera]
    near, far = views.near_m[camera], views.far_m[camera]
    if buildings is None or not len(buildings.shape):
        return Seen(camera, wedge, near, far)
    pairs = _pairs(views, sectors, buildings)
    hidden = _hidden(views, pairs, buildings, row_start)
    row, begin, end = _gaps(hidden, near, far)
    return Seen(camera[row], wedge[row], begin, end)


def _pairs(views: Views, sectors: NDArray[Any], buildings: Buildings) -> _Pairs:
    camera, building = buildings.tree.query(sectors, "intersects")
    tall = buildings.height_m[building] > 0
    # A camera hangs on the building that it stands in, which is at its back.
    feet = shapely.points(views.x[camera], views.y[camera])
    behind = shapely.covers(buildings.shape[building], feet)
    kept = tall & ~behind
    return _Pairs(camera[kept], building[kept])


def _hidden(views: Views, pairs: _Pairs, buildings: Buildings, row_start: Ints) -> _Hidden:
    """Return what each building hides in each wedge that it stands in."""
    width = views.wedges[pairs.camera]
    cell_start = np.concatenate([[0], np.cumsum(width)])
    nearest, farthest = np.full(cell_start[-1], np.inf), np.full(cell_start[-1], -np.inf)
    pair, begin, end = _edges(pairs, buildings)
    camera = pairs.camera[pair]
    foot = np.column_stack([views.x, views.y])[camera]
    begin, end = begin - foot, end - foot
    edge, wedge = _crossed(views.of(camera), begin, end)
    distance = _distances(views, camera[edge], wedge, begin[edge], end[edge])
    cell = cell_start[pair[edge]] + wedge
    np.minimum.at(nearest, cell, distance)
    np.maximum.at(farthest, cell, distance)
    met = np.flatnonzero(np.isfinite(nearest))
    owner = np.searchsorted(cell_start, met, side="right") - 1
    row = row_start[pairs.camera[owner]] + met - cell_start[owner]
    eye, top = views.height_m[pairs.camera[owner]], buildings.height_m[pairs.building[owner]]
    # Over a roof lower than the camera the eye meets the ground again, by similar triangles.
    until = np.full(len(met), np.inf)
    low = top < eye
    until[low] = farthest[met][low] * eye[low] / (eye[low] - top[low])
    return _Hidden(row, nearest[met], until)


def _edges(pairs: _Pairs, buildings: Buildings) -> tuple[Ints, Floats, Floats]:
    """Return the edges of the buildings of all pairs: whose, and both ends (float64[e, 2])."""
    used, place = np.unique(pairs.building, return_inverse=True)
    parts, building = shapely.get_parts(buildings.shape[used], return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    joined = np.flatnonzero(ring[1:] == ring[:-1])
    owner = building[part[ring[joined]]]
    first = np.searchsorted(owner, np.arange(len(used) + 1))
    count = np.diff(first)[place]
    pair = np.repeat(np.arange(len(place)), count)
    at = joined[_runs(first[place], count)]
    return pair, corners[at], corners[at + 1]


def _crossed(views: Views, begin: Floats, end: Floats) -> tuple[Ints, Ints]:
    """Return which edges (e, seen from their cameras) cross the middle of which wedges."""
    bearing = np.arctan2(begin[:, 0], begin[:, 1]) - views.first_rad
    turn = np.arctan2(end[:, 0], end[:, 1]) - np.arctan2(begin[:, 0], begin[:, 1])
    turn = (turn + np.pi) % (2 * np.pi) - np.pi
    low = bearing % (2 * np.pi) + np.minimum(turn, 0.0)
    edges, wedges = [], []
    for round_ in (-1, 0, 1):
        start = low + round_ * 2 * np.pi
        first, last = (
            np.ceil(angle / views.wedge_rad - 0.5).clip(0, views.wedges).astype(np.int64)
            for angle in (start, start + np.abs(turn))
        )
        count = last - first
        edges.append(np.repeat(np.arange(len(low)), count))
        wedges.append(_runs(first, count))
    return np.concatenate(edges), np.concatenate(wedges)


def _distances(views: Views, camera: Ints, wedge: Ints, begin: Floats, end: Floats) -> Floats:
    """Return how far away the middle of a wedge meets an edge, as the radius of a chord there."""
    angle = views.wedge_rad[camera]
    bearing = views.first_rad[camera] + (wedge + 0.5) * angle
    east, north = np.sin(bearing), np.cos(bearing)
    along = end - begin
    across = east * along[:, 1] - north * along[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = (begin[:, 0] * along[:, 1] - begin[:, 1] * along[:, 0]) / across
    shared = np.where(np.isfinite(distance), distance, np.hypot(*begin.T))
    return np.asarray(np.maximum(shared, 0.0) / np.cos(angle / 2))


def _gaps(hidden: _Hidden, near: Floats, far: Floats) -> tuple[Ints, Floats, Floats]:
    """Return what is left between near and far of each wedge: its row, from and to."""
    order = np.lexsort((hidden.from_m, hidden.row))
    row = hidden.row[order]
    begin = np.concatenate([np.minimum(hidden.from_m[order], far[row]), far])
    end = np.concatenate([np.minimum(hidden.to_m[order], far[row]), far])
    row = np.concatenate([row, np.arange(len(near))])
    order = np.argsort(row, kind="stable")
    row, begin, end = row[order], begin[order], end[order]
    # One running maximum for all: each wedge has a line of its own, far from the one before.
    line = (float(far.max(initial=0.0)) + 1.0) * row
    until = np.maximum.accumulate(line + np.maximum(end, near[row])) - line
    first = np.diff(row, prepend=-1) > 0
    free_from = np.where(first, near[row], np.concatenate([[0.0], until[:-1]]))
    free_from = np.where(free_from < near[row] + LEAST_M, near[row], free_from)
    free = begin > free_from + LEAST_M
    return row[free], free_from[free], begin[free]


def _runs(first: Ints, count: Ints) -> Ints:
    """Return ``first, first + 1, ...``, ``count`` of them, for each."""
    past = np.cumsum(count)
    total = int(past[-1]) if len(past) else 0
    return np.asarray(np.repeat(first - (past - count), count) + np.arange(total))
