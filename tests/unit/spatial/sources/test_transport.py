"""How water moves through a network, and what of a release comes by."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial.networks.network import Network
from spatial.networks.sources import Release, simulate_release
from spatial.networks.transport import Mixing, arrivals, estimate_transport
from tests.unit.spatial.sources.drains import grown_drains

NAN = np.nan


def pipes(
    *ends: tuple[int, int], travel_s: list[float] | None = None, kinds: list[str] | None = None
) -> Network:
    """Pipes of 60 m and DN 400 with a fall of 1 in 100 between numbered nodes."""
    count, last = len(ends), max(max(pair) for pair in ends) + 1
    tail, head = np.array(ends, np.int64).T
    return Network(
        node_key=np.array([f"N{node}" for node in range(last)], object),
        node_kind=np.full(last, "junction", object),
        node_x=60.0 * np.arange(last, dtype=np.float64),
        node_y=np.zeros(last),
        node_invert_m=np.full(last, NAN),
        node_ground_m=np.full(last, NAN),
        link_key=np.array([f"P{link}" for link in range(count)], object),
        link_kind=np.array(kinds or ["conduit"] * count, object),
        link_from=tail,
        link_to=head,
        link_directed=np.ones(count, np.bool_),
        link_length_m=np.full(count, 60.0),
        link_diameter_m=np.full(count, 0.4),
        link_invert_from_m=np.full(count, 10.6),
        link_invert_to_m=np.full(count, 10.0),
        link_travel_s=np.full(count, NAN) if travel_s is None else np.array(travel_s),
    )


def one(*nodes: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(nodes, np.int64)


def test_without_a_flow_pipes_run_a_third_full_by_manning() -> None:
    moving = estimate_transport(pipes((0, 1)))
    full = (0.4 / 4) ** (2 / 3) * 0.01**0.5 / 0.013
    assert moving.velocity_m_s[0] == pytest.approx(0.82 * full)
    assert not moving.flow_known


def test_a_half_full_pipe_runs_as_fast_as_a_full_one() -> None:
    full = np.pi * 0.4**2 / 4 * (0.4 / 4) ** (2 / 3) * 0.01**0.5 / 0.013
    half = estimate_transport(pipes((0, 1)), flow_m3s=np.array([full / 2]))
    assert half.velocity_m_s[0] == pytest.approx((0.4 / 4) ** (2 / 3) * 0.1 / 0.013, rel=0.01)


def test_travel_times_of_the_network_come_first() -> None:
    moving = estimate_transport(pipes((0, 1), travel_s=[77.0]), flow_m3s=np.array([0.1]))
    assert moving.travel_s.tolist() == [77.0]


def test_inflows_add_up_downstream() -> None:
    network = pipes((0, 2), (1, 2), (2, 3))
    moving = estimate_transport(network, inflow_m3s=np.array([0.01, 0.02, 0.0, 0.0]))
    assert moving.node_flow_m3s == pytest.approx([0.01, 0.02, 0.03, 0.03])


def test_where_ways_part_the_load_parts_with_the_water() -> None:
    network = pipes((0, 1), (0, 2), (1, 3), (2, 3), travel_s=[100, 300, 100, 300])
    moving = estimate_transport(network, flow_m3s=np.array([0.03, 0.01, 0.03, 0.01]))
    come = arrivals(moving, one(0), one(1, 2, 3))
    assert come.share[0] == pytest.approx([0.75, 0.25, 1.0], rel=1e-3)
    assert come.travel_s[0, 2] == pytest.approx(0.75 * 200 + 0.25 * 600, rel=1e-3)
    assert come.ways_s2[0, 2] == pytest.approx(0.75 * 0.25 * 400**2, rel=1e-3)


def test_in_dry_weather_hardly_anything_goes_over_a_weir() -> None:
    moving = estimate_transport(pipes((0, 1), (0, 2), kinds=["conduit", "weir"]))
    assert moving.share[1] < 0.01


def test_water_that_runs_backwards_is_followed_backwards() -> None:
    moving = estimate_transport(pipes((0, 1)), flow_m3s=np.array([-0.01]))
    assert arrivals(moving, one(1), one(0)).share[0, 0] == pytest.approx(1.0)


def test_a_closed_link_and_one_without_an_end_lead_nowhere() -> None:
    network = pipes((0, 1), (1, 2))
    closed = replace(network, link_closed=np.array([False, True]))
    assert arrivals(estimate_transport(closed), one(0), one(2)).share[0, 0] == 0.0
    cut = replace(network, link_to=np.array([1, -1]))
    assert arrivals(estimate_transport(cut), one(0), one(2)).share[0, 0] == 0.0


def test_what_decays_arrives_in_part() -> None:
    moving = estimate_transport(pipes((0, 1), travel_s=[1000.0]), decay_per_s=1e-3)
    assert arrivals(moving, one(0), one(1)).share[0, 0] == pytest.approx(np.exp(-1))


def test_water_in_a_loop_does_not_go_round_for_ever() -> None:
    come = arrivals(estimate_transport(pipes((0, 1), (1, 2), (2, 1))), one(0), one(1, 2))
    assert np.isfinite(come.travel_s).all()
    assert (come.share <= 1.0).all()


def test_numbers_that_are_not_known_are_taken_from_the_others() -> None:
    network = pipes((0, 1), (1, 2))
    odd = replace(
        network,
        link_diameter_m=np.array([NAN, 0.4]),
        link_length_m=np.array([NAN, 60.0]),
        link_invert_from_m=np.array([NAN, 9.0]),
    )
    moving = estimate_transport(odd)
    assert np.isfinite(moving.travel_s).all()
    assert (moving.travel_s > 0).all()


@given(
    st.integers(0, 10_000),
    st.floats(60, 7200),
    st.sampled_from([Mixing(), Mixing(20.0), Mixing(0.2, 1.0), Mixing(0.2, 0.0, 0.05)]),
)
@settings(max_examples=25, deadline=None)
def test_what_is_released_comes_by_whole(seed: int, duration_s: float, mixing: Mixing) -> None:
    drains = grown_drains(40, seed)
    moving = estimate_transport(drains.network, inflow_m3s=drains.inflow_m3s)
    release = Release(int(seed % 39) + 1, 600.0, duration_s, 50.0)
    time_s = np.arange(0.0, 400_000.0, 20.0)
    value = simulate_release(moving, release, one(0), time_s, mixing)
    assert value.min() >= 0
    mass = np.trapezoid(value[0], time_s) * moving.node_flow_m3s[0]
    assert mass == pytest.approx(50.0, rel=0.02)
