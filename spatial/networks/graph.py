"""Water followed through a network: what lies up and down of a node, how far and how long."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, dijkstra

from spatial.networks.network import Floats, Ints, Network

Matrix: TypeAlias = "csr_array[Any, Any]"
_SHOWN = 2
_START = -1
"""Of the node where a trace begins, which no link leads to."""


class NameNodeOfNetworkError(KeyError):
    """A node that the network does not have. Name one of its ``node_key``."""

    def __str__(self) -> str:
        return str(self.args[0])


class Reach(NamedTuple):
    """What a trace meets: k nodes, nearest first, and the l links between them.

    Attributes:
        node: int64[k], indices of nodes; the first is where the trace begins.
        before: int64[k], position in ``node`` of the one that it is reached from; the first's is 0.
        via: int64[k], link by which it is reached; -1 for the first.
        distance_m: float64[k], along the shortest way; NaN where a length on it is not known.
        travel_s: float64[k], on the same way; NaN where a time on it is not known.
        link: int64[l], every link that water takes here, nearest first; more than k - 1 of them
            where ways part and meet again.
    """

    node: Ints
    before: Ints
    via: Ints
    distance_m: Floats
    travel_s: Floats
    link: Ints

    def way(self, node: int) -> Iterator[int]:
        """Yield positions from a node back to where the trace begins; none if it is not met."""
        found = np.flatnonzero(self.node == node)
        at = int(found[0]) if len(found) else 0
        if len(found):
            yield at
        while at:
            at = int(self.before[at])
            yield at


class Way(NamedTuple):
    """One way from node to node, in the order of the water; nothing in it where there is none.

    Attributes:
        node: int64[k].
        link: int64[k - 1].
        distance_m: its length.
        travel_s: how long water takes.
    """

    node: Ints
    link: Ints
    distance_m: float
    travel_s: float


@dataclass(frozen=True, slots=True)
class Arcs:
    """Ways out of n nodes: a of them, ordered by node, node reached and length.

    Attributes:
        start: int64[n + 1], those of node i are ``start[i]:start[i + 1]``.
        to: int64[a], node reached.
        link: int64[a], the link taken.
        length_m: float64[a].
        travel_s: float64[a].
        matrix: n by n, length of the shortest way; 0 where it is not known.
        ends: int64[a], ``n * node + node reached``, ascending.
    """

    start: Ints
    to: Ints
    link: Ints
    length_m: Floats
    travel_s: Floats
    matrix: Matrix
    ends: Ints

    @classmethod
    def of(cls, network: Network, tail: Ints, head: Ints, link: Ints) -> "Arcs":
        """Return the ways from ``tail`` to ``head`` along ``link`` (int64[a] each)."""
        count = len(network.node_key)
        length = lengths_m(network)[link]
        order = np.lexsort((length, head, tail))
        tail, head, link, length = tail[order], head[order], link[order], length[order]
        start = np.concatenate([[0], np.cumsum(np.bincount(tail, minlength=count))])
        ends = count * tail + head
        travel = network.link_travel_s[link]
        return cls(start, head, link, length, travel, _matrix(count, ends, length), ends)

    def between(self, tail: Ints, head: Ints) -> Ints:
        """Return the shortest ways from nodes to nodes next to them (int64[k] each)."""
        count = len(self.start) - 1
        return np.searchsorted(self.ends, count * tail.astype(np.int64) + head)

    def pairs(self) -> tuple[Ints, Ints]:
        """Return each pair of nodes that a way leads from and to, once: int64[b] each."""
        many = np.diff(self.matrix.indptr)
        return np.repeat(np.arange(len(many)), many), self.matrix.indices.astype(np.int64)

    def leaving(self, nodes: Ints) -> Ints:
        """Return the ways out of nodes (int64[k]), in their order."""
        first, many = self.start[nodes], np.diff(self.start)[nodes]
        past = np.cumsum(many)
        return np.repeat(first - (past - many), many) + np.arange(past[-1] if len(past) else 0)


@dataclass(frozen=True, slots=True)
class Graph:
    """A network that can be followed.

    Attributes:
        network: what it was made of.
        forth: ways with the water.
        back: ways against it.
        positions: index of each node by its key.
    """

    network: Network
    forth: Arcs
    back: Arcs
    positions: dict[str, int]

    @classmethod
    def of(cls, network: Network, closed: Ints | None = None) -> "Graph":
        """Return the graph of a network; a link that is not directed leads both ways.

        Args:
            network: its closed links, and those whose ends are not known or are one, lead nowhere.
            closed: int64[c], links that are closed beyond those.
        """
        leads = (network.link_from >= 0) & (network.link_to >= 0)
        leads &= network.link_from != network.link_to
        if len(network.link_closed):
            leads &= ~network.link_closed
        if closed is not None:
            leads[closed] = False
        there, return_ = np.flatnonzero(leads), np.flatnonzero(leads & ~network.link_directed)
        link = np.concatenate([there, return_])
        tail = np.concatenate([network.link_from[there], network.link_to[return_]])
        head = np.concatenate([network.link_to[there], network.link_from[return_]])
        positions = {key: at for at, key in enumerate(network.node_key.tolist())}
        forth = Arcs.of(network, tail, head, link)
        return cls(network, forth, Arcs.of(network, head, tail, link), positions)

    def node(self, key: str) -> int:
        """Return the index of a node.

        Raises:
            NameNodeOfNetworkError: the network has no such node.
        """
        if key not in self.positions:
            known = ", ".join(repr(each) for each in list(self.positions)[:_SHOWN])
            such = f": expected one such as {known}" if known else ""
            raise NameNodeOfNetworkError(f"no node {key!r} among {len(self.positions):,}{such}")
        return self.positions[key]


def upstream(graph: Graph, node: int) -> Reach:
    """Return what water passes before it comes to a node; distances are to that node."""
    return _reach(graph.back, graph.forth, node)


def downstream(graph: Graph, node: int) -> Reach:
    """Return what water passes after a node; distances are from that node."""
    return _reach(graph.forth, graph.back, node)


def trace(graph: Graph, origin: int, goal: int) -> Way:
    """Return the shortest way of the water from node to node."""
    reach = downstream(graph, origin)
    way = np.array(list(reach.way(goal))[::-1], np.int64)
    if not len(way):
        return Way(way, way, np.nan, np.nan)
    last = int(way[-1])
    return Way(
        reach.node[way],
        reach.via[way[1:]],
        float(reach.distance_m[last]),
        float(reach.travel_s[last]),
    )


def lengths_m(network: Network) -> Floats:
    """Return the length of each link, else how far its ends are apart: float64[m]."""
    known = np.isfinite(network.link_length_m)
    return np.where(known, network.link_length_m, straight_m(network))


def straight_m(network: Network) -> Floats:
    """Return how far the ends of each link are apart: float64[m], NaN without places."""
    ends = (network.link_from >= 0) & (network.link_to >= 0)
    if not len(network.node_key):
        return np.full(len(network), np.nan)
    east = network.node_x[network.link_from] - network.node_x[network.link_to]
    north = network.node_y[network.link_from] - network.node_y[network.link_to]
    return np.where(ends, np.hypot(east, north), np.nan)


def totals(before: Ints, cost: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """Return what it costs to come to each node of a forest from its root.

    Every turn adds the total of the node where the last turn left off, and so doubles the way
    that is added up; a chain of 100,000 pipes takes 17 turns.

    Args:
        before: int64[k], position of the node before; a root's own.
        cost: complex128[k], metres and, as the imaginary part, seconds of the step to each node; 0
            for a root. In one number they are fetched in one go.
    """
    total, jump = cost.copy(), before
    while True:
        total += np.take(total, jump)
        further = np.take(jump, jump)
        if np.array_equal(further, jump):
            return total
        jump = further


def steps(against: Arcs, nodes: Ints, before: Ints) -> Ints:
    """Return the ways by which nodes are reached: int64[k], positions in ``against``.

    Args:
        against: ways in the other direction.
        nodes: int64[k], what is reached.
        before: int64[k], the node that each is reached from.
    """
    # Nearly every node has one way out, which then is the one: that spares a search for it.
    way = np.minimum(against.start[nodes], len(against.to) - 1)
    other = np.flatnonzero((against.start[nodes + 1] == way) | (against.to[way] != before))
    way[other] = against.between(nodes[other], before[other])
    return way


def _reach(arcs: Arcs, against: Arcs, node: int) -> Reach:
    order, before = breadth_first_order(arcs.matrix, node, directed=True)
    nodes = order.astype(np.int64)
    if _loops(arcs, nodes):  # the fewest links need not be the shortest way
        before = _shortest(arcs, node)
    position = np.zeros(len(arcs.start), np.int64)
    position[nodes] = np.arange(len(nodes))
    reached_from = before[nodes[1:]].astype(np.int64)
    taken = steps(against, nodes[1:], reached_from)
    cost = np.zeros(len(nodes), np.complex128)
    cost.real[1:], cost.imag[1:] = against.length_m[taken], against.travel_s[taken]
    parent = np.concatenate([[0], position[reached_from]])
    via = np.concatenate([[_START], against.link[taken]])
    return _sorted(arcs, Reach(nodes, parent, via, *_parts(totals(parent, cost)), via))


def _shortest(arcs: Arcs, node: int) -> NDArray[np.int32]:
    """Return the node before each node on the shortest way to it: int32[n]."""
    origin = np.array([node])
    _, before = dijkstra(arcs.matrix, directed=True, indices=origin, return_predecessors=True)
    found: NDArray[np.int32] = before[0]
    return found


def _sorted(arcs: Arcs, reach: Reach) -> Reach:
    """Return the same nodes nearest first, with all links between them."""
    key = reach.distance_m.copy()
    key[:1] = -1.0
    nearest = np.argsort(key)
    rank = np.empty_like(nearest)
    rank[nearest] = np.arange(len(nearest))
    nodes = reach.node[nearest]
    links = arcs.link[arcs.leaving(nodes)]
    return Reach(
        nodes,
        rank[reach.before[nearest]],
        reach.via[nearest],
        reach.distance_m[nearest],
        reach.travel_s[nearest],
        links[_first(links)],
    )


def _parts(total: NDArray[np.complex128]) -> tuple[Floats, Floats]:
    return total.real, total.imag


def _loops(arcs: Arcs, nodes: Ints) -> bool:
    """Tell whether some of the nodes can be reached in two ways."""
    links = arcs.link[arcs.leaving(nodes)]
    met = np.zeros(links.max(initial=-1) + 1, np.bool_)
    met[links] = True
    return bool(np.count_nonzero(met) >= len(nodes))


def _first(values: Ints) -> NDArray[np.bool_]:
    """Tell where values (int64[k]) appear for the first time."""
    place = np.arange(len(values))
    last = np.empty(values.max(initial=-1) + 1, np.int64)
    last[values[::-1]] = place[::-1]
    first: NDArray[np.bool_] = last[values] == place
    return first


def _matrix(count: int, ends: Ints, length: Floats) -> Matrix:
    """Return lengths as scipy's graph functions want them, which two ways to one node confuse."""
    distinct, shortest = np.unique(ends, return_index=True)
    tail, head = np.divmod(distinct, max(count, 1))
    start = np.searchsorted(tail, np.arange(count + 1))
    weight = np.nan_to_num(length[shortest]).clip(min=0.0)
    return csr_array((weight, head.astype(np.int32), start.astype(np.int32)), shape=(count, count))


def reached(arcs: Arcs, nodes: Ints, closed: Ints | None = None) -> NDArray[np.bool_]:
    """Tell which nodes can be come to from any of some nodes: bool[n].

    Args:
        arcs: ways that are taken.
        nodes: int64[k], where one may begin.
        closed: int64[c], links that are not taken.
    """
    count = len(arcs.start) - 1
    taken = np.ones(len(arcs.to), np.bool_) if closed is None else ~np.isin(arcs.link, closed)
    start = np.concatenate([[0], np.cumsum(taken)])[arcs.start]
    # One more node leads to all where one may begin, so that one search does.
    start = np.append(start, start[-1] + len(nodes)).astype(np.int32)
    head = np.concatenate([arcs.to[taken], nodes]).astype(np.int32)
    matrix = csr_array((np.ones(len(head)), head, start), shape=(count + 1, count + 1))
    order = breadth_first_order(matrix, count, True, False)  # noqa: FBT003 - positional in scipy's stubs
    met = np.zeros(count + 1, np.bool_)
    met[order] = True
    return met[:count]
