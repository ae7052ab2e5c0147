"""The web service on a real database: called in process, or as a server with sockets."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import psycopg
import pytest
import uvicorn
from fastapi import FastAPI
from starlette.routing import BaseRoute

from tests.emptying import SharedStore
from tests.postgis.register import fill_register
from twin.api.app import create_app
from twin.api.config import WebConfig

Connection = psycopg.Connection[tuple[Any, ...]]


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something holds; fail after ten seconds."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0.01)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def district(shared_store: SharedStore, database_url: str) -> Iterator[Connection]:
    """A connection that commits by itself to a store that holds the small district."""
    shared_store.fill(fill_register)
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def built_routes() -> list[BaseRoute]:
    """The routes of every app; building them for a first request takes longer than answering it."""
    return create_app(WebConfig(), store_url="host=nowhere", frames=None).router.routes


@pytest.fixture
async def app(
    database_url: str,
    district: Connection,
    built_routes: list[BaseRoute],
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[FastAPI]:
    """The running app, whose callers without credentials may look."""
    assert not district.closed
    # What each connection of the pool would do before its first request costs more than a test's.
    monkeypatch.setattr("twin.api.store._FIRST_TRANSFORMATION", b"SELECT")
    app = create_app(WebConfig(pool_min=2), store_url=database_url, frames=None)
    app.router.routes = built_routes
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client without credentials."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://twin.test") as client:
        yield client


@pytest.fixture
async def server(app: FastAPI) -> AsyncIterator[str]:
    """The app behind a real server; gives ``host:port``."""
    config = uvicorn.Config(
        app,
        port=0,
        lifespan="off",
        log_config=None,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    host, port = server.servers[0].sockets[0].getsockname()
    yield f"{host}:{port}"
    server.should_exit = True
    await serving
