from dataclasses import replace

import numpy as np

from spatial.networks.graph import Graph
from spatial.networks.isolation import isolation, supplied
from spatial.networks.network import Network
from tests.unit.spatial.networks.drawing import drawn

_PIPES = [("r", "a"), ("a", "b"), ("b", "c"), ("a", "c"), ("c", "d"), ("x", "y")]


def ring() -> Network:
    return drawn(_PIPES, kinds={"r": "reservoir"}, directed=False)


def keys(network: Network, nodes: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> set[str]:
    return set(network.node_key[nodes].tolist())


def test_closing_one_side_of_a_ring_cuts_nobody_off() -> None:
    network = ring()

    found = isolation(network, np.array([1]))

    assert len(found.node) == 0
    assert found.link.tolist() == [1]
    assert keys(network, found.dry) == {"x", "y"}


def test_closing_both_sides_cuts_off_what_lies_behind() -> None:
    network = ring()

    found = isolation(network, np.array([2, 3]))

    assert keys(network, found.node) == {"c", "d"}
    assert found.link.tolist() == [2, 3, 4]


def test_a_check_valve_keeps_water_from_coming_back() -> None:
    network = ring()
    one_way = replace(network, link_directed=np.arange(6) == 2)

    assert len(isolation(one_way, np.array([3])).node) == 0
    assert keys(network, isolation(one_way, np.array([1])).node) == {"b"}


def test_a_valve_that_is_shut_already_counts() -> None:
    network = replace(ring(), link_closed=np.arange(6) == 3)

    found = isolation(network, np.array([1]))

    assert keys(network, found.node) == {"b", "c", "d"}
    assert found.link.tolist() == [1, 2, 4]


def test_other_sources_can_be_said() -> None:
    network = ring()
    graph = Graph.of(network)

    assert supplied(graph, np.array([graph.node("x")])).tolist() == [
        key in {"x", "y"} for key in network.node_key
    ]
