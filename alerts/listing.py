"""Lists of alerts for people and programs, and the feed of their transitions."""

from typing import Any, NamedTuple

import psycopg
from psycopg.rows import dict_row

from alerts.handling.record import IS_QUIET
from alerts.projection import ALERTS_IN_CONTEXT, AlertDocument, document
from alerts.states import OPEN


class InvalidCursorError(ValueError):
    """A cursor that no list gave. Start again without one."""


class AlertFilters(NamedTuple):
    """Which alerts; None for any.

    Attributes:
        state: ``open`` (neither cleared nor closed), ``not_closed`` or one exact state.
        domain: a row of ``alert_domains.csv``.
        level: blue, yellow, orange or red.
        mode: actual, exercise or replay.
        entity: code of the thing that it is about.
        rule: id of the rule that raised it.
        quiet: whether it is shelved, silenced or suppressed.
        assignee: who has it in hand.
        department: which department has.
        found_by: ``rule``, or the source of a person's find.
        verdict: with which it was closed.
    """

    state: str | None = None
    domain: str | None = None
    level: str | None = None
    mode: str | None = None
    entity: int | None = None
    rule: str | None = None
    quiet: bool | None = None
    assignee: str | None = None
    department: str | None = None
    found_by: str | None = None
    verdict: str | None = None


class AlertPage(NamedTuple):
    """A part of a list, newest first; ``next`` is the cursor of the part after it."""

    items: list[AlertDocument]
    next: str | None


_CONDITIONS: dict[str, str] = {
    "domain": "a.domain = %(domain)s",
    "level": "a.level = %(level)s",
    "mode": "a.mode = %(mode)s",
    "entity": "a.entity = %(entity)s",
    "rule": "a.rule = %(rule)s",
    "state": "a.state = ANY(%(state)s)",
    "quiet": f"{IS_QUIET} = %(quiet)s",
    "assignee": "a.assignee = %(assignee)s",
    "department": "a.department = %(department)s",
    "found_by": "a.found_by = %(found_by)s",
    "verdict": "a.verdict = %(verdict)s",
}
_STATES: dict[str, tuple[str, ...]] = {"open": OPEN, "not_closed": (*OPEN, "cleared")}

# A transaction that still runs may yet commit rows: the feed stops below the oldest one.


async def list_alerts(
    connection: psycopg.AsyncConnection[Any],
    filters: AlertFilters,
    limit: int,
    cursor: str | None = None,
) -> AlertPage:
    """Return alerts, newest first.

    Raises:
        InvalidCursorError: the cursor is none of ours.
    """
    wanted = {name: value for name, value in filters._asdict().items() if value is not None}
    conditions = [_CONDITIONS[name] for name in wanted]
    if filters.state is not None:
        wanted["state"] = list(_STATES.get(filters.state, (filters.state,)))
    if cursor is not None:
        conditions.append("a.id < %(before)s")
        wanted["before"] = _number(cursor)
    where = f"WHERE {' AND '.join(conditions)} " if conditions else ""
    query = f"{ALERTS_IN_CONTEXT}{where}ORDER BY a.id DESC LIMIT %(rows)s"
    async with connection.cursor(row_factory=dict_row) as reader:
        await reader.execute(query.encode(), wanted | {"rows": limit + 1})
        rows = await reader.fetchall()
    last = str(rows[limit - 1]["id"]) if len(rows) > limit else None
    return AlertPage([document(row) for row in rows[:limit]], last)


def _number(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= len(str(2**63))):
        raise InvalidCursorError(f"cursor {cursor!r}: expected the 'next' of a list of alerts")
    return int(cursor)
