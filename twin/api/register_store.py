"""What writes to the register, or reads much of it: one transaction at a time, off the loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any, TypeVar

import psycopg
from fastapi import Depends
from psycopg_pool import ConnectionPool
from starlette.requests import HTTPConnection

from twin.api.config import WebConfig

Connection = psycopg.Connection[tuple[Any, ...]]
Result = TypeVar("Result")

_MOST_AT_ONCE = 4
_LOCK_S = 5.0
_STATEMENT_S = 60.0


class RegisterStore:
    """Connections and threads for change sets, which follow one another in the store.

    Who waits longer than five seconds for another's change set is told to try again.
    """

    def __init__(self, store_url: str, config: WebConfig) -> None:
        self._pool = ConnectionPool(
            store_url,
            connection_class=Connection,
            kwargs={
                "application_name": "citytwin register",
                "connect_timeout": 5,
                "options": f"-c lock_timeout={int(_LOCK_S * 1000)}"
                f" -c statement_timeout={int(_STATEMENT_S * 1000)} -c jit=off",
            },
            min_size=0,
            max_size=_MOST_AT_ONCE,
            timeout=config.pool_wait_s,
            check=ConnectionPool.check_connection,
            open=False,
            name="register",
        )
        self._threads = ThreadPoolExecutor(_MOST_AT_ONCE, "register")

    def open(self) -> None:
        """Begin; connections are made when they are needed."""
        self._pool.open(wait=False)

    async def close(self) -> None:
        """End the threads and close the connections."""
        await asyncio.to_thread(self._threads.shutdown)
        await asyncio.to_thread(self._pool.close)

    async def do(self, work: Callable[[Connection], Result]) -> Result:
        """Do something in one transaction, which its end commits and an error rolls back."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._in, work)

    def _in(self, work: Callable[[Connection], Result]) -> Result:
        with self._pool.connection() as connection:
            return work(connection)


async def register_of(connection: HTTPConnection) -> RegisterStore:
    """Return the register's store of the app that serves this request."""
    store: RegisterStore = connection.app.state.register
    return store


Register = Annotated[RegisterStore, Depends(register_of)]
