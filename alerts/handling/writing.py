"""An alert in the hands of a person: locked, changed, told; one short transaction."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import dict_row, tuple_row

from alerts.handling.record import Handling
from alerts.ledger import NOTICES, TRANSITIONS, notice_row, transition_row
from alerts.notices import WAKE_WORD
from alerts.projection import (
    ALERT_COLUMNS,
    ALERTS_IN_CONTEXT,
    HANDLING_COLUMNS,
    AlertDocument,
    document,
)
from alerts.record import AlertRecord, Step
from alerts.recordset import recordset

Connection = psycopg.AsyncConnection[Any]

_LOCK = f"""
SELECT {ALERT_COLUMNS}, {HANDLING_COLUMNS} FROM alert a
WHERE a.id = ANY (%s) ORDER BY a.id FOR UPDATE
"""  # noqa: S608 -- the records' own columns
_WRITTEN = ("state", "acknowledged_at", "closed_at", "version", "occurrences", *Handling._fields)
_CHANGE = f"""
UPDATE alert SET {", ".join(f"{name} = %({name})s" for name in _WRITTEN)} WHERE id = %(id)s
"""  # noqa: S608 -- the records' own columns


class UnknownAlertError(LookupError):
    """No alert has this number. Look it up in the list."""


class Doer(NamedTuple):
    """Who acts, and from where.

    Attributes:
        actor: as histories name them.
        address: of the network; None where there is none.
        place: longitude and latitude of their phone in degrees (WGS 84); None if they do not say.
    """

    actor: str
    address: str | None = None
    place: tuple[float, float] | None = None


class Standing(NamedTuple):
    """An alert as its row stands."""

    alert: AlertRecord
    handling: Handling


async def lock(
    connection: Connection, alert_id: int, others: Collection[int] = ()
) -> tuple[dict[int, Standing], datetime]:
    """Keep everybody else from changing an alert, and others that are named with it.

    Returns:
        Those that there are, by number, and what time it is since nobody else may.

    Raises:
        UnknownAlertError: the first is not there.
    """
    async with connection.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_LOCK, [[alert_id, *others]])
        found = {row[0]: _read(row) for row in await cursor.fetchall()}
        # now() is when the transaction began, which may be before the last one of another ended.
        await cursor.execute(b"SELECT clock_timestamp()")
        times = await cursor.fetchall()
    if alert_id not in found:
        raise UnknownAlertError(f"alert {alert_id!r}: expected the id of an alert in the list")
    return found, times[0][0]


async def write(
    connection: Connection,
    step: Step,
    handling: Handling,
    doer: Doer,
    photo: int | None = None,
) -> AlertDocument:
    """Write a locked alert as it stands after a step, with its transition and notice."""
    given = {**step.alert._asdict(), **handling._asdict()}
    async with connection.cursor() as cursor:
        await cursor.execute(_CHANGE, given)
    return await tell(connection, step, doer, photo)


async def tell(
    connection: Connection, step: Step, doer: Doer, photo: int | None = None
) -> AlertDocument:
    """Write the transition and the notice of an alert whose row stands; return its document."""
    lon, lat = doer.place or (None, None)
    told = {"address": doer.address, "lon": lon, "lat": lat, "photo": photo}
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(TRANSITIONS, [recordset([{**transition_row(step), **told}])])
        await cursor.execute(ALERTS_IN_CONTEXT + "WHERE a.id = %s", [step.alert.id])
        context = (await cursor.fetchall())[0]
        await cursor.execute(NOTICES, [recordset([notice_row(step, context)])])
        await cursor.execute(f"NOTIFY {WAKE_WORD}")
    return document({**context, **step.alert._asdict()})


def step_of(
    alert: AlertRecord, event: str, doer: Doer, told: tuple[str, str], at: datetime
) -> Step:
    """Return the step of a person that leaves the state as it is.

    Args:
        alert: after it.
        event: what they did.
        doer: who.
        told: the reason, and what they say besides.
        at: when.
    """
    reason, note = told
    return Step(alert, event, alert.state, doer.actor, reason, at, None, None, note)


def _read(row: tuple[Any, ...]) -> Standing:
    width = len(AlertRecord._fields)
    return Standing(AlertRecord(*row[:width]), Handling(*row[width:]))
