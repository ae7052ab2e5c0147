"""The small district with a switchboard."""

from typing import Any

import psycopg
import pytest

from tests.emptying import SharedStore
from tests.postgis.register import fill_register
from tests.postgis.subscriptions.switchboard import Switchboard


@pytest.fixture
def board(
    shared_store: SharedStore, connection: psycopg.Connection[tuple[Any, ...]]
) -> Switchboard:
    shared_store.fill(fill_register)
    return Switchboard(connection)
