"""The keeper of incidents at a real store: nothing is lost or doubled, whoever is killed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from time import monotonic
from typing import Any

import psycopg
import pytest

from alerts.incidents.keeping import Keeper, KeeperConfig
from ingest.config import PipelineConfig
from ingest.incident_upkeep import keep_incidents
from tests.emptying import SharedStore
from tests.postgis.alerts.gathered import (
    LAND,
    ROAD,
    WELLS,
    end_alert,
    lay_sewers,
    raise_alert,
)

Connection = psycopg.Connection[tuple[Any, ...]]
NOW = datetime(2026, 5, 1, 6, tzinfo=UTC)


def us(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000)


@pytest.fixture
def sewers(shared_store: SharedStore, connection: Connection) -> Connection:
    shared_store.fill(lay_sewers)
    return connection


@pytest.fixture
def keeper() -> Keeper:
    return Keeper()


def keep(keeper: Keeper, connection: Connection, minutes: float = 0.0) -> int:
    return keeper.catch_up(connection, us(NOW + timedelta(minutes=minutes))).alerts


def incidents(connection: Connection) -> dict[int, set[int]]:
    rows = connection.execute("SELECT incident_id, alert_id FROM incident_alert").fetchall()
    found: dict[int, set[int]] = {}
    for incident, alert in rows:
        found.setdefault(incident, set()).add(alert)
    connection.commit()
    return found


def ask(connection: Connection, query: str, *values: object) -> list[Any]:
    rows = connection.execute(query.encode(), values).fetchall()
    connection.commit()
    return [row[0] if len(row) == 1 else row for row in rows]


def events(connection: Connection, incident: int = 1) -> list[str]:
    query = "SELECT event FROM incident_transition WHERE incident_id = %s ORDER BY id"
    return ask(connection, query, incident)


def test_rain_is_the_root_and_the_wells_of_its_catchment_are_quiet(
    sewers: Connection, keeper: Keeper
) -> None:
    well = raise_alert(sewers, WELLS[0], minute=20)
    far = raise_alert(sewers, WELLS[2], minute=20)
    keep(keeper, sewers)
    assert incidents(sewers) == {1: {well}, 2: {far}}
    rain = raise_alert(sewers, LAND, "rain_intensity")
    road = raise_alert(sewers, ROAD, minute=30, level="red")
    keep(keeper, sewers)
    assert incidents(sewers) == {1: {well, rain, road}, 2: {far}}
    assert ask(sewers, "SELECT root_alert, level, standing FROM incident ORDER BY id") == [
        (rain, "red", 3),
        (far, "orange", 1),
    ]
    roles = dict(ask(sewers, "SELECT alert_id, role FROM incident_alert"))
    assert roles == {rain: "root", well: "consequence", road: "consequence", far: "root"}
    assert ask(sewers, "SELECT id FROM alert WHERE suppressed_by = %s", rain) == [well]
    assert events(sewers) == ["raised", "escalated", "grown", "root_changed"]
    end_alert(sewers, rain)
    keep(keeper, sewers)
    assert ask(sewers, "SELECT id FROM alert WHERE suppressed_by IS NOT NULL") == []


def test_a_notice_of_each_event_waits_in_the_outbox(sewers: Connection, keeper: Keeper) -> None:
    raise_alert(sewers, WELLS[0])
    keep(keeper, sewers)
    ((topic, payload),) = ask(sewers, "SELECT topic, payload FROM outbox")
    assert topic == "citytwin/v1/incidents/orange/1"
    assert (payload["event"], payload["incident"]["alerts"]) == ("raised", 1)


def test_what_was_seen_is_not_seen_again_by_another_keeper(
    sewers: Connection, keeper: Keeper
) -> None:
    raise_alert(sewers, WELLS[0])
    assert (keep(keeper, sewers), keep(Keeper(), sewers)) == (1, 0)
    assert events(sewers) == ["raised"]


def test_who_is_killed_amid_a_portion_leaves_nothing_behind_and_the_next_does_it_once(
    sewers: Connection, database_url: str, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    alerts = {raise_alert(sewers, well, minute=n) for n, well in enumerate(WELLS)}

    def killed(*_: object) -> None:
        raise psycopg.OperationalError("the keeper was killed")

    with psycopg.connect(database_url) as doomed, monkeypatch.context() as patch:
        patch.setattr("alerts.incidents.keeping.pass_time", killed)
        with pytest.raises(psycopg.OperationalError, match="was killed"):
            keep(keeper, doomed)
    assert incidents(sewers) == {}
    keep(Keeper(KeeperConfig(portion=1)), sewers)
    found = incidents(sewers)
    assert set().union(*found.values()) == alerts
    assert ask(sewers, "SELECT count(*) FROM incident_transition WHERE event = 'raised'") == [2]


def test_an_alert_that_commits_late_is_not_missed(
    sewers: Connection, database_url: str, keeper: Keeper
) -> None:
    with psycopg.connect(database_url) as late:
        held = raise_alert(late, WELLS[2], commit=False)
        first = raise_alert(sewers, WELLS[0])
        keep(keeper, sewers)
        assert incidents(sewers) == {1: {first}}
        late.commit()
    keep(keeper, sewers)
    assert set().union(*incidents(sewers).values()) == {first, held}
    assert keep(keeper, sewers) == 0


def test_an_incident_ends_after_a_quiet_time_and_closes_with_its_alerts(
    sewers: Connection, keeper: Keeper
) -> None:
    well = raise_alert(sewers, WELLS[0])
    keep(keeper, sewers)
    end_alert(sewers, well)
    keep(keeper, sewers, 10)
    assert ask(sewers, "SELECT state FROM incident") == ["open"]
    keep(keeper, sewers, 41)
    assert ask(sewers, "SELECT state FROM incident") == ["ended"]
    again = raise_alert(sewers, WELLS[1], minute=60)
    keep(keeper, sewers, 45)
    assert ask(sewers, "SELECT state, standing FROM incident") == [("open", 1)]
    for alert in (well, again):
        end_alert(sewers, alert, "closed")
    keep(keeper, sewers, 50)
    assert ask(sewers, "SELECT state FROM incident") == ["closed"]
    told = [event for event in events(sewers) if event != "overdue"]
    assert told == ["raised", "ended", "reopened", "grown", "closed"]


@pytest.fixture
def roster(sewers: Connection) -> Iterator[Connection]:
    sewers.execute(
        "INSERT INTO department (code, name_zh, name_en, parent, supervisor) VALUES"
        " ('city', '市级', 'city', NULL, 'chief'), ('water', '水务', 'water', 'city', NULL)"
    )
    sewers.execute(
        "INSERT INTO responsibility (department, domain) VALUES ('city', NULL), ('water', 'flood')"
    )
    sewers.execute(
        "INSERT INTO duty_shift (department, person, role, starts_at, ends_at)"
        " VALUES ('water', 'li.na', 'duty', %s, %s)",
        (NOW - timedelta(hours=1), NOW + timedelta(hours=8)),
    )
    sewers.commit()
    yield sewers
    sewers.rollback()


def test_who_is_on_duty_receives_it_and_what_is_overdue_goes_to_a_supervisor_once(
    roster: Connection, keeper: Keeper
) -> None:
    raise_alert(roster, WELLS[0], level="orange")
    keep(keeper, roster)
    row = ask(roster, "SELECT department, owner, respond_by, complete_by FROM incident")[0]
    due = (NOW + timedelta(minutes=20), NOW + timedelta(minutes=480))
    assert row == ("water", "li.na", *due)
    for minutes in (19, 20, 21):
        keep(keeper, roster, minutes)
    assert events(roster) == ["raised", "overdue"]
    assert ask(roster, "SELECT supervisor, owner FROM incident") == [("chief", "li.na")]
    keep(keeper, roster, 500)
    assert events(roster)[2:] == ["overdue"]


def test_only_one_session_keeps_incidents(sewers: Connection, database_url: str) -> None:
    with psycopg.connect(database_url) as other:
        assert Keeper().become_keeper(other)
        assert not Keeper().become_keeper(sewers)
        other.execute("SELECT pg_advisory_unlock_all()")
    assert Keeper().become_keeper(sewers)
    sewers.execute("SELECT pg_advisory_unlock_all()")
    sewers.commit()


def test_a_thread_of_ingest_keeps_incidents_until_it_is_told_to_stop(
    sewers: Connection, database_url: str
) -> None:
    raise_alert(sewers, WELLS[0])
    config, stopping = PipelineConfig(incident_seconds=0.01, retry_seconds=0.01), Event()
    thread = Thread(target=keep_incidents, args=(database_url, config, stopping, lambda: False))
    thread.start()
    deadline = monotonic() + 20
    while not incidents(sewers) and monotonic() < deadline:
        assert thread.is_alive()
    stopping.set()
    thread.join(timeout=10)
    assert incidents(sewers) == {1: {1}}
    never = PipelineConfig(incident_seconds=0)
    keep_incidents(database_url, never, Event(), lambda: False)
