"""Readings about the system take the way of all readings: stored, charted, judged, cleared."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import psycopg
import pytest

from alerts import explaining
from alerts.rules import Reason
from data.heartbeats import INGEST, Beat, read_beat
from ingest.config import PipelineConfig
from ingest.decoders import DECODERS
from ingest.inbox import Inbox
from ingest.pipeline import Pipeline
from ingest.self_watch.vitals import Vitals
from ingest.self_watch.watch import Insides, SelfWatch
from tests.postgis.self_watch.conftest import Connection

if TYPE_CHECKING:
    from ingest.self_watch.herald import Herald

NOON_US = 1_779_336_000_000_000
SECOND_US = 1_000_000


class Silent:
    """A herald without a broker."""

    def __init__(self) -> None:
        self.in_broker: int | None = None


class Desk:
    """A self watch, the pipeline behind it, and a clock."""

    def __init__(self, store_url: str, connection: Connection, folder: Path) -> None:
        self.connection = connection
        self.now_us = NOON_US
        self.inbox, self.vitals, self.herald = Inbox(), Vitals(), Silent()
        self.pipeline = Pipeline(
            store_url, DECODERS, lambda: self.now_us, on_faulty_rule=self.vitals.rule_failed
        )
        assert self.pipeline.ready()
        self.faulty: dict[str, str] | None = None
        insides = Insides(folder, self.faulty_rules, lambda: None, lambda: self.now_us)
        self.watch = SelfWatch(
            store_url,
            PipelineConfig(),
            self.inbox,
            cast("Herald", self.herald),
            self.vitals,
            insides,
        )

    def faulty_rules(self) -> dict[str, str]:
        """Return what a test says, else what the pipeline does."""
        return dict(self.pipeline.faulty_rules) if self.faulty is None else self.faulty

    def look(self, seconds: float = 10.0) -> None:
        """Look after some seconds, and store what was handed in."""
        self.now_us += round(seconds * SECOND_US)
        self.watch.look(self.connection, self.now_us)
        received = self.inbox.take(10, 0, 0)
        taken = self.pipeline.take(
            self.pipeline.decode([(one.decoder, one.message) for one in received])
        )
        self.watch.confirm(list(enumerate(received)), taken.fates)

    def latest(self) -> dict[str, float]:
        """Return the newest value of each quantity."""
        query = (
            b"SELECT s.quantity, l.value FROM series s JOIN series_latest l ON l.series_id = s.id"
        )
        return dict(cast("list[Any]", self.connection.execute(query).fetchall()))

    def alerts(self, rule: str) -> list[tuple[Any, ...]]:
        """Return level, state and reason of the alerts of a rule."""
        query = b"SELECT level, state, reason FROM alert WHERE rule = %s ORDER BY id"
        return self.connection.execute(query, [rule]).fetchall()


@pytest.fixture
def desk(district: Connection, database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """A desk over the district."""
    built = Desk(database_url, district, tmp_path)
    yield built
    built.pipeline.close()


def test_what_is_worst_of_a_span_is_stored_and_raises(desk: Desk) -> None:
    for _ in range(2):
        desk.vitals.committed(0.2)
        desk.vitals.committed(45.0)
        desk.vitals.waits(7)
        desk.look(60)
    latest = desk.latest()
    assert (latest["processing_delay"], latest["queue_length"]) == (45.0, 7.0)
    assert 0 < latest["disk_used"] <= 100
    (alert,) = desk.alerts("system-delay")
    assert alert[:2] == ("yellow", "raised")
    desk.vitals.committed(0.2)
    desk.look()
    assert desk.alerts("system-delay")[0][1] == "cleared"


def test_the_queue_of_the_broker_counts_where_it_is_longer(desk: Desk) -> None:
    desk.vitals.waits(7)
    desk.herald.in_broker = 25_000
    desk.look()
    assert desk.latest()["queue_length"] == 25_000


def test_waiting_notices_are_told_by_number_and_age(desk: Desk) -> None:
    for _ in range(2):
        desk.vitals.committed(45.0)
        desk.look(60)
    desk.connection.execute(b"UPDATE outbox SET created_at = now() - interval '10 minutes'")
    desk.look()
    assert desk.latest()["notices_waiting"] == 1
    assert desk.latest()["notice_age"] == pytest.approx(600, abs=30)
    assert desk.alerts("system-notice-age")[0][:2] == ("orange", "raised")
    desk.connection.execute(b"UPDATE outbox SET state = 'delivered'")
    desk.look()
    assert desk.alerts("system-notice-age")[0][1] == "cleared"


def test_nothing_more_is_handed_in_before_the_last_is_committed(desk: Desk) -> None:
    desk.watch.look(desk.connection, desk.now_us)
    desk.watch.look(desk.connection, desk.now_us + 1)
    assert len(desk.inbox) == 2


def test_a_register_without_a_county_is_left_alone(
    store: Connection, database_url: str, tmp_path: Path
) -> None:
    desk = Desk(database_url, store, tmp_path)
    desk.watch.look(store, NOON_US)
    desk.pipeline.close()
    assert len(desk.inbox) == 0
    assert desk.watch.told()["watches_itself"] == "no: the register has no county (class 8805)"


def test_a_rule_that_fails_is_an_alert_that_names_it_until_it_is_fine(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    its_reason = explaining._reason

    def reason(*arguments: Any, **named: Any) -> Reason:  # noqa: ANN401 - whatever it takes
        if arguments[0].phrase == "processing_delay":
            raise ZeroDivisionError("by zero")
        return its_reason(*arguments, **named)

    monkeypatch.setattr(explaining, "_reason", reason)
    for _ in range(2):
        desk.vitals.committed(45.0)
        desk.look(60)
    assert list(desk.pipeline.faulty_rules) == ["system-delay"]
    assert desk.vitals.wanted.is_set()
    desk.look()
    (alert,) = desk.alerts("system-rule-faulty")
    assert alert[:2] == ("orange", "raised")
    assert alert[2].startswith("system-delay: rule_faulty 1 is at or above 1")
    told = cast("dict[str, str]", desk.watch.told()["faulty_rules"])
    assert "ZeroDivisionError" in told["system-delay"]
    desk.faulty = {}
    desk.look()
    assert desk.alerts("system-rule-faulty")[0][1] == "cleared"
    desk.look()
    assert len(desk.alerts("system-rule-faulty")) == 1


def test_a_beat_stands_in_the_store_only_if_its_tick_is_committed(
    desk: Desk, district: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    beat = Beat(INGEST, NOON_US, "0.1.0", {"stored": 1})
    assert desk.pipeline.tick()
    assert read_beat(district) is None
    with monkeypatch.context() as refused:
        refused.setattr("ingest.pipeline.write_beat", _refused)
        assert not desk.pipeline.tick(beat)
    assert read_beat(district) is None
    assert desk.pipeline.tick(beat)
    found = read_beat(district)
    assert found is not None
    assert (found.version, found.told, found.writes) == ("0.1.0", {"stored": 1}, True)
    assert found.age_s < 60


def _refused(cursor: psycopg.Cursor[Any], _beat: Beat) -> None:
    cursor.execute(b"SELECT 1 / 0")
