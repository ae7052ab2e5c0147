"""Alerts that are quiet for a while: shelved, silenced beforehand, or following from another."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts.handling.ending import suppress, unsuppress
from alerts.handling.moves import IllegalTransitionError
from alerts.handling.shelving import Shelf, ShelfTimeError, shelve, unshelve
from alerts.projection import AlertDocument
from tests.postgis.alerts.acting import LI, move, run_on
from tests.postgis.alerts.desk import Desk
from tests.unit.alerts.ruling import AREA, CAMERA, GAUGE, ROAD, Row, at, batch_of, seen
from twin.model import from_us

DAY = timedelta(days=1)


def put_aside(url: str, alert: int, hours: float = 1, version: int | None = None) -> AlertDocument:
    """Shelve an alert for some hours from now."""

    async def work(connection: Any) -> AlertDocument:  # noqa: ANN401 -- of psycopg
        now = (await (await connection.execute("SELECT now()")).fetchone())[0]
        until = now + timedelta(hours=hours)
        return await shelve(connection, alert, Shelf(until, "known", DAY, version), LI)

    return run_on(url, work)


def silence(desk: Desk, **parts: object) -> int:
    """Keep a silence of an hour from noon on."""
    told = {
        "kind": "silence",
        "mode": "actual",
        "at_most": "red",
        "starts_at": from_us(at(0)),
        "ends_at": from_us(at(60)),
        "reason": "works",
        "made_by": "li",
        **parts,
    }
    columns, values = ", ".join(told), ", ".join(["%s"] * len(told))
    query = f"INSERT INTO alert_silence ({columns}) VALUES ({values}) RETURNING id"  # noqa: S608
    return int(desk.ask(query, list(told.values()))[0][0])


@pytest.fixture
def raised(desk: Desk) -> int:
    desk.take(batch_of([Row(0, 0.2)]))
    return int(desk.ask("SELECT id FROM alert")[0][0])


def minutes_to(instant: datetime) -> float:
    """Return an instant as minutes after the desk's noon."""
    return (instant - from_us(at(0))) / timedelta(minutes=1)


def test_a_shelf_ends_by_itself_once(desk: Desk, raised: int, database_url: str) -> None:
    told = put_aside(database_url, raised)
    assert (told["quiet"], told["state"]) == ("shelved", "raised")
    until = desk.ask("SELECT shelved_until FROM alert")[0][0]
    desk.tick(minutes_to(until - timedelta(seconds=1)))
    assert desk.events() == ["raised", "shelved"]
    for _ in range(2):
        desk.tick(minutes_to(until))
    assert desk.events() == ["raised", "shelved", "unshelved"]
    assert desk.ask("SELECT payload->'alert'->>'quiet' FROM outbox ORDER BY id") == [
        (None,),
        ("shelved",),
        (None,),
    ]


def test_a_shelf_has_an_end_that_is_not_too_far(raised: int, database_url: str) -> None:
    for hours in (-1, 25):
        with pytest.raises(ShelfTimeError, match="expected after now and at most"):
            put_aside(database_url, raised, hours)
    put_aside(database_url, raised)
    with pytest.raises(IllegalTransitionError, match="is shelved until"):
        put_aside(database_url, raised, 2)
    assert put_aside(database_url, raised, 2, version=2)["version"] == 3
    assert run_on(database_url, lambda c: unshelve(c, raised, "", LI))["quiet"] is None
    with pytest.raises(IllegalTransitionError, match="is not shelved"):
        run_on(database_url, lambda c: unshelve(c, raised, "", LI))
    assert move(database_url, raised, "closed")["shelved_until"] is None
    with pytest.raises(IllegalTransitionError, match="nothing to shelve"):
        put_aside(database_url, raised)


def test_a_shelved_alert_speaks_when_its_level_rises(
    desk: Desk, raised: int, database_url: str
) -> None:
    put_aside(database_url, raised)
    desk.take(batch_of([Row(1, 0.3)]))
    assert desk.events() == ["raised", "shelved", "escalated", "unshelved"]
    assert desk.ask("SELECT shelved_until, version FROM alert") == [(None, 4)]


MATCHING: list[dict[str, Any]] = [
    {"entities": [ROAD]},
    {"area": 4403118803000001},
    {"classes": ["8402"]},
    {"rules": ["road", "other"]},
    {"domains": ["flood"], "at_most": "yellow"},
    {"kind": "maintenance", "entities": [GAUGE]},
    {"kind": "maintenance", "classes": ["8502"]},
]
NOT_MATCHING: list[dict[str, Any]] = [
    {"entities": [AREA]},
    {"area": AREA},
    {"classes": ["8202"]},
    {"rules": ["intruder"]},
    {"domains": ["safety"]},
    {"entities": [GAUGE]},
    {"kind": "maintenance", "entities": [CAMERA]},
    {"entities": [ROAD], "rules": ["intruder"]},
    {"entities": [ROAD], "at_most": "blue"},
    {"entities": [ROAD], "mode": "exercise"},
    {"entities": [ROAD], "starts_at": from_us(at(2))},
    {"entities": [ROAD], "starts_at": from_us(at(-10)), "ends_at": from_us(at(1))},
    {"entities": [ROAD], "ended_at": from_us(at(0)), "ended_by": "li"},
]


def test_what_is_raised_under_a_silence_is_quiet_and_says_so(desk: Desk) -> None:
    for minute, parts in enumerate(MATCHING, 1):
        number = silence(desk, **parts)
        desk.take(batch_of([Row(minute, 0.2)]))
        assert desk.ask(
            "SELECT a.state, a.silenced_by, t.note, o.payload->'alert'->>'quiet' FROM alert a"
            " JOIN alert_transition t ON t.alert_id = a.id JOIN outbox o ON o.alert_id = a.id"
            " ORDER BY a.id DESC LIMIT 1"
        ) == [("raised", number, f"{parts.get('kind', 'silence')} {number}: works", "silenced")]
        desk.take(batch_of([Row(minute + 0.5, 0.0)]))
        desk.connection.execute("UPDATE alert_silence SET ended_at = starts_at")


def test_what_no_silence_matches_speaks(desk: Desk) -> None:
    for parts in NOT_MATCHING:
        silence(desk, **parts)
    desk.take(batch_of([Row(1, 0.2)]))
    assert desk.ask("SELECT silenced_by FROM alert") == [(None,)]


def test_a_silence_ends_on_a_tick_and_what_stands_speaks(desk: Desk) -> None:
    silence(desk, entities=[ROAD])
    desk.take(batch_of([Row(1, 0.2)]))
    desk.take(batch_of(events=[seen(1, active=True)]))
    desk.tick(59)
    assert desk.events() == ["raised", "raised"]
    desk.tick(60)
    assert desk.events() == ["raised", "raised", "unsilenced"]
    assert desk.ask("SELECT ended_by FROM alert_silence") == [("twin",)]


def test_a_silence_up_to_a_level_does_not_hold_what_is_worse(desk: Desk) -> None:
    silence(desk, entities=[ROAD], at_most="orange")
    desk.take(batch_of([Row(1, 0.2), Row(2, 0.3)]))
    assert desk.ask("SELECT silenced_by IS NULL FROM alert") == [(False,)]
    desk.take(batch_of([Row(3, 0.5)]))
    assert desk.events() == ["raised", "escalated", "escalated", "unsilenced"]
    assert desk.ask("SELECT level, silenced_by FROM alert") == [("red", None)]


def test_consequences_are_quiet_until_their_cause_is_over(desk: Desk, raised: int) -> None:
    desk.take(batch_of(events=[seen(1, active=True)]))
    ids = [raised, raised + 1]
    told = suppress(desk.connection, ids, raised, at=from_us(at(2)))
    assert [(step.alert.id, step.event) for step in told] == [(raised + 1, "suppressed")]
    assert suppress(desk.connection, ids, raised, at=from_us(at(3))) == []
    assert desk.ask("SELECT payload->'alert'->>'quiet' FROM outbox ORDER BY id DESC LIMIT 1") == [
        ("suppressed",)
    ]
    told = unsuppress(desk.connection, ids, at=from_us(at(4)))
    assert [step.reason for step in told] == ["its cause is over"]
    assert unsuppress(desk.connection, ids, at=from_us(at(5))) == []
    assert desk.ask("SELECT suppressed_by, version FROM alert ORDER BY id") == [
        (None, 1),
        (None, 3),
    ]
