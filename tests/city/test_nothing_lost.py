"""Through kill -9 of ingest or PostgreSQL and a restart of the broker: nothing lost or doubled."""

import json
import os
import signal
import time
from collections.abc import Iterator

import pytest

from bench.mqtt_load import Load
from ingest.publisher import Publisher
from tests.city.town import Town, service_pid, services
from tests.postgis.register import LEVEL_GAUGE, ROAD_GAUGE

MESSAGES = 20_000
BURST = 40_000
START_MS = int(time.time() * 1000) - MESSAGES * 100
TOPICS = [f"citytwin/v1/{code}/telemetry" for code in (LEVEL_GAUGE, ROAD_GAUGE)]


@pytest.fixture(autouse=True)
def servers_up_again() -> Iterator[None]:
    """Whatever a test did to the servers, the next one finds them running."""
    yield
    services("up")


def test_a_killed_ingest_loses_and_doubles_nothing(town: Town) -> None:
    ingest = town.start_ingest()
    with town.publisher() as publisher:
        for number in range(MESSAGES):
            send_timed(publisher, number)
            if number == MESSAGES // 2:
                town.until(lambda: stored(town) > 0, "some readings are stored")
                ingest.send_signal(signal.SIGKILL)
                ingest.wait(10)
    assert stored(town) < MESSAGES * 2
    town.start_ingest()

    all_are_stored_once(town)


def test_a_killed_ingest_doubles_no_message_without_its_own_time(town: Town) -> None:
    ingest = town.start_ingest()
    with town.publisher() as publisher:
        for number in range(MESSAGES):
            payload = {"level": number / 1000, "velocity": number / 10_000}
            publisher.send(TOPICS[0], json.dumps(payload))
            if number == MESSAGES // 2:
                town.until(lambda: stored(town) > 0, "some readings are stored")
                ingest.send_signal(signal.SIGKILL)
                ingest.wait(10)
    town.start_ingest()

    town.until(lambda: stored(town) >= MESSAGES * 2, "every reading is stored")
    drained(town)
    distinct = town.ask("SELECT count(DISTINCT (series_id, value)) FROM observation")
    assert (stored(town), distinct) == (MESSAGES * 2, MESSAGES * 2)


def test_a_killed_postgresql_loses_and_doubles_nothing(town: Town) -> None:
    town.start_ingest()
    with town.publisher() as publisher:
        for number in range(MESSAGES):
            send_timed(publisher, number)
            if number == MESSAGES // 2:
                town.until(lambda: stored(town) > 0, "some readings are stored")
                os.kill(service_pid("postgres"), signal.SIGKILL)
    services("up", "postgres")

    all_are_stored_once(town)


def test_an_orderly_restart_of_the_broker_loses_and_doubles_nothing(town: Town) -> None:
    town.start_ingest()
    with town.publisher() as publisher:
        for number in range(MESSAGES):
            send_timed(publisher, number)
            if number == MESSAGES // 2:
                services("restart", "mosquitto")

    all_are_stored_once(town)


def test_a_burst_of_40000_messages_is_stored_whole(town: Town) -> None:
    town.start_ingest()
    load = Load(town.settings.accounts["client"], "burst")
    for start in range(0, BURST, 500):
        load.send([burst_message(number) for number in range(start, start + 500)])
    load.finish()
    town.until(lambda: stored(town) >= BURST, "the burst is stored", seconds=90)
    drained(town)
    assert stored(town) == BURST
    assert town.ask("SELECT count(*) FROM parked_message") == 0


def burst_message(number: int) -> tuple[bytes, bytes]:
    payload = {"ts": START_MS + number * 10, "level": number / 100_000}
    return TOPICS[0].encode(), json.dumps(payload).encode()


def send_timed(publisher: Publisher, number: int) -> None:
    payload = {"ts": START_MS + number * 100, "level": number / 1000, "velocity": 0.5}
    publisher.send(TOPICS[number % 2], json.dumps(payload))


def all_are_stored_once(town: Town) -> None:
    """The store holds each of two readings of each message, with its value, and no conflict."""
    town.until(lambda: stored(town) >= MESSAGES * 2, "every reading is stored", seconds=90)
    drained(town)
    levels = town.ask(
        "SELECT count(DISTINCT o.value) FROM observation o JOIN series s ON s.id = o.series_id"
        " WHERE s.quantity = 'level'"
    )
    assert (stored(town), levels) == (MESSAGES * 2, MESSAGES)
    assert town.ask("SELECT count(*) FROM observation_conflict") == 0
    assert town.ask("SELECT count(*) FROM parked_message") == 0


def drained(town: Town) -> None:
    """A last message has gone through, so whatever came before it has too."""
    with town.publisher() as publisher:
        publisher.send(TOPICS[0], json.dumps({"ts": START_MS, "ph": 7.0}))
    town.until(
        lambda: town.ask("SELECT count(*) FROM series WHERE quantity = 'ph'"), "the last one came"
    )
    town.until(
        lambda: town.ask(
            "DELETE FROM observation WHERE series_id IN"
            " (SELECT id FROM series WHERE quantity = 'ph') RETURNING 1"
        ),
        "the last one is stored",
    )


def stored(town: Town) -> int:
    return int(town.ask("SELECT count(*) FROM observation"))
