"""What the keeper of incidents reads: alerts that changed, and those that they may belong with."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import psycopg

from alerts.states import IS_OPEN

Cursor = psycopg.Cursor[tuple[Any, ...]]

_HORIZON = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text"
_FLOOR = "SELECT txid::text FROM incident_floor WHERE id = 1"
_RAISE_FLOOR = """
INSERT INTO incident_floor (id, txid) VALUES (1, %s::xid8)
ON CONFLICT (id) DO UPDATE SET txid = excluded.txid WHERE incident_floor.txid <> excluded.txid"""
# A transaction that still runs may yet commit transitions below those seen: from the oldest one
# on, every alert is looked at again whose version is not the one that was seen.
_DUE = """
SELECT DISTINCT t.alert_id FROM alert_transition t
JOIN alert a ON a.id = t.alert_id
LEFT JOIN incident_alert m ON m.alert_id = a.id
WHERE t.txid >= %s::xid8 AND (m.alert_id IS NULL OR m.alert_version <> a.version)
ORDER BY t.alert_id LIMIT %s"""

_LOCK_INCIDENTS = """
SELECT i.id, i.mode, i.domain, i.level, i.state, i.root_alert, i.standing, i.quiet_since,
       i.owner, i.accepted_at, i.first_alert, i.began_at, i.members
FROM incident i
WHERE i.merged_into IS NULL AND (
    i.state = 'open' OR (i.state = 'ended' AND i.changed_at > %(since)s)
    OR i.id IN (SELECT incident_id FROM incident_alert WHERE alert_id = ANY (%(due)s)))
ORDER BY i.id FOR UPDATE"""
_ALERTS = f"""
SELECT a.id, a.mode, a.domain, a.level, a.{IS_OPEN}, a.state, a.entity, coalesce(a.device, 0),
       a.version, a.raised_at, least(a.cleared_at, a.closed_at),
       a.suppressed_by, coalesce(s.quantity, r.body->>'quantity', ''), e.name,
       coalesce(r.body->>'title_zh', a.rule), coalesce(r.body->>'title_en', a.rule), a.rule,
       m.incident_id, m.role, m.reason, m.alert_version, m.cluster, m.cause_alert,
       m.cause_link, m.quieters, m.pinned,
       ST_X(p.point), ST_Y(p.point)
FROM (SELECT unnest(%(due)s::int8[]) AS id
      UNION SELECT alert_id FROM incident_alert WHERE incident_id = ANY (%(incidents)s)) w
JOIN alert a ON a.id = w.id
JOIN entity e ON e.code = a.entity
LEFT JOIN series s ON s.id = a.series_id
LEFT JOIN rule_version r ON r.rule = a.rule AND r.version = a.rule_version
LEFT JOIN incident_alert m ON m.alert_id = a.id
LEFT JOIN LATERAL (
    SELECT ST_Transform(ST_SetSRID(ST_Point(a.lon, a.lat), 4326),
                        (SELECT srid FROM registry_state)) AS point
    WHERE a.lon IS NOT NULL AND a.lat IS NOT NULL) p ON true
ORDER BY a.id"""  # noqa: S608 -- a constant of the states
_APART = (
    "SELECT one, other FROM incident_apart WHERE one = ANY (%(some)s) AND other = ANY (%(some)s)"
)


class IncidentRow(NamedTuple):
    """An incident that alerts may join."""

    id: int
    mode: str
    domain: str
    level: str
    state: str
    root_alert: int | None
    standing: int
    quiet_since: datetime | None
    owner: str | None
    accepted_at: datetime | None
    first_alert: int | None
    began_at: datetime
    members: int


class AlertRow(NamedTuple):
    """An alert with its membership; ``incident`` and what follows are None where it has none."""

    id: int
    mode: str
    domain: str
    level: str
    is_open: bool
    state: str
    entity: int
    device: int
    version: int
    raised_at: datetime
    over_at: datetime | None
    suppressed_by: int | None
    quantity: str
    entity_name: str
    title_zh: str
    title_en: str
    rule: str
    incident: int | None
    role: str | None
    reason: str | None
    seen_version: int | None
    cluster: int | None
    cause: int | None
    cause_link: str | None
    quieters: list[int] | None
    pinned: bool | None
    x: float | None
    y: float | None


class Due(NamedTuple):
    """Alerts that changed, and how far the transitions are known."""

    alerts: list[int]
    horizon: str


def read_due(cursor: Cursor, most: int) -> Due:
    """Return alerts whose state the keeper has not seen, the oldest first."""
    horizon = str(_one(cursor.execute(_HORIZON)))
    floor = cursor.execute(_FLOOR).fetchone()
    rows = cursor.execute(_DUE, ["0" if floor is None else floor[0], most]).fetchall()
    return Due([row[0] for row in rows], horizon)


def raise_floor(cursor: Cursor, horizon: str) -> None:
    """Say that below a transaction every transition was seen."""
    cursor.execute(_RAISE_FLOOR, [horizon])


def lock_incidents(cursor: Cursor, due: Sequence[int], since: datetime) -> list[IncidentRow]:
    """Return the incidents that alerts are in or may join, and keep people from changing them."""
    cursor.execute(_LOCK_INCIDENTS, {"due": list(due), "since": since})
    return [IncidentRow(*row) for row in cursor.fetchall()]


def read_alerts(cursor: Cursor, due: Collection[int], incidents: Collection[int]) -> list[AlertRow]:
    """Return alerts that changed and all alerts of some incidents, by number."""
    cursor.execute(_ALERTS, {"due": list(due), "incidents": list(incidents)})
    return [AlertRow(*row) for row in cursor.fetchall()]


def read_apart(cursor: Cursor, incidents: Collection[int]) -> frozenset[tuple[int, int]]:
    """Return the pairs of incidents that people keep apart."""
    return frozenset(cursor.execute(_APART, {"some": list(incidents)}).fetchall())


def _one(cursor: Cursor) -> object:
    row = cursor.fetchone()
    return None if row is None else row[0]
