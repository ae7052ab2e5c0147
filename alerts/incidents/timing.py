"""What time alone brings to incidents: their end, and deadlines that nobody kept."""

from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from alerts.incidents.passing import Event
from alerts.incidents.writing import Told

_END = """
UPDATE incident SET state = 'ended', ended_at = %(now)s, changed_at = %(now)s, version = version + 1
WHERE state = 'open' AND standing = 0 AND quiet_since <= %(before)s
RETURNING id"""
# The supervisor on duty, else the one of the department or of one above it; once for each deadline.
_OVERDUE = """
UPDATE incident i SET {column} = %(now)s, changed_at = %(now)s, version = version + 1,
    supervisor = coalesce(
        (SELECT s.person FROM duty_shift s
         WHERE s.department = i.department AND s.role = 'supervisor'
           AND s.starts_at <= %(now)s AND %(now)s < s.ends_at
           AND (s.domain IS NULL OR s.domain = i.domain)
         ORDER BY s.domain IS NULL, s.id LIMIT 1),
        (WITH RECURSIVE above (code, parent, supervisor, step) AS (
            SELECT code, parent, supervisor, 0 FROM department WHERE code = i.department
            UNION ALL
            SELECT d.code, d.parent, d.supervisor, a.step + 1
            FROM above a JOIN department d ON d.code = a.parent WHERE a.step < 9)
         SELECT supervisor FROM above WHERE supervisor IS NOT NULL ORDER BY step LIMIT 1),
        i.supervisor)
WHERE {condition} AND {column} IS NULL AND i.state <> 'closed'
RETURNING id, state, supervisor"""
_RESPONSE = _OVERDUE.format(
    column="response_overdue_at",
    condition="i.accepted_at IS NULL AND i.respond_by <= %(now)s AND i.state = 'open'",
)
_COMPLETION = _OVERDUE.format(column="completion_overdue_at", condition="i.complete_by <= %(now)s")


def pass_time(connection: psycopg.Connection[Any], now: datetime, settle: timedelta) -> list[Told]:
    """End incidents that have been quiet for long, and hand overdue ones to a supervisor.

    Args:
        connection: inside the running transaction.
        now: our clock.
        settle: how long no alert of an incident must have stood.

    Returns:
        What happened.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(_END, {"now": now, "before": now - settle})
        minutes = round(settle.total_seconds() / 60)
        ended = Event("ended", f"none of its alerts has stood for {minutes} min")
        told = [Told(row[0], ended, "open") for row in cursor]
        for statement, what in ((_RESPONSE, "response"), (_COMPLETION, "completion")):
            cursor.execute(statement.encode(), {"now": now})
            told += [Told(number, _overdue(what, who), state) for number, state, who in cursor]
    return told


def _overdue(what: str, who: str | None) -> Event:
    to = f"goes to {who}" if who else "no supervisor is known"
    return Event("overdue", f"the deadline of its {what} is past: {to}")
