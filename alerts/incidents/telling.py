"""The transition and the notice of what a person did with an incident."""

from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row

from alerts.incidents.passing import Event
from alerts.incidents.projection import COLUMNS, IncidentDocument, document
from alerts.incidents.writing import TRANSITIONS, Told, notice_rows, transition_rows
from alerts.ledger import NOTICES
from alerts.notices import WAKE_WORD
from alerts.recordset import recordset


async def tell_step(
    connection: psycopg.AsyncConnection[Any],
    number: int,
    from_state: str,
    told: tuple[str, str, str, str],
    now: datetime,
) -> IncidentDocument:
    """Write what was done with an incident whose row stands, and return its document.

    Args:
        connection: inside the running transaction.
        number: of the incident.
        from_state: before the step.
        told: event, reason, actor and note.
        now: when.
    """
    event, reason, actor, note = told
    one = Told(number, Event(event, reason), from_state, actor, note)
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(TRANSITIONS.encode(), [now, recordset(transition_rows([one]))])
        await cursor.execute(COLUMNS + "WHERE i.id = %s", [number])
        row = (await cursor.fetchall())[0]
        await cursor.execute(NOTICES.encode(), [recordset(notice_rows([one], {number: row}))])
        await cursor.execute(f"NOTIFY {WAKE_WORD}")
    return document(row)
