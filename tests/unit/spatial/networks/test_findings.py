from dataclasses import replace
from itertools import pairwise

import numpy as np

from spatial.networks.findings import Finding, findings
from spatial.networks.network import Network
from tests.unit.spatial.networks.drawing import drawn

_LEVELS = {"a": 3.0, "b": 2.0, "o": 1.0}
_PLACES = {"a": (0.0, 0.0), "b": (10.0, 0.0), "o": (20.0, 0.0)}


def sound() -> Network:
    return drawn([("a", "b"), ("b", "o")], kinds={"o": "outfall"}, places=_PLACES, levels=_LEVELS)


def only(network: Network, kind: str) -> Finding:
    found = [each for each in findings(network) if each.kind == kind]
    assert len(found) == 1
    return found[0]


def test_a_sound_network_has_no_findings() -> None:
    assert findings(sound()) == []
    assert findings(drawn([])) == []


def test_a_pipe_that_runs_uphill_is_found() -> None:
    network = replace(sound(), link_invert_to_m=np.array([3.25, 1.0]))

    found = only(network, "against_slope")

    assert (found.nodes, found.links) == (("a", "b"), ("P0",))
    assert found.figures == {"rise_m": 0.25, "length_m": 10.0}
    assert found.sentence == "link 'P0' runs uphill: its lower end is 0.250 m above its upper"


def test_a_node_without_links_is_found() -> None:
    network = drawn([("a", "o")], kinds={"o": "outfall", "z": "junction"})

    assert only(network, "orphan_node").nodes == ("z",)


def test_a_link_without_a_node_is_found() -> None:
    network = replace(sound(), link_to=np.array([1, -1]))

    assert only(network, "link_to_nowhere").links == ("P1",)


def test_a_pipe_that_runs_into_a_narrower_one_is_found() -> None:
    network = replace(sound(), link_diameter_m=np.array([0.8, 0.6]))

    found = only(network, "smaller_downstream")

    assert (found.nodes, found.links) == (("b",), ("P0", "P1"))
    assert found.figures == {"diameter_above_m": 0.8, "diameter_below_m": 0.6}


def test_of_several_pipes_the_widest_is_compared() -> None:
    network = drawn([("a", "c"), ("b", "c"), ("c", "o")], kinds={"o": "outfall"})

    assert findings(replace(network, link_diameter_m=np.array([0.3, 0.5, 0.5]))) == []


def test_a_cover_below_the_bottom_is_found() -> None:
    network = replace(sound(), node_ground_m=np.array([3.0, 5.0, 1.5]))

    found = findings(network)

    assert [each.kind for each in found if each.nodes == ("b",)] == [
        "cover_below_invert", "cover_below_pipe", "cover_below_pipe",
    ]  # fmt: skip
    assert found[0].figures == {"below_m": 0.5}


def test_a_pipe_that_ends_below_the_bottom_of_its_manhole_is_found() -> None:
    network = replace(sound(), link_invert_to_m=np.array([1.9, 1.0]))

    found = only(network, "pipe_below_node")

    assert (found.nodes, found.links) == (("b",), ("P0",))


def test_water_that_would_run_round_is_found() -> None:
    network = drawn([("a", "b"), ("b", "c"), ("c", "a"), ("c", "o")], kinds={"o": "outfall"})

    assert set(only(network, "loop").nodes) == {"a", "b", "c"}


def test_a_part_without_an_outfall_is_found() -> None:
    network = drawn([("a", "o"), ("x", "y")], kinds={"o": "outfall"})

    assert only(network, "no_outfall").nodes == ("x", "y")
    assert only(network, "dead_end").nodes == ("y",)


def test_a_part_of_a_water_network_without_a_source_is_found() -> None:
    network = drawn([("r", "a"), ("x", "y")], kinds={"r": "reservoir"}, directed=False)

    assert [each.kind for each in findings(network)] == ["no_supply"]


def test_a_storage_unit_may_keep_its_water() -> None:
    network = drawn([("a", "s"), ("a", "o")], kinds={"s": "storage", "o": "outfall"})

    assert findings(network) == []


def test_a_pipe_drawn_twice_is_found_in_either_direction() -> None:
    network = drawn([("a", "b"), ("b", "a"), ("a", "b"), ("b", "o")], kinds={"o": "outfall"})

    assert only(network, "duplicate_link").links == ("P0", "P1", "P2")


def test_pipes_on_other_courses_are_no_duplicates() -> None:
    network = drawn(
        [("a", "o"), ("a", "o")], kinds={"o": "outfall"}, places={"a": (0, 0), "o": (10, 0)}
    )
    bend = np.array([[5.0, 1.0]])
    paths = np.array([np.empty((0, 2)), bend, None], object)[:-1]

    assert findings(replace(network, link_path=paths)) == []


def test_a_length_that_is_not_that_of_the_drawing_is_found() -> None:
    network = replace(sound(), link_length_m=np.array([10.0, 40.0]))

    found = only(network, "implausible_length")

    assert found.figures == {"length_m": 40.0, "drawn_m": 10.0}


def test_a_drawing_that_is_not_to_scale_is_one_finding() -> None:
    names = [str(at) for at in range(8)]
    network = drawn(
        list(pairwise(names)),
        kinds={"7": "outfall"},
        places={name: (32.8084 * at, 0.0) for at, name in enumerate(names)},
    )

    found = findings(network)

    assert [each.kind for each in found] == ["not_to_scale"]
    assert found[0].sentence.endswith("which is not to scale; it seems to be in feet")
