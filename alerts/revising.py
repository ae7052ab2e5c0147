"""Alerts of which a late reading shows that they should not have been: a transition says so."""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from alerts.ledger import latest, record_steps
from alerts.memory import Group
from alerts.record import AlertRecord, Step
from alerts.rules import Reason, Rule
from twin.model import from_us


def revise(
    connection: psycopg.Connection[Any],
    groups: Sequence[Group],
    rules: Mapping[str, Rule],
    now_us: int,
) -> list[Step]:
    """Add the transition ``revised`` to the latest alert of each group; nothing is taken back.

    Returns:
        The transitions that were written.
    """
    if not groups:
        return []
    with connection.cursor(row_factory=tuple_row) as cursor:
        found = latest(cursor, sorted(groups))
    steps = [_step(alert, rules[group.rule], now_us) for group, alert in found.items()]
    if steps:
        record_steps(connection, steps)
    return steps


def _step(alert: AlertRecord, rule: Rule, now_us: int) -> Step:
    return Step(
        alert=alert._replace(version=alert.version + 1),
        event="revised",
        from_state=alert.state,
        actor=rule.actor,
        reason=str(Reason.REVISED),
        at=from_us(now_us) if now_us else alert.observed_at,
        observed_at=None,
        value=None,
    )
