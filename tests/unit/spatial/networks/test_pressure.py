"""Rising mains, and directions by levels."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial.networks.direction import directed_by_invert
from spatial.networks.findings import findings
from spatial.networks.network import Network
from spatial.networks.pressure import under_pressure
from tests.unit.spatial.networks.drawing import Pipes, drawn


def pumped(pipes: Pipes, levels: Mapping[str, float], *pumps: int) -> Network:
    """A network of which some links are pumps; ``o`` is the outfall."""
    network = drawn(pipes, kinds={"o": "outfall"}, levels=levels)
    kind = network.link_kind.copy()
    kind[list(pumps)] = "pump"
    return replace(network, link_kind=kind)


def uphill(network: Network) -> list[str]:
    found = [each for each in findings(network) if each.kind == "against_slope"]
    return [key for each in found for key in each.links]


RISING = [("w", "a"), ("a", "b"), ("b", "c"), ("c", "d"), ("d", "e"), ("e", "o")]
LEVELS = {"w": 0.0, "a": 1.0, "b": 5.0, "c": 4.0, "d": 8.0, "e": 7.0, "o": 7.5}


def test_a_main_below_a_pump_may_rise_up_to_its_highest_point() -> None:
    network = pumped(RISING, LEVELS, 0)

    assert np.flatnonzero(under_pressure(network)).tolist() == [1, 2, 3]
    assert uphill(network) == ["P5"]


def test_without_its_pump_the_same_line_runs_uphill() -> None:
    assert uphill(pumped(RISING, LEVELS)) == ["P0", "P1", "P3", "P5"]


def test_where_a_gravity_pipe_joins_the_main_ends() -> None:
    network = pumped([*RISING, ("x", "b")], {**LEVELS, "x": 6.0}, 0)
    assert np.flatnonzero(under_pressure(network)).tolist() == [1]


def test_mains_of_two_stations_may_meet() -> None:
    network = pumped([*RISING, ("v", "x"), ("x", "b")], {**LEVELS, "v": 0.0, "x": 1.0}, 0, 6)
    assert np.flatnonzero(under_pressure(network)).tolist() == [1, 2, 3, 7]
    assert uphill(network) == ["P5"]


def test_a_main_that_parts_ends_there() -> None:
    network = pumped([*RISING, ("b", "y")], {**LEVELS, "y": 6.0}, 0)
    assert np.flatnonzero(under_pressure(network)).tolist() == [1]


def test_water_pumped_to_where_it_runs_downhill_is_under_no_pressure() -> None:
    network = pumped([("w", "a"), ("a", "b"), ("b", "o")], {"a": 9.0, "b": 8.0, "o": 7.0}, 0)
    assert not under_pressure(network).any()


def test_a_pumping_station_that_is_a_node_has_a_main() -> None:
    network = drawn(RISING[1:], kinds={"a": "pump", "o": "outfall"}, levels=LEVELS)
    assert uphill(network) == ["P4"]


def test_pipes_said_to_be_under_pressure_may_lead_anywhere() -> None:
    network = pumped(RISING, LEVELS)
    said = replace(network, link_pressure=np.arange(6) == 5)
    assert uphill(said) == ["P0", "P1", "P3"]


def test_a_pump_in_a_ring_ends() -> None:
    network = pumped([("w", "a"), ("a", "b"), ("b", "w")], {"w": 0.0, "a": 1.0, "b": 2.0}, 0)
    assert np.flatnonzero(under_pressure(network)).tolist() == [1]


@settings(deadline=None)
@given(
    st.lists(st.tuples(*[st.sampled_from("abcdefo")] * 2), max_size=12),
    st.sets(st.integers(0, 11)),
    st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 9)),
)
def test_only_conduits_that_a_pump_reaches_are_under_pressure(
    pipes: list[tuple[str, str]], pumps: set[int], levels: dict[str, float]
) -> None:
    network = pumped(pipes, levels, *(at for at in pumps if at < len(pipes)))

    found = under_pressure(network)

    assert not found[network.link_kind == "pump"].any()
    reached = set(network.link_to[network.link_kind == "pump"].tolist())
    for _ in pipes:
        reached |= {
            int(network.link_to[at]) for at in range(len(pipes)) if network.link_from[at] in reached
        }
    assert set(network.link_from[found].tolist()) <= reached


def test_levels_of_nodes_turn_pipes_that_say_none() -> None:
    network = drawn([("a", "b"), ("b", "c")], levels={"a": 1.0, "b": 2.0})
    silent = replace(
        network, link_invert_from_m=np.full(2, np.nan), link_invert_to_m=np.full(2, np.nan)
    )

    turned = directed_by_invert(silent)

    assert turned.link_from.tolist() == [1, 1]
    assert turned.link_to.tolist() == [0, 2]


def test_mains_are_not_turned_downhill() -> None:
    network = pumped(RISING, LEVELS, 0)
    turned = directed_by_invert(network)
    assert turned.link_from.tolist() == [*network.link_from[:5].tolist(), network.link_to[5]]
