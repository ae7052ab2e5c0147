"""Incidents as the command line shows them: a list, and one with its alerts and timeline."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import psycopg

from alerts.incidents.listing import (
    IncidentFilters,
    list_incidents,
    read_incident,
    read_members,
    read_timeline,
)
from data.connection import StoreUnavailableError

Connection = psycopg.AsyncConnection[Any]
Found = TypeVar("Found")

_MOST = 100_000


def listed(store_url: str, filters: IncidentFilters, most: int) -> list[dict[str, Any]]:
    """Return incidents, the newest first."""

    async def read(connection: Connection) -> list[dict[str, Any]]:
        return (await list_incidents(connection, filters, most)).items

    return _asked(store_url, read)


def shown(store_url: str, incident: int) -> dict[str, Any]:
    """Return an incident with its alerts and its timeline.

    Raises:
        UnknownIncidentError: there is none of this number.
    """

    async def read(connection: Connection) -> dict[str, Any]:
        return {
            **await read_incident(connection, incident),
            "members": (await read_members(connection, incident, _MOST)).items,
            "timeline": (await read_timeline(connection, incident, _MOST)).items,
        }

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
