"""Alerts of one cause, place and time are together, and no others."""

from collections.abc import Callable
from dataclasses import fields
from functools import partial
from random import Random

import numpy as np
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from alerts.incidents.apart import Apart
from alerts.incidents.grouping import Found, Known, group
from alerts.incidents.linking import Linking
from alerts.incidents.neighbours import neighbours
from alerts.incidents.pairs import Pairs
from data.reference.causes import cause_links, family_order
from tests.unit.alerts.incidents.gathering import One, grouped, members_of, parted, parts

FAMILIES = ("rain", "river_level", "sewer_surcharge", "road_flood", "pollution", "gas", "pump")
NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
RAIN = partial(One, family="rain", until=60.0)


def test_rain_fills_the_sewers_and_floods_the_roads_of_its_catchment() -> None:
    storm = [
        RAIN(1, catchment=7, root=1),
        One(2, "sewer_surcharge", 20, catchment=7, root=1, x=300),
        One(3, "road_flood", 35, catchment=7, root=1, x=600),
        One(4, "road_flood", 35, catchment=8, root=2, x=9000),
    ]
    assert parts(storm) == {frozenset({1, 2, 3}), frozenset({4})}


def test_a_standing_pump_is_behind_its_wells_even_when_it_rains() -> None:
    failed = [
        One(1, "pump", 5, root=1, enter=4, leave=9),
        One(2, "sewer_surcharge", 15, catchment=7, root=1, enter=5, leave=5, way_m=300),
        One(3, "sewer_surcharge", 20, catchment=7, root=1, enter=7, leave=7, way_m=500),
        One(4, "sewer_surcharge", 20, catchment=8, root=1, enter=12, leave=12, x=9000),
        RAIN(5, minute=0, catchment=7, root=1, x=20_000),
    ]
    found = grouped(failed)
    assert parted(failed, found) == {frozenset({1, 2, 3}), frozenset({4}), frozenset({5})}
    quieted = set(zip(found.quieting.effect.tolist(), found.quieting.cause.tolist(), strict=True))
    assert {(1, 0), (2, 0)} <= quieted


def test_what_is_let_in_above_reaches_the_stations_below() -> None:
    stations = [
        One(1, "pollution", 0, root=1, enter=6, leave=6, way_m=3000),
        One(2, "pollution", 40, root=1, enter=3, leave=8, way_m=1500),
        One(3, "pollution", 40, root=1, enter=9, leave=9, way_m=2000),
        One(4, "pollution", 41, root=2, enter=3, leave=8, way_m=1500),
    ]
    assert parts(stations) == {frozenset({1, 2}), frozenset({3}), frozenset({4})}


def test_where_the_waters_of_two_storms_meet_the_river_belongs_to_one_of_them() -> None:
    storms = [
        RAIN(1, root=1, enter=5, leave=5, way_m=900, x=0),
        RAIN(2, root=1, enter=9, leave=9, way_m=2900, x=30_000),
        One(3, "river_level", 30, root=1, enter=1, leave=10, way_m=0),
    ]
    assert parts(storms) == {frozenset({1, 3}), frozenset({2})}


def test_one_storm_across_a_divide_is_not_cut_and_a_dry_gauge_keeps_two_apart() -> None:
    places = np.array([[0.0, 0.0], [3000.0, 0.0], [6000.0, 0.0], [6000.0, 3000.0]])
    between = neighbours(places)
    wet = [RAIN(n + 1, gauge=n, x=x, y=y, root=n) for n, (x, y) in enumerate(places.tolist())]
    assert parts(wet, between) == {frozenset({1, 2, 3, 4})}
    dry_amid = [wet[0], wet[2], wet[3]]
    assert parts(dry_amid, between) == {frozenset({1}), frozenset({3, 4})}


def test_neighbours_are_those_with_no_third_one_between() -> None:
    square = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0], [2.0, 2.0], [1.0, 1.1]])
    found = neighbours(square)
    one = np.array([0, 0, 0, 4])
    other = np.array([3, 1, 4, 2])
    assert found.holds(one, other).tolist() == [False, True, True, True]
    assert neighbours(square[:1]).holds(np.array([0]), np.array([0])).all()
    line = neighbours(np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]))
    assert line.holds(np.array([0, 0]), np.array([1, 2])).tolist() == [True, False]


def test_modes_are_never_mixed() -> None:
    assert len(parts([One(1, "gas", entity=5), One(2, "gas", entity=5, mode=1)])) == 2


def test_people_keep_incidents_apart_that_links_would_join() -> None:
    ones = [One(n, "road_flood", n, catchment=3, root=1) for n in (1, 2, 3)]
    linking = Linking(cause_links(), family_order())
    known = Known(
        cluster=np.array([1, 2, -1]),
        incident=np.array([10, 11, -1]),
        causes=Pairs.none(),
        ties=np.empty((0, 2), np.int64),
    )
    apart = Apart(frozenset({(10, 11)}))
    found = parted(ones, group(members_of(ones), linking, known, apart))
    assert found in ({frozenset({1}), frozenset({2, 3})}, {frozenset({2}), frozenset({1, 3})})
    assert parted(ones, group(members_of(ones), linking, known)) == {frozenset({1, 2, 3})}


alerts = st.builds(
    One,
    id=st.just(0),
    family=st.sampled_from(FAMILIES),
    minute=st.integers(0, 600).map(float),
    until=st.none(),
    entity=st.integers(1, 12),
    x=st.integers(0, 9_000).map(float),
    y=st.integers(0, 9_000).map(float),
    building=st.integers(-1, 3),
    catchment=st.integers(-1, 4),
    root=st.integers(0, 1),
    enter=st.integers(0, 20),
    leave=st.integers(0, 40),
    way_m=st.integers(0, 9_000).map(float),
    gauge=st.integers(-1, 4),
    nearest=st.integers(-1, 4),
    mode=st.just(0),
)


@st.composite
def populations(draw: Callable[[st.SearchStrategy[list[One]]], list[One]]) -> list[One]:
    """Alerts numbered in the order of their beginnings, some of them over."""
    found = sorted(draw(st.lists(alerts, min_size=1, max_size=24)), key=lambda one: one.minute)
    return [
        one._replace(id=n, until=one.minute + 30 if n % 3 else None)
        for n, one in enumerate(found, start=1)
    ]


@settings(max_examples=60, deadline=None, phases=NO_SHRINKING)
@given(populations(), st.randoms(use_true_random=False), st.integers(1, 5))
def test_the_order_of_arrival_does_not_change_the_final_groups(
    ones: list[One], chance: Random, portions: int
) -> None:
    expected = parts(ones)
    arriving = list(ones)
    chance.shuffle(arriving)
    assert parts(arriving) == expected
    assert parted(arriving, arrive(arriving, portions)) == expected


def arrive(ones: list[One], portions: int) -> Found:
    """Group alerts as they come, a few at a time, remembering what the keeper remembers."""
    found: Found | None = None
    step = -(-len(ones) // portions)
    for end in range(step, len(ones) + step, step):
        here = ones[:end]
        fresh = len(here) - (0 if found is None else len(found.group))
        known = Known.nothing(len(here))
        if found is not None:
            none = np.full(fresh, -1, np.int64)
            known = Known(
                np.concatenate([found.cluster, none]),
                np.concatenate([found.group, none]),
                found.causes,
                known.ties,
            )
        found = grouped(here, known)
    assert found is not None
    return found


@settings(max_examples=40, deadline=None, phases=NO_SHRINKING)
@given(populations())
def test_unconnected_catchments_never_join_but_under_one_rain(ones: list[One]) -> None:
    here = [one for one in ones if one.family in ("sewer_surcharge", "road_flood", "river_level")]
    linked = members_of(here)
    found = grouped(here)
    for number in set(found.group.tolist()):
        rows = np.flatnonzero(found.group == number)
        roots = {int(linked.root[row]) for row in rows}
        things = {int(linked.entity[row]) for row in rows}
        pipes = {int(linked.catchment[row]) for row in rows} - {-1}
        assert len(roots) == 1 or len(things) < len(rows) or len(pipes) < len(rows)


def test_columns_keep_their_order() -> None:
    members = members_of([One(4, "gas", 1.0, building=9)])
    assert [one.name for one in fields(members)][:2] == ["id", "mode"]
    assert (members.id[0], members.building[0]) == (4, 9)
