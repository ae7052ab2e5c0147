import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from spatial.networks.graph import Graph, downstream
from spatial.networks.outfalls import outfalls
from tests.unit.spatial.networks.drawing import drawn

_OUT = {"o1": "outfall", "o2": "outfall"}


def test_water_of_a_diverter_comes_to_both_outfalls_and_the_nearer_is_named() -> None:
    network = drawn([("a", "d"), ("d", "o1"), ("d", "o2")], kinds=_OUT, lengths=[1, 50, 20])
    graph = Graph.of(network)

    found = outfalls(graph)

    both = [graph.node("o1"), graph.node("o2")]
    assert found.of(graph.node("a")).tolist() == both
    assert found.of(graph.node("o1")).tolist() == both[:1]
    assert found.nearest[graph.node("a")] == graph.node("o2")
    assert found.distance_m[graph.node("a")] == 21
    assert found.travel_s[graph.node("a")] == 21


def test_a_loop_shares_its_outfall() -> None:
    graph = Graph.of(drawn([("a", "b"), ("b", "c"), ("c", "a"), ("b", "o1")], kinds=_OUT))

    found = outfalls(graph)

    assert {found.of(graph.node(name)).tolist()[0] for name in "abc"} == {graph.node("o1")}
    assert len({int(found.group[graph.node(name)]) for name in "abc"}) == 1


def test_a_node_without_a_way_out_has_none() -> None:
    graph = Graph.of(drawn([("a", "o1"), ("x", "y"), ("y", "x")], kinds=_OUT))

    found = outfalls(graph)

    x = graph.node("x")
    assert found.of(x).tolist() == []
    assert found.nearest[x] == -1
    assert np.isnan(found.distance_m[x])


def test_a_network_without_outfalls_has_none_anywhere() -> None:
    found = outfalls(Graph.of(drawn([("a", "b")])))

    assert found.nearest.tolist() == [-1, -1]
    assert len(found.groups) == 1


_LINKS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=25)


@given(links=_LINKS, places=st.sets(st.integers(0, 9), max_size=4), directed=st.booleans())
def test_outfalls_are_those_that_a_trace_meets(
    links: list[tuple[int, int]], places: set[int], *, directed: bool
) -> None:
    kinds = {str(at): "outfall" if at in places else "junction" for at in range(10)}
    network = drawn([(str(a), str(b)) for a, b in links], kinds=kinds, directed=directed)
    graph = Graph.of(network)

    found = outfalls(graph)

    for node in range(10):
        reach = downstream(graph, node)
        met = network.node_kind[reach.node] == "outfall"
        assert found.of(node).tolist() == sorted(reach.node[met].tolist())
        nearest = reach.distance_m[met]
        assert (found.nearest[node] == -1) == (len(nearest) == 0)
        if len(nearest):
            assert found.distance_m[node] == nearest.min()
