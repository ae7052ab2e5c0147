"""Who is told what and when: grouped by incident, quiet at night, joined in a storm."""

from datetime import time
from typing import Any

import psycopg
import pytest

from tests.postgis.register import ROAD, SUB_DISTRICT
from tests.postgis.subscriptions.switchboard import Switchboard


def test_an_alert_without_an_incident_is_told_after_the_wait(board: Switchboard) -> None:
    board.subscribe(group_wait_s=30)
    alert = board.raise_alert()
    board.turn(1)
    assert board.receivers.told == []
    board.turn(30)
    assert board.receivers.told == [("ops", "new")]
    body = next(board.bodies())
    assert [group["subject"] for group in body["groups"]] == [f"alert:{alert}"]
    assert body["title_zh"].startswith("红色")
    board.turn(4000)
    assert len(board.receivers.told) == 1


def test_alerts_of_one_incident_are_one_notice(board: Switchboard) -> None:
    board.subscribe()
    first = board.raise_alert()
    board.turn(1)
    second = board.raise_alert("road-depth", "yellow", entity=ROAD)
    incident = board.incident([first, second])
    board.turn(1)
    board.turn(40)
    assert board.receivers.told == [("ops", "new")]
    group = next(board.bodies())["groups"][0]
    assert (group["subject"], group["alert_count"]) == (f"incident:{incident}", 2)
    assert [alert["id"] for alert in group["alerts"]] == [first, second]
    assert group["title_en"] == "flood of the Maozhou"


def test_changes_wait_for_the_interval_and_a_higher_level_does_not(board: Switchboard) -> None:
    board.subscribe(group_wait_s=10, group_interval_s=300)
    alert = board.raise_alert(level="yellow")
    board.turn()
    board.turn(10)
    board.step(alert, "acknowledged")
    board.turn(20)
    board.turn(20)
    assert board.receivers.told == [("ops", "new")]
    board.step(alert, "escalated", "acknowledged", "red")
    board.turn(1)
    board.turn(10)
    assert board.receivers.told == [("ops", "new"), ("ops", "changed")]
    board.step(alert, "cleared")
    board.turn(299)
    assert len(board.receivers.told) == 2
    board.turn(2)
    assert board.receivers.told[-1] == ("ops", "ended")


def test_an_alert_that_is_over_before_the_wait_is_told_once(board: Switchboard) -> None:
    board.subscribe()
    alert = board.raise_alert()
    board.step(alert, "cleared")
    board.turn()
    board.turn(31)
    board.turn(9999)
    assert board.receivers.told == [("ops", "ended")]


def test_what_nobody_takes_on_is_repeated_until_somebody_does(board: Switchboard) -> None:
    board.subscribe(repeat_interval_s=600)
    alert = board.raise_alert()
    board.turn()
    board.turn(30)
    board.turn(600)
    board.turn(600)
    assert [reason for _, reason in board.receivers.told] == ["new", "repeated", "repeated"]
    board.step(alert, "acknowledged")
    board.turn(1)
    board.turn(600)
    board.turn(600)
    assert [reason for _, reason in board.receivers.told][3:] == ["changed"]


@pytest.mark.parametrize(
    "muting",
    [
        b"UPDATE alert SET shelved_until = '2026-05-01 05:00Z' WHERE mode = 'actual'",
        b"UPDATE alert SET suppressed_by = (SELECT min(id) FROM alert) WHERE mode = 'actual'",
    ],
)
def test_what_is_muted_is_not_told_until_it_is_muted_no_more(
    board: Switchboard, muting: bytes
) -> None:
    board.subscribe()
    board.raise_alert("other", mode="exercise")
    board.raise_alert()
    board.connection.execute(muting)
    board.turn()
    board.turn(100)
    assert board.receivers.told == []
    board.connection.execute("UPDATE alert SET shelved_until = NULL, suppressed_by = NULL")
    board.connection.commit()
    board.turn(100)
    assert board.receivers.told == [("ops", "new")]


def test_quiet_hours_hold_back_all_below_their_level(board: Switchboard) -> None:
    board.subscribe(quiet_from=time(11), quiet_to=time(13), quiet_level="red")
    board.raise_alert("a", "orange")
    board.raise_alert("b", "red")
    board.turn()
    board.turn(60)
    assert [body["groups"][0]["level"] for body in board.bodies()] == ["red"]
    board.turn(3600)
    assert [body["groups"][0]["level"] for body in board.bodies()] == ["red", "orange"]


def test_a_storm_is_joined_and_nothing_is_lost(board: Switchboard) -> None:
    board.subscribe(per_minute=3)
    alerts = [board.raise_alert(f"rule-{number}") for number in range(20)]
    board.turn()
    board.turn(31)
    sizes = [len(body["groups"]) for body in board.bodies()]
    assert sizes == [1, 1, 18]
    board.raise_alert("late")
    board.turn(1)
    board.turn(20)
    assert len(board.receivers.letters) == 3
    board.turn(45)
    told = {group["subject"] for body in board.bodies() for group in body["groups"]}
    assert len(told) == 21
    assert told > {f"alert:{alert}" for alert in alerts}


FITTING: list[dict[str, Any]] = [
    {"levels": ["red"]},
    {"domains": ["flood"]},
    {"classes": ["82"]},
    {"classes": ["8202"]},
    {"area": SUB_DISTRICT},
]
OTHERS: list[dict[str, Any]] = [
    {"levels": ["blue", "yellow"]},
    {"domains": ["safety"]},
    {"classes": ["84"]},
    {"area": ROAD},
    {"departments": ["water"]},
    {"modes": ["exercise"]},
    {"enabled": False},
]


def test_each_filter_counts(board: Switchboard) -> None:
    for settings in FITTING + OTHERS:
        board.subscribe(str(settings), **settings)
    board.raise_alert()
    board.turn()
    board.turn(31)
    assert {name for name, _ in board.receivers.told} == {str(fitting) for fitting in FITTING}


def test_who_was_told_of_red_is_told_that_it_is_over(board: Switchboard) -> None:
    board.subscribe(levels=["red"], group_interval_s=60)
    alert = board.raise_alert()
    board.turn()
    board.turn(30)
    board.step(alert, "lowered", "raised", "blue")
    board.turn(1)
    board.turn(60)
    board.step(alert, "cleared")
    board.turn(1)
    board.turn(60)
    assert [reason for _, reason in board.receivers.told] == ["new", "changed", "ended"]


def test_a_thread_of_an_alert_ends_where_its_incident_begins(board: Switchboard) -> None:
    board.subscribe()
    alert = board.raise_alert()
    board.turn()
    board.turn(30)
    incident = board.incident([alert])
    board.turn(1)
    board.turn(30)
    first, last, fresh = board.bodies()
    assert first["groups"][0]["subject"] == last["groups"][0]["subject"] == f"alert:{alert}"
    assert last["groups"][0]["continues_in"] == f"incident:{incident}"
    assert fresh["groups"][0]["subject"] == f"incident:{incident}"


def test_a_transition_that_commits_late_is_told(board: Switchboard, database_url: str) -> None:
    board.subscribe()
    with psycopg.connect(database_url) as late:
        late.execute("SELECT pg_current_xact_id()")
        board.raise_alert("early")
        board.turn()
        board.turn(31)
        assert len(board.receivers.told) == 1
        late.execute(
            "INSERT INTO alert (mode, domain, level, entity, rule, rule_version, state, raised_at,"
            " observed_at, reason) SELECT mode, domain, level, entity, 'late', 1, 'raised',"
            " raised_at, observed_at, reason FROM alert"
        )
        late.execute(
            "INSERT INTO alert_transition (alert_id, event, to_state, level, actor, reason, at)"
            " SELECT max(id), 'raised', 'raised', 'red', 'tests', '', now() FROM alert"
        )
        late.commit()
    board.turn()
    board.turn(31)
    assert len(board.receivers.told) == 2
    assert board.ask("SELECT count(*) FROM notice_seen")[0][0] == 0
