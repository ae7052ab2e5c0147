"""A sensor belongs to the nearest object that its class can belong to, or to nothing."""

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from spatial.linking import TransformFirstError, link_sensors

CRS = "EPSG:4547"
COUNTY = 440311


class Rule(NamedTuple):
    """A row of the table of link classes."""

    sensor_class: str
    target_class: str
    relation: str
    max_distance_m: float


RULES = (
    Rule("8502", "8402", "monitors", 15.0),
    Rule("8505", "8202", "monitors", 60.0),
    Rule("8505", "8302", "monitors", 20.0),
    Rule("8601", "8802", "watches", 80.0),
)
NAMES = {
    "8402": "road section",
    "8202": "reach",
    "8302": "outfall",
    "8505": "water quality station",
}
PLACES = st.tuples(st.floats(0, 200), st.floats(0, 200))


def table(*rows: tuple[str, BaseGeometry | None], crs: str | None = CRS) -> gpd.GeoDataFrame:
    """Rows of class and geometry; the serial is the row's number from 1."""
    code = [(COUNTY * 10_000 + int(klass)) * 1_000_000 + n for n, (klass, _) in enumerate(rows, 1)]
    columns = {"code": code, "klass": [klass for klass, _ in rows]}
    shapes = np.empty(len(rows), object)
    shapes[:] = [shape for _, shape in rows]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=crs)


def linked(sensor: tuple[str, BaseGeometry | None], *things: tuple[str, BaseGeometry]) -> pd.Series:
    """The one link of one sensor."""
    return link_sensors(table(sensor), table(*things), RULES, NAMES).iloc[0]


def test_a_link_says_relation_distance_and_method() -> None:
    link = linked(("8502", shapely.Point(0, 0)), ("8402", shapely.box(10, -5, 20, 5)))
    assert link["target"] == 4403118402000001
    assert link["relation"] == "monitors"
    assert link["distance_m"] == pytest.approx(10.0)
    assert (link["reason"], link["method"]) == ("", "nearest")


def test_a_sensor_too_far_away_says_how_far_and_what_was_expected() -> None:
    link = linked(("8502", shapely.Point(0, 0)), ("8402", shapely.box(31.2, -5, 40, 5)))
    assert link["target"] == 0
    assert link["reason"] == "nearest road section is 31.2 m away, expected at most 15 m"
    assert (link["relation"], link["method"]) == ("monitors", "")


def test_just_too_far_never_reads_like_near_enough() -> None:
    link = linked(("8502", shapely.Point(0, 0)), ("8402", shapely.Point(15.001, 0)))
    assert link["reason"] == "nearest road section is 15.1 m away, expected at most 15 m"


def test_exactly_the_maximum_distance_is_near_enough() -> None:
    assert linked(("8502", shapely.Point(0, 0)), ("8402", shapely.Point(15, 0)))["target"] > 0


def test_a_sensor_without_any_object_of_its_classes_says_which() -> None:
    link = linked(("8505", shapely.Point(0, 0)), ("8402", shapely.Point(0, 0)))
    assert link["reason"] == "there is no reach or outfall anywhere"
    assert np.isnan(link["distance_m"])


def test_a_class_without_a_rule_says_so() -> None:
    link = linked(("8511", shapely.Point(0, 0)), ("8402", shapely.Point(0, 0)))
    assert link["reason"] == "no class of object is known that 8511 can belong to"
    assert link["relation"] == ""


@pytest.mark.parametrize("place", [None, shapely.Point()], ids=["none", "empty"])
def test_a_sensor_without_a_place_says_so(place: BaseGeometry | None) -> None:
    link = linked(("8502", place), ("8402", shapely.Point(0, 0)))
    assert link["target"] == 0
    assert "has no place" in link["reason"]


def test_the_nearer_class_wins_whatever_the_order_of_the_rules() -> None:
    link = linked(
        ("8505", shapely.Point(0, 0)), ("8202", shapely.Point(9, 0)), ("8302", shapely.Point(3, 0))
    )
    assert str(link["target"])[6:10] == "8302"


def test_the_order_of_the_rules_decides_between_equally_near() -> None:
    link = linked(
        ("8505", shapely.Point(0, 0)), ("8302", shapely.Point(3, 0)), ("8202", shapely.Point(0, 3))
    )
    assert str(link["target"])[6:10] == "8202"


def test_the_lower_code_decides_between_two_of_a_class() -> None:
    things = [("8402", shapely.box(-5, -5, 5, 5)), ("8402", shapely.box(-9, -9, 9, 9))]
    assert linked(("8502", shapely.Point(0, 0)), *things)["target"] == 4403118402000001


def test_a_nearer_object_beyond_its_own_limit_gives_way_to_a_farther_one_within() -> None:
    link = linked(
        *(("8505", shapely.Point(0, 0)), ("8302", shapely.Point(25, 0))),
        ("8202", shapely.Point(50, 0)),
    )
    assert str(link["target"])[6:10] == "8202"


def test_rows_keep_the_order_and_the_index_of_the_sensors() -> None:
    sensors = table(("8601", shapely.Point(9, 9)), ("8502", shapely.Point(0, 0)))
    sensors.index = pd.Index([30, 10])
    links = link_sensors(sensors, table(("8402", shapely.Point(1, 0))), RULES)
    assert list(links.index) == [30, 10]
    assert list(links["sensor"]) == list(sensors["code"])
    assert list(links["target"] > 0) == [False, True]


def test_no_sensors_give_no_links() -> None:
    links = link_sensors(table(), table(("8402", shapely.Point(1, 0))), RULES)
    assert len(links) == 0
    assert "reason" in links.columns


@pytest.mark.parametrize(("mine", "theirs"), [(CRS, "EPSG:4490"), ("EPSG:4490",) * 2, (None, None)])
def test_tables_that_are_not_in_one_metric_crs_are_refused(
    mine: str | None, theirs: str | None
) -> None:
    sensors = table(("8502", shapely.Point(0, 0)), crs=mine)
    with pytest.raises(TransformFirstError, match="expected"):
        link_sensors(sensors, table(("8402", shapely.Point(0, 0)), crs=theirs), RULES)


@given(
    sensors=st.lists(PLACES, min_size=1, max_size=8),
    things=st.lists(st.tuples(st.sampled_from(["8202", "8302"]), PLACES), max_size=12),
)
def test_nearest_within_its_limit_wins_and_nothing_beyond_is_ever_linked(
    sensors: list[tuple[float, float]], things: list[tuple[str, tuple[float, float]]]
) -> None:
    frame = table(*[("8505", shapely.Point(place)) for place in sensors])
    others = table(*[(klass, shapely.Point(place)) for klass, place in things])
    links = link_sensors(frame, others, RULES)
    limit = {rule.target_class: rule.max_distance_m for rule in RULES}
    for place, (_, link) in zip(sensors, links.iterrows(), strict=True):
        near = [
            distance
            for klass, other in things
            if (distance := np.hypot(place[0] - other[0], place[1] - other[1])) <= limit[klass]
        ]
        assert (link["target"] > 0) == bool(near)
        assert (link["reason"] == "") == bool(near)
        if near:
            assert link["distance_m"] == pytest.approx(min(near), abs=1.1e-3)
