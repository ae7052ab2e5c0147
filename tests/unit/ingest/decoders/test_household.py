"""What home and shop devices say over MQTT, and what their words do not."""

import math

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.reference import quantities, units
from data.reference.vocabularies import vocabulary
from ingest.decoders import Decoder
from ingest.decoders.documents import MAX_PAYLOAD_BYTES
from ingest.decoders.household import ShellyDecoder, TasmotaDecoder, Zigbee2MqttDecoder
from ingest.decoders.household.collecting import MAX_NATIVES
from tests.unit.ingest.decoders.recorded import CASES, message_of
from twin.model import (
    Check,
    Decoded,
    FaultReason,
    Grade,
    Mode,
    Name,
    NativeReading,
    Statistic,
    quality,
)

DECODERS: dict[str, Decoder] = {
    "zigbee2mqtt": Zigbee2MqttDecoder(vocabulary("zigbee2mqtt")),
    "tasmota": TasmotaDecoder(vocabulary("tasmota")),
    "shelly": ShellyDecoder(vocabulary("shelly")),
}
TOPICS = {
    "zigbee2mqtt": "zigbee2mqtt/room",
    "tasmota": "tele/shed/SENSOR",
    "shelly": "shellyplus1-08b61fd90730/events/rpc",
}
GOOD = [
    (name, path.parent.joinpath("topic.txt").read_text("utf-8").strip(), path.read_bytes())
    for name in DECODERS
    for path in sorted(CASES.glob(f"{name}/*/payload.*"))
]
GOOD_IDS = range(len(GOOD))


def _decode(name: str, topic: str, payload: object, mode: Mode = Mode.ACTUAL) -> Decoded:
    sent = payload if isinstance(payload, bytes) else orjson.dumps(payload)
    return DECODERS[name].decode(message_of(topic, sent, mode))


def _values(decoded: Decoded) -> dict[tuple[str, str], float]:
    return {(one.native, one.channel): one.value for one in decoded.natives}


def _assert_sound(decoded: Decoded) -> None:
    assert bool(decoded.natives) == bool(decoded.vocabulary)
    assert len(decoded.natives) <= MAX_NATIVES
    assert all(fault.sentence.strip() for fault in decoded.faults)
    for native in decoded.natives:
        assert math.isfinite(native.value)
        assert native.native
        assert native.device.value
        assert "\0" not in native.native + native.channel + native.device.value


@pytest.mark.parametrize("name", DECODERS)
@given(topic=st.text(max_size=60), payload=st.binary(max_size=200), mode=st.sampled_from(Mode))
def test_any_bytes_on_any_topic_are_survived(
    name: str, topic: str, payload: bytes, mode: Mode
) -> None:
    _assert_sound(_decode(name, topic, payload, mode))
    _assert_sound(_decode(name, TOPICS[name], payload, mode))
    _assert_sound(_decode("shelly", f"shellies/x/{topic}", payload, mode))


@settings(max_examples=300)
@given(one=st.sampled_from(GOOD_IDS), at=st.integers(0, 400), byte=st.integers(0, 255))
def test_a_message_with_one_byte_changed_is_survived(one: int, at: int, byte: int) -> None:
    name, topic, payload = GOOD[one]
    changed = bytearray(payload or b"0")
    changed[at % len(changed)] = byte
    _assert_sound(_decode(name, topic, bytes(changed)))


@pytest.mark.parametrize("one", GOOD_IDS)
def test_a_message_cut_anywhere_is_survived(one: int) -> None:
    name, topic, payload = GOOD[one]
    for end in range(min(300, len(payload))):
        _assert_sound(_decode(name, topic, payload[:end]))


@pytest.mark.parametrize("name", DECODERS)
def test_a_payload_beyond_a_mebibyte_is_refused_before_it_is_parsed(name: str) -> None:
    (fault,) = _decode(name, TOPICS[name], b"1" * (MAX_PAYLOAD_BYTES + 1)).faults
    assert fault.reason is FaultReason.TOO_LARGE


def test_a_single_value_of_a_mebibyte_is_refused_too() -> None:
    (fault,) = _decode("shelly", "shellies/x/relay/0/power", b"1" * (MAX_PAYLOAD_BYTES + 1)).faults
    assert fault.reason is FaultReason.TOO_LARGE


def test_a_flood_of_values_in_one_message_is_bounded() -> None:
    decoded = _decode("zigbee2mqtt", "zigbee2mqtt/x", {f"n{at}": at for at in range(5000)})
    assert len(decoded.natives) == MAX_NATIVES
    assert decoded.faults[0].reason is FaultReason.TOO_LARGE


@pytest.mark.parametrize("name", DECODERS)
def test_every_row_of_a_vocabulary_that_has_a_quantity_has_its_kind_of_unit(name: str) -> None:
    for term in vocabulary(name).values():
        assert term.mark in {"verified", "partly", "project"}
        assert term.name_zh
        assert term.name_en
        if term.quantity and term.unit:
            stored = quantities()[term.quantity].unit
            assert math.isfinite(units().convert(1.0, term.unit, stored))


def test_a_shelly_component_that_failed_is_unreliable_and_its_neighbours_are_not() -> None:
    status = {
        "temperature:100": {"id": 100, "tC": -50.0, "errors": ["out_of_range:temperature"]},
        "humidity:0": {"id": 0, "rh": 61.5},
    }
    frame = {"method": "NotifyStatus", "params": {"ts": 1_777_550_400.5, **status}}
    failed, fine = _decode("shelly", TOPICS["shelly"], frame).natives
    assert failed.flags == quality(Grade.UNRELIABLE, Check.DEVICE_FLAG)
    assert fine.flags == 0


def test_a_shelly_that_switched_off_by_overload_still_measures_reliably() -> None:
    status = {"id": 0, "apower": 0.0, "errors": ["overpower"]}
    (reading,) = _decode("shelly", "x/status/switch:0", status).natives
    assert reading.flags == 0


def test_fahrenheit_is_left_out_where_celsius_stands_beside_it() -> None:
    both = _decode("shelly", "x/status/temperature:0", {"id": 0, "tC": 20.5, "tF": 68.9})
    alone = _decode("shelly", "x/status/temperature:0", {"id": 0, "tF": 68.9})
    assert _values(both) == {("temperature.tC", "0"): 20.5}
    assert _values(alone) == {("temperature.tF", "0"): 68.9}


@pytest.mark.parametrize(
    ("fields", "native", "unit"),
    [
        ({"voltage": 3055, "battery": 100}, "voltage", "mV"),
        ({"voltage": 3055}, "voltage", "mV"),
        ({"voltage": 900, "battery": 3}, "voltage", "mV"),
        ({"voltage": 2.9, "battery_low": False}, "voltage", "V"),
        ({"voltage": 231, "power": 5}, "mains_voltage", "V"),
    ],
)
def test_millivolts_of_a_battery_are_told_from_volts_of_the_mains(
    fields: dict[str, object], native: str, unit: str
) -> None:
    first = _decode("zigbee2mqtt", "zigbee2mqtt/x", fields).natives[0]
    assert (first.native, first.unit) == (native, unit)


def test_a_time_of_the_device_is_local_unless_it_says_otherwise() -> None:
    noon = 1_777_608_000_000_000
    for text in ("2026-05-01T12:00:00", "2026-05-01T04:00:00Z", "2026-05-01T06:00:00+02:00"):
        sent = {"Time": text, "Switch1": "ON"}
        assert _decode("tasmota", "tele/x/SENSOR", sent).natives == [
            NativeReading(Name("mqtt", "x"), "Switch", 1.0, "", noon, "1")
        ]


def test_totals_of_energy_are_counters_and_powers_are_not() -> None:
    sent = {"ENERGY": {"Total": 5.5, "Power": 3}}
    total, power = _decode("tasmota", "tele/x/SENSOR", sent).natives
    assert (total.statistic, power.statistic) == (Statistic.COUNTER, Statistic.INSTANT)
