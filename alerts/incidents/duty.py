"""Who answers for an incident: the department by class and area, and who is on duty there."""

from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg.rows import dict_row

from alerts.recordset import recordset
from data.reference.causes import response_deadline

# Of several departments the one counts whose row says most; of several on duty likewise.
_NEW = """
SELECT i.id, i.domain, i.level, i.began_at, r.department, d.person
FROM incident i
LEFT JOIN alert a ON a.id = i.root_alert
LEFT JOIN entity e ON e.code = a.entity
LEFT JOIN LATERAL (
    SELECT r.department FROM responsibility r LEFT JOIN entity z ON z.code = r.area
    WHERE (r.domain IS NULL OR r.domain = i.domain)
      AND (r.class_code IS NULL OR r.class_code = e.class_code)
      AND (r.area IS NULL OR ST_Intersects(z.geom, i.place))
    ORDER BY (r.area IS NOT NULL)::int + 2 * (r.domain IS NOT NULL)::int
             + 4 * (r.class_code IS NOT NULL)::int DESC, r.id LIMIT 1) r ON true
LEFT JOIN LATERAL (
    SELECT s.person FROM duty_shift s LEFT JOIN entity z ON z.code = s.area
    WHERE s.department = r.department AND s.role = 'duty'
      AND s.starts_at <= %(now)s AND %(now)s < s.ends_at
      AND (s.domain IS NULL OR s.domain = i.domain)
      AND (s.area IS NULL OR ST_Intersects(z.geom, i.place))
    ORDER BY (s.area IS NOT NULL)::int + 2 * (s.domain IS NOT NULL)::int DESC, s.id LIMIT 1
) d ON true
WHERE i.state <> 'closed' AND i.respond_by IS NULL"""
_ANSWER = """
UPDATE incident i SET department = coalesce(i.department, n.department),
    owner = coalesce(i.owner, n.owner), respond_by = n.respond_by, complete_by = n.complete_by
FROM json_to_recordset(%s::json) AS n (id int8, department text, owner text,
    respond_by timestamptz, complete_by timestamptz)
WHERE i.id = n.id"""
# A higher level leaves less time, counted from now on; it never leaves more.
_LOUDER = """
SELECT i.id, i.domain, i.level FROM incident i
WHERE i.state = 'open' AND i.changed_at = %(now)s AND i.respond_by IS NOT NULL"""
_SOONER = """
UPDATE incident i SET complete_by = least(i.complete_by, n.complete_by),
    respond_by = CASE WHEN i.accepted_at IS NULL THEN least(i.respond_by, n.respond_by)
                 ELSE i.respond_by END
FROM json_to_recordset(%s::json) AS n (id int8, respond_by timestamptz, complete_by timestamptz)
WHERE i.id = n.id"""


def answer(connection: psycopg.Connection[Any], now: datetime) -> None:
    """Say who answers for new incidents, and until when; inside the running transaction.

    The first receiver owns it: who is on duty in the department that is responsible. Deadlines
    count from ``now``, when people could first know of it.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(_NEW, {"now": now})
        rows = [
            {
                "id": row["id"],
                "department": row["department"],
                "owner": row["person"],
                **_until(row["domain"], row["level"], now),
            }
            for row in cursor.fetchall()
        ]
        if rows:
            cursor.execute(_ANSWER, [recordset(rows)])
        cursor.execute(_LOUDER, {"now": now})
        louder = [
            {"id": row["id"], **_until(row["domain"], row["level"], now)}
            for row in cursor.fetchall()
        ]
        if louder:
            cursor.execute(_SOONER, [recordset(louder)])


def _until(domain: str, level: str, now: datetime) -> dict[str, datetime]:
    deadline = response_deadline(domain, level)
    return {
        "respond_by": now + timedelta(minutes=deadline.response_min),
        "complete_by": now + timedelta(minutes=deadline.completion_min),
    }
