"""Why a rule did or did not raise at a thing: the answer, and what it stands on."""

from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.explanation.documents import Explanation
from alerts.explanation.explain import InstantError, Question, explain
from alerts.explanation.gathering import UnknownThingError
from alerts.rulebook import enforce
from alerts.rulekeeping.saving import UnknownRuleError, save_version, withdraw_rule
from alerts.rulekeeping.versions import Doing
from tests.emptying import SharedStore
from tests.postgis.alerts.desk import Desk, add_series
from tests.postgis.register import AREA, CAMERA, LEVEL_GAUGE, REACH, ROAD, fill_register
from tests.unit.alerts.ruling import HEAD, Row, at, batch_of, level_text, rules_of, series_of
from twin.model import Mode, from_us

Connection = psycopg.Connection[tuple[Any, ...]]

HELD = level_text('hold = "2min"\nhysteresis = 0.03')
SUM = """
[[rule]]
kind = "window"
quantity = "rainfall"
statistic = "sum"
window = "1h"
direction = "above"
levels = { yellow = 20, red = { property = "own_mm" } }
""" + HEAD.format(id="rain", version=1)
GRADE = """
[[rule]]
kind = "grade"
standard = "gb3838-river"
only = ["ammonia_nitrogen", "dissolved_oxygen"]
target = "target_class"
levels = { blue = { worse_by = 1 } }
""" + HEAD.format(id="class", version=1)
SILENCE = """
[[rule]]
kind = "silence"
entity_classes = ["8501"]
levels = { blue = "10min" }
""" + HEAD.format(id="silent", version=1)
VIDEO = """
[[rule]]
kind = "video"
level = "orange"
topics = ["ObjectsInside"]
""" + HEAD.format(id="intruder", version=1)
BOTH = (
    """
[[rule]]
kind = "together"
entity_classes = ["8202"]
level = "orange"
when = "high and not rained"
"""
    + HEAD.format(id="both", version=1)
    + """
[rule.conditions.high]
quantity = "level"
direction = "above"
limit = 3
[rule.conditions.rained]
quantity = "rainfall"
direction = "above"
limit = 1
at = { within_m = 1000 }
"""
)

EMPTYING = (
    b"DELETE FROM alert_transition",
    b"DELETE FROM outbox",
    b"DELETE FROM alert",
    b"DELETE FROM rule_state",
    b"DELETE FROM rule_interval",
    b"DELETE FROM observation",
    b"DELETE FROM series_latest",
)


def desk_of(connection: Connection, *texts: str) -> Desk:
    rules = rules_of(*texts)
    enforce(connection, rules, actor="test")
    connection.commit()
    return Desk(connection, rules)


def told(desk: Desk, rule: str, minute: float, entity: int = ROAD) -> Explanation:
    found = explain(desk.connection, Question(rule, entity), from_us(at(minute)))
    desk.connection.rollback()
    return found


def test_a_limit_is_waited_for_then_stands_then_ends(district: Connection) -> None:
    desk = desk_of(district, HELD)
    desk.take(batch_of([Row(0, 0.1), Row(1, 0.2)]))
    pending = told(desk, "road", 1.5)
    yellow = pending.series[0].parts[0].limits[0]
    assert (pending.answer, pending.level) == ("pending", None)
    assert (yellow.reached_since, yellow.raises_at) == (from_us(at(1)), from_us(at(3)))
    assert yellow.sentence == (
        "depth 0.2 m is at or above 0.15 m (yellow) since 2026-01-05T08:01:00Z, not yet for 2 min: "
        "2026-01-05T08:03:00Z"
    )
    desk.take(batch_of([Row(2, 0.2), Row(3, 0.2), Row(4, 0.13)]))
    raised = told(desk, "road", 4.5)
    yellow = raised.series[0].parts[0].limits[0]
    assert (raised.answer, raised.level, yellow.reached) == ("raised", "yellow", False)
    assert yellow.stands_since == raised.intervals[0].begin == from_us(at(3))
    assert raised.alert is not None
    assert raised.alert.state == "raised"
    desk.take(batch_of([Row(5, 0.1)]))
    over = told(desk, "road", 5.5)
    assert (over.answer, over.missing) == ("not raised", [])
    assert over.sentence == "depth 0.1 m is below 0.15 m (yellow)"
    assert [each.end for each in over.intervals] == [from_us(at(5))]
    assert [reading.value for reading in over.series[0].newest] == [0.1, 0.13, 0.2, 0.2, 0.2]


def test_what_is_missing_is_unknown_and_never_all_clear(district: Connection) -> None:
    desk = desk_of(district, HELD)
    nothing = told(desk, "road", 0)
    assert (nothing.answer, nothing.missing[0]) == (
        "unknown",
        "series 1 of depth: nothing was read until 2026-01-05T08:00:00Z",
    )
    desk.take(batch_of([Row(minute, 0.1) for minute in range(5)]))
    assert told(desk, "road", 6.9).answer == "not raised"
    old = told(desk, "road", 7.1)
    assert (old.answer, old.series[0].interval_s) == ("unknown", 60)
    assert "of 2026-01-05T08:04:00Z, more than three times 1 min ago" in old.sentence
    desk.take(batch_of([Row(minute, 0.1, quality=2) for minute in range(5, 14)]))
    bad = told(desk, "road", 13.5)
    assert (bad.answer, bad.series[0].newest[0].grade) == ("unknown", "unreliable")
    assert "are all unreliable" in bad.sentence
    elsewhere = told(desk, "road", 1, REACH)
    assert (elsewhere.answer, elsewhere.not_measured) == ("unknown", ["depth"])


def test_what_stands_stands_on_when_nothing_more_is_heard(district: Connection) -> None:
    desk = desk_of(district, level_text())
    desk.take(batch_of([Row(minute, 0.3) for minute in range(5)]))
    found = told(desk, "road", 600)
    assert (found.answer, found.level) == ("raised", "orange")
    assert "three times 1 min ago" in found.missing[0]


def test_a_doubtful_reading_beyond_red_alone_is_neither_raised_nor_all_clear(
    district: Connection,
) -> None:
    desk = desk_of(district, level_text().replace("yellow = 0.15, orange = 0.27, ", ""))
    desk.take(batch_of([Row(0, 0.1), Row(1, 0.5, quality=1)]))
    found = told(desk, "road", 1.5)
    assert found.answer == "unknown"
    assert found.sentence.endswith("but is doubtful and cannot raise red alone")


def test_why_a_series_is_not_judged_is_said(district: Connection) -> None:
    desk = desk_of(
        district,
        level_text('datum = "1985"', name="datum"),
        level_text('channel = "upper"', name="channel"),
        level_text('entity_classes = ["8202"]', name="class"),
        level_text('modes = ["exercise"]', name="mode"),
        level_text(name="own")
        .replace("0.40 }", '{ property = "own_m" } }')
        .replace("yellow = 0.15, orange = 0.27, ", ""),
    )
    desk.take(batch_of([Row(0, 0.1)]))
    reasons = {name: told(desk, name, 1) for name in ("datum", "channel", "class", "mode", "own")}
    assert [found.answer for found in reasons.values()] == [
        "unknown",
        "unknown",
        "not judged",
        "not judged",
        "unknown",
    ]
    assert reasons["datum"].series[0].refusals == [
        "datum '' has another datum than the rule's limits: '1985'"
    ]
    assert reasons["channel"].series[0].refusals == ["channel '': the rule is for 'upper' alone"]
    assert reasons["class"].sentence == "class 8402: the rule is for 8202 alone"
    assert reasons["mode"].sentence == "mode 'actual': the rule does not judge in it"
    assert reasons["own"].series[0].refusals == ["has no such limit of its own"]


def test_a_window_with_a_hole_is_unknown_until_it_is_beyond_its_limit(
    district: Connection,
) -> None:
    add_series(district, series_of(2, quantity="rainfall"))
    rain = series_of(2, quantity="rainfall", properties={})
    desk = desk_of(district, SUM)
    desk.take(batch_of([Row(5 * n, 1.0, 2) for n in range(5)], [rain]))
    hole = told(desk, "rain", 20)
    part = hole.series[0].parts[0]
    assert (hole.answer, part.value, part.phrase) == ("unknown", 5.0, "sum of rainfall in 1 h")
    assert "no reading between 2026-01-05T07:20:00Z and 2026-01-05T08:00:00Z" in hole.sentence
    assert [limit.own for limit in part.limits] == [None, "own_mm"]
    assert part.limits[1].sentence == "red: has no such limit of its own: 'own_mm'"
    desk.take(batch_of([Row(5 * n, 1.0, 2) for n in range(5, 13)], [rain]))
    assert told(desk, "rain", 60).answer == "not raised"
    desk.take(batch_of([Row(65, 20.0, 2)], [rain]))
    assert told(desk, "rain", 65).answer == "raised"


def test_each_quantity_of_a_grade_is_told(district: Connection) -> None:
    district.execute(
        'UPDATE entity SET properties = \'{"target_class": "III"}\' WHERE code = %s', [REACH]
    )
    info = series_of(
        2,
        entity=REACH,
        entity_class="8202",
        quantity="ammonia_nitrogen",
        device=0,
        properties={"target_class": "III"},
    )
    add_series(district, info)
    desk = desk_of(district, GRADE)
    desk.take(batch_of([Row(0, 1.2, 2)], [info]))
    found = told(desk, "class", 1, REACH)
    assert (found.answer, found.level) == ("raised", "blue")
    assert found.not_measured == ["dissolved_oxygen"]
    assert [limit.own for limit in found.series[0].parts[0].limits] == ["target_class"]
    assert "IV by " in found.sentence


def test_a_rule_that_was_withdrawn_judges_nothing_and_its_past_is_told_as_it_was(
    district: Connection,
) -> None:
    desk = desk_of(district, level_text())
    save_version(district, rules_of(level_text("hysteresis = 0.1", version=2))[0].rule, Doing("li"))
    district.execute("UPDATE rule_change SET at = %s + id * interval '1 hour'", [from_us(at(0))])
    withdraw_rule(district, "road", Doing("li", "puddles"))
    district.commit()
    now = from_us(at(600))
    answers = [
        explain(district, Question("road", ROAD, from_us(at(minute))), now)
        for minute in (30, 90, 150)
    ]
    assert [(found.version, found.answer) for found in answers] == [
        (1, "not judged"),
        (1, "unknown"),
        (2, "unknown"),
    ]
    assert answers[0].sentence == "the rule was not in force"
    assert told(desk, "road", 600).sentence == "rule withdrawn"


def test_what_does_not_exist_cannot_be_explained(district: Connection) -> None:
    desk = desk_of(district, level_text())
    with pytest.raises(UnknownRuleError, match="'raod': expected one of the list of rules"):
        told(desk, "raod", 0)
    with pytest.raises(UnknownThingError, match="entity 1: expected a code of the register"):
        told(desk, "road", 0, 1)
    for minute in (1, -1e9):
        with pytest.raises(InstantError, match="expected an instant from 1970 to now"):
            explain(district, Question("road", ROAD, from_us(at(minute))), from_us(at(0)))


def test_the_state_of_a_device_answers_for_its_silence(district: Connection) -> None:
    desk = desk_of(district, SILENCE)
    assert told(desk, "silent", 0, LEVEL_GAUGE).answer == "unknown"
    state = "INSERT INTO device_state (device, state, since, reason) VALUES (%s, %s, %s, 'so')"
    district.execute(state, [LEVEL_GAUGE, "silent", from_us(at(0))])
    district.commit()
    waiting = told(desk, "silent", 5, LEVEL_GAUGE)
    assert (waiting.answer, waiting.sentence) == (
        "pending",
        "it is silent for 5 min, and the rule begins with 10 min: so",
    )
    desk.tick(10)
    assert told(desk, "silent", 11, LEVEL_GAUGE).answer == "raised"
    district.execute("UPDATE device_state SET state = 'online', since = %s", [from_us(at(12))])
    district.commit()
    desk.tick(12)
    deaf = told(desk, "silent", 13, LEVEL_GAUGE)
    assert (deaf.answer, deaf.missing) == (
        "unknown",
        ["whether it was heard since: nobody ever listened"],
    )
    district.execute(
        "INSERT INTO listening_span VALUES (%s, %s)", [from_us(at(0)), from_us(at(14))]
    )
    assert told(desk, "silent", 14, LEVEL_GAUGE).answer == "not raised"


def test_the_cameras_of_an_area_answer_for_it(district: Connection) -> None:
    desk = desk_of(district, VIDEO)
    assert told(desk, "intruder", 0, ROAD).missing == ["no camera watches it"]
    assert told(desk, "intruder", 0, AREA).answer == "unknown"
    district.execute("INSERT INTO device_state (device, state) VALUES (%s, 'online')", [CAMERA])
    district.execute(
        "INSERT INTO video_event (camera, ts, topic, digest, source, active, data, mode,"
        " received_at, verdict) VALUES (%s, %s, 'a/ObjectsInside', '\\x01', '', NULL, '{}',"
        " 'actual', now(), 'has neither')",
        [CAMERA, from_us(at(0))],
    )
    district.commit()
    found = told(desk, "intruder", 1, AREA)
    assert (found.answer, found.events[0].named) == ("not raised", True)
    assert found.sentence == f"a/ObjectsInside of {CAMERA}: has neither"


def test_each_condition_is_told_with_its_things(district: Connection) -> None:
    level = series_of(2, entity=REACH, entity_class="8202", quantity="level", device=0)
    rain = series_of(3, entity=LEVEL_GAUGE, entity_class="8501", quantity="rainfall", device=0)
    add_series(district, level, rain)
    desk = desk_of(district, BOTH)

    def take(minute: float, high: float, wet: float | None) -> Explanation:
        rows = [Row(minute, high, 2)] + ([] if wet is None else [Row(minute, wet, 3)])
        desk.take(batch_of(rows, [level, rain]))
        return told(desk, "both", minute + 0.5, REACH)

    dry = take(0, 3.2, None)
    assert (dry.answer, [each.holds for each in dry.conditions]) == ("unknown", ["yes", "unknown"])
    assert dry.missing == [
        "rained: unknown at 1 of 1 things (within 1000 m), 1 needed: no reading for 2 h"
    ]
    raised = take(1, 3.2, 0.0)
    assert (raised.answer, raised.level) == ("raised", "orange")
    assert [thing.holds for thing in raised.conditions[1].things] == ["no"]
    assert raised.conditions[0].things[0].series[0].parts[0].limits[0].stands
    wet = take(2, 3.2, 5.0)
    assert (wet.answer, wet.alert and wet.alert.state) == ("not raised", "cleared")
    low = take(3, 1.0, None)
    assert low.conditions[0].sentence == "high: holds at 0 of 1 things (self), 1 needed"
    # What is unknown of the one does not matter where the other one decides.
    assert told(desk, "both", 3 + 100, REACH).answer == "not raised"


def test_an_explanation_writes_nothing(district: Connection) -> None:
    desk = desk_of(district, HELD)
    desk.take(batch_of([Row(0, 0.2)]))
    district.execute("SET TRANSACTION READ ONLY")
    found = explain(district, Question("road", ROAD, mode=Mode.EXERCISE), from_us(at(1)))
    assert (found.answer, found.mode) == ("unknown", "exercise")


def test_the_answer_agrees_with_the_evaluator_whatever_is_read(
    shared_store: SharedStore, connection: Connection
) -> None:
    shared_store.fill(fill_register)
    add_series(connection, series_of(1))
    rules = rules_of(HELD)
    enforce(connection, rules, actor="test")
    connection.commit()

    @settings(
        max_examples=12,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        st.lists(
            st.tuples(st.sampled_from([0.1, 0.13, 0.2, 0.3, 0.5]), st.sampled_from([0, 1])),
            min_size=1,
            max_size=8,
        )
    )
    def agree(readings: list[tuple[float, int]]) -> None:
        for statement in EMPTYING:
            connection.execute(statement)
        connection.commit()
        desk = Desk(connection, rules)
        for minute, (value, quality) in enumerate(readings):
            desk.take(batch_of([Row(minute, value, quality=quality)]))
            found = told(desk, "road", minute)
            stands = desk.ask("SELECT level FROM alert WHERE state = 'raised'")
            assert found.level == (stands[0][0] if stands else None)
            limits = found.series[0].parts[0].limits
            waiting = desk.ask("SELECT count(*) FROM rule_state WHERE pending_since IS NOT NULL")
            assert [(sum(limit.raises_at is not None for limit in limits),)] == waiting

    agree()
