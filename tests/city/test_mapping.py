"""A mapping reads the JSON of others through the real broker, and survives its own change."""

import json

import psycopg

from data.parked import Choice, want_replay
from tests.city.town import Town, services
from tests.postgis.register import LEVEL_GAUGE, REACH

# The storm's account is one that may write beside our own topics' names.
ROOT = "citytwin/exercise/v1/plant"
NOON_MS = 1_777_550_400_000
MAPPING = f"""
[[mappings]]
name = "plant"
topics = ["{ROOT}/{{gauge}}/data"]
device = {{ scheme = "mqtt", text = "{{gauge}}" }}
time = {{ expression = "ts", format = "epoch_ms" }}

[[mappings.readings]]
expression = "tags.level_cm"
quantity = "level"
unit = "cm"
channel = "{{gauge}}"

[[mappings.readings]]
expression = "sum(tags.volts)"
quantity = "battery_voltage"
"""


def sent(second: int, level_cm: float) -> str:
    tags = {"level_cm": level_cm, "volts": [1.5, 2.0]}
    return json.dumps({"ts": NOON_MS + second * 1000, "tags": tags})


def stored(town: Town) -> int:
    return int(town.ask("SELECT count(*) FROM observation"))


def test_what_a_mapping_finds_is_stored_and_nothing_ends_ingest(town: Town) -> None:
    services("up")
    (town.state_dir / "citytwin.toml").write_text(MAPPING)
    ingest = town.start_ingest()
    deep = '{"tags": {"volts": ' + "[" * 1000 + "]" * 1000 + "}}"
    with town.publisher("exercise") as publisher:
        publisher.send(f"{ROOT}/gauge-1/data", deep)
        publisher.send(f"{ROOT}/gauge-1/data", sent(0, 125))
        publisher.send(f"{ROOT}/gauge-1/data", sent(0, 125))
        publisher.send(f"{ROOT}/gauge-9/data", sent(0, 125))
        publisher.send(f"{ROOT}/gauge-1/data", sent(60, 130))
    town.until(lambda: stored(town) == 4, "both messages of the known gauge are stored")
    found = town.rows(
        "SELECT s.entity, s.device, quantity, channel, value, ts = to_timestamp(1777550400)"
        " FROM observation JOIN series s ON s.id = series_id ORDER BY ts, quantity"
    )
    assert found[:2] == [
        (REACH, LEVEL_GAUGE, "battery_voltage", "", 3.5, True),
        (REACH, LEVEL_GAUGE, "level", "gauge-1", 1.25, True),
    ]
    assert town.ask("SELECT count(*) FROM parked_message") == 2
    assert ingest.poll() is None


def test_what_is_offered_again_after_the_mapping_took_other_topics_stays_parked(
    town: Town,
) -> None:
    services("up")
    (town.state_dir / "citytwin.toml").write_text(MAPPING)
    ingest = town.start_ingest()
    with town.publisher("exercise") as publisher:
        publisher.send(f"{ROOT}/gauge-9/data", sent(0, 125))
    town.until(lambda: town.ask("SELECT count(*) FROM parked_message") == 1, "it is parked")
    ingest.terminate()
    ingest.wait(20)
    (town.state_dir / "citytwin.toml").write_text(MAPPING.replace("/data", "/values"))
    with psycopg.connect(town.settings.store_url) as connection:
        assert want_replay(connection, Choice(everything=True)) == 1
    ingest = town.start_ingest()
    with town.publisher("exercise") as publisher:
        publisher.send(f"{ROOT}/gauge-1/values", sent(0, 125))
    town.until(lambda: stored(town) == 2, "ingest goes on")
    found = "SELECT sentence FROM parked_message"
    town.until(lambda: "expected one of mapping 'plant'" in town.ask(found), "it is told")
    assert ingest.poll() is None
