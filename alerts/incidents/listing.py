"""Lists of incidents, one with its alerts, and its timeline."""

from typing import Any, LiteralString, NamedTuple

import psycopg
from psycopg.rows import dict_row

from alerts.incidents.projection import COLUMNS, IncidentDocument, document, time_text
from alerts.incidents.stages import UnknownIncidentError
from alerts.listing import InvalidCursorError
from twin.codes import EntityCode

Connection = psycopg.AsyncConnection[Any]

_CONDITIONS: dict[str, LiteralString] = {
    "domain": "i.domain = %(domain)s",
    "level": "i.level = %(level)s",
    "mode": "i.mode = %(mode)s",
    "department": "%(department)s IN (i.department, i.offered)",
    "owner": "i.owner = %(owner)s",
    "area": "ST_Intersects(i.place, (SELECT z.geom FROM entity z WHERE z.code = %(area)s))",
}
_LIVING = "i.state IN ('open', 'ended')"
_MEMBERS = """
SELECT m.alert_id, m.role, m.reason, m.since, m.cause_alert, a.level, a.state, a.rule, a.entity,
       e.name AS entity_name, a.raised_at, a.cleared_at, a.suppressed_by
FROM incident_alert m JOIN alert a ON a.id = m.alert_id JOIN entity e ON e.code = a.entity
WHERE m.incident_id = %(incident)s AND m.alert_id > %(after)s ORDER BY m.alert_id LIMIT %(more)s"""
_TIMELINE = """
SELECT t.id, t.event, t.from_state, t.to_state AS to, t.level, t.actor, t.reason, t.note,
       t.department, t.owner, t.at
FROM incident_transition t
WHERE t.incident_id = %(incident)s AND t.id > %(after)s ORDER BY t.id LIMIT %(more)s"""


class IncidentFilters(NamedTuple):
    """Which incidents; None for any.

    Attributes:
        state: open, ended, closed, or ``living`` for those that are not closed.
        level: blue, yellow, orange or red.
        domain: a row of ``alert_domains.csv``.
        mode: actual, exercise or replay.
        department: that answers for it, or that it is offered to.
        owner: who has it in hand.
        area: code of an entity whose shape its place touches.
    """

    state: str | None = None
    level: str | None = None
    domain: str | None = None
    mode: str | None = None
    department: str | None = None
    owner: str | None = None
    area: int | None = None


class Page(NamedTuple):
    """A part of a list; ``next`` is the cursor of the part after it."""

    items: list[dict[str, Any]]
    next: str | None


async def list_incidents(
    connection: Connection, filters: IncidentFilters, limit: int, cursor: str | None = None
) -> Page:
    """Return incidents, newest first; those that went into another one are left out.

    Raises:
        InvalidCursorError: the cursor is none of ours.
    """
    wanted = {name: value for name, value in filters._asdict().items() if value is not None}
    conditions = ["i.merged_into IS NULL", *(_CONDITIONS[n] for n in wanted if n != "state")]
    if filters.state is not None:
        conditions.append(_LIVING if filters.state == "living" else "i.state = %(state)s")
    if cursor is not None:
        conditions.append("i.id < %(before)s")
        wanted["before"] = _number(cursor)
    query = f"{COLUMNS}WHERE {' AND '.join(conditions)} ORDER BY i.id DESC LIMIT %(rows)s"
    async with connection.cursor(row_factory=dict_row) as reader:
        await reader.execute(query.encode(), wanted | {"rows": limit + 1})
        rows = await reader.fetchall()
    last = str(rows[limit - 1]["id"]) if len(rows) > limit else None
    return Page([document(row) for row in rows[:limit]], last)


async def read_incident(connection: Connection, number: int) -> IncidentDocument:
    """Return the document of one incident.

    Raises:
        UnknownIncidentError: no such incident.
    """
    async with connection.cursor(row_factory=dict_row) as reader:
        await reader.execute(COLUMNS + "WHERE i.id = %s", [number])
        row = await reader.fetchone()
    if row is None:
        raise UnknownIncidentError(f"incident {number!r}: expected the id of one in the list")
    return document(row)


async def read_members(
    connection: Connection, number: int, limit: int, cursor: str | None = None
) -> Page:
    """Return the alerts of an incident with their roles and reasons, the oldest first."""
    rows, last = await _part(connection, _MEMBERS, (number, limit, cursor), "alert_id")
    return Page([_member(row) for row in rows], last)


async def read_timeline(
    connection: Connection, number: int, limit: int, cursor: str | None = None
) -> Page:
    """Return what happened to an incident, from its beginning."""
    rows, last = await _part(connection, _TIMELINE, (number, limit, cursor), "id")
    return Page([{**row, "at": time_text(row["at"])} for row in rows], last)


async def _part(
    connection: Connection, query: str, asked: tuple[int, int, str | None], key: str
) -> tuple[list[dict[str, Any]], str | None]:
    number, limit, cursor = asked
    after = 0 if cursor is None else _number(cursor)
    given = {"incident": number, "after": after, "more": limit + 1}
    async with connection.cursor(row_factory=dict_row) as reader:
        await reader.execute(query.encode(), given)
        rows = await reader.fetchall()
    return rows[:limit], str(rows[limit - 1][key]) if len(rows) > limit else None


def _member(row: dict[str, Any]) -> dict[str, Any]:
    times = {name: time_text(row[name]) for name in ("since", "raised_at", "cleared_at")}
    alert = {"alert": row["alert_id"], "entity": str(EntityCode.from_int(row["entity"]))}
    kept = {name: value for name, value in row.items() if name != "alert_id"}
    return {**kept, **times, **alert}


def _number(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < len(str(2**63))):
        raise InvalidCursorError(f"cursor {cursor!r}: expected the 'next' of a list of incidents")
    return int(cursor)
