"""Incidents merged and split by people; what they decided survives every link found later."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import dict_row

from alerts.incidents.people import Row, locked
from alerts.incidents.projection import IncidentDocument
from alerts.incidents.sentences import BY_PERSON
from alerts.incidents.stages import IllegalStepError
from alerts.incidents.telling import tell_step

Connection = psycopg.AsyncConnection[Any]

_TAKE_OVER = """
UPDATE incident_alert SET incident_id = %(into)s, pinned = true,
    role = CASE role WHEN 'root' THEN 'member' ELSE role END, reason = %(reason)s
WHERE incident_id = %(gone)s"""
_GONE = """
UPDATE incident SET state = 'closed', merged_into = %(into)s, closed_at = %(now)s,
    changed_at = %(now)s, members = 0, standing = 0, offered = NULL, version = version + 1
WHERE id = %(gone)s"""
_FORGIVE = """
DELETE FROM incident_apart WHERE (one, other) IN ((%(into)s, %(gone)s), (%(gone)s, %(into)s))"""
_KEPT_APART = """
INSERT INTO incident_apart (one, other)
SELECT least(%(into)s, p.kept), greatest(%(into)s, p.kept)
FROM (SELECT other AS kept FROM incident_apart WHERE one = %(gone)s
      UNION SELECT one FROM incident_apart WHERE other = %(gone)s) p
WHERE p.kept <> %(into)s ON CONFLICT DO NOTHING"""
_ALERTS = """
SELECT m.alert_id, a.domain, a.level, a.state, a.raised_at, e.name,
       coalesce(r.body->>'title_zh', a.rule) AS title_zh,
       coalesce(r.body->>'title_en', a.rule) AS title_en
FROM incident_alert m JOIN alert a ON a.id = m.alert_id JOIN entity e ON e.code = a.entity
LEFT JOIN rule_version r ON r.rule = a.rule AND r.version = a.rule_version
WHERE m.incident_id = %s ORDER BY a.raised_at, a.id"""
_NEW = """
INSERT INTO incident (mode, domain, level, state, root_alert, title_zh, title_en, began_at,
    changed_at, first_alert, department, owner, accepted_at, respond_by, complete_by)
SELECT i.mode, a.domain, i.level, i.state, a.id, %(title_zh)s, %(title_en)s, a.raised_at, %(now)s,
       a.id, i.department, i.owner, i.accepted_at, i.respond_by, i.complete_by
FROM incident i JOIN alert a ON a.id = %(root)s WHERE i.id = %(of)s RETURNING id"""
_MOVE = """
UPDATE incident_alert SET incident_id = %(into)s, pinned = true, reason = %(reason)s,
    role = CASE WHEN alert_id = %(root)s THEN 'root' ELSE 'member' END
WHERE alert_id = ANY (%(alerts)s)"""
_APART = "INSERT INTO incident_apart (one, other) VALUES (%(of)s, %(into)s) ON CONFLICT DO NOTHING"
# Each side is a cluster of its own; a cause on the other side is none any more.
_CLUSTERS = """
UPDATE incident_alert m SET cluster = c.first
FROM (SELECT incident_id, cluster, min(alert_id) AS first FROM incident_alert
      WHERE incident_id = ANY (%(both)s) GROUP BY 1, 2) c
WHERE m.incident_id = c.incident_id AND m.cluster IS NOT DISTINCT FROM c.cluster"""
_CAUSES = """
UPDATE incident_alert m SET cause_alert = NULL, cause_link = NULL
FROM incident_alert o
WHERE m.incident_id = ANY (%(both)s) AND o.alert_id = m.cause_alert
  AND o.incident_id <> m.incident_id"""
# Version 0 was never an alert's: the keeper looks at all of them again.
_LOOK_AGAIN = "UPDATE incident_alert SET alert_version = 0 WHERE incident_id = ANY (%(both)s)"
_STIR = """
UPDATE incident i SET changed_at = %(now)s, version = i.version + 1, members = c.members,
    standing = c.standing
FROM (SELECT m.incident_id, count(*) AS members,
             count(*) FILTER (WHERE a.state NOT IN ('cleared', 'closed')) AS standing
      FROM incident_alert m JOIN alert a ON a.id = m.alert_id
      WHERE m.incident_id = ANY (%(both)s) GROUP BY 1) c
WHERE i.id = c.incident_id"""


class Rearranged(NamedTuple):
    """Who wants it, what they say, and the version that they saw (None: any)."""

    actor: str
    note: str = ""
    version: int | None = None


async def merge(
    connection: Connection, into: int, gone: int, asked: Rearranged
) -> IncidentDocument:
    """Put an incident into another one, and return that one's document.

    Raises:
        UnknownIncidentError: one of them is not there.
        IllegalStepError: it is the same one, closed, of another mode, or at another version.
    """
    async with connection.transaction():
        if into == gone:
            raise IllegalStepError(f"incident {into}: expected another one to merge with")
        first, second = sorted((into, gone))
        rows = {}
        for number in (first, second):  # in one order, so that two who merge never block
            version = asked.version if number == into else None
            rows[number], now = await locked(connection, number, version)
        _may_merge(rows[into], rows[gone])
        given = {"into": into, "gone": gone, "now": now, "both": [into], "reason": BY_PERSON}
        await _all(
            connection, (_TAKE_OVER, _GONE, _FORGIVE, _KEPT_APART, _LOOK_AGAIN, _STIR), given
        )
        gone_told = ("merged", f"went into incident {into}", asked.actor, asked.note)
        await tell_step(connection, gone, rows[gone]["state"], gone_told, now)
        told = ("merged", f"incident {gone} put into it", asked.actor, asked.note)
        return await tell_step(connection, into, rows[into]["state"], told, now)


def _may_merge(into: Row, gone: Row) -> None:
    for row in (into, gone):
        if row["state"] == "closed":
            raise IllegalStepError(f"incident {row['id']} is closed: expected one that is not")
    if into["mode"] != gone["mode"]:
        raise IllegalStepError(
            f"incident {gone['id']} is of mode {gone['mode']!r}, expected {into['mode']!r}"
        )


async def split(
    connection: Connection, number: int, alerts: Sequence[int], asked: Rearranged
) -> IncidentDocument:
    """Put some alerts of an incident into a new one, and return the new one's document.

    Raises:
        UnknownIncidentError: no such incident.
        IllegalStepError: it is closed, at another version, or the alerts are none of its, or all.
    """
    async with connection.transaction():
        row, now = await locked(connection, number, asked.version)
        if row["state"] == "closed":
            raise IllegalStepError(f"incident {number} is closed: expected one that is not")
        async with connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(_ALERTS, [number])
            members = await cursor.fetchall()
        chosen = _chosen(number, members, alerts)
        new = await _made(connection, number, chosen[0], now)
        given = {
            "into": new,
            "of": number,
            "both": [number, new],
            "alerts": [one["alert_id"] for one in chosen],
            "root": chosen[0]["alert_id"],
            "reason": BY_PERSON,
            "now": now,
        }
        await _all(connection, (_MOVE, _APART, _CLUSTERS, _CAUSES, _LOOK_AGAIN, _STIR), given)
        old_told = (
            "split",
            f"{len(chosen)} alerts went to incident {new}",
            asked.actor,
            asked.note,
        )
        await tell_step(connection, number, row["state"], old_told, now)
        told = ("raised", f"split from incident {number}", asked.actor, asked.note)
        return await tell_step(connection, new, row["state"], told, now)


def _chosen(number: int, members: Sequence[Row], alerts: Sequence[int]) -> list[Row]:
    own = {one["alert_id"] for one in members}
    strange = sorted(set(alerts) - own)
    if strange:
        raise IllegalStepError(f"alert {strange[0]} is not in incident {number}")
    if not alerts or own == set(alerts):
        raise IllegalStepError(f"incident {number}: expected some of its alerts, not none or all")
    return [one for one in members if one["alert_id"] in set(alerts)]


async def _made(connection: Connection, of: int, root: Row, now: datetime) -> int:
    given = {
        "of": of,
        "root": root["alert_id"],
        "title_zh": f"{root['name']}{root['title_zh']}",
        "title_en": f"{root['title_en']}, {root['name']}",
        "now": now,
    }
    async with connection.cursor() as cursor:
        await cursor.execute(_NEW, given)
        return int((await cursor.fetchall())[0][0])


async def _all(connection: Connection, statements: Sequence[str], given: Row) -> None:
    async with connection.cursor() as cursor:
        for statement in statements:
            await cursor.execute(statement.encode(), given)
