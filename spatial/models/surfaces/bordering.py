"""The border of faces that lie beside one another: the edges that only one of them has.

Of triangles that share their edges almost all edges are walked once each way and cancel; what is
left chains into rings, many times quicker than polygons are united. Where faces overlap, the rings
cover less than the faces have area; whoever does so is left to the slower way.
"""

from collections.abc import Iterator
from itertools import chain
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.models.surfaces.closure import Words, edge_numbers, plan_numbers
from spatial.models.surfaces.layout import Floats, Ints, Surfaces, offsets_of, spread
from spatial.models.surfaces.uniting import mended

Shapes: TypeAlias = NDArray[Any]

_MOST_PAIRS = 10_000
_AREA_TOLERANCE = 1e-6
_AREAS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


class _Edges(NamedTuple):
    """Edges (e): numbers of the places at both ends, corner at the start, drawing."""

    starts: Words
    ends: Words
    corners: Ints
    owners: Ints

    def at(self, which: NDArray[Any]) -> "_Edges":
        return _Edges(*(column[which] for column in self))


class _Rings(NamedTuple):
    """Rings: corners, area in the plan (positive where they run anticlockwise), drawing."""

    corners: list[list[int]]
    areas: list[float]
    owners: list[int]


def bordered(surfaces: Surfaces, following: Ints, chosen: Ints) -> Shapes:
    """Return what chosen polygons (c), which look the same way in each drawing, cover.

    Returns:
        (n,) valid polygons and multipolygons; None where a drawing has none chosen, or where its
        polygons overlap, or touch at other than whole edges.
    """
    shapes = np.full(len(surfaces), None, object)
    edges = _lone(_edges(surfaces, following, chosen))
    if not len(edges.starts):
        return shapes
    rings = _rings(surfaces, edges)
    order, counts, owners = _nested(surfaces, rings)
    if not owners:
        return shapes
    polygons = _drawn(surfaces, [rings.corners[at] for at in order], counts)
    which, groups, sizes = np.unique(owners, return_inverse=True, return_counts=True)
    alone = sizes[groups] == 1
    shapes[which[groups[alone]]] = polygons[alone]
    if not alone.all():
        order_of = np.flatnonzero(~alone)[np.argsort(groups[~alone], kind="stable")]
        several, at = np.unique(groups[order_of], return_inverse=True)
        shapes[which[several]] = shapely.multipolygons(polygons[order_of], indices=at)
    return _checked(shapes, np.bincount(rings.owners, rings.areas, len(surfaces)) / 2)


def _checked(shapes: Shapes, areas: Floats) -> Shapes:
    """Return valid shapes (n); None where the faces had more area (n) than what they cover."""
    broken = np.flatnonzero(~shapely.is_valid(shapes) & ~shapely.is_missing(shapes))
    expected = np.abs(areas[broken])
    whole = mended(shapes[broken])
    sound = np.abs(shapely.area(whole) - expected) <= _AREA_TOLERANCE * expected
    sound &= np.isin(shapely.get_type_id(whole), _AREAS)
    whole[~sound] = None
    shapes[broken] = whole
    return shapes


def _edges(surfaces: Surfaces, following: Ints, chosen: Ints) -> _Edges:
    """Return the edges of the polygons, those of no length left out."""
    counts = np.diff(surfaces.polygons)[chosen]
    rings = spread(surfaces.polygons[chosen], counts)
    sizes = np.diff(surfaces.rings)[rings]
    corners = spread(surfaces.rings[rings], sizes)
    owners = np.repeat(np.repeat(surfaces.polygon_owner[chosen], counts), sizes)
    east, north, _ = surfaces.corner_places
    starts = plan_numbers(east[corners], north[corners], owners)
    after = following[corners]
    ends = plan_numbers(east[after], north[after], owners)
    return _Edges(starts, ends, corners, owners).at(starts != ends)


def _lone(edges: _Edges) -> _Edges:
    """Return the edges that no other edge cancels, of drawings that have none twice."""
    forward = edges.starts < edges.ends
    keys = edge_numbers(
        np.where(forward, edges.starts, edges.ends), np.where(forward, edges.ends, edges.starts)
    )
    order = np.argsort(keys)
    sorted_keys = keys[order]
    firsts = np.flatnonzero(np.diff(sorted_keys, prepend=~sorted_keys[:1]) != 0)
    if not len(firsts):
        return edges.at(order)
    signs = np.where(forward, 1, -1)[order]
    sums = np.add.reduceat(signs, firsts)
    group = np.repeat(np.arange(len(firsts)), np.diff(firsts, append=len(order)))
    # Of three edges on one another, one is left; of the two that run its way it is the first.
    left = np.flatnonzero(signs == sums[group])
    left = left[np.unique(group[left], return_index=True)[1]]
    lone = edges.at(order[left])
    overlapping = edges.owners[order[firsts[np.abs(sums) > 1]]]
    return lone.at(~np.isin(lone.owners, overlapping))


def _rings(surfaces: Surfaces, edges: _Edges) -> _Rings:
    """Chain edges into rings that visit no place twice."""
    # As many edges end at each place as start there.
    nexts = np.empty(len(edges.starts), np.int64)
    nexts[np.argsort(edges.ends)] = np.argsort(edges.starts)
    places = surfaces.plan_at(edges.corners)
    turns = _turns(places, nexts).tolist()
    rings = _Rings([], [], [])
    corners, owners = edges.corners.tolist(), edges.owners.tolist()
    for ring in _cycles(edges.starts, nexts):
        rings.corners.append([corners[at] for at in ring])
        rings.areas.append(sum([turns[at] for at in ring]))
        rings.owners.append(owners[ring[0]])
    return rings


def _cycles(starts: Words, nexts: Ints) -> Iterator[list[int]]:
    """Give the edges of each cycle, cut where it comes back to a place."""
    ordered = np.sort(starts)
    crossings = set(ordered[1:][ordered[1:] == ordered[:-1]].tolist())
    places, after = starts.tolist(), nexts.tolist()
    seen = bytearray(len(after))
    for first in range(len(after)):
        if seen[first]:
            continue
        cycle = []
        at = first
        while not seen[at]:
            seen[at] = 1
            cycle.append(at)
            at = after[at]
        if crossings and not crossings.isdisjoint([places[at] for at in cycle]):
            yield from _cut(cycle, places)
        else:
            yield cycle


def _cut(cycle: list[int], places: list[int]) -> Iterator[list[int]]:
    path: list[int] = []
    passed: dict[int, int] = {}
    for at in [*cycle, cycle[0]]:
        back = passed.get(places[at])
        if back is not None:
            yield path[back:]
            for edge in path[back:]:
                del passed[places[edge]]
            del path[back:]
        passed[places[at]] = len(path)
        path.append(at)


def _turns(places: Floats, nexts: Ints) -> Floats:
    """Return twice the area between each edge and the first place of all."""
    local = places - places[0]
    after = local[nexts]
    return np.asarray(local[:, 0] * after[:, 1] - local[:, 1] * after[:, 0])


def _nested(surfaces: Surfaces, rings: _Rings) -> tuple[list[int], list[int], list[int]]:
    """Return rings in the order of polygons, how many each polygon has, and its drawing.

    The largest ring of a drawing bounds it and says which way round borders run; rings that run the
    other way are holes.
    """
    mine: dict[int, list[int]] = {}
    for at, owner in enumerate(rings.owners):
        mine.setdefault(owner, []).append(at)
    order: list[int] = []
    counts: list[int] = []
    owners: list[int] = []
    for owner, found in mine.items():
        along = max([rings.areas[at] for at in found], key=abs) > 0
        borders = [at for at in found if (rings.areas[at] > 0) == along]
        holes = [at for at in found if (rings.areas[at] > 0) != along]
        for polygon in _polygons(surfaces, rings, borders, holes):
            order += polygon
            counts.append(len(polygon))
            owners.append(owner)
    return order, counts, owners


def _polygons(
    surfaces: Surfaces, rings: _Rings, borders: list[int], holes: list[int]
) -> list[list[int]]:
    """Return the borders, each with its holes; none where it cannot be said which are whose."""
    if len(borders) == 1 or not holes:
        return [[border, *(holes if len(borders) == 1 else [])] for border in borders]
    if len(borders) * len(holes) > _MOST_PAIRS:
        return []
    filled = _drawn(surfaces, [rings.corners[at] for at in borders], [1] * len(borders))
    hollow = _drawn(surfaces, [rings.corners[at] for at in holes], [1] * len(holes))
    polygons = [[border] for border in borders]
    for at, hole in enumerate(hollow):
        around = np.flatnonzero(shapely.covers(filled, hole))
        if not len(around):
            return []
        polygons[around[np.argmin(shapely.area(filled[around]))]].append(holes[at])
    return polygons


def _drawn(surfaces: Surfaces, rings: list[list[int]], counts: list[int]) -> Shapes:
    closed = [ring + ring[:1] for ring in rings]
    corners = np.fromiter(chain.from_iterable(closed), np.int64)
    offsets = (offsets_of(list(map(len, closed))), offsets_of(counts))
    places = surfaces.plan_at(corners)
    return np.asarray(shapely.from_ragged_array(shapely.GeometryType.POLYGON, places, offsets))
