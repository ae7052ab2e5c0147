"""Messages that real home devices sent, where the recordings are at hand."""

import json
from pathlib import Path

import pytest

from data.reference import quantities, units
from data.reference.vocabularies import vocabulary
from ingest.decoders import Decoder
from ingest.decoders.household import ShellyDecoder, TasmotaDecoder, Zigbee2MqttDecoder
from tests.unit.ingest.decoders.recorded import message_of
from twin.model import Decoded, from_us

FILES: dict[str, Decoder] = {
    "zigbee2mqtt": Zigbee2MqttDecoder(vocabulary("zigbee2mqtt")),
    "tasmota": TasmotaDecoder(vocabulary("tasmota")),
    "shelly_gen2": ShellyDecoder(vocabulary("shelly")),
}


def _decoded(shared: Path, name: str) -> list[Decoded]:
    lines = (shared / f"data/telemetry/mqtt/{name}.jsonl").read_text("utf-8").splitlines()
    sent = [json.loads(line) for line in lines]
    return [
        FILES[name].decode(message_of(one["topic"], json.dumps(one["payload"]).encode()))
        for one in sent
    ]


def _values(decoded: Decoded) -> dict[str, float]:
    return {one.native: one.value for one in decoded.natives}


@pytest.mark.parametrize("name", FILES)
def test_every_recording_is_read_without_a_fault(shared: Path, name: str) -> None:
    assert [one.faults for one in _decoded(shared, name)] == [[], [], []]


@pytest.mark.parametrize("name", FILES)
def test_every_recorded_name_is_in_the_vocabulary_and_its_unit_becomes_the_stored_one(
    shared: Path, name: str
) -> None:
    for decoded in _decoded(shared, name):
        for one in decoded.natives:
            term = vocabulary(decoded.vocabulary)[one.native]
            if term.quantity:
                stored = quantities()[term.quantity].unit
                units().convert(one.value, one.unit or term.unit, stored)


def test_an_aqara_leak_sensor_is_dry_and_sends_its_battery_in_millivolts(shared: Path) -> None:
    leak, climate, button = _decoded(shared, "zigbee2mqtt")
    assert _values(leak) == {"water_leak": 0, "linkquality": 49, "battery": 100, "voltage": 3055}
    assert leak.natives[-1].unit == "mV"
    assert _values(climate)["pressure"] == 963
    assert climate.natives[0].device.value == "zigbee2mqtt/aqara-temperature-humidity"
    assert "click" not in _values(button)


def test_a_meter_tells_its_local_time_and_its_phases(shared: Path) -> None:
    desk, meter, house = _decoded(shared, "tasmota")
    assert _values(desk)["ENERGY.Power"] == 56
    stamp = desk.natives[0].observed_us
    assert stamp is not None
    assert from_us(stamp).isoformat() == "2023-05-19T12:52:56+00:00"
    assert meter.natives[0].device.value == "compteur"
    assert house.natives[0][1:3] == ("Switch", 1.0)


def test_a_shelly_sends_decimals_of_seconds_and_its_cloud_is_no_reading(shared: Path) -> None:
    relay, cloud, terrace = _decoded(shared, "shelly_gen2")
    assert relay.natives[0].observed_us == 1_736_603_810_490_000
    assert not cloud.natives
    assert _values(terrace) == {"switch.output": 1, "switch.temperature.tC": 54}
    assert terrace.natives[0].device.value == "home/Terrasse"
    assert terrace.natives[0].channel == "0"
