"""Which valves cut off a pipe, and whom."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial.networks.closing import CutOff, closed_off, cut_off
from spatial.networks.graph import Graph
from spatial.networks.isolation import supplied
from spatial.networks.network import Network
from tests.unit.spatial.networks.drawing import Pipes, drawn

STREET = [("r", "a"), ("a", "b"), ("b", "c"), ("c", "d"), ("d", "e"), ("c", "x")]
"""From a reservoir through a valve (P1), a pipe (P2), a valve (P3); x hangs on the pipe."""


def water(pipes: Pipes, *valves: int, directed: bool = False, **kinds: str) -> Network:
    network = drawn(pipes, kinds=kinds, directed=directed)
    kind = network.link_kind.copy()
    kind[list(valves)] = "valve"
    return replace(network, link_kind=kind)


def told(network: Network, found: CutOff) -> dict[str, set[str]]:
    return {
        "shut": set(network.link_key[found.shut].tolist()),
        "at": set(network.node_key[found.at_node].tolist()),
        "between": set(network.node_key[found.node].tolist()),
        "links": set(network.link_key[found.link].tolist()),
        "lost": set(network.node_key[found.lost].tolist()),
    }


def asked(network: Network, *links: int) -> dict[str, set[str]]:
    return told(network, cut_off(Graph.of(network), np.array(links, np.int64)))


def test_the_nearest_valves_are_shut() -> None:
    assert asked(water(STREET, 1, 3, r="reservoir"), 2) == {
        "shut": {"P1", "P3"},
        "at": set(),
        "between": {"b", "c", "x"},
        "links": {"P2", "P5"},
        "lost": {"b", "c", "d", "e", "x"},
    }


def test_who_has_another_way_keeps_water() -> None:
    ring = water([*STREET, ("e", "s")], 1, 3, r="reservoir", s="tank")
    assert asked(ring, 2)["lost"] == {"b", "c", "x"}


def test_without_a_valve_the_reservoir_is_shut() -> None:
    found = asked(water(STREET, 3, r="reservoir"), 2)
    assert (found["shut"], found["at"]) == ({"P3"}, {"r"})
    assert found["links"] == {"P0", "P1", "P2", "P5"}


def test_a_valve_that_is_shut_need_not_be_shut() -> None:
    network = replace(water(STREET, 1, 3, r="reservoir"), link_closed=np.arange(6) == 3)
    assert asked(network, 2)["shut"] == {"P1"}


def test_a_valve_can_be_cut_off_itself() -> None:
    assert asked(water(STREET, 1, 3, r="reservoir"), 3)["shut"] == {"P1"}


def test_a_valve_round_the_pipe_is_left_alone() -> None:
    network = water([*STREET, ("b", "c")], 1, 3, 6, r="reservoir")
    assert asked(network, 2)["shut"] == {"P1", "P3"}


def test_a_drain_is_cut_off_by_the_gate_above_and_a_plug() -> None:
    pipes = [("a", "b"), ("b", "c"), ("c", "o"), ("y", "c")]
    places = {name: (float(at), 0.0) for at, name in enumerate("abcoy")}
    network = drawn(pipes, kinds={"o": "outfall"}, places=places)
    gated = replace(
        network, link_kind=np.array(["conduit", "orifice", "conduit", "conduit"], object)
    )

    found = asked(gated, 2)

    assert found == {
        "shut": {"P1"},
        "at": {"c"},
        "between": {"c", "y"},
        "links": {"P2"},
        "lost": {"a", "b", "c", "y"},
    }


def test_a_pumping_station_above_a_drain_is_stopped() -> None:
    network = drawn([("a", "p"), ("p", "c"), ("c", "o")], kinds={"p": "pump", "o": "outfall"})
    found = asked(network, 2)
    assert (found["at"], found["between"]) == ({"p"}, {"p", "c"})


def test_closing_says_whom_it_cuts_off() -> None:
    network = water(STREET, r="reservoir")
    found = told(network, closed_off(Graph.of(network), np.array([3])))
    assert found["lost"] == {"d", "e"}
    assert found["links"] == {"P4"}


def test_a_link_without_ends_cuts_off_nothing_else() -> None:
    network = replace(water(STREET, 1, 3, r="reservoir"), link_to=np.array([1, 2, 3, 4, 5, -1]))
    assert asked(network, 4)["lost"] == {"d", "e"}
    assert "x" not in asked(network, 2)["between"]


def test_pipes_of_no_known_nodes_answer() -> None:
    nothing = drawn([])
    one = drawn([("a", "b")])
    columns = {name: getattr(one, name) for name in one.__slots__ if name.startswith("link_")}
    nowhere = {"link_from": np.array([-1]), "link_to": np.array([-1])}
    network = replace(nothing, **{**columns, **nowhere})
    assert asked(network, 0)["links"] == {"P0"}


@pytest.mark.parametrize("kinds", [{}, {"r": "reservoir"}])
def test_an_empty_network_answers(kinds: dict[str, str]) -> None:
    network = drawn([], kinds=kinds)
    none = np.empty(0, np.int64)
    assert asked(network)["shut"] == set()
    assert len(closed_off(Graph.of(network), none).lost) == 0


@settings(deadline=None)
@given(
    st.lists(st.tuples(*[st.sampled_from("abcdefgr")] * 2), min_size=1, max_size=14),
    st.sets(st.integers(0, 13)),
    st.integers(0, 13),
)
def test_what_is_shut_leaves_no_water_between(pipes: Pipes, valves: set[int], which: int) -> None:
    network = water(pipes, *(at for at in valves if at < len(pipes)), r="reservoir")
    found = cut_off(Graph.of(network), np.array([which % len(pipes)]))
    sources = np.setdiff1d(np.flatnonzero(network.node_kind == "reservoir"), found.at_node)

    wet = supplied(Graph.of(network, found.shut), sources)

    assert not wet[found.node].any()
