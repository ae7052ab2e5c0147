"""A network as a forest: each node with the way that most of its water takes, in preorder."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, depth_first_order

from spatial.networks.graph import totals
from spatial.networks.network import Floats, Ints
from spatial.networks.transport import Transport

_NONE = -1


class MainWays(NamedTuple):
    """Nodes (n) in preorder: after each comes all that drains to it, in one stretch.

    Attributes:
        node: int64[n], index of each in the network.
        end: int64[n], what drains to position ``i``, itself included, is ``i:end[i]``.
        root: bool[n], whether its water leaves the network here.
        travel_s: float64[n], from there to where its water leaves the network.
        log_dilution: float64[n], by how much a release at another node is diluted on the way to
            this one, as a logarithm, less what stands here for the other.
    """

    node: Ints
    end: Ints
    root: NDArray[np.bool_]
    travel_s: Floats
    log_dilution: Floats


def widest_ways(transport: Transport) -> Ints:
    """Return the way that most of each node's water takes: int64[n], -1 where it ends."""
    way = np.full(len(transport.node_flow_m3s), _NONE)
    order = np.argsort(transport.share, kind="stable")
    way[transport.tail[order]] = order
    return way


def main_ways(transport: Transport) -> MainWays:
    """Follow the main way of every node; one that goes round is cut open at one place."""
    way = widest_ways(transport)
    below = np.where(way == _NONE, np.arange(len(way)), np.append(transport.head, 0)[way])
    below = _cut_open(below)
    root = below == np.arange(len(below))
    node = _preorder(below)
    cost = np.zeros(len(below), np.complex128)
    taken = way[~root]
    cost.real[~root] = transport.travel_s[taken]
    passed = np.log(transport.share[taken].clip(1e-12))
    cost.imag[~root] = passed - transport.decay_per_s * transport.travel_s[taken]
    total = totals(below, cost)[node]
    return MainWays(
        node=node,
        end=np.arange(len(node)) + _sizes(below, node),
        root=root[node],
        travel_s=total.real,
        log_dilution=total.imag + np.log(transport.node_flow_m3s[node]),
    )


def _cut_open(below: Ints) -> Ints:
    """Return the nodes below with each circle ending in the first of its nodes."""
    jump = below
    for _ in range(len(below).bit_length()):
        jump = jump[jump]
    on = np.unique(jump)
    on = on[below[on] != on]
    if not len(on):
        return below
    place = np.searchsorted(on, below[on])
    circles = csr_array((np.ones(len(on)), (np.arange(len(on)), place)), shape=(len(on),) * 2)
    _, circle = connected_components(circles, directed=False)
    first = on[np.unique(circle, return_index=True)[1]]
    opened = below.copy()
    opened[first] = first
    return opened


def _preorder(below: Ints) -> Ints:
    """Return all nodes, each followed by those above it."""
    count = len(below)
    # One node more, above which all roots lie, so that one search does.
    parent = np.where(below == np.arange(count), count, below)
    up = csr_array((np.ones(count), (parent, np.arange(count))), shape=(count + 1,) * 2)
    return depth_first_order(up, count, return_predecessors=False)[1:].astype(np.int64)


def _sizes(below: Ints, node: Ints) -> Ints:
    """Return how many nodes drain to each, itself included, in preorder."""
    size = [1] * len(below)
    for at, lower in zip(node[::-1].tolist(), below[node[::-1]].tolist(), strict=True):
        if lower != at:
            size[lower] += size[at]
    return np.array(size, np.int64)[node]
