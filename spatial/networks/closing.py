"""What to shut so that a pipe can be worked on, and whom that leaves without water or drain."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from spatial.networks.graph import Graph, reached
from spatial.networks.isolation import SOURCES
from spatial.networks.land import inlets
from spatial.networks.network import Ints, Network, of_kind
from spatial.networks.pressure import PUMP

CLOSERS = ("valve", "pump", "orifice")
"""Kinds of links that can be shut: valves, pumps, and the orifices that models have for gates."""

Mask = NDArray[np.bool_]


class CutOff(NamedTuple):
    """How links are cut off, and what that does.

    Attributes:
        shut: int64[v], valves, pumps and gates to shut; none that is shut already.
        at_node: int64[s], where no valve lies between: reservoirs, tanks and pumping stations to
            shut; of a drainage network nodes at which to plug the pipes, for water of the land
            still comes there.
        node: int64[k], nodes between what is shut.
        link: int64[l], links between, those that were asked for included.
        lost: int64[d], nodes that lose supply; of a drainage network those from which no way leads
            to an outfall any more.
    """

    shut: Ints
    at_node: Ints
    node: Ints
    link: Ints
    lost: Ints


def supplies(network: Network) -> bool:
    """Tell whether a network brings water (it has reservoirs or tanks), and does not take it."""
    return bool(of_kind(network.node_kind, SOURCES).any())


def cut_off(graph: Graph, links: Ints) -> CutOff:
    """Return what to shut to cut off links (int64[c]), and what that does.

    In a water network: the nearest valves and pumps all around. In a drainage network: the nearest
    gates and pumps above; what lies below runs dry by itself, as long as nothing backs up.
    """
    network = graph.network
    barrier = of_kind(network.link_kind, CLOSERS)
    barrier[links] = False
    if supplies(network):
        return _supply_cut(graph, links, barrier)
    return _drain_cut(graph, links, barrier)


def closed_off(graph: Graph, closed: Ints) -> CutOff:
    """Return what it does that links (int64[c]) are shut."""
    lost = _lost(graph, closed)
    none = np.empty(0, np.int64)
    return CutOff(closed, none, lost, _inside(graph.network, _mask(graph, lost)), lost)


def _supply_cut(graph: Graph, links: Ints, barrier: Mask) -> CutOff:
    network = graph.network
    stops = of_kind(network.node_kind, (*SOURCES, PUMP))
    open_ = _open(network) & ~barrier
    through = open_ & ~_at(stops, network.link_from) & ~_at(stops, network.link_to)
    ends = np.concatenate([network.link_from[links], network.link_to[links]])
    between = _joined_to(network, np.flatnonzero(through), ends[(ends >= 0) & ~stops[ends]])
    tail, head = _at(between, network.link_from), _at(between, network.link_to)
    inside = np.union1d(np.flatnonzero(open_ & (tail | head)), links)
    shut = np.flatnonzero(_open(network) & barrier & (tail != head))
    found = np.concatenate([network.link_from[inside], network.link_to[inside]])
    at_node = np.unique(found[(found >= 0) & stops[found]])
    lost = _lost(graph, np.union1d(inside, shut))
    return CutOff(shut, at_node, np.flatnonzero(between), inside, lost)


def _drain_cut(graph: Graph, links: Ints, barrier: Mask) -> CutOff:
    network = graph.network
    stations = np.flatnonzero(network.node_kind == PUMP)
    cut = np.union1d(np.flatnonzero(barrier), links)
    # Nothing that leads into a station is followed: its pumps are stopped instead.
    into = np.flatnonzero(np.isin(network.link_to, stations))
    upper = network.link_from[links]
    upper = np.unique(upper[upper >= 0])
    between = reached(graph.back, upper, np.union1d(cut, into))
    leads_in = _open(network) & barrier & _at(between, network.link_to)
    wet = np.flatnonzero(between & ~np.isin(np.arange(len(between)), stations))
    plugged = upper if len(np.intersect1d(wet, inlets(network))) else upper[:0]
    at_node = np.union1d(plugged, stations[between[stations]])
    shut = np.flatnonzero(leads_in)
    lost = _lost(graph, np.union1d(links, shut))
    return CutOff(shut, at_node, np.flatnonzero(between), links, lost)


def _lost(graph: Graph, closed: Ints) -> Ints:
    """Return the nodes that had supply, or a way to an outfall, and lose it."""
    network = graph.network
    if supplies(network):
        arcs, places = graph.forth, np.flatnonzero(of_kind(network.node_kind, SOURCES))
    else:
        arcs, places = graph.back, np.flatnonzero(network.node_kind == "outfall")
    return np.flatnonzero(reached(arcs, places) & ~reached(arcs, places, closed))


def _open(network: Network) -> Mask:
    """Tell which links have both ends and are not shut: bool[m]."""
    joined = (network.link_from >= 0) & (network.link_to >= 0)
    return joined & ~network.link_closed if len(network.link_closed) else joined


def _inside(network: Network, nodes: Mask) -> Ints:
    """Return the open links between some nodes."""
    both = _at(nodes, network.link_from) & _at(nodes, network.link_to)
    return np.flatnonzero(_open(network) & both)


def _at(nodes: Mask, ends: Ints) -> Mask:
    """Tell what is true of the nodes at the ends of links; of no node nothing is."""
    return np.append(nodes, False)[ends]


def _mask(graph: Graph, nodes: Ints) -> Mask:
    found = np.zeros(len(graph.network.node_key), np.bool_)
    found[nodes] = True
    return found


def _joined_to(network: Network, links: Ints, nodes: Ints) -> Mask:
    """Tell which nodes links join to any of some nodes, whatever their direction: bool[n]."""
    count = len(network.node_key)
    ends = (network.link_from[links], network.link_to[links])
    matrix = csr_array((np.ones(len(links)), ends), shape=(count, count))
    _, part = connected_components(matrix, directed=False)
    return np.isin(part, part[nodes])
