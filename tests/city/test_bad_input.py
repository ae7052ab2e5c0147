"""Bad input is parked with a sentence, and the stream around it is unharmed."""

import json
import time

import psycopg
import pytest

from tests.city.town import Town
from tests.postgis.register import BUILDING, LEVEL_GAUGE

NOW_MS = int(time.time() * 1000)
TOPIC = f"citytwin/v1/{LEVEL_GAUGE}/telemetry"
MIB = 1024 * 1024

CASES = {
    "not JSON": (TOPIC, b"level=1.2", "undecodable", "JSON"),
    "unknown entity code": (
        "citytwin/v1/4403118501999999/telemetry",
        json.dumps({"ts": NOW_MS, "level": 1}).encode(),
        "unknown device",
        "4403118501999999",
    ),
    "an entity that is no device": (
        f"citytwin/v1/{BUILDING}/telemetry",
        json.dumps({"ts": NOW_MS, "level": 1}).encode(),
        "unknown device",
        "is a building: expected a device",
    ),
    "not a code": (
        "citytwin/v1/44031185/telemetry",
        json.dumps({"ts": NOW_MS, "level": 1}).encode(),
        "undecodable",
        "expected 16 digits",
    ),
    "NaN": (TOPIC, b'{"ts": %d, "level": NaN}' % NOW_MS, "undecodable", "NaN"),
    "a time in 1970": (TOPIC, b'{"ts": 1000, "level": 1}', "bad time", "1970"),
    "a time next week": (
        TOPIC,
        json.dumps({"ts": NOW_MS + 7 * 86_400_000, "level": 1}).encode(),
        "bad time",
        "24",
    ),
    "an unknown quantity": (
        TOPIC,
        json.dumps({"ts": NOW_MS + 1, "levl": 1}).encode(),
        "unknown quantity",
        "levl",
    ),
    "10 MB": (
        TOPIC,
        json.dumps({"ts": NOW_MS, "level": 1, "pad": "x" * 10 * MIB}).encode(),
        "too large",
        "1048576",
    ),
    "a NUL in text": (
        TOPIC,
        json.dumps({"ts": NOW_MS + 2, "level": 1, "channel": "a\0b"}).encode(),
        "bad value",
        "channel",
    ),
}


def test_every_kind_of_bad_input_is_parked_and_the_rest_is_stored(town: Town) -> None:
    town.start_ingest()
    with town.publisher() as publisher:
        for number, (topic, payload, _, _) in enumerate(CASES.values()):
            publisher.send(TOPIC, json.dumps({"ts": NOW_MS - 10_000 + number, "level": number}))
            publisher.send(topic, payload)
        publisher.send(TOPIC, json.dumps({"ts": NOW_MS - 5000, "level": 99.5}))

    town.until(
        lambda: town.ask("SELECT count(*) FROM observation WHERE value = 99.5"),
        "the last is stored",
    )
    good = town.ask(
        "SELECT count(*) FROM observation WHERE ts < to_timestamp(%s)", (NOW_MS - 4000) / 1000
    )
    assert good == len(CASES) + 1
    with psycopg.connect(town.settings.store_url) as connection:
        parked = connection.execute(
            "SELECT topic, payload, reason, sentence FROM parked_message"
        ).fetchall()
    for name, (topic, payload, reason, part) in CASES.items():
        found = [row[2:] for row in parked if (row[0], bytes(row[1])) == (topic, payload)]
        assert len(found) == 1, name
        assert found[0][0] == reason, name
        assert part in found[0][1], f"{name}: {found[0][1]}"


@pytest.mark.parametrize("times", [50])
def test_the_same_bad_message_again_and_again_is_one_parked_row(town: Town, times: int) -> None:
    town.start_ingest()
    with town.publisher() as publisher:
        for _ in range(times):
            publisher.send(TOPIC, b"nonsense")
    town.until(
        lambda: town.ask("SELECT sum(times) FROM parked_message") == times, "all are counted"
    )
    assert town.ask("SELECT count(*) FROM parked_message") == 1


def test_readings_beside_an_unknown_quantity_are_stored_and_the_message_is_parked(
    town: Town,
) -> None:
    town.start_ingest()
    with town.publisher() as publisher:
        publisher.send(TOPIC, json.dumps({"ts": NOW_MS, "level": 1.25, "levl": 1.5}))
    town.until(lambda: town.ask("SELECT count(*) FROM parked_message"), "it is parked")
    assert town.ask("SELECT value FROM observation") == 1.25
