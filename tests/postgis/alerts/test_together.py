"""Conditions at several things: which belong together, what is known, restarts, late readings."""

from typing import Any

import psycopg
import pytest
from shapely.geometry import LineString, Point

from alerts.related import read_related
from alerts.rules import Reason
from alerts.rules.together import Condition, Near, Where
from data.registry import ChangeSet, EndedRelation, EntityChange, NewRelation, record
from tests.postgis.alerts.desk import Desk, add_series
from tests.postgis.register import X, Y
from tests.unit.alerts.ruling import Row, at, batch_of, rules_of, series_of

Connection = psycopg.Connection[tuple[Any, ...]]

UPPER, LOWER, OTHER = 4403118202000001, 4403118202000002, 4403118202000003
RAIN, FAR_RAIN = 4403118503000001, 4403118503000002
HOUSE, ROOM_SENSOR, ROOM_LAMP = 4403118101000001, 4403118599000001, 4403118599000002
CATCHMENT = 4403118303000001
ON_UPPER, ON_LOWER, ON_OTHER, ON_RAIN = 1, 2, 3, 4

RULE = """
[[rule]]
id = "flood-wave"
version = 1
kind = "together"
domain = "flood"
entity_classes = ["8202"]
level = "orange"
when = "{when}"
title_zh = "洪水波"
title_en = "flood wave"
source = "test"
standing = "project default"
[rule.conditions.rain]
quantity = "rain_intensity"
direction = "above"
limit = 20
at = {{ within_m = 1000 }}
{more}
"""
HIGH_UPSTREAM = """
[rule.conditions.high]
quantity = "level"
direction = "above"
limit = 3
at = "upstream"
"""


@pytest.fixture
def valley(connection: Connection) -> Connection:
    """Two reaches one after the other and one beside them, with a rain gauge at the first."""
    entities = [
        EntityChange(UPPER, "upper", LineString([(X, Y), (X + 300, Y)])),
        EntityChange(LOWER, "lower", LineString([(X + 300, Y), (X + 600, Y)])),
        EntityChange(OTHER, "other", LineString([(X, Y + 9000), (X + 300, Y + 9000)])),
        EntityChange(RAIN, "rain", Point(X + 200, Y + 20)),
        EntityChange(FAR_RAIN, "far rain", Point(X + 200, Y + 8000)),
        EntityChange(CATCHMENT, "catchment", Point(X + 100, Y).buffer(150)),
        EntityChange(HOUSE, "house", Point(X, Y + 300).buffer(8)),
        EntityChange(ROOM_SENSOR, "sensor", Point(X, Y + 300)),
        EntityChange(ROOM_LAMP, "lamp", Point(X, Y + 300)),
    ]
    relations = [
        NewRelation(UPPER, "flows_to", LOWER, "test", 0.0),
        NewRelation(LOWER, "flows_to", UPPER, "test", 0.0),
        NewRelation(ROOM_SENSOR, "located_in", HOUSE, "test", 0.0),
        NewRelation(ROOM_LAMP, "located_in", HOUSE, "test", 0.0),
    ]
    record(connection, ChangeSet("test", "a valley", "test", entities, (), relations))
    end = EndedRelation(LOWER, "flows_to", UPPER)
    record(connection, ChangeSet("test", "no circle", "test", ended_relations=[end]))
    add_series(
        connection,
        series_of(ON_UPPER, entity=UPPER, quantity="level", device=0),
        series_of(ON_LOWER, entity=LOWER, quantity="level", device=0),
        series_of(ON_OTHER, entity=OTHER, quantity="level", device=0),
        series_of(ON_RAIN, entity=RAIN, quantity="rain_intensity", device=0),
    )
    return connection


def desk_of(connection: Connection, when: str, more: str = HIGH_UPSTREAM) -> Desk:
    return Desk(connection, rules_of(RULE.format(when=when, more=more)))


def take(desk: Desk, *rows: Row, now: float = 0) -> Any:  # noqa: ANN401 -- a judgement
    infos = [
        series_of(ON_UPPER, entity=UPPER, entity_class="8202", quantity="level", device=0),
        series_of(ON_LOWER, entity=LOWER, entity_class="8202", quantity="level", device=0),
        series_of(ON_OTHER, entity=OTHER, entity_class="8202", quantity="level", device=0),
        series_of(ON_RAIN, entity=RAIN, entity_class="8503", quantity="rain_intensity", device=0),
    ]
    return desk.take(batch_of(rows, infos, now_us=at(now) if now else 0))


def places(desk: Desk) -> list[tuple[int, str]]:
    return [(row[0], row[1]) for row in desk.ask("SELECT entity, state FROM alert ORDER BY id")]


def test_rain_near_by_and_a_high_river_upstream_raise_at_the_reach_below(
    valley: Connection,
) -> None:
    desk = desk_of(valley, "rain and high")
    take(desk, Row(0, 3.2, ON_UPPER), Row(0, 3.5, ON_OTHER))
    assert places(desk) == []
    assert take(desk, Row(1, 30.0, ON_RAIN)).reasons[Reason.TOGETHER] == 1
    assert places(desk) == [(LOWER, "raised")]
    sentence = desk.ask("SELECT reason FROM alert")[0][0]
    assert sentence.startswith(f"rain and high holds: rain at {RAIN}; high at {UPPER}; last: ")
    take(desk, Row(2, 2.9, ON_UPPER))
    assert places(desk) == [(LOWER, "cleared")]
    assert desk.events() == ["raised", "cleared"]


def test_conditions_raise_no_alerts_of_their_own_and_outlive_a_restart(valley: Connection) -> None:
    desk = desk_of(valley, "rain and high")
    take(desk, Row(0, 3.2, ON_UPPER))
    desk.restart()
    take(desk, Row(1, 30.0, ON_RAIN))
    desk.restart()
    take(desk, Row(2, 31.0, ON_RAIN))
    assert places(desk) == [(LOWER, "raised")]
    take(desk, Row(3, 1.0, ON_RAIN))
    assert places(desk) == [(LOWER, "cleared")]


def test_what_nobody_measures_is_not_known_to_be_dry(valley: Connection) -> None:
    flowing = """
[rule.conditions.high]
quantity = "level"
direction = "above"
limit = 3
"""
    desk = desk_of(valley, "high and not rain", flowing)
    judged = take(desk, Row(0, 3.2, ON_UPPER), now=0.5)
    assert judged.reasons[Reason.UNKNOWN] == 1
    assert places(desk) == []
    # The gauge speaks: it is dry, and what was unsure is judged with the next tick at the latest.
    take(desk, Row(1, 0.0, ON_RAIN), now=1.5)
    desk.tick(2)
    assert places(desk) == [(UPPER, "raised")]


def test_a_relation_that_ends_clears_what_stood_by_it(valley: Connection) -> None:
    desk = desk_of(valley, "rain and high")
    take(desk, Row(0, 3.2, ON_UPPER), Row(1, 30.0, ON_RAIN))
    assert places(desk) == [(LOWER, "raised")]
    end = EndedRelation(UPPER, "flows_to", LOWER)
    record(valley, ChangeSet("test", "cut", "test", ended_relations=[end]))
    valley.commit()
    desk.evaluator.bindings_changed()
    desk.tick(2)
    assert places(desk) == [(LOWER, "cleared")]


def test_a_late_reading_changes_what_holds_together(valley: Connection) -> None:
    desk = desk_of(valley, "rain and high")
    take(desk, Row(0, 3.2, ON_UPPER), Row(5, 2.0, ON_UPPER), Row(6, 30.0, ON_RAIN))
    assert places(desk) == []
    take(desk, Row(7, 3.4, ON_UPPER))
    assert places(desk) == [(LOWER, "raised")]


@pytest.mark.parametrize(
    ("where", "quantity", "classes", "pairs"),
    [
        ("self", "level", ["8202"], {(UPPER, UPPER), (LOWER, LOWER), (OTHER, OTHER)}),
        ("upstream", "level", ["8202"], {(UPPER, LOWER)}),
        (Near(within_m=50.0), "rain_intensity", ["8202"], {(RAIN, UPPER)}),
        (Near(within_m=8500.0), "rain_intensity", ["8202"], {(RAIN, UPPER), (RAIN, LOWER)}),
        ("catchment", "level", ["8202", "8503"], {(UPPER, UPPER), (UPPER, RAIN)}),
        ("grid_cell", "level", ["8202"], set()),
        ("building", "noise", ["8599"], {(ROOM_SENSOR, ROOM_SENSOR), (ROOM_SENSOR, ROOM_LAMP)}),
    ],
)
def test_things_belong_together_as_the_register_says(
    valley: Connection, where: Where, quantity: str, classes: list[str], pairs: set[tuple[int, int]]
) -> None:
    add_series(valley, series_of(9, entity=ROOM_SENSOR, quantity="noise", device=0))
    condition = Condition(quantity=quantity, direction="above", limit=1.0, at=where)
    related = read_related(valley, condition, classes)
    found = {(one, other) for one, others in related.judged.items() for other in others}
    assert found == pairs
    assert {(one, other) for other, ones in related.measured.items() for one in ones} == pairs
