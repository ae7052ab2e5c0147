"""``twin ingest try`` shows each step of a message and stores nothing."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner, Result

from data.quality import read_series, set_settings
from data.quality_calibrations import Calibration, calibrate
from data.registry import ChangeSet, EntityChange, NewName, record
from tests.emptying import SharedStore
from tests.postgis.register import LEVEL_GAUGE, REACH, fill_register
from twin.cli.ingest import app

Connection = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture(autouse=True)
def settings(
    shared_store: SharedStore,
    connection: Connection,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """The small district with a Zigbee device, and a state folder that leads to it."""
    shared_store.fill(fill_register)
    names = [NewName(LEVEL_GAUGE, "mqtt", "zigbee2mqtt/bank")]
    record(connection, ChangeSet("li", "a name", "test", names=names))
    connection.commit()
    lines = ["[store]", f"url = {json.dumps(database_url)}"]
    lines += ["[mqtt]", 'host = "127.0.0.1"', "port = 1", "[mqtt.accounts]"]
    (tmp_path / "services.toml").write_text("\n".join(lines))
    own = '[[sources]]\nname = "zigbee"\nfilters = ["zigbee2mqtt/#"]\ndecoder = "zigbee2mqtt"\n'
    (tmp_path / "citytwin.toml").write_text(own)
    monkeypatch.setenv("CITYTWIN_STATE_DIR", str(tmp_path))
    return tmp_path


def twin_try(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["try", *arguments])


def test_each_step_is_shown_and_nothing_is_stored(connection: Connection) -> None:
    done = twin_try("zigbee2mqtt/bank", '{"temperature": 21.5, "linkquality": 80}', "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["source"]["name"], told["source"]["decoder"]) == ("zigbee", "zigbee2mqtt")
    assert told["native"] == ["temperature", "linkquality"]
    (reading,) = told["readings"]
    assert (reading["quantity"], reading["value"], reading["unit"]) == (
        "air_temperature",
        21.5,
        "Cel",
    )
    assert reading["device"]["registered"]["code"] == str(LEVEL_GAUGE)
    assert reading["entity"]["code"] == str(REACH)
    assert reading["series"] == "new"
    assert connection.execute("SELECT count(*) FROM series").fetchall() == [(0,)]


def test_a_person_reads_the_steps() -> None:
    done = twin_try("zigbee2mqtt/bank", '{"temperature": 21.5}')
    assert done.stdout.splitlines() == [
        "source    zigbee, decoder zigbee2mqtt, mode actual",
        "it says   temperature",
        "reading   air_temperature 21.5 Cel (instant) at its arrival, good",
        "  device  mqtt zigbee2mqtt/bank: 440311-8501-000001-6 茅洲河水位计1",
        "  of      440311-8202-000001-8 茅洲河1段, series new",
    ]


@pytest.mark.parametrize(
    ("topic", "payload", "sentence"),
    [
        ("nowhere/at/all", "{}", "no source takes it"),
        ("zigbee2mqtt/bank", "not json", "payload is not JSON"),
        ("zigbee2mqtt/stranger", '{"temperature": 21.5}', "zigbee2mqtt/stranger"),
    ],
)
def test_what_would_not_be_taken_ends_with_one(topic: str, payload: str, sentence: str) -> None:
    done = twin_try(topic, payload)
    assert done.exit_code == 1
    assert sentence in done.stderr


def test_a_payload_can_stand_in_a_file(settings: Path) -> None:
    file = settings / "payload.json"
    file.write_text('{"temperature": 21.5}')
    assert twin_try("zigbee2mqtt/bank", f"@{file}").exit_code == 0


def test_a_source_without_a_decoder_is_refused_with_those_there_are(settings: Path) -> None:
    own = '[[sources]]\nname = "x"\nfilters = ["x/#"]\ndecoder = "telepathy"\n'
    (settings / "citytwin.toml").write_text(own)
    done = twin_try("x/1", "{}")
    assert "source 'x': decoder 'telepathy', expected one of json, " in str(done.exception)


def test_a_mapped_topic_shows_what_each_expression_gave(settings: Path) -> None:
    own = '[[mappings]]\nname = "plant"\ntopics = ["plant/{gauge}"]\n'
    own += 'device = { scheme = "mqtt", text = "zigbee2mqtt/{gauge}" }\n'
    own += '[[mappings.readings]]\nexpression = "tags.level"\nquantity = "level"\nunit = "cm"\n'
    own += '[[mappings.readings]]\nexpression = "tags.volts"\nquantity = "battery_voltage"\n'
    (settings / "citytwin.toml").write_text(own)
    done = twin_try("plant/bank", '{"tags": {"level": 125}}')
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == [
        "source    plant, decoder mapping:plant, mode actual",
        "step      level: tags.level gave 125",
        "step      battery_voltage: tags.volts gave null",
        "reading   level 1.25 m (instant) at its arrival, good",
        "  device  mqtt zigbee2mqtt/bank: 440311-8501-000001-6 茅洲河水位计1",
        "  of      440311-8202-000001-8 茅洲河1段, series new",
    ]


def test_a_devices_settings_are_used_and_its_type_is_shown(connection: Connection) -> None:
    own = {"quantities": {"temperature": {"quantity": "water_temperature"}}}
    change = EntityChange(
        LEVEL_GAUGE, properties={"device_type": "zigbee-door-contact", "device_settings": own}
    )
    record(connection, ChangeSet("li", "a type", "test", [change]))
    connection.commit()
    done = twin_try("zigbee2mqtt/bank", '{"temperature": 21.5, "contact": true}')
    assert "reading   water_temperature 21.5 Cel (instant) at its arrival, good" in done.stdout
    assert "reading   door_open 0 1 (instant) at its arrival, good" in done.stdout
    assert "茅洲河水位计1, type zigbee-door-contact" in done.stdout


def test_a_mapping_with_a_mistake_ends_with_its_sentence(settings: Path) -> None:
    own = '[[mappings]]\nname = "plant"\ntopics = ["plant"]\n'
    own += 'device = { scheme = "mqtt", text = "x" }\n'
    own += '[[mappings.readings]]\nexpression = "tags..level"\nquantity = "level"\n'
    (settings / "citytwin.toml").write_text(own)
    done = twin_try("plant", "{}")
    assert "mappings.0.readings.0.expression: expression 'tags..level': " in str(done.exception)
    assert str(done.exception).endswith("(at character 6)")


def stored_level(connection: Connection, value: float) -> int:
    """Give the gauge a series with one value of ten minutes ago, and return its number."""
    found = connection.execute(
        "INSERT INTO series (entity, quantity, device, statistic, period_s, channel, mode)"
        " VALUES (%s, 'air_temperature', %s, 'instant', 0, '', 'actual') RETURNING id",
        (REACH, LEVEL_GAUGE),
    ).fetchone()
    assert found
    connection.execute(
        "WITH said AS"
        " (SELECT %s::int4 AS id, now() - interval '10 minutes' AS at, %s::float8 AS v),"
        " latest AS (INSERT INTO series_latest SELECT id, at, v, 0, at FROM said)"
        " INSERT INTO observation SELECT id, at, v, 0, at FROM said",
        (found[0], value),
    )
    connection.commit()
    return int(found[0])


def reading_of(payload: str) -> dict[str, Any]:
    done = twin_try("zigbee2mqtt/bank", payload, "--json")
    (reading,) = json.loads(done.stdout)["readings"]
    return dict(reading)


def test_the_quality_is_that_of_the_checks_against_what_is_stored(connection: Connection) -> None:
    series = stored_level(connection, 20.0)
    jumped = reading_of('{"temperature": 45}')
    assert (jumped["series"], jumped["quality"]) == (series, "unreliable")
    assert "spike" in jumped["checks"]
    assert reading_of('{"temperature": 20.1}')["checks"] == []
    assert connection.execute("SELECT count(*) FROM observation").fetchall() == [(1,)]


def test_a_sentinel_is_none_of_a_new_series_either() -> None:
    told = reading_of('{"temperature": 327.67}')
    assert (told["series"], told["quality"]) == ("new", "unreliable")
    assert "sentinel" in told["checks"]


def test_expectations_and_calibrations_of_the_series_are_used(connection: Connection) -> None:
    series = stored_level(connection, 20.0)
    calibrate(connection, series, Calibration(1.0, 1.5, ""), datetime.now(UTC))
    expected = {"soft_max": 21.0}
    set_settings(connection, read_series(connection, series), "series", expected, by=("li", "test"))
    connection.commit()
    told = reading_of('{"temperature": 20}')
    assert (told["raw_value"], told["value"]) == (20.0, 21.5)
    assert (told["quality"], told["checks"]) == ("doubtful", ["soft_limit"])
    done = twin_try("zigbee2mqtt/bank", '{"temperature": 20}')
    assert "21.5 Cel (instant), 20 as sent at its arrival, doubtful (soft_limit)" in done.stdout
