"""Alerts whose rule was withdrawn, or whose thing was retired, are closed."""

from collections.abc import Iterable
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from alerts.ledger import record_steps
from alerts.projection import ALERT_COLUMNS
from alerts.record import AlertRecord, Step
from alerts.rules import Reason
from twin.model import from_us

_WITHDRAWN = f"""
SELECT {ALERT_COLUMNS} FROM alert a
WHERE a.state NOT IN ('cleared', 'closed')
  AND (a.found_by = 'rule' AND a.rule <> ALL(%s)
       OR EXISTS (SELECT FROM entity e WHERE e.code = a.entity AND e.retired))
ORDER BY a.id
FOR UPDATE
"""  # noqa: S608 -- the names of the record's own columns
# Conditions of a rule are called by it: rule/condition.
_FORGET = """
DELETE FROM rule_state s
WHERE s.rule <> ALL(%s) AND split_part(s.rule, '/', 1) <> ALL(%s)
   OR EXISTS (SELECT FROM entity e WHERE e.code = s.entity AND e.retired)
"""
_END = """
UPDATE rule_interval i SET to_at = greatest(i.from_at, %s)
WHERE i.to_at IS NULL AND i.revised_at IS NULL
  AND (split_part(i.rule, '/', 1) <> ALL(%s)
       OR EXISTS (SELECT FROM entity e WHERE e.code = i.entity AND e.retired))
"""


def withdraw(
    connection: psycopg.Connection[Any],
    rules: Iterable[str],
    now_us: int,
    *,
    unreadable: Iterable[str] = (),
) -> list[Step]:
    """Close the open alerts that no rule in force, or no thing in use, stands behind.

    Args:
        connection: of the batch's transaction.
        rules: those that judge, and their conditions.
        now_us: when they are closed.
        unreadable: rules in force that do not judge, for this program cannot read them.

    Returns:
        The transitions that were written.
    """
    names, left = list(rules), list(unreadable)
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(_FORGET, [names, left])
        cursor.execute(_END, [from_us(now_us), names + left])
        cursor.execute(_WITHDRAWN, [names + left])
        steps = [_step(AlertRecord(*row), now_us) for row in cursor.fetchall()]
    if steps:
        record_steps(connection, steps)
    return steps


def _step(alert: AlertRecord, now_us: int) -> Step:
    at = from_us(now_us) if now_us else alert.observed_at
    closed = alert._replace(state="closed", closed_at=at, version=alert.version + 1)
    return Step(
        alert=closed,
        event="closed",
        from_state=alert.state,
        actor=f"rule {alert.rule}@{alert.rule_version}",
        reason=str(Reason.WITHDRAWN),
        at=at,
        observed_at=None,
        value=None,
    )
