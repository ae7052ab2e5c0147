"""A district that knows its county, with the shipped rules in force."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from shapely.geometry import Point

from alerts.rule_files import shipped_rules
from alerts.rulebook import enforce
from data.registry import ChangeSet, EntityChange, record
from tests.emptying import SharedStore
from tests.postgis.register import X, Y, fill_register

Connection = psycopg.Connection[tuple[Any, ...]]

COUNTY = 4403118805000001


@pytest.fixture
def store(shared_store: SharedStore, database_url: str) -> Iterator[Connection]:
    """A connection that commits by itself."""
    shared_store.fill(fill_register)
    with psycopg.connect(database_url) as opened:
        rules = [read for read in shipped_rules() if read.rule.field == "system"]
        enforce(opened, tuple(rules), actor="test")
        opened.commit()
        opened.autocommit = True
        yield opened


@pytest.fixture
def district(store: Connection) -> Connection:
    """The same where the register has the county."""
    county = EntityChange(COUNTY, "光明区", Point(X, Y).buffer(5000))
    with store.transaction():
        record(store, ChangeSet("test", "the county", "test", [county]))
    return store
