"""Where the water of every node leaves the network."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse.csgraph import connected_components, dijkstra

from spatial.networks.graph import Arcs, Graph, steps, totals
from spatial.networks.network import Floats, Ints

_NONE = -1


@dataclass(frozen=True, slots=True)
class Outfalls:
    """Outfalls of n nodes.

    Attributes:
        group: int64[n], position in ``groups``; nodes with the same outfalls share one.
        groups: indices of outfalls, ascending; the first group is empty: no way leads out.
        nearest: int64[n], the outfall with the shortest way, -1 where no way leads out.
        distance_m: float64[n], along that way; NaN where none, or a length on it is not known.
        travel_s: float64[n], on that way, alike.
    """

    group: Ints
    groups: tuple[Ints, ...]
    nearest: Ints
    distance_m: Floats
    travel_s: Floats

    def of(self, node: int) -> Ints:
        """Return every outfall that water from a node can come to; several where ways part."""
        return self.groups[int(self.group[node])]


def outfalls(graph: Graph) -> Outfalls:
    """Return the outfalls of every node; a node in a loop has those of the whole loop."""
    places = np.flatnonzero(graph.network.node_kind == "outfall")
    nearest, before = _nearest(graph.back, places)
    if _alone(graph.forth, places):  # where one outfall is reached, it is the only one
        group, groups = _single_groups(places, nearest)
    else:
        group, groups = _groups(graph.forth, places)
    cost = np.zeros(len(before), np.complex128)
    moved = np.flatnonzero(before != np.arange(len(before)))
    taken = steps(graph.forth, moved, before[moved])
    cost.real[moved], cost.imag[moved] = graph.forth.length_m[taken], graph.forth.travel_s[taken]
    total = totals(before, cost)
    lost = nearest == _NONE
    return Outfalls(
        group,
        groups,
        nearest,
        np.where(lost, np.nan, total.real),
        np.where(lost, np.nan, total.imag),
    )


def _nearest(arcs: Arcs, places: Ints) -> tuple[Ints, Ints]:
    """Return the nearest place of each node, and the node before it on the way from there."""
    count = len(arcs.start) - 1
    itself = np.arange(count)
    if not len(places):
        return np.full(count, _NONE), itself
    distance, before, source = dijkstra(
        arcs.matrix, directed=True, indices=places, return_predecessors=True, min_only=True
    )
    met = np.isfinite(distance)
    nearest = np.where(met, source, _NONE).astype(np.int64)
    return nearest, np.where(met & (before >= 0), before, itself).astype(np.int64)


def _alone(arcs: Arcs, places: Ints) -> bool:
    """Tell whether no part of the network has several outfalls."""
    if len(places) <= 1:
        return True
    _, part = connected_components(arcs.matrix, directed=True, connection="weak")
    return bool(np.bincount(part[places], minlength=1).max() <= 1)


def _single_groups(places: Ints, nearest: Ints) -> tuple[Ints, tuple[Ints, ...]]:
    group = np.where(nearest == _NONE, 0, 1 + np.searchsorted(places, nearest))
    return group, (places[:0], *(places[at : at + 1] for at in range(len(places))))


def _groups(arcs: Arcs, places: Ints) -> tuple[Ints, tuple[Ints, ...]]:
    """Return the group of outfalls of each node, and the groups.

    Nodes that reach one another (strongly connected components) share one. What has a single way
    on shares that of the next; only where ways part are groups put together.
    """
    count, labels = connected_components(arcs.matrix, directed=True, connection="strong")
    part = labels.astype(np.int64)
    tail, head = _between_parts(arcs, part, count)
    single = np.bincount(tail, minlength=count) == 1
    single[part[places]] = False
    next_ = np.arange(count)
    next_[tail[single[tail]]] = head[single[tail]]
    deciding = _ends(next_)
    kept = ~single[tail]
    own: dict[int, set[int]] = {}
    for place in places.tolist():
        own.setdefault(int(part[place]), set()).add(place)
    group, members = _united(
        np.flatnonzero(~single).tolist(), own, tail[kept].tolist(), deciding[head[kept]].tolist()
    )
    found = np.zeros(count, np.int64)
    found[list(group)] = list(group.values())
    return found[deciding][part], tuple(np.array(each, np.int64) for each in members)


def _between_parts(arcs: Arcs, part: Ints, count: int) -> tuple[Ints, Ints]:
    """Return each pair of parts that a way leads from and to, once: int64[b] each."""
    tail, head = (part[nodes] for nodes in arcs.pairs())
    if count == len(part):  # nothing runs round, and each pair of nodes is there once
        return tail, head
    pair = np.sort((tail * count + head)[tail != head])
    once = np.ones(len(pair), np.bool_)
    once[1:] = pair[1:] != pair[:-1]
    return np.divmod(pair[once], count)


def _ends(next_: Ints) -> Ints:
    """Return where one comes to by following pointers to the end: int64[k]."""
    while True:
        further = np.take(next_, next_)
        if np.array_equal(further, next_):
            return next_
        next_ = further


def _united(
    parts: list[int], own: dict[int, set[int]], tail: list[int], head: list[int]
) -> tuple[dict[int, int], list[tuple[int, ...]]]:
    """Return the group of each part, from the outfalls upwards, and the groups."""
    after: dict[int, set[int]] = {part: set() for part in parts}
    ahead: dict[int, list[int]] = {part: [] for part in parts}
    for one, other in zip(tail, head, strict=True):
        if other not in after[one]:
            after[one].add(other)
            ahead[other].append(one)
    waits = {part: len(found) for part, found in after.items()}
    ready = [part for part in parts if not waits[part]]
    known: dict[tuple[int, ...], int] = {(): 0}
    group: dict[int, int] = {}
    members: list[tuple[int, ...]] = [()]
    while ready:
        part = ready.pop()
        lists = [members[each] for each in {group[other] for other in after[part]}]
        found = tuple(sorted(own.get(part, set()).union(*lists)))
        group[part] = known.setdefault(found, len(members))
        if group[part] == len(members):
            members.append(found)
        ready += _freed(ahead[part], waits)
    return group, members


def _freed(ahead: list[int], waits: dict[int, int]) -> list[int]:
    """Count one way less for each part ahead, and return those that wait for no other."""
    freed = []
    for part in ahead:
        waits[part] -= 1
        if not waits[part]:
            freed.append(part)
    return freed
