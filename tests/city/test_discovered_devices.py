"""Devices that announce themselves at the real broker become devices of the register."""

import csv
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tests.city.town import ROOT, Town, services

# Accounts of devices may write where the district's broker lets them; the storm's may here.
PREFIX = "citytwin/exercise/v1/ha"
TANK = {
    "unique_id": "tank_humidity",
    "device_class": "humidity",
    "unit_of_measurement": "%",
    "state_topic": f"{PREFIX}/tank/state",
    "value_template": "{{ value_json.hum }}",
    "device": {"identifiers": ["0x231ed3"], "name": "水箱", "manufacturer": "Acme", "model": "T1"},
}
WARMTH = TANK | {
    "unique_id": "tank_warmth",
    "device_class": "temperature",
    "unit_of_measurement": "°C",
    "value_template": "{{ value_json.temp }}",
}


def publish(town: Town, topic: str, payload: object, *, retain: bool) -> None:
    account = town.settings.accounts["exercise"]
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv311)
    client.username_pw_set(account.username, account.password())
    client.connect(account.host, account.port)
    client.loop_start()
    text = "" if payload is None else json.dumps(payload)
    client.publish(topic, text, qos=1, retain=retain).wait_for_publish(10)
    client.disconnect()
    client.loop_stop()


def twin(town: Town, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "twin.cli", *arguments],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", **town.environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def announced(town: Town) -> Town:
    """A town with a source for such devices, at whose broker one has announced itself."""
    services("up")
    source = f'[[sources]]\nname = "ha"\nfilters = ["{PREFIX}/#"]\ndecoder = "homeassistant"\n'
    (town.state_dir / "citytwin.toml").write_text(source)
    publish(town, f"{PREFIX}/sensor/tank_h/config", TANK, retain=True)
    publish(town, f"{PREFIX}/sensor/node/tank_w/config", WARMTH, retain=True)
    publish(town, f"{PREFIX}/sensor/broken/config", "no announcement", retain=True)
    return town


@pytest.fixture(autouse=True)
def forgotten(town: Town) -> Iterator[None]:
    """The broker keeps nothing of a test for the next one."""
    yield
    for name in ("sensor/tank_h", "sensor/node/tank_w", "sensor/broken"):
        publish(town, f"{PREFIX}/{name}/config", None, retain=True)


def test_what_announced_itself_is_imported_and_its_readings_are_stored(
    announced: Town, tmp_path: Path
) -> None:
    file = tmp_path / "found.csv"
    done = twin(announced, "devices", "discovered", "--prefix", PREFIX, "--csv", str(file))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[:2] == [
        "0x231ed3  水箱  Acme T1",
        "  tank_humidity  humidity %  humidity",
    ]
    assert "device_settings may say which it is, one of water_temperature" in done.stdout
    assert "sensor/broken/config" in done.stderr
    assert f"twin import {file} --map {tmp_path / 'found.toml'} --county CODE" in done.stderr
    say_what_warmth_is(file)
    imported = twin(
        announced, "import", str(file), "--map", str(tmp_path / "found.toml"), "--county", "440311"
    )
    assert imported.returncode == 0, imported.stderr
    announced.start_ingest()
    publish(announced, f"{PREFIX}/tank/state", {"hum": 61.5, "temp": 21.5}, retain=False)
    announced.until(lambda: announced.ask("SELECT count(*) FROM observation") == 2, "both stand")
    stored = announced.rows(
        "SELECT quantity, channel, value, e.name, e.class_code FROM observation"
        " JOIN series s ON s.id = series_id JOIN entity e ON e.code = s.device ORDER BY quantity"
    )
    assert stored == [
        ("humidity", "tank_humidity", 61.5, "水箱", "8599"),
        ("water_temperature", "tank_warmth", 21.5, "水箱", "8599"),
    ]


def say_what_warmth_is(file: Path) -> None:
    """Fill in what the announcement does not say, as a person does before the import."""
    with file.open(encoding="utf-8", newline="") as read:
        reader = csv.DictReader(read)
        columns, (row,) = list(reader.fieldnames or ()), list(reader)
    row["device_settings"] = '{"quantities": {"temperature": {"quantity": "water_temperature"}}}'
    with file.open("w", encoding="utf-8", newline="") as written:
        writer = csv.DictWriter(written, columns)
        writer.writeheader()
        writer.writerow(row)


def test_programs_get_json_and_the_wait_is_bounded(announced: Town) -> None:
    started = time.monotonic()
    done = twin(announced, "devices", "discovered", "--prefix", PREFIX, "--wait", "5", "--json")
    assert time.monotonic() - started < 30
    told = json.loads(done.stdout)
    (device,) = told["devices"]
    assert device["name"] == {"scheme": "x.homeassistant", "value": "0x231ed3"}
    assert [one["quantity"] for one in device["values"]] == ["humidity", ""]
    assert len(told["problems"]) == 1


def test_topics_that_no_source_takes_are_told(announced: Town) -> None:
    (announced.state_dir / "citytwin.toml").write_text("")
    done = twin(announced, "devices", "discovered", "--prefix", PREFIX)
    assert f"no source with decoder 'homeassistant' takes '{PREFIX}/tank/state'" in done.stderr
