"""Shelves and silences end by themselves; causes make their consequences quiet."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from alerts.handling.quieting import NOBODY, speak_again
from alerts.ledger import write_steps
from alerts.projection import ALERT_COLUMNS
from alerts.record import AlertRecord, Step
from alerts.states import IS_OPEN
from twin.model import from_us

# Locked in the order of their numbers, as everybody does who changes several.
_SUPPRESS = f"""
WITH locked AS (
    SELECT id FROM alert
    WHERE id = ANY (%(alerts)s) AND id <> %(by)s AND {IS_OPEN}
      AND suppressed_by IS DISTINCT FROM %(by)s
    ORDER BY id FOR UPDATE)
UPDATE alert a SET suppressed_by = %(by)s, version = a.version + 1
FROM locked WHERE a.id = locked.id
RETURNING {ALERT_COLUMNS}
"""  # noqa: S608 -- the record's own columns
_UNSUPPRESS = f"""
WITH locked AS (
    SELECT id FROM alert WHERE id = ANY (%(alerts)s) AND suppressed_by IS NOT NULL
      AND state <> 'closed'
    ORDER BY id FOR UPDATE)
UPDATE alert a SET suppressed_by = NULL, version = a.version + 1
FROM locked WHERE a.id = locked.id
RETURNING {ALERT_COLUMNS}
"""  # noqa: S608 -- the record's own columns


def end_quiet(connection: psycopg.Connection[Any], now_us: int) -> list[Step]:
    """End what was shelved or silenced until now, inside the running transaction.

    Returns:
        The transitions that were written.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        steps = speak_again(cursor, from_us(now_us))
        if steps:
            write_steps(cursor, steps)
    return steps


def suppress(
    connection: psycopg.Connection[Any],
    alert_ids: Iterable[int],
    by: int,
    *,
    at: datetime,
    actor: str = NOBODY,
) -> list[Step]:
    """Make open alerts quiet, whose root cause is another one; inside the running transaction.

    Args:
        connection: to the store.
        alert_ids: the consequences; those that are over, or quiet for this cause, are left alone.
        by: the root cause.
        at: when.
        actor: who says so.

    Returns:
        The transitions that were written.
    """
    given = {"alerts": list(alert_ids), "by": by}
    reason = f"follows from alert {by}"
    return _changed(connection, _SUPPRESS, given, ("suppressed", actor, reason, at))


def unsuppress(
    connection: psycopg.Connection[Any],
    alert_ids: Iterable[int],
    *,
    at: datetime,
    actor: str = NOBODY,
    reason: str = "its cause is over",
) -> list[Step]:
    """Make suppressed alerts speak again, inside the running transaction.

    Returns:
        The transitions that were written; none for an alert that was not suppressed, or is closed.
    """
    given = {"alerts": list(alert_ids)}
    return _changed(connection, _UNSUPPRESS, given, ("unsuppressed", actor, reason, at))


def _changed(
    connection: psycopg.Connection[Any],
    statement: str,
    given: Mapping[str, object],
    told: tuple[str, str, str, datetime],
) -> list[Step]:
    event, actor, reason, at = told
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(statement.encode(), given)
        alerts = sorted(AlertRecord(*row) for row in cursor)
        steps = [Step(a, event, a.state, actor, reason, at, None, None) for a in alerts]
        if steps:
            write_steps(cursor, steps)
    return steps
