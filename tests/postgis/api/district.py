"""The small district of these tests with readings, alerts, events and accounts in the store."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from tests.postgis.register import AREA, CAMERA, LEVEL_GAUGE, REACH
from twin.api.accounts import create_account, create_api_key
from twin.model import Check, Grade, quality

NOON = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
PASSWORDS = {
    "viewer": "only-looks-on",
    "operator": "may:act:as-one",
    "administrator": "may do all of it",
}

Connection = psycopg.Connection[tuple[Any, ...]]


def add_series(connection: Connection, quantity: str = "level", mode: str = "actual") -> int:
    """Add a series of the level gauge at the reach."""
    row = connection.execute(
        "INSERT INTO series (entity, device, quantity, mode) VALUES (%s, %s, %s, %s) RETURNING id",
        (REACH, LEVEL_GAUGE, quantity, mode),
    ).fetchone()
    assert row is not None
    return int(row[0])


def add_observations(connection: Connection, series: int, count: int) -> None:
    """Add one value a minute from noon; the last one is doubtful."""
    for minute in range(count):
        grade = quality(Grade.DOUBTFUL, Check.SOFT_LIMIT) if minute == count - 1 else 0
        instant = NOON + timedelta(minutes=minute)
        row = (series, instant, float(minute), grade, instant)
        connection.execute("INSERT INTO observation VALUES (%s, %s, %s, %s, %s)", row)
        connection.execute(
            "INSERT INTO series_latest VALUES (%s, %s, %s, %s, %s) ON CONFLICT (series_id)"
            " DO UPDATE SET ts = excluded.ts, value = excluded.value, quality = excluded.quality",
            row,
        )


def add_alert(connection: Connection, rule: str = "river-level", level: str = "red") -> int:
    """Raise an alert at the reach, as ingest does, with the wake-up call."""
    row = connection.execute(
        "INSERT INTO alert (mode, domain, level, entity, device, rule, rule_version, state,"
        " raised_at, observed_at, reason, value, limit_value)"
        " VALUES ('actual', 'flood', %s, %s, %s, %s, 1, 'raised', %s, %s, 'high', 3.7, 3.6)"
        " RETURNING id",
        (level, REACH, LEVEL_GAUGE, rule, NOON, NOON),
    ).fetchone()
    assert row is not None
    add_transition(connection, int(row[0]), "raised", level)
    return int(row[0])


def add_transition(connection: Connection, alert: int, event: str, level: str = "red") -> None:
    """Write a transition of an alert that stays raised."""
    connection.execute(
        "INSERT INTO alert_transition (alert_id, event, to_state, level, actor, reason, at)"
        " VALUES (%s, %s, 'raised', %s, 'rule river-level', 'high', %s)",
        (alert, event, level, NOON),
    )
    connection.execute("NOTIFY citytwin_alerts")


def add_video_events(connection: Connection, count: int) -> None:
    """Add events of the camera, all at one instant."""
    for number in range(count):
        connection.execute(
            "INSERT INTO video_event (camera, ts, topic, digest, source, active, data, mode,"
            " received_at, verdict) VALUES (%s, %s, 'ObjectsInside', %s, 'bank', true, %s,"
            " 'actual', %s, %s)",
            (CAMERA, NOON, bytes([number]), Jsonb({"ObjectId": number}), NOON, f"area {AREA}"),
        )


def add_parked(connection: Connection, topic: str) -> None:
    """Park a message of five bytes."""
    connection.execute(
        "INSERT INTO parked_message (source, mode, topic, payload, digest, reason, sentence,"
        " first_received_at, last_received_at) VALUES ('telemetry-actual', 'actual', %s, %s, %s,"
        " 'undecodable', 'expected JSON', %s, %s)",
        (topic, b"\x00bad\xff", topic.encode(), NOON, NOON),
    )


def add_people(connection: Connection) -> str:
    """Make an account for each role and return the API key ``tests`` of an operator."""
    for role, password in PASSWORDS.items():
        create_account(connection, role, password, role)
    return create_api_key(connection, "tests", "operator")
