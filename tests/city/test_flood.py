"""One device that floods among 5,000: the others' readings are stored as soon as without it."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest
from shapely.geometry import Point

from data.registry import ChangeSet, EntityChange, record
from ingest.publisher import Publisher
from tests.city.conftest import free_port
from tests.city.town import Town
from tests.postgis.register import FREE_GAUGE, LEVEL_GAUGE, X, Y

OTHERS = tuple(LEVEL_GAUGE + 1000 + number for number in range(5000))
OTHERS_RATE = 1000
FLOOD_RATE = 1000
SECONDS = 8
SETTINGS = """
[ingest]
throttle_after_s = 3
"""
FLOODING = f"citytwin/v1/{FREE_GAUGE}/telemetry"

DELAY_P95 = """
    SELECT percentile_cont(0.95) WITHIN GROUP (
        ORDER BY extract(epoch FROM pg_xact_commit_timestamp(o.xmin) - o.ts))
    FROM observation o JOIN series s ON s.id = o.series_id
    WHERE s.quantity = %s AND s.device <> %s AND o.ts >= to_timestamp(%s)"""


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Iterator[Town]:
    """A district with many gauges whose ingest is quick to throttle."""
    (tmp_path / "citytwin.toml").write_text(SETTINGS)
    built = Town(tmp_path, database_url, free_port())
    gauges = [EntityChange(code, "水位计", Point(X + n, Y)) for n, code in enumerate(OTHERS)]
    with psycopg.connect(database_url) as connection:
        record(connection, ChangeSet("test", "many gauges", "test", gauges))
    yield built
    built.stop()


def test_one_device_that_floods_delays_no_other_and_is_shown(
    town: Town, record_property: Callable[[str, object], None]
) -> None:
    town.start("serve")
    town.start_ingest()
    calm = delay_p95(town, "level")
    with flood(town) as flooding:
        flooded = delay_p95(town, "depth")
        shown = wait_until_throttled(town)

    record_property("p95 delay of the others without the flood, ms", round(calm * 1000))
    record_property("p95 delay of the others with the flood, ms", round(flooded * 1000))
    assert shown["code"] == str(FREE_GAUGE)
    assert "expected at most 50 a second" in shown["reason"]
    town.until(
        lambda: refused(town) + stored_of_flood(town) >= flooding.sent,
        "each message of the flood is stored or refused",
    )
    assert refused(town) == flooding.sent - stored_of_flood(town)
    assert refused(town) > flooding.sent / 4
    record_property("messages of the flood", flooding.sent)
    record_property("of them refused", refused(town))
    # The machine may be busy; a queue that the flood made grow would be seconds long.
    assert flooded < max(3 * calm, calm + 0.25)


class Flood:
    """A device that sends far too fast, until it is told to stop."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._send, name="flood")
        self.sent = 0

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def stop(self) -> None:
        """Return once everything is confirmed."""
        self._stopping.set()
        self._thread.join(60)

    def _send(self) -> None:
        began = time.monotonic()
        began_ms = int(time.time() * 1000)
        while not self._stopping.wait(max(0.0, began + self.sent / FLOOD_RATE - time.monotonic())):
            said = {"ts": began_ms + self.sent, "level": 1.0}
            self._publisher.send(FLOODING, json.dumps(said))
            self.sent += 1


@contextmanager
def flood(town: Town) -> Iterator[Flood]:
    """Let the device flood."""
    with town.publisher() as publisher:
        flooding = Flood(publisher)
        flooding.start()
        try:
            yield flooding
        finally:
            flooding.stop()


def delay_p95(town: Town, quantity: str) -> float:
    """Let the others send at their pace; return the p95 of publish to commit, in seconds."""
    pause = threading.Event()
    count = OTHERS_RATE * SECONDS
    with town.publisher() as publisher:
        # The series are made by the first round, which is not measured.
        for code in OTHERS:
            send(publisher, code, quantity)
        town.until(lambda: count_of(town, quantity) == len(OTHERS), "all have been heard")
        began, began_at = time.monotonic(), time.time()
        for number in range(count):
            pause.wait(max(0.0, began + number / OTHERS_RATE - time.monotonic()))
            send(publisher, OTHERS[number % len(OTHERS)], quantity)
        publisher.wait_until_confirmed()
    whole = len(OTHERS) + count
    town.until(lambda: count_of(town, quantity) == whole, "all of the others is stored")
    return float(town.ask(DELAY_P95, quantity, FREE_GAUGE, began_at))


def wait_until_throttled(town: Town) -> dict[str, str]:
    """Return what the API says of the one device that is throttled."""
    port = town.environment["CITYTWIN_HTTP_PORT"]
    address = f"http://127.0.0.1:{port}/api/v1/devices/states?state=throttled"
    shown: list[dict[str, str]] = []

    def is_shown() -> bool:
        shown[:] = httpx.get(address).json()["items"]
        return bool(shown)

    town.until(is_shown, "the flooding device is shown as throttled")
    (one,) = shown
    return one


def send(publisher: Publisher, code: int, quantity: str) -> None:
    said = {"ts": round(time.time() * 1000), quantity: 1.0}
    publisher.send(f"citytwin/v1/{code}/telemetry", json.dumps(said))


def count_of(town: Town, quantity: str) -> int:
    query = (
        "SELECT count(*) FROM observation o JOIN series s ON s.id = o.series_id"
        " WHERE s.quantity = %s AND s.device <> %s"
    )
    return int(town.ask(query, quantity, FREE_GAUGE))


def stored_of_flood(town: Town) -> int:
    query = (
        "SELECT count(*) FROM observation o JOIN series s ON s.id = o.series_id WHERE s.device = %s"
    )
    return int(town.ask(query, FREE_GAUGE))


def refused(town: Town) -> int:
    found = town.ask("SELECT refused FROM device_state WHERE device = %s", FREE_GAUGE)
    return int(found or 0)
