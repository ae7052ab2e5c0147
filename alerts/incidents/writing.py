"""Writes incidents as they were decided: one statement for each kind of thing, for any number."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import psycopg
import shapely
from psycopg.rows import tuple_row

from alerts.handling.ending import suppress, unsuppress
from alerts.incidents.deciding import Decided
from alerts.incidents.joining import Membership
from alerts.incidents.passing import Event
from alerts.incidents.projection import document, rows_by_id, topic_of
from alerts.ledger import NOTICES
from alerts.notices import CHANNEL, WAKE_WORD
from alerts.recordset import recordset

Connection = psycopg.Connection[Any]

KEEPER = "twin"
"""Who makes incidents; no account can have this name."""

_IDS = "SELECT nextval(pg_get_serial_sequence('incident', 'id')) FROM generate_series(1, %s)"
_ROWS = """
    id int8, mode text, domain text, level text, state text, root_alert int8, title_zh text,
    title_en text, place text, began_at timestamptz, changed_at timestamptz, members int4,
    standing int4, first_alert int8"""
_INSERT = f"""
INSERT INTO incident (id, mode, domain, level, state, root_alert, title_zh, title_en, place,
    began_at, changed_at, members, standing, first_alert, quiet_since, closed_at)
OVERRIDING SYSTEM VALUE
SELECT n.id, n.mode, n.domain, n.level, n.state, n.root_alert, n.title_zh, n.title_en,
    ST_SetSRID(ST_GeomFromWKB(decode(n.place, 'hex')), s.srid), n.began_at, n.changed_at,
    n.members, n.standing, n.first_alert, CASE WHEN n.standing = 0 THEN n.changed_at END,
    CASE WHEN n.state = 'closed' THEN n.changed_at END
FROM json_to_recordset(%s::json) AS n ({_ROWS}) CROSS JOIN registry_state s"""  # noqa: S608 - ours
_UPDATE = f"""
UPDATE incident i SET domain = n.domain, level = n.level, state = n.state,
    root_alert = n.root_alert, title_zh = n.title_zh, title_en = n.title_en,
    place = ST_SetSRID(ST_GeomFromWKB(decode(n.place, 'hex')), s.srid),
    began_at = least(i.began_at, n.began_at), changed_at = n.changed_at, members = n.members,
    standing = n.standing, version = i.version + 1,
    ended_at = CASE WHEN n.state = 'open' THEN NULL ELSE i.ended_at END,
    quiet_since = CASE WHEN n.standing = 0 THEN coalesce(i.quiet_since, n.changed_at) END,
    closed_at = CASE WHEN n.state = 'closed' THEN coalesce(i.closed_at, n.changed_at) END
FROM json_to_recordset(%s::json) AS n ({_ROWS}) CROSS JOIN registry_state s
WHERE i.id = n.id"""  # noqa: S608 - ours
_ABSORB = """
UPDATE incident i SET state = 'closed', merged_into = n.into, closed_at = %(now)s,
    changed_at = %(now)s, members = 0, standing = 0, version = version + 1
FROM json_to_recordset(%(rows)s::json) AS n (id int8, "into" int8) WHERE i.id = n.id"""
# Who had accepted what goes into another incident goes on with it, if nobody else has that.
_HAND_ON = """
UPDATE incident i SET owner = o.owner, department = o.department, accepted_at = o.accepted_at
FROM incident o
WHERE o.merged_into = i.id AND o.id = ANY (%s) AND i.accepted_at IS NULL
  AND o.accepted_at IS NOT NULL"""
_APART = """
INSERT INTO incident_apart (one, other)
SELECT DISTINCT least(n."into", p.kept), greatest(n."into", p.kept)
FROM json_to_recordset(%s::json) AS n (id int8, "into" int8)
JOIN (SELECT one AS gone, other AS kept FROM incident_apart
      UNION SELECT other, one FROM incident_apart) p ON p.gone = n.id
WHERE p.kept <> n."into" ON CONFLICT DO NOTHING"""
_MEMBERS = """
INSERT INTO incident_alert (alert_id, incident_id, role, reason, since, alert_version,
    cluster, cause_alert, cause_link, quieters)
SELECT alert_id, incident_id, role, reason, %s, alert_version, cluster, cause_alert, cause_link,
    quieters
FROM json_to_recordset(%s::json) AS n (alert_id int8, incident_id int8, role text, reason text,
    alert_version int4, cluster int8, cause_alert int8, cause_link text, quieters int8[])
ON CONFLICT (alert_id) DO UPDATE SET incident_id = excluded.incident_id, role = excluded.role,
    reason = excluded.reason, alert_version = excluded.alert_version,
    cluster = excluded.cluster, cause_alert = excluded.cause_alert,
    cause_link = excluded.cause_link, quieters = excluded.quieters"""
TRANSITIONS = """
INSERT INTO incident_transition (incident_id, event, from_state, to_state, level, actor, reason,
    note, department, owner, at)
SELECT n.incident_id, n.event, n.from_state, i.state, i.level, n.actor, n.reason, n.note,
       i.department, i.owner, %s
FROM json_to_recordset(%s::json) AS n (incident_id int8, event text,
     from_state text, actor text, reason text, note text, number int8)
JOIN incident i ON i.id = n.incident_id ORDER BY n.number"""


class Told(NamedTuple):
    """An event of an incident that stands in the store, for its history and its notice."""

    incident: int
    event: Event
    from_state: str | None
    actor: str = KEEPER
    note: str = ""


def write(connection: Connection, decided: Sequence[Decided], now: datetime) -> list[Told]:
    """Write incidents, members and quieted alerts inside the running transaction.

    Returns:
        What happened, in its order; ``tell`` writes it once it is known who answers.
    """
    if not decided:
        return []
    with connection.cursor(row_factory=tuple_row) as cursor:
        numbers = _numbers(cursor, decided)
        rows = [_row(one, number, now) for one, number in zip(decided, numbers, strict=True)]
        pairs = list(zip(decided, rows, strict=True))
        for statement, chosen in (
            (_INSERT, [row for one, row in pairs if one.before is None]),
            (_UPDATE, [row for one, row in pairs if one.before is not None and one.events]),
            (_UPDATE, [row for one, row in pairs if _silently_changed(one)]),
        ):
            if chosen:
                cursor.execute(statement.encode(), [recordset(chosen)])
        versions = _quiet(connection, [m for one in decided for m in one.members], now)
        members = [
            _member_row(member, number, versions)
            for one, number in zip(decided, numbers, strict=True)
            for member in one.members
            if _differs(member, number, versions)
        ]
        cursor.execute(_MEMBERS, [now, recordset(members)])
        _absorb(cursor, decided, now)
    return [
        Told(number, event, None if one.before is None else one.before.state)
        for one, number in zip(decided, numbers, strict=True)
        for event in one.events
    ] + [
        Told(gone, Event("merged", f"went into incident {number}"), "open")
        for one, number in zip(decided, numbers, strict=True)
        for gone in one.absorbed
    ]


def tell(connection: Connection, told: Sequence[Told], now: datetime) -> None:
    """Write transitions of incidents and their notices inside the running transaction."""
    if not told:
        return
    context = rows_by_id(connection, {one.incident for one in told})
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(TRANSITIONS, [now, recordset(transition_rows(told))])
        notices = recordset(notice_rows(told, context))
        cursor.execute(NOTICES, [notices])
        cursor.execute(f"NOTIFY {WAKE_WORD}")


def transition_rows(told: Iterable[Told]) -> Iterator[dict[str, object]]:
    """Yield rows of ``incident_transition``, as ``TRANSITIONS`` takes them."""
    for number, one in enumerate(told):
        yield {
            "incident_id": one.incident,
            "event": one.event.event,
            "from_state": one.from_state,
            "actor": one.actor,
            "reason": one.event.reason,
            "note": one.note,
            "number": number,
        }


def notice_rows(
    told: Iterable[Told], context: Mapping[int, Mapping[str, Any]]
) -> Iterator[dict[str, object]]:
    """Yield rows of the outbox; a notice waits for earlier ones of the incident's first alert."""
    for one in told:
        row = context[one.incident]
        alert = row["first_alert"] or row["root_alert"]
        if alert is None:
            continue
        incident = document(row)
        yield {
            "alert_id": alert,
            "channel": CHANNEL,
            "mode": row["mode"],
            "topic": topic_of(incident),
            "payload": {"event": one.event.event, "reason": one.event.reason, "incident": incident},
        }


def _numbers(cursor: psycopg.Cursor[Any], decided: Sequence[Decided]) -> list[int]:
    new = sum(one.before is None for one in decided)
    cursor.execute(_IDS, [new])
    fresh = iter([row[0] for row in cursor])
    return [next(fresh) if one.before is None else one.id for one in decided]


def _row(one: Decided, number: int, now: datetime) -> dict[str, object]:
    root = one.root
    return {
        "id": number,
        "mode": root.mode,
        "domain": root.domain,
        "level": one.level,
        "state": one.state,
        "root_alert": root.id,
        "title_zh": f"{root.entity_name}{root.title_zh}",
        "title_en": f"{root.title_en}, {root.entity_name}",
        "place": None if one.place is None else shapely.to_wkb(one.place, hex=True),
        "began_at": min(member.alert.raised_at for member in one.members),
        "changed_at": now,
        "members": len(one.members),
        "standing": one.standing,
        "first_alert": min(member.alert.id for member in one.members),
    }


def _silently_changed(one: Decided) -> bool:
    """Tell whether only the number of alerts that stand changed, which is no event."""
    return one.before is not None and not one.events and one.before.standing != one.standing


def _quiet(connection: Connection, members: Sequence[Membership], now: datetime) -> dict[int, int]:
    """Quiet alerts for their causes, or let them speak; return the versions that they have then."""
    by_cause: dict[int, list[int]] = {}
    loud: list[int] = []
    for member in members:
        alert = member.alert
        if not alert.is_open or member.quiet_by == alert.suppressed_by:
            continue
        if member.quiet_by is None:
            loud.append(alert.id)
        else:
            by_cause.setdefault(member.quiet_by, []).append(alert.id)
    steps = [
        step for cause, ids in by_cause.items() for step in suppress(connection, ids, cause, at=now)
    ]
    if loud:
        steps += unsuppress(connection, loud, at=now)
    return {step.alert.id: step.alert.version for step in steps}


def _differs(member: Membership, number: int, versions: Mapping[int, int]) -> bool:
    alert = member.alert
    now = (number, member.role, member.reason, alert.version, member.cluster, member.cause)
    before = (
        *(alert.incident, alert.role, alert.reason, alert.seen_version),
        *(alert.cluster, alert.cause),
    )
    return alert.id in versions or now != before or list(member.quieters) != alert.quieters


def _member_row(member: Membership, number: int, versions: Mapping[int, int]) -> dict[str, object]:
    alert = member.alert
    return {
        "alert_id": alert.id,
        "incident_id": number,
        "role": member.role,
        "reason": member.reason,
        "alert_version": versions.get(alert.id, alert.version),
        "cluster": member.cluster,
        "cause_alert": member.cause,
        "cause_link": member.cause_link,
        "quieters": list(member.quieters),
    }


def _absorb(cursor: psycopg.Cursor[Any], decided: Iterable[Decided], now: datetime) -> None:
    gone = [{"id": number, "into": one.id} for one in decided for number in one.absorbed]
    if gone:
        rows = recordset(gone)
        cursor.execute(_ABSORB, {"now": now, "rows": rows})
        cursor.execute(_HAND_ON, [[row["id"] for row in gone]])
        cursor.execute(_APART, [rows])
