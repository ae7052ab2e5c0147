"""The network's main ways as a forest, in which up and downstream are a comparison of numbers."""

from dataclasses import dataclass

import numpy as np

from alerts.incidents.members import NOWHERE, Floats, Ints
from spatial.networks.graph import Graph

ENDS_SEWERS = frozenset({"8202", "8203", "8302"})
"""Classes at which water has left the sewers: reaches, reservoirs, outfalls."""
_WALKING_M_S = 0.5  # where nobody knows how fast water runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Forest:
    """Each node (n) with the one way that most of its water takes.

    Attributes:
        below: int64[n], the next node downstream, -1 at an end.
        root: int64[n], the node at which its water ends.
        enter: int64[n], number of the node in a walk upstream from the roots,
        leave: int64[n], and the last number of what lies upstream of it.
        way_m: float64[n], metres to the end.
        way_s: float64[n], seconds to the end.
        catchment: int64[n], the node where its water leaves the sewers, -1 in rivers.
    """

    below: Ints
    root: Ints
    enter: Ints
    leave: Ints
    way_m: Floats
    way_s: Floats
    catchment: Ints

    @classmethod
    def of(cls, graph: Graph) -> "Forest":
        """Return the forest of a graph; of several ways the widest counts, then the shortest."""
        arc = _main_ways(graph)
        below = np.where(arc >= 0, graph.forth.to[arc], NOWHERE) if len(graph.forth.to) else arc
        order = _from_the_ends(below)
        size = len(below)
        length, seconds = _costs(graph, arc)
        root, way_m, way_s = np.arange(size), np.zeros(size), np.zeros(size)
        ends = _ends_sewers(graph)
        catchment = np.where(ends, NOWHERE, np.arange(size))
        weight = np.ones(size, np.int64)
        for node in order:
            after = below[node]
            if after >= 0:
                root[node] = root[after]
                way_m[node] = way_m[after] + length[node]
                way_s[node] = way_s[after] + seconds[node]
                if catchment[node] >= 0:
                    catchment[node] = after if ends[after] else catchment[after]
        for node in reversed(order):
            if below[node] >= 0:
                weight[below[node]] += weight[node]
        enter = _numbers(order, below, weight)
        return cls(
            below=below,
            root=root,
            enter=enter,
            leave=enter + weight - 1,
            way_m=way_m,
            way_s=way_s,
            catchment=catchment,
        )


def _main_ways(graph: Graph) -> Ints:
    """Return the arc of ``forth`` that each node's water takes: int64[n], -1 where none."""
    forth, size = graph.forth, len(graph.network.node_key)
    many = np.diff(forth.start)
    arc = np.full(size, NOWHERE, np.int64)
    one = many == 1
    arc[one] = forth.start[:-1][one]
    width = np.nan_to_num(graph.network.link_diameter_m)
    for node in np.flatnonzero(many > 1).tolist():
        arcs = np.arange(forth.start[node], forth.start[node + 1])
        arc[node] = arcs[np.lexsort((arcs, -width[forth.link[arcs]]))[0]]
    return arc


def _from_the_ends(below: Ints) -> list[int]:
    """Return all nodes, each after the one below it; a ring is cut where it is first met."""
    lower = below.tolist()
    above: list[list[int]] = [[] for _ in lower]
    for node, after in enumerate(lower):
        if after >= 0:
            above[after].append(node)
    order = _walk([node for node, after in enumerate(lower) if after < 0], above)
    if len(order) < len(lower):
        met = np.zeros(len(lower), np.bool_)
        met[order] = True
        for node in np.flatnonzero(~met).tolist():
            if not met[node]:
                cut = _ring_start(node, lower)
                below[cut] = lower[cut] = NOWHERE
                more = _walk([cut], above, stop=cut)
                met[more] = True
                order += more
    return order


def _walk(starts: list[int], above: list[list[int]], stop: int = NOWHERE) -> list[int]:
    order = list(starts)
    for node in order:
        order += [one for one in above[node] if one != stop]
    return order


def _ring_start(node: int, below: list[int]) -> int:
    """Return the smallest node of the ring that the way down from a node runs into."""
    met: set[int] = set()
    while node not in met:
        met.add(node)
        node = below[node]
    ring, at = [node], below[node]
    while at != node:
        ring.append(at)
        at = below[at]
    return min(ring)


def _numbers(order: list[int], below: Ints, weight: Ints) -> Ints:
    enter = np.zeros(len(below), np.int64)
    free: dict[int, int] = {}
    following = 0
    for node in order:
        after = int(below[node])
        if after < 0:
            enter[node], following = following, following + int(weight[node])
        else:
            enter[node] = free[after]
            free[after] += int(weight[node])
        free[node] = int(enter[node]) + 1
    return enter


def _costs(graph: Graph, arc: Ints) -> tuple[Floats, Floats]:
    if not len(graph.forth.to):
        return np.zeros(len(arc)), np.zeros(len(arc))
    length = np.where(arc >= 0, np.nan_to_num(graph.forth.length_m[arc]), 0.0)
    told = np.where(arc >= 0, graph.forth.travel_s[arc], 0.0)
    return length, np.where(np.isfinite(told), told, length / _WALKING_M_S)


def _ends_sewers(graph: Graph) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    classes = (str(key)[6:10] for key in graph.network.node_key.tolist())
    found = [klass in ENDS_SEWERS for klass in classes]
    kinds = graph.network.node_kind
    named = np.asarray((kinds == "outfall") | (kinds == "storage"), np.bool_)
    return np.asarray(np.array(found, np.bool_) | named, np.bool_)
