"""The border of faces that lie beside one another: the edges that only one of them has.

Of triangles that share their edges almost all edges are walked once each way and cancel; what is
left chains into rings, many times quicker than polygons are united. Where faces overlap, the rings
cover less than the faces have area; whoever does so is left to the slower way.
"""

from typing import Any, NamedTuple, TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.models.surfaces.closure import Words, edge_numbers, plan_numbers
from spatial.models.surfaces.cycles import chained
from spatial.models.surfaces.layout import (
    Flags,
    Floats,
    Ints,
    Surfaces,
    offsets_of,
    spread,
    totals,
)
from spatial.models.surfaces.tangles import is_tangled
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
    """Rings (r).

    Attributes:
        corners: of all of them.
        offsets: int64[r + 1], into the corners.
        areas: float64[r], twice the area in the plan, positive where a ring runs anticlockwise.
        owners: int64[r], drawing of each.
    """

    corners: Ints
    offsets: Ints
    areas: Floats
    owners: Ints


class _Nested(NamedTuple):
    """Positions of rings in the order of polygons, how many each has, drawing of each."""

    rings: list[int]
    counts: list[int]
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
    polygons = _drawn(surfaces, rings, order, counts)
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
    polygons, expected = shapes[broken], np.abs(areas[broken])
    whole = polygons.copy()
    whole[[is_tangled(each) for each in polygons]] = None
    # Quicker than mending, and wrong where edges cross; that shows in the area.
    whole = np.asarray(shapely.buffer(whole, 0))
    left = ~_is_whole(whole, expected)
    whole[left] = mended(polygons[left])
    whole[~_is_whole(whole, expected)] = None
    shapes[broken] = whole
    return shapes


def _is_whole(shapes: Shapes, areas: Floats) -> Flags:
    """Tell whether shapes (m) are areas of this size."""
    sound = np.abs(shapely.area(shapes) - areas) <= _AREA_TOLERANCE * areas
    return np.asarray(sound & np.isin(shapely.get_type_id(shapes), _AREAS))


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
    order = order[~_cancelled(keys[order], forward[order])]
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


def _cancelled(keys: Words, forward: Flags) -> Flags:
    """Return which edges one other cancels, and no third lies on; keys (e) are in order."""
    same = keys[1:] == keys[:-1]
    pairs = same & (forward[1:] != forward[:-1])
    pairs[1:] &= ~same[:-1]
    pairs[:-1] &= ~same[1:]
    cancelled = np.zeros(len(keys), bool)
    cancelled[1:] = pairs
    cancelled[:-1] |= pairs
    return cancelled


def _rings(surfaces: Surfaces, edges: _Edges) -> _Rings:
    """Chain edges into rings that visit no place twice."""
    order, offsets = chained(edges.starts, edges.ends)
    corners = edges.corners[order]
    return _Rings(
        corners=corners,
        offsets=offsets,
        areas=totals(_turns(surfaces.plan_at(corners), offsets), offsets),
        owners=edges.owners[order[offsets[:-1]]],
    )


def _turns(places: Floats, offsets: Ints) -> Floats:
    """Return twice the area between each edge of rings and the first place of all."""
    local = places - places[0]
    after = np.roll(local, -1, axis=0)
    after[offsets[1:] - 1] = local[offsets[:-1]]
    return np.asarray(local[:, 0] * after[:, 1] - local[:, 1] * after[:, 0])


def _nested(surfaces: Surfaces, rings: _Rings) -> _Nested:
    """Return which ring bounds which.

    The largest ring of a drawing bounds it and says which way round borders run; rings that run the
    other way are holes.
    """
    counts = np.bincount(rings.owners, minlength=len(surfaces))
    alone = np.flatnonzero(counts[rings.owners] == 1)
    nested = _Nested(alone.tolist(), [1] * len(alone), rings.owners[alone].tolist())
    several = np.flatnonzero(counts[rings.owners] > 1)
    mine: dict[int, list[int]] = {}
    for at, owner in zip(several.tolist(), rings.owners[several].tolist(), strict=True):
        mine.setdefault(owner, []).append(at)
    for owner, found in mine.items():
        for polygon in _parted(surfaces, rings, found):
            nested.rings.extend(polygon)
            nested.counts.append(len(polygon))
            nested.owners.append(owner)
    return nested


def _parted(surfaces: Surfaces, rings: _Rings, found: list[int]) -> list[list[int]]:
    """Return the rings of one drawing as borders, each with its holes."""
    areas = dict(zip(found, rings.areas[found].tolist(), strict=True))
    along = max(areas.values(), key=abs) > 0
    borders = [at for at in found if (areas[at] > 0) == along]
    holes = [at for at in found if (areas[at] > 0) != along]
    return _polygons(surfaces, rings, borders, holes)


def _polygons(
    surfaces: Surfaces, rings: _Rings, borders: list[int], holes: list[int]
) -> list[list[int]]:
    """Return the borders, each with its holes; none where it cannot be said which are whose."""
    if len(borders) == 1 or not holes:
        return [[border, *(holes if len(borders) == 1 else [])] for border in borders]
    if len(borders) * len(holes) > _MOST_PAIRS:
        return []
    filled = _drawn(surfaces, rings, borders, [1] * len(borders))
    hollow = _drawn(surfaces, rings, holes, [1] * len(holes))
    polygons = [[border] for border in borders]
    for at, hole in enumerate(hollow):
        around = np.flatnonzero(shapely.covers(filled, hole))
        if not len(around):
            return []
        polygons[around[np.argmin(shapely.area(filled[around]))]].append(holes[at])
    return polygons


def _drawn(surfaces: Surfaces, rings: _Rings, which: list[int], counts: list[int]) -> Shapes:
    """Return polygons in the plan; each has ``counts`` of the rings that are asked for."""
    at = np.array(which, np.int64)
    sizes = np.diff(rings.offsets)[at] + 1
    offsets = offsets_of(sizes)
    corners = spread(rings.offsets[at], sizes)
    corners[offsets[1:] - 1] = rings.offsets[at]
    places = surfaces.plan_at(rings.corners[corners])
    polygons = shapely.from_ragged_array(
        shapely.GeometryType.POLYGON, places, (offsets, offsets_of(counts))
    )
    return np.asarray(polygons)
