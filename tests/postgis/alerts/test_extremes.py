"""True extremes at a real store: check sensor, confirmation, neighbours, restarts."""

import psycopg
import pytest
from shapely.geometry import Point

from alerts.rules import Reason
from data.registry import ChangeSet, EndedRelation, EntityChange, NewRelation, record
from tests.postgis.alerts.desk import Desk, add_series
from tests.postgis.alerts.desk import Row as StoredRow
from tests.postgis.register import FREE_GAUGE, REACH, ROAD_GAUGE, X, Y
from tests.unit.alerts.ruling import ROAD, Row, at, batch_of, level_text, rules_of, series_of
from twin.model import Check, Grade, Mode, quality

Connection = psycopg.Connection[StoredRow]

JUMPED = quality(Grade.UNRELIABLE, Check.SPIKE | Check.RATE)
SENTINEL = quality(Grade.UNRELIABLE, Check.SENTINEL | Check.SPIKE)
NEXT_ROAD = 4403118402000002
NEXT_GAUGE = 4403118502000002
SENSOR = """
[[rule]]
id = "check-sensor"
version = 1
kind = "extreme"
domain = "device"
level = "blue"
title_zh = "核查传感器"
title_en = "check sensor"
source = "a test"
standing = "project default"
"""
RULES = rules_of(level_text("hysteresis = 0.03"), SENSOR)
NEAR = [series_of(1), series_of(2, entity=NEXT_ROAD, device=NEXT_GAUGE)]


@pytest.fixture
def desk(district: Connection) -> Desk:
    near = [
        EntityChange(NEXT_ROAD, "松白路2段", Point(X + 400, Y + 200)),
        EntityChange(NEXT_GAUGE, "松白路积水2", Point(X + 400, Y + 200)),
    ]
    linked = [NewRelation(NEXT_GAUGE, "monitors", NEXT_ROAD, "test")]
    record(district, ChangeSet("test", "the next road", "test", near, relations=linked))
    add_series(district, NEAR[1])
    return Desk(district, RULES)


def told(desk: Desk) -> list[StoredRow]:
    return desk.ask("SELECT rule, level, state FROM alert ORDER BY id")


def grades(desk: Desk, series: int = 1) -> list[int]:
    asked = "SELECT quality & 3 FROM observation WHERE series_id = %s ORDER BY ts"
    return [grade for (grade,) in desk.ask(asked, [series])]


def jump(desk: Desk) -> None:
    desk.take(batch_of([Row(0, 0.1)], now_us=at(0)))
    desk.take(batch_of([Row(5, 1.6, quality=JUMPED)], now_us=at(5)))


def test_a_jump_beyond_a_limit_raises_check_sensor_at_once_and_nothing_else(desk: Desk) -> None:
    jump(desk)
    assert told(desk) == [("check-sensor", "blue", "raised")]
    asked = "SELECT entity, device, series_id, value, limit_value, reason FROM alert"
    *found, sentence = desk.ask(asked)[0]
    assert found == [ROAD, ROAD_GAUGE, 1, 1.6, 0.4]
    assert sentence == (
        f"depth 1.6 m {Reason.UNCONFIRMED}; refused by the check spike, "
        "beyond 0.4 m (red) of rule road@1"
    )


@pytest.mark.parametrize(
    ("value", "packed"),
    [
        (0.14, JUMPED),
        (9.9, SENTINEL),
        (9.9, quality(Grade.UNRELIABLE, Check.HARD_LIMIT | Check.RATE)),
        (9.9, quality(Grade.UNRELIABLE, Check.DEVICE_FLAG | Check.SPIKE)),
        (9.9, quality(Grade.UNRELIABLE, Check.STUCK)),
    ],
)
def test_a_harmless_jump_and_what_cannot_be_true_raise_nothing(
    desk: Desk, value: float, packed: int
) -> None:
    desk.take(batch_of([Row(0, 0.1), Row(5, value, quality=packed)]))
    desk.take(batch_of([Row(10, 0.1), Row(15, value, quality=packed)]))
    assert told(desk) == []


def test_the_next_reading_confirms_it_and_the_rule_judges_both(desk: Desk) -> None:
    jump(desk)
    judgement = desk.take(batch_of([Row(6, 1.7)], now_us=at(6)))
    assert told(desk) == [("check-sensor", "blue", "cleared"), ("road", "red", "raised")]
    assert judgement.reasons[Reason.CONFIRMED] == 1
    assert judgement.reasons[Reason.CONFIRMED_LATER] == 1
    assert grades(desk) == [0, 1, 0]
    spans = desk.ask("SELECT key, (extract(epoch FROM from_at) * 1e6)::int8 FROM rule_interval")
    assert dict(spans) == {"1#yellow": at(5), "1#orange": at(5), "1#red": at(6)}
    ((verdict, actor, reason),) = desk.ask("SELECT verdict, actor, reason FROM observation_flag")
    assert (verdict, actor) == ("doubtful", "rule check-sensor@1")
    assert "is confirmed by its next reading: depth 1.7 m" in reason
    checks = desk.ask("SELECT quality FROM observation WHERE quality & 3 = 1")
    assert checks == [(quality(Grade.DOUBTFUL, Check.SPIKE | Check.RATE),)]


def test_a_doubtful_second_reading_confirms_it_but_does_not_raise_red(desk: Desk) -> None:
    jump(desk)
    desk.take(batch_of([Row(6, 1.7, quality=Grade.DOUBTFUL)], now_us=at(6)))
    assert told(desk) == [("check-sensor", "blue", "cleared"), ("road", "orange", "raised")]


def test_good_readings_that_do_not_confirm_it_clear_it(desk: Desk) -> None:
    jump(desk)
    desk.take(batch_of([Row(10, 0.1)], now_us=at(10)))
    assert told(desk) == [("check-sensor", "blue", "raised")]
    desk.take(batch_of([Row(15, 0.1)], now_us=at(15)))
    assert told(desk) == [("check-sensor", "blue", "cleared")]
    assert grades(desk) == [0, 2, 0, 0]
    reasons = desk.ask("SELECT reason FROM alert_transition ORDER BY id")
    assert str(Reason.NOT_CONFIRMED) in reasons[-1][0]


def test_a_sensor_that_goes_to_and_fro_has_one_alert(desk: Desk) -> None:
    jump(desk)
    for minute in range(10, 60, 10):
        desk.take(batch_of([Row(minute, 0.1)]))
        desk.take(batch_of([Row(minute + 5, 1.6, quality=JUMPED)]))
    assert told(desk) == [("check-sensor", "blue", "raised")]


def test_what_comes_after_three_intervals_does_not_confirm_it(desk: Desk) -> None:
    jump(desk)
    desk.take(batch_of([Row(21, 1.7)], now_us=at(21)))
    assert told(desk) == [("check-sensor", "blue", "raised"), ("road", "red", "raised")]
    assert grades(desk) == [0, 2, 0]


def test_a_jump_clears_no_alert(desk: Desk) -> None:
    desk.take(batch_of([Row(0, 0.5)]))
    down = [Row(minute, -1.0, quality=JUMPED) for minute in (1, 2, 3)]
    desk.take(batch_of(down))
    assert told(desk) == [("road", "red", "raised")]


def test_a_neighbour_that_stands_beyond_confirms_it_at_once(desk: Desk) -> None:
    desk.take(batch_of([Row(0, 0.1), Row(0, 0.1, 2)], NEAR))
    desk.take(batch_of([Row(4, 0.3, 2)], NEAR))
    desk.take(batch_of([Row(5, 1.6, quality=JUMPED)], NEAR, now_us=at(5)))
    raised = desk.ask("SELECT entity, rule, level, state FROM alert ORDER BY id")
    assert raised == [
        (NEXT_ROAD, "road", "orange", "raised"),
        (ROAD, "check-sensor", "blue", "cleared"),
        (ROAD, "road", "orange", "raised"),
    ]
    assert "was confirmed after it came" in desk.ask("SELECT reason FROM alert ORDER BY id")[-1][0]


def test_a_neighbour_that_rises_later_confirms_it(desk: Desk) -> None:
    jump(desk)
    desk.take(batch_of([Row(7, 0.2, 2)], NEAR, now_us=at(7)))
    assert sorted(told(desk)) == [
        ("check-sensor", "blue", "cleared"),
        ("road", "orange", "raised"),
        ("road", "yellow", "raised"),
    ]
    assert grades(desk) == [0, 1]


def test_two_neighbours_that_jump_confirm_each_other(desk: Desk) -> None:
    desk.take(batch_of([Row(0, 0.1), Row(0, 0.1, 2)], NEAR))
    both = [Row(5, 1.6, quality=JUMPED), Row(6, 1.5, 2, quality=JUMPED)]
    desk.take(batch_of(both, NEAR))
    assert grades(desk) == grades(desk, 2) == [0, 1]
    assert (
        sorted(told(desk))
        == [("check-sensor", "blue", "cleared")] * 2 + [("road", "orange", "raised")] * 2
    )


def test_a_neighbour_too_far_away_confirms_nothing(desk: Desk) -> None:
    desk.rules = rules_of(level_text("hysteresis = 0.03"), SENSOR + "neighbours_m = 50")
    desk.connection.execute("DELETE FROM rule_version WHERE rule = 'check-sensor'")
    desk.restart()
    desk.take(batch_of([Row(4, 0.3, 2)], NEAR))
    jump(desk)
    assert grades(desk) == [0, 2]


def test_a_restart_forgets_no_jump(desk: Desk) -> None:
    jump(desk)
    desk.restart()
    desk.tick(6)
    assert told(desk) == [("check-sensor", "blue", "raised")]
    desk.take(batch_of([Row(6, 0.1)], now_us=at(6)))
    desk.restart()
    desk.take(batch_of([Row(7, 0.1)], now_us=at(7)))
    assert told(desk) == [("check-sensor", "blue", "cleared")]
    assert desk.ask("SELECT count(*) FROM rule_state") == [(0,)]


def test_a_jump_is_confirmed_after_a_restart(desk: Desk) -> None:
    jump(desk)
    desk.restart()
    desk.take(batch_of([Row(6, 1.7)], now_us=at(6)))
    assert grades(desk) == [0, 1, 0]
    assert told(desk) == [("check-sensor", "blue", "cleared"), ("road", "red", "raised")]


def test_a_batch_that_is_not_committed_leaves_nothing(desk: Desk) -> None:
    jump(desk)
    desk.judge(batch_of([Row(6, 1.7)], now_us=at(6)))
    desk.connection.rollback()
    desk.restart()
    assert grades(desk) == [0, 2]
    desk.take(batch_of([Row(6, 0.1), Row(7, 0.1)], now_us=at(7)))
    assert told(desk) == [("check-sensor", "blue", "cleared")]


def test_a_gauge_that_measures_something_else_now_takes_its_doubt_with_it(desk: Desk) -> None:
    jump(desk)
    moved = ChangeSet(
        "test",
        "moved",
        "test",
        ended_relations=[EndedRelation(ROAD_GAUGE, "monitors", ROAD)],
        relations=[NewRelation(ROAD_GAUGE, "monitors", REACH, "test")],
    )
    record(desk.connection, moved)
    desk.connection.commit()
    desk.evaluator.bindings_changed()
    desk.tick(6)
    assert told(desk) == [("check-sensor", "blue", "cleared")]


def test_an_exercise_does_not_confirm_the_real_city(desk: Desk) -> None:
    infos = [*NEAR, series_of(3, entity=ROAD, device=FREE_GAUGE, mode=Mode.EXERCISE)]
    add_series(desk.connection, infos[2])
    desk.take(batch_of([Row(4, 1.6, 3)], infos))
    jump(desk)
    assert grades(desk) == [0, 2]


def test_all_at_once_ends_as_one_after_the_other(desk: Desk) -> None:
    far = [EntityChange(NEXT_ROAD, "松白路2段", Point(X + 4000, Y + 200))]
    record(desk.connection, ChangeSet("test", "far away", "test", far))
    desk.connection.commit()
    rows = [
        Row(0, 0.1), Row(5, 1.6, quality=JUMPED), Row(10, 0.1), Row(15, 1.6, quality=JUMPED),
        Row(20, 1.7), Row(25, 0.1),
    ]  # fmt: skip
    desk.take(batch_of(rows))
    for row in rows:
        desk.take(batch_of([row._replace(series_id=2)], NEAR))
    asked = """SELECT i.key, i.from_at, i.to_at FROM rule_interval i
               WHERE i.entity = %s AND i.revised_at IS NULL ORDER BY i.from_at, i.key"""
    steps = """SELECT t.event, t.observed_at
               FROM alert_transition t JOIN alert a ON a.id = t.alert_id
               WHERE a.entity = %s AND a.rule = 'check-sensor' ORDER BY t.id"""
    assert grades(desk) == grades(desk, 2) == [0, 2, 0, 1, 0, 0]
    whole, in_parts = (
        [(key.partition("#")[2], begin, end) for key, begin, end in desk.ask(asked, [entity])]
        for entity in (ROAD, NEXT_ROAD)
    )
    assert len(whole) == 3
    assert whole == in_parts
    assert desk.ask(steps, [ROAD]) == desk.ask(steps, [NEXT_ROAD])
