import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial.networks.direction import directed_by_invert
from spatial.networks.graph import (
    Graph,
    NameNodeOfNetworkError,
    Reach,
    downstream,
    trace,
    upstream,
)
from spatial.networks.network import Network
from tests.unit.spatial.networks.drawing import drawn

PIPES = [("a", "c"), ("b", "c"), ("c", "d"), ("d", "out"), ("x", "y")]


def names(network: Network, reach: Reach) -> list[str]:
    return [str(key) for key in network.node_key[reach.node]]


def test_upstream_meets_what_drains_to_a_node_nearest_first() -> None:
    network = drawn(PIPES, lengths=[20, 10, 5, 1, 1])
    graph = Graph.of(network)

    reach = upstream(graph, graph.node("d"))

    assert names(network, reach) == ["d", "c", "b", "a"]
    assert reach.distance_m.tolist() == [0, 5, 15, 25]
    assert reach.travel_s.tolist() == [0, 5, 15, 25]
    assert reach.via.tolist() == [-1, 2, 1, 0]
    assert reach.before.tolist() == [0, 0, 1, 1]
    assert set(reach.link.tolist()) == {0, 1, 2}
    assert reach.link[0] == 2


def test_downstream_meets_where_the_water_goes() -> None:
    network = drawn(PIPES)
    graph = Graph.of(network)

    assert names(network, downstream(graph, graph.node("b"))) == ["b", "c", "d", "out"]
    assert names(network, downstream(graph, graph.node("out"))) == ["out"]


def test_of_two_ways_the_shorter_is_taken_though_it_has_more_links() -> None:
    network = drawn([("a", "out"), ("a", "b"), ("b", "c"), ("c", "out")], lengths=[100, 10, 10, 10])
    graph = Graph.of(network)

    way = trace(graph, graph.node("a"), graph.node("out"))

    assert way.distance_m == 30
    assert network.link_key[way.link].tolist() == ["P1", "P2", "P3"]
    assert set(downstream(graph, graph.node("a")).link.tolist()) == {0, 1, 2, 3}


def test_of_two_pipes_side_by_side_the_shorter_is_taken_and_both_are_met() -> None:
    graph = Graph.of(drawn([("a", "b"), ("a", "b"), ("b", "c")], lengths=[12, 7, 1]))

    reach = downstream(graph, graph.node("a"))

    assert reach.distance_m.tolist() == [0, 7, 8]
    assert sorted(reach.link.tolist()) == [0, 1, 2]


def test_a_loop_ends_where_it_began() -> None:
    network = drawn([("a", "b"), ("b", "c"), ("c", "a")])
    graph = Graph.of(network)

    assert names(network, downstream(graph, graph.node("b"))) == ["b", "c", "a"]
    assert names(network, upstream(graph, graph.node("b"))) == ["b", "a", "c"]


def test_no_way_against_the_water_and_none_between_parts() -> None:
    graph = Graph.of(drawn(PIPES))

    for origin, goal in (("d", "a"), ("a", "x")):
        way = trace(graph, graph.node(origin), graph.node(goal))
        assert len(way.node) == len(way.link) == 0
        assert math.isnan(way.distance_m)


def test_under_pressure_water_runs_both_ways() -> None:
    network = drawn(PIPES, directed=False)
    graph = Graph.of(network)

    for follow in (upstream, downstream):
        assert set(names(network, follow(graph, graph.node("d")))) == {"a", "b", "c", "d", "out"}


def test_closed_links_lead_nowhere() -> None:
    network = drawn(PIPES)
    once = Graph.of(network, np.array([2]))
    always = Graph.of(replace(network, link_closed=np.arange(5) == 2))

    for graph in (once, always):
        assert names(network, downstream(graph, graph.node("a"))) == ["a", "c"]


def test_links_without_a_node_or_with_one_node_lead_nowhere() -> None:
    network = drawn([("a", "b"), ("b", "c"), ("c", "c")])
    graph = Graph.of(replace(network, link_to=np.array([1, -1, 2])))

    assert names(network, downstream(graph, graph.node("a"))) == ["a", "b"]


def test_lengths_that_are_not_known_are_taken_from_the_drawing() -> None:
    network = drawn(
        [("a", "b"), ("b", "c")], places={"a": (0, 0), "b": (3, 4)}, lengths=[math.nan, math.nan]
    )
    graph = Graph.of(network)

    reach = downstream(graph, graph.node("a"))

    assert reach.distance_m[:2].tolist() == [0, 5]
    assert np.isnan(reach.distance_m[2])
    assert np.isnan(reach.travel_s[1:]).all()


def test_conduits_are_turned_downhill_by_their_levels() -> None:
    network = drawn([("a", "b"), ("b", "c"), ("c", "d")], levels={"a": 1, "b": 2, "c": 2})
    path = np.array([[1.0, 1.0], [2.0, 2.0]])
    paths = np.array([path, np.empty((0, 2)), np.empty((0, 2)), None], object)[:-1]

    turned = directed_by_invert(replace(network, link_path=paths, link_directed=np.zeros(3, bool)))

    assert turned.link_from.tolist() == [1, 1, 2]
    assert turned.link_to.tolist() == [0, 2, 3]
    assert turned.link_invert_from_m[0] == 2
    assert turned.link_directed.tolist() == [True, False, False]
    assert turned.link_path[0].tolist() == path[::-1].tolist()


def test_a_node_that_is_not_there_is_named() -> None:
    graph = Graph.of(drawn(PIPES))

    with pytest.raises(NameNodeOfNetworkError, match=r"^no node 'z' among 7: expected one such"):
        graph.node("z")


def test_an_empty_network_has_a_graph() -> None:
    assert Graph.of(drawn([])).positions == {}
    lone = Graph.of(drawn([], places={"a": (0, 0)}))
    assert upstream(lone, 0).node.tolist() == [0]


_LINKS = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 7), st.integers(0, 9)), min_size=1, max_size=20
)


@given(links=_LINKS, directed=st.booleans())
def test_distances_are_those_of_the_textbook(
    links: list[tuple[int, int, int]], *, directed: bool
) -> None:
    pipes = [(str(one), str(other)) for one, other, _ in links]
    network = drawn(pipes, lengths=[length for *_, length in links], directed=directed)
    graph = Graph.of(network)
    expected = _bellman_ford(network, directed=directed)

    for node in range(len(network.node_key)):
        reach = downstream(graph, node)
        found = dict(zip(reach.node.tolist(), reach.distance_m.tolist(), strict=True))
        assert found == {at: far for at, far in enumerate(expected[node]) if far < math.inf}
        assert reach.node[0] == node
        assert (np.diff(reach.distance_m) >= 0).all()
        _assert_a_tree(network, reach)


def _assert_a_tree(network: Network, reach: Reach) -> None:
    for at in range(1, len(reach.node)):
        link, before = int(reach.via[at]), int(reach.before[at])
        ends = {int(network.link_from[link]), int(network.link_to[link])}
        assert ends == {int(reach.node[at]), int(reach.node[before])}
        step = reach.distance_m[at] - reach.distance_m[before]
        assert step == network.link_length_m[link]
        assert list(reach.way(int(reach.node[at])))[-1] == 0


def _bellman_ford(network: Network, *, directed: bool) -> list[list[float]]:
    count = len(network.node_key)
    ways = list(
        zip(
            network.link_from.tolist(), network.link_to.tolist(), network.link_length_m, strict=True
        )
    )
    if not directed:
        ways += [(head, tail, length) for tail, head, length in ways]
    found = [[0.0 if one == other else math.inf for other in range(count)] for one in range(count)]
    for row in found:
        for _ in range(count):
            for tail, head, length in ways:
                row[head] = min(row[head], row[tail] + length)
    return found
