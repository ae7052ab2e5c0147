"""The groups that are due, with their alerts as they stand."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import dict_row

from alerts.subscriptions.grouping import FITS, MEMBERS, MUTED
from alerts.subscriptions.judging import Judged, Member
from alerts.subscriptions.subscription import COLUMNS, Subscription, subscription_in

Connection = psycopg.Connection[tuple[Any, ...]]

_DUE = f"""
SELECT {COLUMNS}, g.subject, g.incident_id, g.alert_id, g.told, g.told_at
FROM notice_group g JOIN subscription s ON s.id = g.subscription_id
WHERE g.due_at <= %s AND s.enabled AND s.withdrawn_at IS NULL
ORDER BY g.due_at, g.subscription_id, g.subject LIMIT %s
"""  # noqa: S608 -- own columns
_OF_DUE = f"""
SELECT g.subscription_id, g.subject, a.id, a.level, a.state, {MUTED}, a.mode
FROM unnest(%(ids)s::int8[], %(subjects)s::text[]) AS wanted (id, subject)
JOIN notice_group g ON g.subscription_id = wanted.id AND g.subject = wanted.subject
JOIN subscription s ON s.id = g.subscription_id
CROSS JOIN LATERAL ({MEMBERS}) m
JOIN alert a ON a.id = m.alert_id
JOIN entity e ON e.code = a.entity
WHERE {FITS}
ORDER BY a.id
"""  # noqa: S608 -- the conditions of grouping
_SUCCESSORS = "SELECT alert_id, incident_id FROM incident_alert WHERE alert_id = ANY(%s)"
_SETTLE = """
UPDATE notice_group g SET
    due_at = n.due_at, told = coalesce(n.told, g.told), told_at = coalesce(n.told_at, g.told_at),
    level = coalesce(n.level, g.level), ended = n.ended, has_muted = n.has_muted,
    incident_version = (SELECT version FROM incident i WHERE i.id = g.incident_id)
FROM json_to_recordset(%s::json)
    AS n (id int8, subject text, due_at timestamptz, told jsonb, told_at timestamptz, level int2,
          ended bool, has_muted bool)
WHERE g.subscription_id = n.id AND g.subject = n.subject
"""

Key = tuple[int, str]


class Group(NamedTuple):
    """What one subscriber is to be told of one incident, or of an alert that has none.

    Attributes:
        subscription: whose.
        subject: ``incident:12`` or ``alert:34``.
        incident: the number of the incident, or None.
        told: what they know.
        told_at: when they were told last, or None.
        members: its alerts that the subscription is for, oldest first.
        mode: of all of them.
        successor: the incident in which the thread of an alert goes on.
    """

    subscription: Subscription
    subject: str
    incident: int | None
    told: Mapping[str, str]
    told_at: datetime | None
    members: Sequence[Member]
    mode: str
    successor: str | None

    @property
    def key(self) -> Key:
        """What it is known by."""
        return self.subscription.id, self.subject


class Verdict(NamedTuple):
    """A group, what is to be told of it, and the instant up to which quiet hours hold it back."""

    group: Group
    judged: Judged
    quiet_until: datetime | None


def due_groups(connection: Connection, now: datetime, most: int) -> list[Group]:
    """Return groups that are due, the longest waiting first."""
    with connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(_DUE.encode(), [now, most])
        rows = cursor.fetchall()
    members, modes = _members(connection, rows, now)
    alone = [row["alert_id"] for row in rows if row["alert_id"] is not None]
    successors: dict[int, int] = dict(connection.execute(_SUCCESSORS, [alone]).fetchall())
    return [
        Group(
            subscription_in(row),
            row["subject"],
            row["incident_id"],
            row["told"],
            row["told_at"],
            members.get((row["id"], row["subject"]), ()),
            modes.get((row["id"], row["subject"]), "actual"),
            _subject(successors.get(row["alert_id"] or 0)),
        )
        for row in rows
    ]


def _subject(incident: int | None) -> str | None:
    return None if incident is None else f"incident:{incident}"


def _members(
    connection: Connection, rows: Sequence[Mapping[str, Any]], now: datetime
) -> tuple[dict[Key, list[Member]], dict[Key, str]]:
    ids, subjects = [row["id"] for row in rows], [row["subject"] for row in rows]
    found: dict[Key, list[Member]] = {}
    modes: dict[Key, str] = {}
    wanted = {"ids": ids, "subjects": subjects, "now": now}
    for subscription, subject, *alert, mode in connection.execute(_OF_DUE.encode(), wanted):
        found.setdefault((subscription, subject), []).append(Member(*alert))
        modes[subscription, subject] = mode
    return found, modes


def settle(connection: Connection, rows: str) -> None:
    """Write what became of groups; rows as ``alerts.recordset`` gives them."""
    connection.execute(_SETTLE, [rows])
