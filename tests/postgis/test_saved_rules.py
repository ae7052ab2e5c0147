"""Rules that are saved while ingest runs: it takes them up at the next batch or tick."""

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from alerts.rulekeeping.listing import read_rule
from alerts.rulekeeping.saving import restore_rule, save_new, save_version, withdraw_rule
from alerts.rulekeeping.versions import Doing
from ingest.decoders import DECODERS
from ingest.pipeline import Pipeline
from tests.emptying import SharedStore
from tests.postgis.api.handing import NOON_US
from tests.postgis.register import LEVEL_GAUGE, fill_register
from tests.unit.alerts.ruling import level_text, rules_of
from twin.model import Message, Mode

Connection = psycopg.Connection[tuple[Any, ...]]

LI = Doing("li", "as agreed")
HIGH = rules_of(level_text().replace('"depth"', '"level"'))[0].rule
HIGHER = HIGH.model_copy(update={"version": 2, "levels": {"yellow": 3.0}})


class Ingest:
    """A pipeline whose clock is where its readings are."""

    def __init__(self, store_url: str) -> None:
        self.second = 0
        self.pipeline = Pipeline(store_url, DECODERS, lambda: NOON_US + self.second * 1_000_000)

    def read(self, second: int, level: float) -> None:
        """Take a reading of the gauge as a batch."""
        self.second = second
        ts = NOON_US // 1000 + second * 1000
        body = json.dumps({"device": str(LEVEL_GAUGE), "ts": ts, "level": level}).encode()
        message = Message("test", Mode.ACTUAL, "", body, NOON_US + second * 1_000_000)
        self.pipeline.take(self.pipeline.decode([("handed_in", message)]))


@pytest.fixture
def ingest(shared_store: SharedStore, database_url: str) -> Iterator[Ingest]:
    shared_store.fill(fill_register)
    opened = Ingest(database_url)
    yield opened
    opened.pipeline.close()


def alerts(connection: Connection) -> list[tuple[Any, ...]]:
    rows = connection.execute("SELECT level, state, rule_version FROM alert ORDER BY id").fetchall()
    connection.commit()
    return rows


def test_a_saved_rule_judges_the_next_batch_and_its_withdrawal_needs_none(
    ingest: Ingest, connection: Connection
) -> None:
    ingest.read(0, 2.0)
    save_new(connection, HIGH, LI)
    connection.commit()
    ingest.read(1, 2.0)
    assert alerts(connection) == [("red", "raised", 1)]
    withdraw_rule(connection, "road", LI)
    connection.commit()
    ingest.pipeline.tick()
    assert alerts(connection) == [("red", "closed", 1)]
    reason = "SELECT event, reason FROM alert_transition ORDER BY id DESC LIMIT 1"
    assert connection.execute(reason).fetchall() == [("closed", "rule withdrawn")]
    ingest.read(2, 2.0)
    restore_rule(connection, "road", LI)
    connection.commit()
    ingest.pipeline.tick()
    ingest.read(3, 2.0)
    assert alerts(connection) == [("red", "closed", 1), ("red", "raised", 1)]


def test_a_next_version_judges_what_stands_by_its_own_limits(
    ingest: Ingest, connection: Connection
) -> None:
    save_new(connection, HIGH, LI)
    connection.commit()
    ingest.read(0, 2.0)
    assert alerts(connection) == [("red", "raised", 1)]
    save_version(connection, HIGHER, LI)
    connection.commit()
    ingest.pipeline.tick()
    ingest.read(1, 2.0)
    # Red went with its limit, and yellow, whose limit is another one now, with the reading.
    assert [(level, state) for level, state, _ in alerts(connection)] == [("yellow", "cleared")]
    ingest.read(2, 3.5)
    assert alerts(connection)[-1] == ("yellow", "raised", 2)


def test_a_rule_that_cannot_be_read_any_more_stops_neither_readings_nor_other_rules(
    ingest: Ingest, connection: Connection
) -> None:
    save_new(connection, HIGH, LI)
    other = HIGH.model_copy(update={"id": "other", "version": 1})
    save_new(connection, other, LI)
    connection.commit()
    ingest.read(0, 2.0)
    body = read_rule(connection, "road")["body"] | {"entity_classes": ["9999"]}
    connection.execute("UPDATE rule_version SET body = %s WHERE rule = 'road'", [Jsonb(body)])
    connection.execute("UPDATE registry_state SET rule_revision = rule_revision + 1")
    connection.commit()
    ingest.pipeline.tick()
    ingest.read(1, 0.0)
    rows = connection.execute("SELECT rule, state FROM alert ORDER BY rule").fetchall()
    assert rows == [("other", "cleared"), ("road", "raised")]
    assert "entity class '9999'" in read_rule(connection, "road")["fault"]
