from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.demo.network import DrainageNetwork, NodeKind
from data.demo.storm.basin import NetworkShapeError, prepare
from data.demo.storm.rain import Hyetograph
from data.demo.storm.routing import LONGEST_STEP_S, Routing, Supply, Water, dry_weather_m3s
from data.demo.storm.stage import Release, set_stage
from tests.unit.demo_storm.town import Draft, code, make_town

TOWN = make_town()
DT = LONGEST_STEP_S


def forest(parents: list[int], seed: int) -> DrainageNetwork:
    """Node 0 is the outlet; node i + 1 drains to parents[i], or nowhere where that is -1."""
    chance, draft = np.random.default_rng(seed), Draft()
    draft.node(NodeKind.OUTLET, (0, 0), 5, 0, 1, 0, 0, 0, 0, 0)
    for index, parent in enumerate(parents, 1):
        kind = NodeKind(int(chance.integers(0, 3)))
        x, y, bottom, height, wide = chance.uniform(0.01, [900, 900, 30, 6, 3000])
        ponding, catchment, share = chance.uniform(0, [3000, 1e5, 1])
        draft.node(
            kind, (x, y), bottom + height, bottom, wide, ponding, catchment, share,
            code("8402", index), code("0103", index),
        )  # fmt: skip
        length, capacity, full = chance.uniform(0.01, [500, 20, 5])
        if parent >= 0:
            draft.link((index, parent), length, capacity, full)
    return draft.network()


@st.composite
def forests(draw: st.DrawFn) -> DrainageNetwork:
    size = draw(st.integers(1, 25))
    parents = [draw(st.integers(-1, index)) for index in range(size)]
    return forest(parents, draw(st.integers(0, 2**32)))


def supply(network: DrainageNetwork, rain_mm_h: float, kg_s: float = 0.0) -> Supply:
    everywhere = np.ones(len(network.node_code))
    base = dry_weather_m3s(network, prepare(network))
    release = np.where(np.arange(len(everywhere)) == len(everywhere) - 1, kg_s, 0)
    return Supply(rain_mm_h=rain_mm_h * everywhere, base_m3s=base, release_kg_s=release)


def routing(network: DrainageNetwork) -> tuple[Routing, Water]:
    basin = prepare(network)
    mover = Routing.over(network, basin)
    return mover, mover.steady(dry_weather_m3s(network, basin))


@settings(max_examples=60, deadline=None)
@given(forests(), st.lists(st.floats(0, 500), min_size=1, max_size=12), st.floats(1, 300))
def test_mass_is_kept_and_nothing_is_negative(
    network: DrainageNetwork, rains: list[float], seconds: float
) -> None:
    mover, water = routing(network)
    before, released = water.total_m3(), 0.0
    for rain in rains:
        water = mover.step(water, supply(network, rain, kg_s=0.5), seconds)
        released += 0.5 * seconds
        held = water.total_m3()
        assert before + water.entered_m3 - water.left_m3 == pytest.approx(held, rel=1e-9, abs=1e-9)
        assert water.substance_kg.sum() + water.left_kg == pytest.approx(released, rel=1e-9)
        for column in (water.stored_m3, water.on_ground_m3, water.substance_kg, water.link_m3s):
            assert column.min() >= 0


def test_a_stormy_town_keeps_its_mass_every_minute() -> None:
    stage = set_stage(TOWN, Hyetograph())
    before = stage.routing.steady(stage.base_m3s).total_m3()
    for _, water in islice(stage.flow(None), 181):
        error = before + water.entered_m3 - water.left_m3 - water.total_m3()
        assert abs(error) <= 1e-9 * max(water.entered_m3, before)


def test_dry_weather_passes_through_without_a_change() -> None:
    mover, water = routing(TOWN)
    later = mover.step(water, supply(TOWN, 0), 3600)
    np.testing.assert_allclose(later.stored_m3, water.stored_m3, rtol=1e-9)
    assert later.left_m3 == pytest.approx(later.entered_m3, rel=1e-9)
    assert (water.link_m3s[TOWN.node_kind == NodeKind.REACH] > 0).all()


def test_a_substance_needs_one_sub_step_for_each_link() -> None:
    chain = forest(list(range(20)), seed=3)
    mover, water = routing(chain)
    for step in range(20):
        water = mover.step(water, supply(chain, 100, kg_s=1), DT)
        assert not water.substance_kg[: 20 - step].any()
        assert water.substance_kg[20 - step] > 0


def test_a_substance_travels_as_slowly_as_its_water() -> None:
    town = make_town(2)
    mover, water = routing(town)
    node = len(town.node_code) - 3  # the middle of the highest street
    expected_s, here = 0.0, node
    while not mover.basin.outlet[here]:
        moved = mover._outflow(water.stored_m3, DT)[0][here]
        expected_s += DT * water.stored_m3[here] / moved
        here = int(mover.basin.downstream[here])
    water = replace(water, substance_kg=np.eye(len(town.node_code))[node])
    assert mean_arrival_s(mover, water, supply(town, 0)) == pytest.approx(expected_s, rel=0.01)


def mean_arrival_s(mover: Routing, water: Water, quiet: Supply) -> float:
    """Return the mean time that one kilogram needs to the outlet in dry weather."""
    waiting_s = 0.0
    while water.left_kg < 0.9999:
        waiting_s += DT * (1 - water.left_kg)
        water = mover._substep(water, quiet, DT)
    return waiting_s


def test_roads_flood_only_where_the_node_is_full() -> None:
    stage = set_stage(TOWN, Hyetograph())
    flooded: set[int] = set()
    for _, water in islice(stage.flow(None), 61):
        over = (water.stored_m3 > stage.basin.full_m3) & stage.basin.piped
        depth = stage.road_depth_m(water)
        wet = set(stage.roads[depth > 0].tolist())
        assert wet == set(TOWN.road_code[over].tolist())
        flooded |= wet
    assert 0 < len(flooded) < len(stage.roads)


def test_ponded_water_returns_when_the_pipe_is_free_again() -> None:
    mover, water = routing(TOWN)
    ponds = mover.basin.full_m3 + np.where(mover.basin.piped, 100.0, 0)
    water = mover.step(replace(water, stored_m3=ponds), supply(TOWN, 0), 6 * 3600)
    assert not mover.basin.ponded_m(water.stored_m3)[mover.basin.piped].any()
    assert water.left_m3 > 100


def test_water_deeper_than_the_kerb_runs_off_along_the_street() -> None:
    basin = prepare(TOWN)
    shallow, deep = (basin.full_m3 + depth * basin.pond_area_m2 for depth in (0.3, 0.6))
    assert not basin.discharge_m3s(shallow)[1].any()
    assert (basin.discharge_m3s(deep)[1][basin.piped] > 0).all()


def test_a_node_that_drains_two_ways_is_refused() -> None:
    town = make_town(1)
    ends = np.full_like(town.link_from, town.link_from[0])
    with pytest.raises(NetworkShapeError, match="two links"):
        prepare(replace(town, link_from=ends))


def test_a_circle_is_refused() -> None:
    town = make_town(1)
    last = np.full_like(town.link_to, town.link_from[-1])
    with pytest.raises(NetworkShapeError, match="circle"):
        prepare(replace(town, link_to=last))


def test_a_release_has_its_whole_mass_in_its_time() -> None:
    release = Release(node=0, station=0, mass_kg=12.0)
    rates = [release.rate_kg_s(minute) for minute in range(60)]
    assert sum(rates) * 60 == pytest.approx(12.0)
    assert [minute for minute, rate in enumerate(rates) if rate] == list(range(11, 31))
