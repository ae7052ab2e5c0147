"""The pool of connections to the store, and the ways of asking it."""

import asyncio
import select
from collections.abc import Container, Mapping
from contextlib import suppress
from typing import Annotated, Any

import psycopg
from fastapi import Depends
from psycopg.rows import DictRow, dict_row
from psycopg.sql import SQL, Composed
from psycopg_pool import AsyncConnectionPool
from starlette.requests import HTTPConnection

from data.migrations import pending
from twin.api.config import WebConfig

Connection = psycopg.AsyncConnection[tuple[Any, ...]]
Pool = AsyncConnectionPool[Connection]
Query = SQL | Composed | bytes
Row = tuple[Any, ...]

_PROBE_S = 2.0
_FIRST_TRANSFORMATION = b"""
    SELECT ST_Transform(ST_Transform(ST_SetSRID(ST_MakePoint(114, 22.7), 4326), srid), 4326)
    FROM registry_state"""


def make_pool(store_url: str, config: WebConfig) -> Pool:
    """Return a pool that is not open yet; statements commit by themselves."""
    return AsyncConnectionPool(
        store_url,
        connection_class=Connection,
        kwargs={
            "autocommit": True,
            "application_name": "citytwin web",
            "connect_timeout": 5,
            # Compiling a tile's query takes longer than running it.
            "options": f"-c statement_timeout={int(config.statement_s * 1000)} -c jit=off",
        },
        min_size=config.pool_min,
        max_size=config.pool_max,
        timeout=config.pool_wait_s,
        configure=_warm_up,
        check=_check,
        open=False,
        name="web",
    )


async def _warm_up(connection: Connection) -> None:
    """Load what the server loads for each connection, before a request waits for it.

    The first transformation of coordinates takes 50 ms, the next ones microseconds.
    """
    # Without its tables a store is not ready, which /readyz says.
    with suppress(psycopg.ProgrammingError):
        await connection.execute(_FIRST_TRANSFORMATION)


async def _check(connection: Connection) -> None:
    """Find out whether a connection lives, for a restart of the server leaves dead ones.

    A server that goes away closes the socket, which then has something to read; asking it each
    time would double the cost of small requests.
    """
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    if waiting.poll(0):
        await AsyncConnectionPool.check_connection(connection)


def pool_of(connection: HTTPConnection) -> Pool:
    """Return the pool of the app that serves this request."""
    pool: Pool = connection.app.state.pool
    return pool


async def _pool(connection: HTTPConnection) -> Pool:
    """Return the same as a dependency: one that is not async would wait for a thread."""
    return pool_of(connection)


Store = Annotated[Pool, Depends(_pool)]


def all_of(conditions: Mapping[str, SQL], wanted: Container[str]) -> Composed:
    """Return the conditions whose names are wanted, joined by AND."""
    named = [condition for name, condition in conditions.items() if name in wanted]
    return SQL(" AND ").join([SQL("true"), *named])


async def rows(pool: Pool, query: Query, parameters: Mapping[str, Any]) -> list[DictRow]:
    """Return all rows of a query."""
    async with pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query, parameters)
        return await cursor.fetchall()


async def row(pool: Pool, query: Query, parameters: Mapping[str, Any]) -> DictRow | None:
    """Return the first row of a query, if there is one."""
    async with pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query, parameters)
        return await cursor.fetchone()


async def tuples(
    pool: Pool,
    query: bytes,
    parameters: Mapping[str, Any],
    *,
    prepare: bool | None = None,
    binary: bool = False,
) -> list[Row]:
    """Return all rows of a query, as lean as can be.

    Args:
        pool: of the store.
        query: a whole statement.
        parameters: by name.
        prepare: False has it planned anew each time, for these parameters.
        binary: whether values come in PostgreSQL's binary form, which is leaner for long ones.
    """
    async with pool.connection() as connection:
        cursor = await connection.execute(query, parameters, prepare=prepare, binary=binary)
        return await cursor.fetchall()


async def problems(pool: Pool, store_url: str) -> list[str]:
    """Return a sentence for each reason why the store cannot be used."""
    try:
        async with asyncio.timeout(_PROBE_S), pool.connection(_PROBE_S) as connection:
            await connection.execute("SELECT")
    except (psycopg.Error, TimeoutError) as error:
        return [f"the store does not answer: {error or 'timeout'}"]
    missing = await asyncio.to_thread(pending, store_url)
    return [f"the store lacks migrations {', '.join(missing)}: run twin migrate"] if missing else []
