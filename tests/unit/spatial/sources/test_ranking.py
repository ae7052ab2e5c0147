"""Where a pollution came from: what speaks for a node, and what against it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from spatial.networks.graph import NameNodeOfNetworkError
from spatial.networks.network import Floats, Network
from spatial.networks.sources import (
    Assumptions,
    GiveTimeZoneError,
    Readings,
    Release,
    SourceRanking,
    Verdict,
    explain,
    rank_sources,
    ranking_table,
    readings_of,
    simulate_release,
)
from spatial.networks.transport import Mixing, Transport, estimate_transport
from tests.unit.spatial.sources.test_transport import pipes

MINUTES = 60.0 * np.arange(240, dtype=np.float64)
START = datetime(2026, 5, 21, 0, 0, tzinfo=timezone(timedelta(hours=8)))
# Two branches of three manholes each, joined at 6, and two more down to 8:
# 0 - 1 - 2 -+
#            6 - 7 - 8
# 3 - 4 - 5 -+
FORK = pipes(
    *((0, 1), (1, 2), (2, 6), (3, 4), (4, 5), (5, 6), (6, 7), (7, 8)), travel_s=[400.0] * 8
)
MOVING = estimate_transport(FORK)
KNOWN = Assumptions(detection_limit=0.5)


def read(
    node: int, *sensors: int, moving: Transport = MOVING, mixing: Mixing | None = None
) -> Readings:
    """What sensors read of 1 kg released in half an hour from 3600 s on, without noise."""
    release = Release(node, 3600.0, 1800.0, 1000.0)
    value = simulate_release(moving, release, np.array(sensors), MINUTES, mixing)
    return Readings(
        np.repeat(np.array(sensors), len(MINUTES)),
        np.tile(MINUTES, len(sensors)),
        value.ravel(),
    )


def rank(
    readings: Readings, known: Assumptions = KNOWN, prior: Floats | None = None
) -> SourceRanking:
    return rank_sources(FORK, readings, transport=MOVING, assumptions=known, prior=prior)


def likely(ranking: SourceRanking, *nodes: int) -> float:
    return float(ranking.probability[np.isin(ranking.node, nodes)].sum())


def test_probabilities_add_up_to_one_and_fall() -> None:
    ranking = rank(read(1, 2, 5, 7))
    assert ranking.probability.sum() == pytest.approx(1.0)
    assert (np.diff(ranking.probability) <= 0).all()


def test_the_source_lies_above_the_sensor_that_saw_it_first() -> None:
    assert likely(rank(read(1, 2, 5, 7)), 0, 1, 2) > 0.95


def test_a_sensor_on_another_branch_that_saw_nothing_is_evidence() -> None:
    without, with_ = rank(read(1, 7)), rank(read(1, 5, 7))
    assert likely(without, 3, 4, 5) > 0.3
    assert likely(with_, 3, 4, 5) < 0.1


def test_a_sensor_between_that_saw_nothing_rules_out_what_is_above_it() -> None:
    assert likely(rank(read(6, 1, 5, 7)), 0, 1, 3, 4, 5) < 0.15


def test_without_a_known_time_manholes_on_one_sewer_look_alike() -> None:
    ranking = rank(read(0, 2, 5, 7))
    assert ranking.verdict is not Verdict.CLEAR
    assert likely(ranking, 1) > 0.1


def test_a_known_time_tells_manholes_on_one_sewer_apart() -> None:
    known = replace(KNOWN, released=(3540.0, 3660.0), travel_error=0.05, mixings=(Mixing(),))
    for node in (0, 1, 2):
        assert int(rank(read(node, 2, 5, 7), known).node[0]) == node


def test_the_sensor_next_to_the_source_counts_however_many_are_below() -> None:
    # Most nodes lie on side branches below the first sensor; it is the one that knows the time.
    side = [(20 + at, 10 + at // 4) for at in range(24)]
    network = pipes(*((at, at + 1) for at in range(19)), *side, travel_s=[120.0] * (19 + len(side)))
    moving = estimate_transport(network)
    readings = read(2, 5, 11, 13, 15, 17, 19, moving=moving)
    known = replace(KNOWN, released=(3540.0, 3660.0), travel_error=0.05, mixings=(Mixing(),))
    ranking = rank_sources(network, readings, transport=moving, assumptions=known)
    assert int(ranking.node[0]) == 2
    assert ranking.probability[0] > 0.5
    assert ranking.begin_error_s[0] < 120


def test_a_pulse_of_which_only_the_top_is_seen_does_not_say_how_long_the_release_was() -> None:
    readings = read(1, 2, 7)
    far = readings.node == 7
    top = readings.value[far].max()
    # Far down hardly anything is above the limit, and that only for a short time.
    faint = np.where(
        readings.time_s > 5100, 0.0, readings.value / top * KNOWN.detection_limit * 1.5
    )
    ranking = rank(readings._replace(value=np.where(far, faint, readings.value)))
    at = int(np.flatnonzero(ranking.node == 1)[0])
    assert ranking.duration_s[at] == pytest.approx(1800, rel=0.15)


def test_it_says_when_the_release_began_how_long_it_lasted_and_how_much_it_was() -> None:
    known = replace(KNOWN, mixings=(Mixing(),), travel_error=0.05)
    ranking = rank(read(1, 2, 5, 7), known)
    at = int(np.flatnonzero(ranking.node == 1)[0])
    assert ranking.begin_s[at] == pytest.approx(3600, abs=120)
    assert ranking.duration_s[at] == pytest.approx(1800, rel=0.1)
    assert ranking.mass[at] == pytest.approx(1000, rel=0.1)
    seven = int(np.flatnonzero(ranking.sensor == 7)[0])
    assert ranking.travel_s[at, seven] == pytest.approx(1200, rel=0.05)


def test_readings_of_nothing_give_no_source() -> None:
    quiet = Readings(np.array([2, 7]), np.array([0.0, 0.0]), np.array([0.0, 0.1]))
    ranking = rank(quiet)
    assert ranking.verdict is Verdict.NOTHING_SEEN
    assert len(ranking.node) == 0
    assert explain(ranking, FORK, START) == ["no sensor saw anything"]
    assert len(ranking_table(ranking, FORK, START, "EPSG:4547")) == 0


def test_no_readings_at_all_give_no_source() -> None:
    none = np.empty(0)
    assert rank(Readings(none.astype(np.int64), none, none)).verdict is Verdict.NOTHING_SEEN


def test_readings_that_are_missing_are_left_out() -> None:
    readings = read(1, 2, 5, 7)
    gappy = readings._replace(value=np.where(np.arange(720) % 3 == 0, np.nan, readings.value))
    assert likely(rank(gappy), 0, 1, 2) > 0.9


def test_the_order_of_readings_does_not_matter() -> None:
    readings = read(1, 2, 5, 7)
    mixed = np.random.default_rng(1).permutation(len(readings.node))
    assert rank(readings.of(mixed)).probability == pytest.approx(rank(readings).probability)


def test_one_sample_at_each_place_says_on_which_branch() -> None:
    grab = Readings(
        np.array([2, 5, 7]), np.array([5400.0, 5400.0, 6200.0]), np.array([9.0, 0, 5.0])
    )
    ranking = rank(grab)
    assert likely(ranking, 0, 1, 2) > 0.8


def test_a_lone_reading_above_the_limit_among_many_is_noise() -> None:
    readings = read(1, 5)
    value = readings.value.copy()
    value[100] = 0.7
    assert rank(readings._replace(value=value)).verdict is Verdict.NOTHING_SEEN


def test_a_node_where_nothing_can_enter_is_never_the_source() -> None:
    prior = np.ones(9)
    prior[[0, 2]] = 0.0
    ranking = rank(read(1, 2, 5, 7), prior=prior)
    assert not np.isin(ranking.node, [0, 2]).any()
    assert rank(read(1, 2, 5, 7), prior=np.zeros(9)).verdict is Verdict.NO_SOURCE


def test_a_release_that_has_not_ended_is_ranked_too() -> None:
    readings = read(1, 2, 5, 7)
    so_far = readings.time_s < 5100
    ranking = rank(readings.of(so_far))
    assert likely(ranking, 0, 1, 2) > 0.9


def test_a_sample_is_asked_for_where_it_tells_most() -> None:
    ranking = rank(read(1, 5, 8))
    assert ranking.sample_next in {1, 2, 6, 7}
    more = read(1, 5, 8, ranking.sample_next)
    assert rank(more).probability[0] > ranking.probability[0]


def test_what_was_learnt_of_mixing_serves_the_next_release() -> None:
    first = rank(read(0, 1, 2, 5, 7, 8, mixing=Mixing(25.0)))
    before = np.exp(KNOWN.log_weights())
    assert first.mixing_weight.sum() == pytest.approx(1.0)
    assert first.mixing_weight[4] > before[4]
    second = replace(KNOWN, mixing_weight=tuple(first.mixing_weight.tolist()))
    again = rank(read(0, 1, 2, 5, 7, 8, mixing=Mixing(25.0)), second)
    assert again.mixing_weight[4] > first.mixing_weight[4]


def test_a_source_behind_a_parting_of_ways_is_found() -> None:
    network = pipes((0, 1), (0, 2), (1, 3), (2, 4), travel_s=[300.0] * 4)
    moving = estimate_transport(network, flow_m3s=np.array([0.02, 0.02, 0.02, 0.02]))
    readings = read(0, 3, 4, moving=moving)
    ranking = rank_sources(network, readings, transport=moving, assumptions=KNOWN)
    assert int(ranking.node[0]) == 0


def test_a_network_that_goes_round_is_ranked() -> None:
    network = pipes((0, 1), (1, 2), (2, 1), (2, 3), travel_s=[300.0] * 4)
    moving = estimate_transport(network)
    ranking = rank_sources(network, read(0, 3, moving=moving), transport=moving)
    assert 0 in ranking.node.tolist()


def test_a_network_without_pipes_is_ranked_by_its_own_sensor() -> None:
    lonely = replace(pipes((0, 1)), link_from=np.array([-1]), link_to=np.array([-1]))
    grab = Readings(np.array([0]), np.array([0.0]), np.array([3.0]))
    ranking = rank_sources(lonely, grab, assumptions=KNOWN)
    assert int(ranking.node[0]) == 0
    assert likely(ranking, 0) > 0.99


def test_sentences_name_the_node_its_probability_the_time_and_the_sensors() -> None:
    known = replace(KNOWN, released=(3540.0, 3660.0), travel_error=0.05, mixings=(Mixing(),))
    ranking = rank(read(1, 2, 5, 7), known)
    said = explain(ranking, FORK, START)
    assert said[1].startswith("N1: ")
    assert "release began 05-21 00:5" in said[1] or "release began 05-21 01:0" in said[1]
    assert "reaches the sensor at N2 after 7 min" in said[1]
    assert "N2, N7 agree with it" in said[1]


def test_sentences_name_what_contradicts() -> None:
    ranking = rank(read(6, 1, 5, 7), replace(KNOWN, mixings=(Mixing(),)))
    at = int(np.flatnonzero(ranking.node == 1)[0])
    table = ranking_table(ranking, FORK, START, "EPSG:4547")
    assert "N1 should have seen it and did not" in table["reason"].iloc[at]
    assert table["contradict"].iloc[at] == 1


def test_the_table_has_places_and_instants() -> None:
    table = ranking_table(rank(read(1, 2, 5, 7)), FORK, START, "EPSG:4547")
    assert table.crs is not None
    assert table.geometry.iloc[0].geom_type == "Point"
    assert (table["begin_from"] <= table["begin"]).all()
    assert str(table["begin"].dt.tz) == "UTC+08:00"


def test_a_table_of_readings_is_read_by_the_keys_of_nodes() -> None:
    table = pd.DataFrame(
        {
            "node": ["N7", "N2"],
            "observed_at": pd.to_datetime(["2026-05-21T00:02Z", "2026-05-21T00:00Z"]),
            "value": [1.0, None],
        }
    )
    readings, start = readings_of(table, FORK)
    assert readings.node.tolist() == [7, 2]
    assert readings.time_s.tolist() == [120.0, 0.0]
    assert np.isnan(readings.value[1])
    assert start == datetime(2026, 5, 21, tzinfo=UTC)


def test_readings_of_an_unknown_node_or_without_a_zone_are_refused() -> None:
    row = {"node": ["X"], "observed_at": pd.to_datetime(["2026-05-21T00:00Z"]), "value": [1.0]}
    with pytest.raises(NameNodeOfNetworkError, match="'X'"):
        readings_of(pd.DataFrame(row), FORK)
    row |= {"node": ["N1"], "observed_at": pd.to_datetime(["2026-05-21T00:00"])}
    with pytest.raises(GiveTimeZoneError, match="no time zone"):
        readings_of(pd.DataFrame(row), FORK)


@st.composite
def any_readings(draw: st.DrawFn) -> Readings:
    count = draw(st.integers(0, 40))
    numbers = st.floats(allow_nan=True, allow_infinity=True) | st.floats(0, 10)
    node = draw(st.lists(st.integers(0, 8), min_size=count, max_size=count))
    time = draw(st.lists(st.floats(-1e9, 1e9) | st.just(np.nan), min_size=count, max_size=count))
    value = draw(st.lists(numbers, min_size=count, max_size=count))
    return Readings(np.array(node, np.int64), np.array(time, float), np.array(value, float))


@given(any_readings(), st.sampled_from([None, 0.5]))
@settings(max_examples=80, deadline=None, phases=(Phase.explicit, Phase.generate))
def test_no_readings_break_it(readings: Readings, limit: float | None) -> None:
    ranking = rank(readings, Assumptions(detection_limit=limit))
    assert np.isfinite(ranking.probability).all()
    assert len(ranking.node) == 0 or ranking.probability.sum() == pytest.approx(1.0)


def upside_down(network: Network) -> Network:
    """The same network with its nodes numbered the other way round."""
    last = len(network.node_key) - 1
    return replace(
        network,
        node_key=network.node_key[::-1],
        link_from=last - network.link_from,
        link_to=last - network.link_to,
    )


def test_how_nodes_are_numbered_does_not_matter() -> None:
    readings = read(1, 2, 5, 7)
    other = upside_down(FORK)
    flipped = readings._replace(node=8 - readings.node)
    there = rank_sources(other, flipped, transport=estimate_transport(other), assumptions=KNOWN)
    here = rank(readings)
    assert likely(there, 8 - 1) == pytest.approx(likely(here, 1), rel=1e-6)
