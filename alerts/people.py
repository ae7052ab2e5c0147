"""What people do with an alert: acknowledge and close."""

from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row, tuple_row

from alerts.ledger import NOTICES, TRANSITIONS, notice_row, transition_row
from alerts.notices import WAKE_WORD
from alerts.projection import ALERT_COLUMNS, ALERTS_IN_CONTEXT, AlertDocument, document
from alerts.record import AlertRecord, Step
from alerts.recordset import recordset


class UnknownAlertError(LookupError):
    """No alert has this number. Look it up in the list."""


class IllegalTransitionError(Exception):
    """The alert cannot go there from where it stands. Read it again, then decide."""


_LEGAL = {
    "acknowledged": ("raised",),
    "closed": ("raised", "acknowledged", "cleared"),
}

_LOCK = f"SELECT {ALERT_COLUMNS}, now() FROM alert a WHERE a.id = %s FOR UPDATE"  # noqa: S608 -- own columns
_MOVE = """
UPDATE alert SET state = %s, acknowledged_at = %s, closed_at = %s, version = %s WHERE id = %s
"""


async def transition(
    connection: psycopg.AsyncConnection[Any],
    alert_id: int,
    to: str,
    *,
    actor: str,
    note: str = "",
    version: int | None = None,
) -> AlertDocument:
    """Move an alert on behalf of a person and return its document.

    Args:
        connection: the step is one transaction of it.
        alert_id: which alert.
        to: ``acknowledged`` or ``closed``.
        actor: who does it.
        note: what they have to say.
        version: of the alert that they saw; None where they do not mind.

    Raises:
        UnknownAlertError: no such alert.
        IllegalTransitionError: not from this state, already made, or the version is another one.
    """
    async with connection.transaction():
        alert, now = await _locked(connection, alert_id)
        _permit(alert, to, version)
        moved = alert._replace(
            state=to,
            version=alert.version + 1,
            acknowledged_at=now if to == "acknowledged" else alert.acknowledged_at,
            closed_at=now if to == "closed" else alert.closed_at,
        )
        reason = f"{to} by {actor}"
        step = Step(moved, to, alert.state, actor, reason, now, None, None)
        return await _write(connection, step, note)


async def _locked(
    connection: psycopg.AsyncConnection[Any], alert_id: int
) -> tuple[AlertRecord, datetime]:
    async with connection.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_LOCK, [alert_id])
        row = await cursor.fetchone()
    if row is None:
        raise UnknownAlertError(f"alert {alert_id!r}: expected the id of an alert in the list")
    return AlertRecord(*row[:-1]), row[-1]


def _permit(alert: AlertRecord, to: str, version: int | None) -> None:
    if to not in _LEGAL:
        raise IllegalTransitionError(
            f"transition to {to!r}: expected one of {', '.join(sorted(_LEGAL))}"
        )
    if version is not None and version != alert.version:
        raise IllegalTransitionError(
            f"alert {alert.id}: version {version!r} was seen, but it is at version {alert.version}"
        )
    if alert.state not in _LEGAL[to]:
        raise IllegalTransitionError(
            f"alert {alert.id} is {alert.state!r}: {to!r} is possible from "
            f"{' or '.join(_LEGAL[to])} only"
        )


async def _write(connection: psycopg.AsyncConnection[Any], step: Step, note: str) -> AlertDocument:
    alert = step.alert
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            _MOVE, [alert.state, alert.acknowledged_at, alert.closed_at, alert.version, alert.id]
        )
        await cursor.execute(TRANSITIONS, [recordset([transition_row(step, note)])])
        await cursor.execute(ALERTS_IN_CONTEXT + "WHERE a.id = %s", [alert.id])
        context = (await cursor.fetchall())[0]
        await cursor.execute(NOTICES, [recordset([notice_row(step, context)])])
        await cursor.execute(f"NOTIFY {WAKE_WORD}")
    return document({**context, **alert._asdict()})
