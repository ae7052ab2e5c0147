"""Where sensors tell the sources of pollution apart."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial.networks.network import Floats, Network
from spatial.networks.sources import SiteSensorsError, Siting, SitingConditions, site_sensors
from spatial.networks.transport import Transport, estimate_transport
from tests.unit.spatial.sources.drains import demo_drains, grown_drains
from tests.unit.spatial.sources.test_transport import pipes

STRONG = (1e6, 1e7)
"""Releases that every sensor below sees."""


def chain(count: int, travel_s: float = 60.0) -> Network:
    """Manholes 0, 1, … in the order of the water."""
    ends = [(node, node + 1) for node in range(count - 1)]
    return pipes(*ends, travel_s=[travel_s] * (count - 1))


def star(branches: int, length: int) -> Network:
    """Branches of so many manholes each that meet at node 0."""
    ends = [
        (1 + branch * length + step, branch * length + step if step else 0)
        for branch in range(branches)
        for step in range(length)
    ]
    return pipes(*ends, travel_s=[60.0] * len(ends))


def sited(network: Network, count: int, **known: Any) -> Siting:  # noqa: ANN401 - conditions
    conditions = SitingConditions(**({"strength": STRONG} | known))
    return site_sensors(network, count, conditions=conditions)


def at(*nodes: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(nodes, np.int64)


def test_one_sensor_in_a_chain_stands_where_it_sees_all_of_it() -> None:
    siting = sited(chain(12), 1)
    assert siting.node.tolist() == [11]
    assert siting.seen.tolist() == [0.0, 1.0]
    assert siting.alike[1] == pytest.approx(12.0)


@pytest.mark.parametrize("count", [4, 9, 20, 33])
def test_a_second_sensor_in_a_chain_halves_it(count: int) -> None:
    siting = sited(chain(count), 1, existing=at(count - 1))
    above = int(siting.node[0]) + 1
    assert above in {count // 2, count - count // 2}
    expected = (above**2 + (count - above) ** 2) / count
    assert siting.alike.tolist() == pytest.approx([count, expected])


def test_where_the_begin_is_known_manholes_of_one_chain_are_told_apart() -> None:
    known = {"released_known_s": 60.0, "interval_s": 60.0, "travel_error": 0.0}
    # sqrt(pi) times sqrt((60**2 + 60**2) / 12): what is within 43 s, and pipes take 60 s.
    assert sited(chain(12), 1, **known).alike[1] == pytest.approx(1.0)
    # Now 60 s are within, 120 s are not: three nodes, two at the ends.
    known["released_known_s"] = 120.0
    assert sited(chain(12), 1, **known).alike[1] == pytest.approx((10 * 3 + 2 * 2) / 12)


def test_what_is_far_away_looks_alike_where_travel_times_are_not_known_well() -> None:
    known = {"released_known_s": 0.0, "interval_s": 0.0}
    near, far = (sited(chain(20), 1, travel_error=error, **known) for error in (0.01, 0.3))
    assert near.alike[1] == pytest.approx(1.0)
    assert far.alike[1] > 5


def test_in_a_star_each_branch_gets_its_sensor_before_any_gets_two() -> None:
    siting = sited(star(6, 5), 7)
    assert siting.node[0] == 0
    assert sorted((siting.node[1:] - 1) // 5) == [0, 1, 2, 3, 4, 5]


def test_in_a_forest_every_outfall_is_watched_first() -> None:
    network = pipes((0, 1), (1, 2), (3, 4), (4, 5), (6, 7), (7, 8), travel_s=[60.0] * 6)
    siting = sited(network, 3)
    assert sorted(siting.node.tolist()) == [2, 5, 8]
    assert siting.seen.tolist() == pytest.approx([0, 1 / 3, 2 / 3, 1])


def test_a_network_that_goes_round_is_cut_open_somewhere() -> None:
    network = pipes((0, 1), (1, 2), (2, 0), (3, 1), travel_s=[60.0] * 4)
    siting = sited(network, 4)
    assert len(set(siting.node.tolist())) == 4
    assert siting.seen[-1] == pytest.approx(1.0)
    assert siting.alike[-1] == pytest.approx(1.0)


def test_sensors_that_stand_are_kept_and_count() -> None:
    network = grown_drains(200, 5).network
    first = sited(network, 4)
    then = sited(network, 3, existing=first.node)
    whole = sited(network, 7)
    assert then.node.tolist() == whole.node[4:].tolist()
    assert then.seen.tolist() == pytest.approx(whole.seen[4:].tolist())
    assert then.alike.tolist() == pytest.approx(whole.alike[4:].tolist())


def test_no_sensor_is_put_where_none_may_stand() -> None:
    allowed = np.arange(12) % 5 == 0
    siting = sited(chain(12), 12, allowed=allowed)
    assert sorted(siting.node.tolist()) == [0, 5, 10]


def test_where_nothing_can_enter_no_sensor_is_wasted() -> None:
    prior = np.where(np.arange(12) < 4, 1.0, 0.0)
    siting = sited(chain(12), 12, prior=prior)
    assert siting.seen[1] == pytest.approx(1.0)
    assert len(siting.node) == 4
    assert siting.alike[-1] == pytest.approx(1.0)
    assert len(sited(chain(12), 2, prior=np.zeros(12)).node) == 0


def test_a_sensor_does_not_stand_where_a_river_has_diluted_everything() -> None:
    network = chain(10)
    flow = np.where(np.arange(9) < 8, 0.001, 100.0)
    moving = estimate_transport(network, flow_m3s=flow)
    conditions = SitingConditions(strength=(100.0, 10_000.0))
    siting = site_sensors(network, 1, transport=moving, conditions=conditions)
    assert siting.node.tolist() == [7]
    assert siting.seen[1] == pytest.approx(0.8)


def test_what_parts_from_the_main_way_counts_as_lost() -> None:
    network = pipes((0, 1), (0, 2), travel_s=[60.0, 60.0])
    moving = estimate_transport(network, flow_m3s=np.array([0.09, 0.01]))
    seen = [
        site_sensors(
            network,
            0,
            transport=moving,
            conditions=SitingConditions(existing=at(place), strength=STRONG),
        ).seen[0]
        for place in (1, 2)
    ]
    assert seen == pytest.approx([2 / 3, 1 / 3])


def test_a_network_without_nodes_has_no_place() -> None:
    empty = pipes((0, 1))
    nothing = np.empty(0)
    none = nothing.astype(np.int64)
    moving = Transport(
        link=none, tail=none, head=none, share=nothing, travel_s=nothing, velocity_m_s=nothing,
        node_flow_m3s=nothing, flow_known=False,
    )  # fmt: skip
    bare = replace(empty, node_key=np.empty(0, object))
    siting = site_sensors(bare, 3, transport=moving)
    assert len(siting.node) == 0
    assert siting.seen.tolist() == [0.0]


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({"existing": at(12)}, "node 12"),
        ({"allowed": np.ones(3, np.bool_)}, "allowed: 3 values"),
        ({"prior": np.ones(13)}, "prior: 13 values"),
        ({"released_known_s": -1.0}, "not below 0"),
        ({"interval_s": np.nan}, "not below 0"),
        ({"strength": (5.0, 5.0)}, "strength"),
        ({"guesses": 0}, "guesses 0"),
    ],
)
def test_what_makes_no_sense_is_refused(known: dict[str, Any], said: str) -> None:
    with pytest.raises(SiteSensorsError, match=said):
        sited(chain(12), 2, **known)
    with pytest.raises(SiteSensorsError, match="count -1"):
        sited(chain(12), -1)


def by_hand(network: Network, nodes: list[int], travel_s: Floats, within_s: float) -> Floats:
    """What is seen, and what looks alike, by following every node down to its sensor."""
    below = dict(zip(network.link_from.tolist(), network.link_to.tolist(), strict=True))
    way = dict(zip(network.link_from.tolist(), travel_s.tolist(), strict=True))
    first: dict[int, tuple[int, float]] = {}
    for node in range(len(network.node_key)):
        at_node, time = node, 0.0
        while at_node not in nodes and at_node in below:
            time += way[at_node]
            at_node = below[at_node]
        if at_node in nodes:
            first[node] = at_node, time
    alike = [
        sum(other == sensor and abs(when - time) <= within_s for other, when in first.values())
        for sensor, time in first.values()
    ]
    return np.array([len(first) / len(network.node_key), np.mean(alike) if alike else np.nan])


@given(
    st.integers(1, 60), st.integers(0, 10_000), st.integers(1, 12), st.sampled_from([None, 97.3])
)
@settings(max_examples=60, deadline=None)
def test_what_it_says_is_what_one_finds_by_following_the_water(
    size: int, seed: int, count: int, known: float | None
) -> None:
    network = grown_drains(size + 1, seed).network
    moving = estimate_transport(network)
    conditions = SitingConditions(
        strength=STRONG, released_known_s=known, interval_s=0.0, travel_error=0.0
    )
    siting = site_sensors(network, count, transport=moving, conditions=conditions)
    within = np.sqrt(np.pi / 12) * known if known else np.inf
    for so_many in range(len(siting.node) + 1):
        seen, alike = by_hand(network, siting.node[:so_many].tolist(), moving.travel_s, within)
        assert siting.seen[so_many] == pytest.approx(seen)
        assert siting.alike[so_many] == pytest.approx(alike, nan_ok=True)


@given(
    st.integers(2, 400), st.integers(0, 10_000), st.integers(0, 60), st.sampled_from([None, 120.0])
)
@settings(max_examples=40, deadline=None)
def test_with_more_sensors_never_less_is_seen(
    size: int, seed: int, count: int, known: float | None
) -> None:
    network = grown_drains(size, seed).network
    siting = site_sensors(network, count, conditions=SitingConditions(released_known_s=known))
    assert (np.diff(siting.seen) >= -1e-9).all()
    assert siting.seen[-1] <= 1 + 1e-9
    assert len(set(siting.node.tolist())) == len(siting.node) <= count
    assert (siting.alike[1:] >= 1 - 1e-9).all()


def test_how_nodes_are_numbered_does_not_matter() -> None:
    drains = grown_drains(300, 8, branching=0.1)
    network = drains.network
    last = len(network.node_key) - 1
    turned = replace(network, link_from=last - network.link_from, link_to=last - network.link_to)
    one, other = sited(network, 20), sited(turned, 20)
    assert one.seen == pytest.approx(other.seen)
    assert one.alike == pytest.approx(other.alike, rel=0.02, nan_ok=True)


def left(siting: Siting, nodes: int) -> Floats:
    """How many nodes are left in the mean of all releases: all of them where none is seen."""
    return siting.seen * np.nan_to_num(siting.alike) + (1 - siting.seen) * nodes


def test_sited_sensors_see_more_and_tell_more_than_any_others() -> None:
    drains = demo_drains(30_000, 77)
    moving = estimate_transport(drains.network, inflow_m3s=drains.inflow_m3s)
    count, nodes = len(drains.network.node_key) // 20, len(drains.network.node_key)
    best = site_sensors(drains.network, count, transport=moving)
    for seed in range(20):
        anywhere = np.random.default_rng(seed).choice(nodes, count, replace=False)
        there = SitingConditions(existing=anywhere)
        other = site_sensors(drains.network, 0, transport=moving, conditions=there)
        assert left(other, nodes)[0] > 1.5 * left(best, nodes)[-1]
