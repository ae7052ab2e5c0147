"""Ingest, store and broker fail at random moments while a device sends: all is stored, once.

The device's level rises above its warning level and falls again; the alerts that are raised are
counted, so that the order in which readings are judged counts too.
"""

import json
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from ingest.publisher import Publisher
from tests.city.test_nothing_lost import drained, stored
from tests.city.town import Town, service_pid, services
from tests.postgis.register import LEVEL_GAUGE, ROAD_GAUGE

MESSAGES_S = 200
MESSAGES_A_WAVE = 400
TOPICS = [f"citytwin/v1/{code}/telemetry" for code in (LEVEL_GAUGE, ROAD_GAUGE)]
RAISED = "SELECT count(*) FROM alert WHERE rule = 'river-level'"


class Device(threading.Thread):
    """Sends messages until told to stop; each time is later than the one before."""

    def __init__(self, publisher: Publisher) -> None:
        super().__init__(name="device")
        self._publisher = publisher
        self.sent = 0
        self.failure: BaseException | None = None
        self.stopping = threading.Event()

    def run(self) -> None:
        start_ms = int(time.time() * 1000) - 3_600_000
        try:
            while not self.stopping.wait(1 / MESSAGES_S):
                number = self.sent
                high = number % MESSAGES_A_WAVE >= MESSAGES_A_WAVE // 2
                level = (3.2 if high else 2.0) + number * 1e-7
                payload = {"ts": start_ms + number * 10, "level": level, "velocity": 0.5}
                self._publisher.send(TOPICS[number % 2], json.dumps(payload))
                self.sent += 1
        except Exception as error:  # noqa: BLE001 - told by the test, in its own thread
            self.failure = error


@pytest.fixture(autouse=True)
def servers_up_again() -> Iterator[None]:
    """Whatever happened to the servers, the next one finds them running."""
    yield
    services("up")


def test_random_faults_lose_and_double_nothing(
    town: Town, request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> None:
    chance = random.Random(request.config.getoption("--seed"))  # noqa: S311 - a test
    outage = request.config.getoption("--outage")
    # The device sends more than one device may, which is not what this is about.
    (town.state_dir / "citytwin.toml").write_text("[ingest]\ndevice_rate_per_s = 1000\n")
    ingest = Ingest(town)
    faults: list[Callable[[], object]] = [
        ingest.kill,
        kill_store,
        lambda: services("restart", "mosquitto"),
        lambda: no_store_for(chance.uniform(1, outage / 4)),
    ]
    with town.publisher() as publisher:
        device = Device(publisher)
        device.start()
        town.until(lambda: stored(town) > 0, "some readings are stored")
        no_store_for(outage)
        for _ in range(request.config.getoption("--rounds") - 1):
            time.sleep(chance.uniform(0.1, 5))
            chance.choice(faults)()
        device.stopping.set()
        device.join()
    assert device.failure is None
    services("up")

    town.until(lambda: stored(town) >= device.sent * 2, "every reading is stored", seconds=180)
    drained(town)
    values = town.ask(
        "SELECT count(DISTINCT o.value) FROM observation o JOIN series s ON s.id = o.series_id"
        " WHERE s.quantity = 'level'"
    )
    assert (stored(town), values) == (device.sent * 2, device.sent)
    assert town.ask("SELECT count(*) FROM observation_conflict") == 0
    assert town.ask("SELECT count(*) FROM parked_message") == 0
    high = (device.sent + MESSAGES_A_WAVE // 2 - 1) // MESSAGES_A_WAVE
    assert town.ask(RAISED) == high
    record_property("messages", device.sent)
    record_property("alerts raised", high)


class Ingest:
    """The ingest process, which is started again after it was killed."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._process = town.start_ingest()

    def kill(self) -> None:
        """Kill it hard and start another one."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(10)
        self._process = self._town.start("ingest")


def kill_store() -> None:
    """Kill PostgreSQL hard and start it again."""
    os.kill(service_pid("postgres"), signal.SIGKILL)
    services("up", "postgres")


def no_store_for(seconds: float) -> None:
    """Stop PostgreSQL and start it later."""
    services("down", "postgres")
    time.sleep(seconds)
    services("up", "postgres")
