"""Warnings of others: kept once, ended by their successors, and readings that rules can judge."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from shapely import Point

from alerts.cap.config import CapConfig, CapFeed
from alerts.cap.fetching import FetchError
from alerts.cap.message import read_messages
from alerts.cap.polling import Poller
from alerts.cap.received import keep, signals_in_force
from alerts.cap.weather import QUANTITY, area_levels, news
from data.registry import ChangeSet, EntityChange, NewRelation, record
from ingest.decoders import DECODERS
from ingest.inbox import Inbox
from ingest.pipeline import Pipeline
from ingest.weather_signals import WeatherSignals, reading_of
from tests.emptying import SharedStore
from tests.postgis.register import SUB_DISTRICT, X, Y, fill_register
from tests.unit.cap.rainstorm import rainstorm
from twin.model import Mode, to_us

Connection = psycopg.Connection[tuple[Any, ...]]

NOON = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
BUREAU = 4403118599000001
FIRST = "bureau@sz.example,44030041600000_20260501080000,2026-05-01T12:00:00+08:00"
HERE = "22.60,113.80 22.60,114.20 22.90,114.20 22.90,113.80 22.60,113.80"


@pytest.fixture
def store(shared_store: SharedStore, connection: Connection) -> Connection:
    shared_store.fill(fill_register)
    bureau = EntityChange(BUREAU, "气象预警", Point(X, Y), properties={"x_weather_signal": True})
    monitors = [NewRelation(BUREAU, "monitors", SUB_DISTRICT, "test", 0.0)]
    record(connection, ChangeSet("test", "a bureau", "test", [bureau], [], monitors))
    connection.commit()
    return connection


def take(store: Connection, source: str = "bureau", mode: Mode = Mode.ACTUAL, **given: str) -> bool:
    """Keep a rainstorm signal."""
    (message,) = read_messages(rainstorm(**given)).messages
    is_new = keep(store, message, source, mode, NOON)
    store.commit()
    return is_new


def levels(store: Connection, at: datetime) -> list[int]:
    return [one.level for one in signals_in_force(store, at)]


def test_a_signal_counts_from_its_onset_until_it_expires_and_is_kept_once(
    store: Connection,
) -> None:
    assert take(store)
    assert not take(store)
    assert levels(store, NOON - HOUR) == []
    assert levels(store, NOON) == [4]
    assert levels(store, NOON + 6 * HOUR) == []
    assert signals_in_force(store, NOON, Point(113.95, 22.75))
    assert not signals_in_force(store, NOON, Point(113.0, 22.0))


@pytest.mark.parametrize(
    ("given", "expected"),
    [({"type": "Cancel"}, []), ({"type": "Update", "headline": "暴雨黄色预警"}, [2])],
)
@pytest.mark.parametrize("first", [True, False])
def test_what_is_updated_or_cancelled_is_out_of_force_in_whatever_order_they_come(
    store: Connection, given: dict[str, Any], expected: list[int], *, first: bool
) -> None:
    later: dict[str, Any] = given | {
        "identifier": "b",
        "sent": "2026-05-01T13:00:00+08:00",
        "references": FIRST,
    }
    messages: list[dict[str, Any]] = [{}, later] if first else [later, {}]
    for message in messages:
        take(store, **message)
    assert levels(store, NOON + HOUR / 2) == [4]
    assert levels(store, NOON + HOUR) == expected


def test_nobody_else_can_cancel_a_warning(store: Connection) -> None:
    take(store)
    evil: dict[str, Any] = {
        "identifier": "b",
        "references": FIRST,
        "sender": "evil@example.org",
        "type": "Cancel",
    }
    take(store, "another feed", **evil)
    assert levels(store, NOON + HOUR) == [4]


def test_only_what_is_actual_counts_in_the_city(store: Connection) -> None:
    for status in ("Exercise", "System", "Test", "Draft", "nonsense"):
        assert take(store, status=status, identifier=status)
    assert levels(store, NOON) == []
    assert len(signals_in_force(store, NOON, mode=Mode.EXERCISE)) == 0
    take(store, "drills", Mode.EXERCISE, status="Exercise", identifier="drill")
    assert len(signals_in_force(store, NOON, mode=Mode.EXERCISE)) == 1


PLACES = [
    (f"<areaDesc>x</areaDesc><polygon>{HERE}</polygon>", 4),
    ("<areaDesc>x</areaDesc><circle>22.75,113.94 5</circle>", 4),
    ("<areaDesc>x</areaDesc><circle>22.0,113.0 5</circle>", 0),
    ("<areaDesc>宝安区、光明街道</areaDesc>", 4),
    ("<areaDesc>宝安区</areaDesc>", 0),
    ("<geocode><valueName>GB/T 2260</valueName><value>440300</value></geocode>", 4),
]


def test_an_area_is_concerned_by_its_outline_its_code_or_its_name(store: Connection) -> None:
    take(store, category="Geo", identifier="earthquake", place=PLACES[0][0])
    assert [one.level for one in area_levels(store, NOON, Mode.ACTUAL)] == [0]
    for place, level in PLACES:
        take(store, place=place)
        (found,) = area_levels(store, NOON, Mode.ACTUAL)
        assert (found.device, found.area, found.level) == (BUREAU, SUB_DISTRICT, level), place
        store.execute("DELETE FROM cap_signal")
        store.execute("DELETE FROM cap_message")


def test_a_signal_goes_through_the_one_flow_and_is_told_once(
    store: Connection, database_url: str
) -> None:
    take(store, place="<areaDesc>光明街道</areaDesc>")
    clock = [NOON]
    pipeline = Pipeline(database_url, DECODERS, lambda: to_us(clock[0]))

    def hand_in() -> list[float]:
        found = news(area_levels(store, clock[0], Mode.ACTUAL))
        for one in found:
            message = reading_of(one, Mode.ACTUAL, clock[0])
            pipeline.take(pipeline.decode([("json", message)]))
        store.commit()
        return [float(one.level) for one in found]

    told = []
    for _ in range(9):
        told += hand_in()
        clock[0] += HOUR
    pipeline.close()
    assert told == [4.0, 0.0]
    query = (
        "SELECT s.entity, s.quantity, o.value FROM observation o JOIN series s"
        " ON s.id = o.series_id ORDER BY o.ts"
    )
    stored = store.execute(query.encode()).fetchall()
    assert stored == [(SUB_DISTRICT, QUANTITY, 4.0), (SUB_DISTRICT, QUANTITY, 0.0)]


def test_a_feed_is_looked_at_when_it_is_due_and_its_documents_once(store: Connection) -> None:
    asked: list[str] = []
    documents = {
        "https://bureau.example/feed": b"""<feed xmlns="http://www.w3.org/2005/Atom"><entry>
            <link href="/a.xml"/></entry><entry><link href="/gone.xml"/></entry></feed>""",
        "https://bureau.example/a.xml": rainstorm(place="<areaDesc>光明街道</areaDesc>"),
    }

    def fetch(address: str) -> bytes:
        asked.append(address.rpartition("/")[2])
        if address not in documents:
            raise FetchError(f"{address!r}: answered 404")
        return documents[address]

    feed = CapFeed(name="bureau", url="https://bureau.example/feed", every_s=60)
    inbox = Inbox()
    origin = WeatherSignals("", CapConfig(feeds=(feed,)), fetch, inbox)
    origin.look(store, NOON)
    origin.look(store, NOON + timedelta(seconds=30))
    assert asked == ["feed", "a.xml", "gone.xml"]
    assert len(inbox) == 1
    origin.look(store, NOON + timedelta(seconds=60))
    assert asked[3:] == ["feed", "gone.xml"]
    assert levels(store, NOON) == [4]


def test_a_feed_that_is_no_weather_bureaus_sets_no_signal(store: Connection) -> None:
    document = rainstorm(place="<areaDesc>光明街道</areaDesc>")
    feed = CapFeed(name="city", url="https://city.example/a.xml", weather=False)
    taken = Poller(feed, lambda _address: document).look(store, NOON)
    assert (taken.new, taken.faults) == (1, [])
    assert levels(store, NOON) == [4]
    assert [one.level for one in area_levels(store, NOON, Mode.ACTUAL)] == [0]


def test_a_feed_that_is_away_or_broken_is_a_sentence(store: Connection) -> None:
    feed = CapFeed(name="city", url="https://city.example/a.xml")
    taken = Poller(feed, lambda _address: b"<html>").look(store, NOON)
    assert taken.new == 0
    assert "not XML" in taken.faults[0]
