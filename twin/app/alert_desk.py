"""Alerts as the command line shows them: a list, one with its history, how often all were right."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar

import psycopg
from psycopg.rows import dict_row

from alerts.handling.precision import By, Precision, Span, count_precision, total
from alerts.handling.writing import UnknownAlertError
from alerts.knowing.status import Part, Scope, Status, read_status
from alerts.listing import AlertFilters, list_alerts
from alerts.projection import AlertDocument, read_documents
from data.connection import StoreUnavailableError

Connection = psycopg.AsyncConnection[Any]
Found = TypeVar("Found")

_HISTORY = """
SELECT event, from_state, to_state AS to, level, actor, reason, note, at, lon, lat, photo
FROM alert_transition WHERE alert_id = %s ORDER BY id
"""


def listed(store_url: str, filters: AlertFilters, most: int) -> list[AlertDocument]:
    """Return alerts, the newest first."""

    async def read(connection: Connection) -> list[AlertDocument]:
        return (await list_alerts(connection, filters, most)).items

    return _asked(store_url, read)


def shown(store_url: str, alert: int) -> dict[str, Any]:
    """Return an alert with its history.

    Raises:
        UnknownAlertError: there is none of this number.
    """

    async def read(connection: Connection) -> dict[str, Any]:
        found = await read_documents(connection, [alert])
        if alert not in found:
            raise UnknownAlertError(f"alert {alert}: expected one of twin alerts list")
        async with connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(_HISTORY, [alert])
            return {**found[alert], "history": await cursor.fetchall()}

    return _asked(store_url, read)


def precision(
    store_url: str, by: By, begin: datetime | None, end: datetime | None
) -> list[dict[str, Any]]:
    """Return how often alerts were right; the last row is of them all."""

    async def read(connection: Connection) -> list[Precision]:
        counted = await count_precision(connection, by, Span(begin, end))
        return [*counted, total(counted)._replace(key="all")]

    return [{**row._asdict(), "precision": row.precision} for row in _asked(store_url, read)]


def known(store_url: str, scope: Scope, most: int, now: datetime) -> Status:
    """Return what is known of things, in the order of their codes."""

    async def read(connection: Connection) -> Status:
        return await read_status(connection, scope, Part(most), now)

    return _asked(store_url, read)


def _asked(store_url: str, work: Callable[[Connection], Awaitable[Found]]) -> Found:
    async def ask() -> Found:
        try:
            opened = await psycopg.AsyncConnection.connect(
                store_url, autocommit=True, application_name="citytwin command line"
            )
        except psycopg.OperationalError as error:
            raise StoreUnavailableError(f"store does not answer: {error}") from error
        async with opened as connection:
            return await work(connection)

    return asyncio.run(ask())
