"""Edges that lead from place to place, chained into rings."""

import numpy as np

from spatial.models.surfaces.closure import Words
from spatial.models.surfaces.layout import Flags, Ints, offsets_of, owners


def chained(starts: Words, ends: Words) -> tuple[Ints, Ints]:
    """Return the edges (m) ring by ring, and the offsets of the rings; none visits a place twice.

    Args:
        starts: uint64[m], number of the place where each edge begins.
        ends: uint64[m], where it ends; as many edges end at each place as begin there.
    """
    by_start = np.argsort(starts)
    nexts = np.empty(len(starts), np.int64)
    nexts[np.argsort(ends)] = by_start
    order, offsets = cycles_of(nexts)
    ring = np.empty_like(order)
    ring[order] = owners(offsets)
    crossed = _crossed(starts[by_start], by_start, ring)
    return (order, offsets) if not crossed.any() else _uncrossed(order, offsets, crossed, starts)


def cycles_of(nexts: Ints) -> tuple[Ints, Ints]:
    """Return the steps (m) cycle by cycle, each from its lowest one on, and the offsets.

    Ways of 1, 2, 4 … steps are looked along from all steps at once, so the time grows with the
    logarithm of the longest cycle, and not with how many there are.

    Args:
        nexts: int64[m], which step comes after each; a permutation.
    """
    lowest = _lowest(nexts)
    here = np.arange(len(nexts))
    first = lowest == here
    sizes = np.bincount(lowest, minlength=len(nexts))
    offsets = offsets_of(sizes[first])
    starts = np.empty_like(here)
    starts[first] = offsets[:-1]
    left = _steps_to(first, nexts)
    order = np.empty_like(here)
    order[starts[lowest] + np.where(first, 0, sizes[lowest] - left)] = here
    return order, offsets


def _lowest(nexts: Ints) -> Ints:
    """Return the lowest step of the cycle of each."""
    lowest, hop = np.minimum(np.arange(len(nexts)), nexts), nexts
    while True:
        hop = hop[hop]
        further = np.minimum(lowest, lowest[hop])
        if np.array_equal(further, lowest):
            return lowest
        lowest = further


def _steps_to(first: Flags, nexts: Ints) -> Ints:
    """Return how many steps lead to the first one of the cycle; 0 from there."""
    hop = np.where(first, np.arange(len(nexts)), nexts)
    left = (~first).astype(np.int64)
    while not first[hop].all():
        left += left[hop]
        hop = hop[hop]
    return left


def _crossed(places: Words, edges: Ints, ring: Ints) -> Flags:
    """Return whether each ring comes back to a place.

    Args:
        places: uint64[m], in order.
        edges: int64[m], which edge begins at each.
        ring: int64[m], of each edge.
    """
    crossed = np.zeros(int(ring.max(initial=-1)) + 1, bool)
    again = np.flatnonzero(places[1:] == places[:-1])
    shared = np.union1d(again, again + 1)
    places, rings = places[shared], ring[edges[shared]]
    order = np.lexsort((rings, places))
    places, rings = places[order], rings[order]
    crossed[rings[1:][(places[1:] == places[:-1]) & (rings[1:] == rings[:-1])]] = True
    return crossed


def _uncrossed(order: Ints, offsets: Ints, crossed: Flags, starts: Words) -> tuple[Ints, Ints]:
    """Return rings with the crossed ones cut where they come back to a place."""
    sizes = np.diff(offsets)
    rings = [order[np.repeat(~crossed, sizes)]]
    lengths = sizes[~crossed].tolist()
    for at in np.flatnonzero(crossed).tolist():
        ring = order[offsets[at] : offsets[at + 1]]
        for cut in _cut(starts[ring].tolist()):
            rings.append(ring[cut])
            lengths.append(len(cut))
    return np.concatenate(rings), offsets_of(lengths)


def _cut(places: list[int]) -> list[list[int]]:
    """Return the positions in a ring that bound each of its parts."""
    rings: list[list[int]] = []
    path: list[int] = []
    passed: dict[int, int] = {}
    for at in [*range(len(places)), 0]:
        back = passed.get(places[at])
        if back is not None:
            rings.append(path[back:])
            for gone in path[back:]:
                del passed[places[gone]]
            del path[back:]
        passed[places[at]] = len(path)
        path.append(at)
    return rings
