"""Which nodes of a water network lose supply when links are closed."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spatial.networks.graph import Graph, reached
from spatial.networks.network import Ints, Network, of_kind

SOURCES = ("reservoir", "tank")
"""Kinds of nodes that water comes from; a tank holds it for hours only."""


class Isolation(NamedTuple):
    """What a closure does.

    Attributes:
        node: int64[k], nodes that had supply and lose it.
        link: int64[l], links in which no water moves any more, the closed ones included.
        dry: int64[d], nodes that had none before.
    """

    node: Ints
    link: Ints
    dry: Ints


def supplied(graph: Graph, sources: Ints | None = None) -> NDArray[np.bool_]:
    """Tell which nodes water can come to: bool[n].

    Args:
        graph: directed links (pumps, check valves) let it through one way only.
        sources: int64[s], nodes it comes from; all reservoirs and tanks where nothing is said.
    """
    if sources is None:
        sources = np.flatnonzero(of_kind(graph.network.node_kind, SOURCES))
    return reached(graph.forth, sources)


def isolation(network: Network, closed: Ints, sources: Ints | None = None) -> Isolation:
    """Return which nodes lose supply when links (int64[c]) are closed, beyond those that are."""
    before = supplied(Graph.of(network), sources)
    after = supplied(Graph.of(network, closed), sources)
    wet, still = _between(network, before), _between(network, after)
    still[closed] = False
    if len(network.link_closed):
        wet &= ~network.link_closed
        still &= ~network.link_closed
    return Isolation(
        np.flatnonzero(before & ~after), np.flatnonzero(wet & ~still), np.flatnonzero(~before)
    )


def _between(network: Network, wet: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which links have water at both ends: bool[m]."""
    found = (network.link_from >= 0) & (network.link_to >= 0)
    found[found] = wet[network.link_from[found]] & wet[network.link_to[found]]
    return found
