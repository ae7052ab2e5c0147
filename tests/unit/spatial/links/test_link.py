"""A device belongs to the nearest object that its class can belong to, or to nothing."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from spatial.links import Decided, TransformFirstError, link, link_tables
from tests.unit.spatial.links.linking import (
    CRS,
    NAMES,
    RULES,
    code,
    entities,
    linked,
    table,
    targets,
)

PLACES = st.tuples(st.floats(0, 200), st.floats(0, 200))
HERE = shapely.Point(0, 0)


def test_a_link_says_relation_distance_and_method() -> None:
    found = linked(("8502", HERE), ("8402", shapely.box(10, -5, 20, 5)))
    assert found["target"] == 4403118402000001
    assert found["relation"] == "monitors"
    assert found["distance_m"] == pytest.approx(10.0)
    assert (found["reason"], found["method"]) == ("", "nearest")


def test_what_stands_in_an_area_is_linked_as_inside() -> None:
    assert linked(("8502", HERE), ("8402", shapely.box(-5, -5, 5, 5)))["method"] == "inside"


def test_a_device_too_far_away_says_how_far_and_what_was_expected() -> None:
    found = linked(("8502", HERE), ("8402", shapely.box(20.5, -5, 40, 5)))
    assert found["target"] == 0
    assert found["reason"] == "nearest road section is 20.5 m away, expected at most 15 m"
    assert (found["relation"], found["method"]) == ("monitors", "")


def test_just_too_far_never_reads_like_near_enough() -> None:
    found = linked(("8502", HERE), ("8402", shapely.Point(15.001, 0)))
    assert found["reason"] == "nearest road section is 15.1 m away, expected at most 15 m"


def test_exactly_the_maximum_distance_is_near_enough() -> None:
    assert linked(("8502", HERE), ("8402", shapely.Point(15, 0)))["target"] > 0


def test_a_device_without_any_object_around_says_how_far_was_looked() -> None:
    found = linked(("8505", HERE), ("8402", HERE), ("8202", shapely.Point(500, 0)))
    assert found["reason"] == "there is no reach within 120 m and no outfall within 40 m"
    assert np.isnan(found["distance_m"])


def test_a_class_without_a_rule_says_so() -> None:
    found = linked(("8511", HERE), ("8402", HERE))
    assert found["reason"] == "no class of object is known that 8511 can belong to"
    assert found["relation"] == ""


@pytest.mark.parametrize(
    "place",
    [None, shapely.Point(), shapely.Point(np.nan, 0), shapely.Point(np.inf, 0)],
    ids=["none", "empty", "nan", "infinite"],
)
def test_a_device_without_a_place_says_so(place: BaseGeometry | None) -> None:
    found = linked(("8502", place), ("8402", HERE))
    assert found["target"] == 0
    assert found["reason"] == "the device has no place, expected a point near a road section"


def test_the_nearer_class_wins_whatever_the_order_of_the_rules() -> None:
    found = linked(("8505", HERE), ("8202", shapely.Point(9, 0)), ("8302", shapely.Point(3, 0)))
    assert str(found["target"])[6:10] == "8302"


def test_the_order_of_the_rules_decides_between_equally_near() -> None:
    found = linked(("8505", HERE), ("8302", shapely.Point(3, 0)), ("8202", shapely.Point(0, 3)))
    assert str(found["target"])[6:10] == "8202"


def test_the_lower_code_decides_between_two_of_a_class() -> None:
    things = [("8402", shapely.Point(0, 4)), ("8402", shapely.Point(4, 0))]
    assert linked(("8502", HERE), *things)["target"] == 4403118402000001


def test_the_smaller_of_two_areas_around_a_device_is_its_own() -> None:
    things = [("8802", shapely.box(-9, -9, 9, 9)), ("8802", shapely.box(-5, -5, 5, 5))]
    assert linked(("8601", HERE), *things)["target"] == 4403118802000002


def test_a_nearer_object_beyond_its_own_limit_gives_way_to_a_farther_one_within() -> None:
    found = linked(("8505", HERE), ("8302", shapely.Point(25, 0)), ("8202", shapely.Point(50, 0)))
    assert str(found["target"])[6:10] == "8202"


def test_a_polygon_as_a_device_stands_at_a_point_within_it() -> None:
    ring = shapely.box(0, 0, 30, 30).difference(shapely.box(5, 5, 25, 25))
    assert linked(("8502", ring), ("8402", shapely.box(5, 5, 25, 25)))["distance_m"] > 0


def test_no_devices_give_no_links() -> None:
    links = link_tables(table(), table(("8402", HERE)), RULES)
    assert len(links) == 0
    assert "reason" in links.columns


@pytest.mark.parametrize(("mine", "theirs"), [(CRS, "EPSG:4490"), ("EPSG:4490",) * 2, (None, None)])
def test_tables_that_are_not_in_one_metric_crs_are_refused(
    mine: str | None, theirs: str | None
) -> None:
    with pytest.raises(TransformFirstError, match="expected"):
        link_tables(table(("8502", HERE), crs=mine), table(("8402", HERE), crs=theirs), RULES)


def test_what_a_person_said_is_taken_however_far_it_is() -> None:
    device, road = code("8502", 1), code("8402", 2)
    decided = Decided(np.array([device]), ["monitors"], np.array([road]))
    things = entities(("8402", shapely.Point(1, 0)), ("8402", shapely.Point(900, 0)))
    found = link(entities(("8502", HERE)), things, RULES, decided=decided).found
    assert found.target.tolist() == [road]
    assert (found.distance_m.tolist(), found.confidence.tolist()) == ([900.0], [1.0])


def test_what_shall_belong_to_nothing_is_neither_linked_nor_complained_of() -> None:
    decided = Decided(np.array([code("8502", 1)]), ["monitors"], np.array([0]))
    links = link(entities(("8502", HERE)), entities(("8402", HERE)), RULES, decided=decided)
    assert (len(links.found.target), links.unlinked) == (0, [])


def test_a_decision_about_one_relation_leaves_the_others() -> None:
    decided = Decided(np.array([code("8509", 1)]), ["monitors"], np.array([0]))
    links = link(entities(("8509", HERE)), entities(("8101", HERE)), RULES, decided=decided)
    assert (targets(links, "monitors"), len(targets(links, "located_in"))) == ([], 1)


def test_the_reason_names_what_is_in_the_way_when_only_heights_are() -> None:
    storeys = entities(("8102", shapely.box(-5, -5, 5, 5)))._replace(base_m=np.array([3.0]))
    rules = [RULES[5]]
    links = link(entities(("8509", HERE)), storeys, rules, class_names=NAMES | {"8102": "storey"})
    assert links.unlinked[0].reason == (
        "nearest storey has a height, expected one of the device to tell storeys apart"
    )


@given(
    devices=st.lists(PLACES, min_size=1, max_size=8),
    things=st.lists(st.tuples(st.sampled_from(["8202", "8302"]), PLACES), max_size=12),
)
def test_nearest_within_its_limit_wins_and_nothing_beyond_is_ever_linked(
    devices: list[tuple[float, float]], things: list[tuple[str, tuple[float, float]]]
) -> None:
    frame = table(*[("8505", shapely.Point(place)) for place in devices])
    others = table(*[(klass, shapely.Point(place)) for klass, place in things])
    links = link_tables(frame, others, RULES).set_index("device")
    limit = {rule.target_class: rule.max_distance_m for rule in RULES}
    for place, device in zip(devices, frame["code"], strict=True):
        found = links.loc[device]
        near = [
            distance
            for klass, other in things
            if (distance := np.hypot(place[0] - other[0], place[1] - other[1])) <= limit[klass]
        ]
        assert (found["target"] > 0) == bool(near)
        assert (found["reason"] == "") == bool(near)
        if near:
            assert found["distance_m"] == pytest.approx(min(near), abs=1.6e-3)
