"""Follows the alerts' transitions in the store and hands each to the hub once it is committed."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import psycopg
import structlog
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from alerts.notices import WAKE_WORD
from alerts.projection import read_documents

_log = structlog.get_logger()

POLL_S = 2.0
_RETRY_S = 1.0
_MOST_AT_ONCE = 500

# Waiting until no older transaction runs would hold an alert back for as long as somebody's bulk
# import takes. So everything visible from the floor on is told at once, and what was told of the
# transactions that may still be followed by an older one is remembered by its id.
_HORIZON = SQL("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
_NEWS = SQL("""
    SELECT id, alert_id, txid::text FROM alert_transition
    WHERE txid >= %(floor)s::xid8 AND id <> ALL(%(told)s::int8[])
    ORDER BY txid, id LIMIT %(most)s""")

Tell = Callable[[object], None]


class AlertFeed:
    """Reads on a connection of its own: at once when notified, and every two seconds anyway."""

    def __init__(self, store_url: str, tell: Tell) -> None:
        self._store_url = store_url
        self._tell = tell
        self._floor: str | None = None
        self._told: dict[int, int] = {}
        self._listening = False

    def problems(self) -> Iterator[str]:
        """Yield a sentence while alerts are not followed."""
        if not self._listening:
            yield "alerts: not listening to the store"

    async def run(self) -> None:
        """Follow the transitions until cancelled, through any loss of the connection."""
        while True:
            try:
                await self._follow()
            except psycopg.Error as error:
                _log.warning("alert feed lost the store", error=str(error))
            finally:
                self._listening = False
            await asyncio.sleep(_RETRY_S)

    async def _follow(self) -> None:
        async with await psycopg.AsyncConnection.connect(
            self._store_url,
            autocommit=True,
            application_name="citytwin web alerts",
            connect_timeout=5,
            row_factory=tuple_row,
        ) as connection:
            await connection.execute(SQL("LISTEN {}").format(Identifier(WAKE_WORD)))
            while True:
                await self.read(connection)
                self._listening = True
                async for _ in connection.notifies(timeout=POLL_S, stop_after=1):
                    pass

    async def read(self, connection: psycopg.AsyncConnection[Any]) -> None:
        """Tell every committed transition that was not told yet; the first call tells none."""
        horizon = await _horizon(connection)
        if self._floor is None:
            self._floor = horizon
            self._told = {row[0]: int(row[2]) for row in await self._news(connection)}
            return
        while news := await self._news(connection):
            documents = await read_documents(connection, {alert for _, alert, _ in news})
            for transition, alert, txid in news:
                self._tell(documents[alert])
                self._told[transition] = int(txid)
        self._forget_before(horizon)

    async def _news(self, connection: psycopg.AsyncConnection[Any]) -> list[tuple[int, int, str]]:
        cursor = await connection.execute(
            _NEWS, {"floor": self._floor, "told": list(self._told), "most": _MOST_AT_ONCE}
        )
        return await cursor.fetchall()

    def _forget_before(self, horizon: str) -> None:
        """Move the floor to a horizon that was read *before* the news: below it all was visible."""
        self._floor = horizon
        self._told = {key: txid for key, txid in self._told.items() if txid >= int(horizon)}


async def _horizon(connection: psycopg.AsyncConnection[Any]) -> str:
    cursor = await connection.execute(_HORIZON)
    found: Iterable[Any] = await cursor.fetchone() or ()
    return str(next(iter(found)))
