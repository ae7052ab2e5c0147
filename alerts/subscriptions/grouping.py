"""Which groups of which subscribers have something to tell, and from when on."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import psycopg

Connection = psycopg.Connection[tuple[Any, ...]]

# Of an alert a at an entity e, for a subscription s; what does not change in an alert's life.
FITS = """
a.mode = ANY(s.modes)
AND (s.domains = '{}' OR a.domain = ANY(s.domains))
AND (s.classes = '{}' OR e.class_code = ANY(s.classes) OR left(e.class_code, 2) = ANY(s.classes))
AND (s.departments = '{}' OR a.department = ANY(s.departments))
AND (s.area IS NULL OR EXISTS (
    SELECT FROM entity place WHERE place.code = s.area AND ST_Intersects(place.geom, e.geom)))
"""
MUTED = """
(a.silenced_by IS NOT NULL OR a.suppressed_by IS NOT NULL
 OR coalesce(a.shelved_until > %(now)s, false))
"""
_RANK = """
(CASE WHEN a.state IN ('cleared', 'closed') THEN 0
      ELSE array_position(ARRAY['blue', 'yellow', 'orange', 'red'], a.level) END)
"""
MEMBERS = """
SELECT i.alert_id FROM incident_alert i WHERE i.incident_id = g.incident_id
UNION ALL SELECT g.alert_id WHERE g.alert_id IS NOT NULL
"""
_PHASE = """
(CASE WHEN a.state IN ('raised', 'cleared', 'closed') THEN a.state ELSE 'handled' END)
"""

# A level that is higher than what was told does not wait for the interval.
_MARK = f"""
INSERT INTO notice_group AS g (subscription_id, subject, incident_id, alert_id, due_at, level)
SELECT s.id, coalesce('incident:' || i.incident_id, 'alert:' || a.id), i.incident_id,
       CASE WHEN i.incident_id IS NULL THEN a.id END,
       %(now)s + min(s.group_wait_s) * interval '1 second', max({_RANK})
FROM alert a
JOIN entity e ON e.code = a.entity
LEFT JOIN incident_alert i ON i.alert_id = a.id
JOIN subscription s ON s.enabled AND s.withdrawn_at IS NULL AND ({FITS})
WHERE a.id = ANY(%(alerts)s)
  AND (s.levels = '{{}}' OR a.level = ANY(s.levels) OR EXISTS (
      SELECT FROM notice_group known WHERE known.subscription_id = s.id
        AND known.subject IN ('incident:' || i.incident_id, 'alert:' || a.id)))
GROUP BY s.id, i.incident_id, CASE WHEN i.incident_id IS NULL THEN a.id END, 2
ON CONFLICT (subscription_id, subject) DO UPDATE SET
    ended = false,
    due_at = LEAST(g.due_at, CASE
        WHEN g.told_at IS NULL OR excluded.level > g.level THEN excluded.due_at
        ELSE GREATEST(%(now)s, g.told_at + (
            SELECT own.group_interval_s FROM subscription own WHERE own.id = g.subscription_id
        ) * interval '1 second') END)
"""  # noqa: S608 -- the conditions above

_JOINED = """
SELECT g.alert_id FROM notice_group g JOIN incident_alert i ON i.alert_id = g.alert_id
WHERE NOT g.ended
"""
_LEAVE = """
UPDATE notice_group g SET due_at = CASE WHEN g.told_at IS NULL THEN NULL ELSE %(now)s END,
       ended = g.told_at IS NULL
WHERE g.alert_id = ANY(%(alerts)s) AND NOT g.ended
  AND (g.told_at IS NULL OR g.due_at IS NULL)
"""
_MOVED = """
UPDATE notice_group g
SET due_at = LEAST(g.due_at, GREATEST(%(now)s,
                   g.told_at + s.group_interval_s * interval '1 second')),
    incident_version = i.version
FROM incident i, subscription s
WHERE NOT g.ended AND i.id = g.incident_id AND s.id = g.subscription_id
  AND g.told_at IS NOT NULL AND i.version <> g.incident_version
"""
_UNMUTED = f"""
UPDATE notice_group g SET due_at = %(now)s
FROM subscription s
WHERE g.has_muted AND NOT g.ended AND g.due_at IS NULL AND s.id = g.subscription_id
  AND EXISTS (
    SELECT FROM ({MEMBERS}) m
    JOIN alert a ON a.id = m.alert_id JOIN entity e ON e.code = a.entity
    WHERE ({FITS}) AND NOT {MUTED}
      AND g.told ->> a.id::text IS DISTINCT FROM a.level || ' ' || {_PHASE})
"""  # noqa: S608 -- the conditions above


def mark(connection: Connection, alerts: Collection[int], now: datetime) -> None:
    """Note for whom changed alerts matter; their groups are told after the wait or interval."""
    if alerts:
        connection.execute(_MARK.encode(), {"alerts": list(alerts), "now": now})


def follow_incidents(connection: Connection, now: datetime) -> None:
    """Take up what the alerts' transitions do not say.

    An alert that joined an incident goes on there: where it was told alone, that thread ends. An
    incident with a new version is looked at again.
    """
    joined = [row[0] for row in connection.execute(_JOINED)]
    if joined:
        mark(connection, joined, now)
        connection.execute(_LEAVE, {"alerts": joined, "now": now})
    connection.execute(_MOVED, {"now": now})


def look_at_muted(connection: Connection, now: datetime) -> None:
    """Take up alerts whose shelf, silence or suppression ended without a transition."""
    connection.execute(_UNMUTED.encode(), {"now": now})
