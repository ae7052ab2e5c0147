"""The evaluator in its transaction: alerts, memory, restarts and failures."""

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from shapely.geometry import Point

from alerts import explaining
from alerts.evaluator import Evaluator
from alerts.rules import Reason
from alerts.rules.part import Part
from alerts.state_rows import RuleVersionError
from data.registry import (
    ChangeSet,
    EndedRelation,
    EntityChange,
    NewRelation,
    record,
)
from data.registry.lifecycle import Author, retire
from tests.postgis.alerts.desk import Desk, add_series
from tests.postgis.register import LEVEL_GAUGE, ROAD_GAUGE
from tests.unit.alerts.ruling import (
    REACH,
    ROAD,
    Row,
    at,
    batch_of,
    level_rule,
    level_text,
    rules_of,
    seen,
    series_of,
    video_text,
)
from tests.unit.alerts.test_level_rule import expected_levels
from twin.model import Mode

Connection = psycopg.Connection[tuple[Any, ...]]
_BLOCKED = "SELECT FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"
HIGH_ROAD = ROAD + 500
BAD = 0.07


def test_a_high_reading_is_an_alert_with_its_transition_and_its_notice(desk: Desk) -> None:
    judgement = desk.take(batch_of([Row(0, 0.3)], now_us=at(1)))
    assert judgement.reasons == {Reason.AT_OR_ABOVE: 1}
    alert = desk.ask(
        "SELECT level, state, value, limit_value, reason, device, series_id, entity, version,"
        " extract(epoch FROM raised_at - observed_at)::int FROM alert"
    )
    reason = "depth 0.3 m is at or above 0.27 m (orange)"
    assert alert == [
        ("orange", "raised", 0.3, 0.27, reason, 4403118502000001, 1, ROAD, 1, 60),
    ]
    assert desk.ask("SELECT event, from_state, to_state, actor FROM alert_transition") == [
        ("raised", None, "raised", "rule road@1")
    ]
    topic, payload = desk.ask("SELECT topic, payload FROM outbox")[0]
    assert topic == f"citytwin/v1/alerts/orange/{ROAD}"
    assert (payload["event"], payload["alert"]["entity_name"]) == ("raised", "松白路1段")


def test_a_whole_life_in_one_batch_leaves_every_step(desk: Desk) -> None:
    values = [0.2, 0.5, 0.3, 0.1, 0.2, 0.0, 0.3]
    desk.take(batch_of([Row(minute, value) for minute, value in enumerate(values)]))
    assert desk.alerts() == [("orange", "cleared"), ("yellow", "cleared"), ("orange", "raised")]
    life = ["raised", "escalated", "lowered", "cleared"]
    assert desk.events() == [*life, "raised", "cleared", "raised"]
    notices = desk.ask("SELECT payload FROM outbox ORDER BY id LIMIT 4")
    assert [payload["event"] for (payload,) in notices] == life
    told = [(p["alert"]["level"], p["alert"]["state"]) for (p,) in notices]
    assert told[:2] == [("yellow", "raised"), ("red", "raised")]
    assert told[2:] == [("orange", "raised"), ("orange", "cleared")]


def test_a_quiet_batch_writes_nothing(desk: Desk) -> None:
    desk.take(batch_of([Row(0, 0.1), Row(1, 0.14)]))
    assert desk.alerts() == []
    assert desk.ask("SELECT count(*) FROM rule_state") == [(0,)]


def test_without_adopt_the_memory_is_unchanged(desk: Desk) -> None:
    batch = batch_of([Row(0, 0.3)])
    first = desk.judge(batch)
    desk.connection.rollback()
    second = desk.judge(batch)
    assert second.changes == first.changes
    desk.connection.commit()
    desk.evaluator.adopt(second)
    assert desk.judge(batch).changes == []
    assert desk.judge(batch).reasons == {Reason.REJUDGED: 1}


def test_after_a_commit_that_failed_loading_gives_the_stored_memory(desk: Desk) -> None:
    desk.take(batch_of([Row(0, 0.2)]))
    desk.evaluator.adopt(desk.judge(batch_of([Row(1, 0.5)])))
    desk.connection.rollback()
    desk.evaluator.load(desk.connection)
    desk.take(batch_of([Row(2, 0.5)]))
    assert desk.events() == ["raised", "escalated"]


@pytest.mark.parametrize("seed", range(4))
def test_restarts_between_batches_change_nothing(district: Connection, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 -- a repeatable series
    far = EntityChange(HIGH_ROAD, "高路", Point(493_000, 2_516_000))
    moved = _linked(LEVEL_GAUGE, REACH, HIGH_ROAD)
    record(district, ChangeSet("test", "a second road", "test", [far], **moved))
    add_series(district, series_of(2, entity=HIGH_ROAD, device=LEVEL_GAUGE))
    text = 'hysteresis = 0.03\nhold = "2min"\nclear_hold = "1min"'
    desk = Desk(district, rules_of(level_text(text)))
    readings = [(m, chance.choice([0.1, 0.13, 0.2, 0.25, 0.3, 0.45])) for m in range(80)]
    desk.take(_batch(readings, 1))
    while readings:
        count = chance.randint(1, 15)
        desk.restart()
        desk.take(_batch(readings[:count], 2))
        readings = readings[count:]
    query = """SELECT event, t.level, t.observed_at, t.reason FROM alert_transition t
               JOIN alert a ON a.id = t.alert_id WHERE a.entity = %s ORDER BY t.id"""
    at_once, in_parts = desk.ask(query, [ROAD]), desk.ask(query, [HIGH_ROAD])
    assert len(at_once) > 3
    assert at_once == in_parts


def _linked(device: int, old: int, new: int) -> Any:  # noqa: ANN401 -- fields of a change set
    return {
        "ended_relations": [EndedRelation(device, "monitors", old)],
        "relations": [NewRelation(device, "monitors", new, "test")],
    }


def _batch(readings: list[tuple[int, float]], series_id: int) -> Any:  # noqa: ANN401 -- a batch
    infos = [series_of(1), series_of(2, entity=HIGH_ROAD, device=LEVEL_GAUGE)]
    return batch_of([Row(minute, value, series_id) for minute, value in readings], infos)


def test_alerts_are_raised_when_ten_independent_lines_say(desk: Desk) -> None:
    chance = random.Random(7)  # noqa: S311 -- a repeatable series
    readings = [(m, chance.choice([0.1, 0.13, 0.2, 0.3, 0.45])) for m in range(200)]
    infos = [series_of(1, mode=Mode.REPLAY)]
    desk.take(batch_of([Row(minute, value) for minute, value in readings], infos))
    levels = [
        None,
        *[level for _, level in expected_levels(level_rule("hysteresis = 0.03"), readings)],
    ]
    times = [ts for ts, _ in expected_levels(level_rule("hysteresis = 0.03"), readings)]
    raised = [t for t, old in zip(times, levels, strict=False) if old in (None, "none")]
    found = desk.ask(
        "SELECT (extract(epoch FROM raised_at) * 1000000)::int8 FROM alert ORDER BY id"
    )
    assert [row[0] for row in found] == raised


def test_a_hold_outlives_a_restart_and_ends_by_tick(district: Connection) -> None:
    desk = Desk(district, rules_of(level_text('hold = "2min"')))
    desk.take(batch_of([Row(0, 0.31)], now_us=at(0)))
    desk.restart()
    assert desk.tick(1).changes == []
    desk.tick(2)
    assert desk.ask("SELECT level, value, limit_value FROM alert") == [("orange", 0.31, 0.27)]
    assert desk.tick(3).changes == []
    desk.restart()
    desk.take(batch_of([Row(4, 0.31), Row(5, 0.1)], now_us=at(5)))
    assert desk.alerts() == [("orange", "cleared")]


def test_a_changed_rule_needs_a_new_version(district: Connection) -> None:
    Desk(district, rules_of(level_text()))
    Desk(district, rules_of(level_text("examples = []")))
    with pytest.raises(RuleVersionError, match=r"rule 'road' version 1: .* give it a new version"):
        Desk(district, rules_of(level_text("hysteresis = 0.1")))
    Desk(district, rules_of(level_text("hysteresis = 0.1", version=2)))
    versions = district.execute("SELECT version FROM rule_version ORDER BY 1").fetchall()
    assert versions == [(1,), (2,)]


def test_a_faulty_rule_is_switched_off_and_the_others_go_on(
    district: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    desk = Desk(district, rules_of(level_text(), level_text(f"hysteresis = {BAD}", name="bad")))
    desk.evaluator = Evaluator(desk.rules, lambda rule, _sentence: told.append(rule))
    desk.evaluator.load(district)
    its_reason = explaining._reason

    def reason(part: Part, *, rose: bool, by_clock: bool) -> Reason:
        if part.hysteresis == BAD:
            raise ZeroDivisionError("by zero")
        return its_reason(part, rose=rose, by_clock=by_clock)

    monkeypatch.setattr(explaining, "_reason", reason)
    judgement = desk.take(batch_of([Row(0, 0.2), Row(1, 0.5)]))
    assert desk.ask("SELECT DISTINCT rule FROM alert") == [("road",)]
    assert desk.ask("SELECT DISTINCT rule FROM rule_state") == [("road",)]
    assert judgement.reasons[Reason.FAULTY] == 1
    assert list(desk.evaluator.faulty) == told == ["bad"]
    assert "ZeroDivisionError" in desk.evaluator.faulty["bad"]


def test_a_camera_raises_and_clears_at_its_area(desk: Desk) -> None:
    begun = desk.take(batch_of(events=[seen(0, active=True), seen(0, active=True, areas=())]))
    assert begun.event_reasons == (Reason.BEGAN, Reason.NO_AREA)
    desk.restart()
    desk.take(batch_of(events=[seen(1, active=False)]))
    assert desk.alerts() == [("orange", "cleared")]
    assert desk.ask("SELECT count(*) FROM rule_state") == [(0,)]


def test_a_series_linked_anew_clears_its_former_entity(desk: Desk) -> None:
    desk.take(batch_of([Row(0, 0.3)]))
    record(desk.connection, ChangeSet("test", "moved", "test", **_linked(ROAD_GAUGE, ROAD, REACH)))
    desk.restart()
    desk.take(batch_of([Row(1, 0.3)], [series_of(entity=REACH)]))
    states = desk.ask("SELECT entity, state FROM alert ORDER BY id")
    assert states == [(ROAD, "cleared"), (REACH, "raised")]


def test_a_series_that_sends_no_more_leaves_its_entity_when_the_register_says_so(
    desk: Desk,
) -> None:
    desk.take(batch_of([Row(0, 0.3)]))
    record(desk.connection, ChangeSet("test", "moved", "test", **_linked(ROAD_GAUGE, ROAD, REACH)))
    desk.connection.commit()
    desk.evaluator.bindings_changed()
    desk.tick(1)
    assert desk.alerts() == [("orange", "cleared")]
    assert desk.ask("SELECT count(*) FROM rule_state") == [(0,)]


def test_an_alert_of_a_rule_that_was_withdrawn_is_closed(desk: Desk) -> None:
    desk.take(batch_of([Row(0, 0.3)]))
    desk.rules = rules_of(video_text())
    desk.restart()
    assert desk.tick(1).reasons[Reason.WITHDRAWN] == 1
    assert desk.alerts() == [("orange", "closed")]
    told = desk.ask("SELECT event, reason FROM alert_transition ORDER BY id")
    assert told[-1] == ("closed", "rule withdrawn")
    assert desk.ask("SELECT count(*) FROM rule_state") == [(0,)]


def test_an_alert_of_a_thing_that_was_retired_is_closed(desk: Desk) -> None:
    desk.take(batch_of([Row(0, 0.3)]))
    retire(desk.connection, Author("test", "gone", "test"), [ROAD])
    desk.connection.commit()
    desk.evaluator.bindings_changed()
    desk.tick(1)
    assert desk.alerts() == [("orange", "closed")]
    assert desk.ask("SELECT reason FROM alert_transition ORDER BY id")[-1] == ("rule withdrawn",)


def test_a_late_reading_revises_an_alert_and_its_interval(desk: Desk) -> None:
    desk.rules = rules_of(level_text('hold = "4min"', version=2))
    desk.restart()
    desk.take(batch_of([Row(0, 0.2), Row(5, 0.2)], now_us=at(5)))
    assert desk.take(batch_of([Row(2, 0.0)], now_us=at(6))).reasons[Reason.REVISED] == 1
    assert desk.alerts() == [("yellow", "cleared")]
    assert desk.events() == ["raised", "cleared", "revised"]
    assert desk.ask("SELECT key, to_at, revised_at IS NULL FROM rule_interval") == [
        ("1#yellow", None, False)
    ]


def test_an_alert_that_another_writer_opened_is_gone_on_with(desk: Desk, database_url: str) -> None:
    desk.take(batch_of([Row(0, 0.2)]))
    with psycopg.connect(database_url) as other:
        other.execute("DELETE FROM rule_state")
    desk.restart()
    desk.take(batch_of([Row(1, 0.5)]))
    assert desk.alerts() == [("red", "raised")]
    assert desk.events() == ["raised", "escalated"]


def test_two_writers_at_the_same_moment_open_one_alert(desk: Desk, database_url: str) -> None:
    with psycopg.connect(database_url) as other, ThreadPoolExecutor() as pool:
        slower = Evaluator(desk.rules)
        slower.load(other)
        desk.judge(batch_of([Row(0, 0.2)]))
        waiting = pool.submit(slower.judge, other.cursor(), batch_of([Row(1, 0.5)]))
        while not desk.connection.execute(_BLOCKED).fetchall():
            desk.connection.execute("SELECT pg_stat_clear_snapshot()")
        desk.connection.commit()
        waiting.result()
        other.commit()
    assert desk.alerts() == [("red", "raised")]
    assert desk.events() == ["raised", "escalated"]


def test_modes_have_alerts_of_their_own(desk: Desk) -> None:
    add_series(desk.connection, series_of(2, mode=Mode.EXERCISE))
    infos = [series_of(1), series_of(2, mode=Mode.EXERCISE)]
    desk.take(batch_of([Row(0, 0.2), Row(0, 0.2, series_id=2)], infos))
    assert desk.ask("SELECT mode FROM alert ORDER BY mode") == [("actual",), ("exercise",)]
    topics = [topic for (topic,) in desk.ask("SELECT topic FROM outbox ORDER BY topic")]
    assert topics == [
        f"citytwin/exercise/v1/alerts/yellow/{ROAD}",
        f"citytwin/v1/alerts/yellow/{ROAD}",
    ]


def test_every_batch_with_changes_notifies_once(desk: Desk, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as listener:
        listener.execute("LISTEN citytwin_alerts")
        desk.take(batch_of([Row(0, 0.2), Row(1, 0.5)]))
        desk.take(batch_of([Row(2, 0.5)]))
        assert len(list(listener.notifies(timeout=0.3))) == 1
