"""A store with devices that take commands, and a delivery whose clock and wires a test holds."""

from collections.abc import Iterator

import psycopg
import pytest

from tests.emptying import SharedStore
from tests.postgis.commands.commanded import Connection, Post, add_commanded
from tests.postgis.register import fill_register


@pytest.fixture
def store(shared_store: SharedStore, database_url: str) -> Iterator[Connection]:
    """A connection that commits by itself to a store with devices that take commands."""
    shared_store.fill(fill_register)
    shared_store.fill(add_commanded)
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def post(database_url: str, store: Connection) -> Post:
    return Post(database_url, store)
