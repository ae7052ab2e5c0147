"""Uplinks that real network servers published, where the recordings are at hand."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from ingest.decoders.lorawan import ChirpStackDecoder, ThingsStackDecoder, codec_names
from tests.unit.ingest.decoders.recorded import message_of
from twin.model import Grade, NativeReading, from_us, grade_of

FOLDER = Path("data/telemetry/lorawan")


@pytest.fixture
def chirpstack(shared: Path) -> list[bytes]:
    return (shared / FOLDER / "chirpstack_v4_uplinks.jsonl").read_bytes().splitlines()


@pytest.fixture
def things_stack(shared: Path) -> list[bytes]:
    return (shared / FOLDER / "ttn_v3_uplinks.jsonl").read_bytes().splitlines()


def natives_of(
    decoder: ChirpStackDecoder | ThingsStackDecoder, line: bytes
) -> dict[str, NativeReading]:
    decoded = decoder.decode(message_of("", line))
    assert not decoded.faults
    assert len({native.observed_us for native in decoded.natives}) == 1
    return {native.native: native for native in decoded.natives}


def numbers_in(sent: dict[str, Any]) -> dict[str, float]:
    return {key: value for key, value in sent.items() if not isinstance(value, str)}


def test_every_number_of_a_chirpstack_codec_arrives_with_its_time(chirpstack: list[bytes]) -> None:
    assert len(chirpstack) == 2
    for line in chirpstack:
        sent = json.loads(line)
        natives = natives_of(ChirpStackDecoder(codec_names()), line)
        heard = sent["rxInfo"][0]
        expected = sent["object"] | {"rssi": heard["rssi"], "snr": heard["snr"]}
        assert {name: native.value for name, native in natives.items()} == expected
        assert {native.device.value for native in natives.values()} == {
            sent["deviceInfo"]["devEui"].upper()
        }
        observed = {native.observed_us for native in natives.values()}.pop()
        assert observed is not None
        assert from_us(observed) == datetime.fromisoformat(sent["time"][:26] + "+00:00")


def test_a_probe_that_is_not_connected_is_the_only_unreliable_value(
    chirpstack: list[bytes],
) -> None:
    natives = natives_of(ChirpStackDecoder(codec_names()), chirpstack[1])
    doubted = [name for name, native in natives.items() if native.flags]
    assert doubted == ["TempC_DS"]
    assert grade_of(natives["TempC_DS"].flags) is Grade.UNRELIABLE
    assert natives["TempC_DS"].value == 327.67


def test_every_number_of_a_things_stack_formatter_arrives_and_texts_do_not(
    things_stack: list[bytes],
) -> None:
    assert len(things_stack) == 3
    for line in things_stack:
        sent = json.loads(line)
        natives = natives_of(ThingsStackDecoder(codec_names()), line)
        heard = sent["uplink_message"]["rx_metadata"][0]
        expected = numbers_in(sent["uplink_message"]["decoded_payload"])
        expected |= {"rssi": heard["rssi"], "snr": heard["snr"]}
        assert {name: native.value for name, native in natives.items()} == expected
        assert {native.device.value for native in natives.values()} == {
            sent["end_device_ids"]["dev_eui"]
        }


def test_uplinks_out_of_order_keep_the_times_that_the_network_gave_them(
    things_stack: list[bytes],
) -> None:
    counts = [json.loads(line)["uplink_message"]["f_cnt"] for line in things_stack[:2]]
    natives = [natives_of(ThingsStackDecoder(codec_names()), line) for line in things_stack[:2]]
    later, earlier = (one["Humidity"].observed_us for one in natives)
    assert counts == [114, 110]
    assert later is not None
    assert earlier is not None
    assert from_us(later).isoformat() == "2022-01-01T14:01:05.293789+00:00"
    assert earlier < later
