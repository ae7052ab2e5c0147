"""LoRaWAN uplinks of unusual kinds, and the tables that explain them."""

import csv
import math
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.reference import quantities
from data.reference.tables import table_text
from data.reference.vocabularies import vocabulary
from ingest.decoders.documents import MAX_PAYLOAD_BYTES
from ingest.decoders.faults import MAX_FAULTS
from ingest.decoders.lorawan import ChirpStackDecoder, ThingsStackDecoder, codec_names
from ingest.decoders.lorawan.codec_output import MAX_DEPTH, MAX_VALUES
from tests.unit.ingest.decoders.recorded import message_of
from twin.model import Check, Decoded, FaultReason, Grade, Mode, Name, quality

CHIRPSTACK = ChirpStackDecoder(codec_names())
THINGS_STACK = ThingsStackDecoder(codec_names())
EUI = "24E124713D410001"
TOPIC = f"application/a/device/{EUI}/event/up"
NO_SENSOR = quality(Grade.UNRELIABLE, Check.DEVICE_FLAG)


def event(fields: object) -> dict[str, Any]:
    return {
        "time": "2026-04-30T12:00:00Z",
        "deviceInfo": {"devEui": EUI.lower()},
        "fPort": 2,
        "data": "AQ==",
        "object": fields,
        "rxInfo": [{"rssi": -97, "snr": 6.25}],
    }


def uplink(fields: object) -> dict[str, Any]:
    return {
        "end_device_ids": {"dev_eui": EUI},
        "uplink_message": {
            "received_at": "2026-04-30T12:00:00.293789172Z",
            "f_port": 2,
            "frm_payload": "AQ==",
            "decoded_payload": fields,
            "rx_metadata": [{"rssi": -97, "snr": 6.25}],
        },
    }


def read(fields: object) -> Decoded:
    return CHIRPSTACK.decode(message_of(TOPIC, orjson.dumps(event(fields))))


def values_of(decoded: Decoded) -> dict[str, float]:
    return {native.native: native.value for native in decoded.natives}


@pytest.mark.parametrize(
    ("name", "value", "flags"),
    [
        ("TempC_DS", 327.67, NO_SENSOR),
        ("TempC_DS", 32767 * 0.01, NO_SENSOR),
        ("TempC_DS", 32.67, 0),
        ("TempC_DS18B20", 32767 * 0.1, NO_SENSOR),
        ("temperature", -327.68, NO_SENSOR),
        ("altitude", 327.67, 0),
        ("humidity", 6553.5, NO_SENSOR),
        ("humidity", 85.0, 0),
    ],
)
def test_a_value_that_stands_for_no_sensor_is_unreliable_under_its_name_only(
    name: str, value: float, flags: int
) -> None:
    native = read({name: value}).natives[0]
    assert (native.native, native.value, native.flags) == (name, value, flags)


def test_both_servers_name_a_device_by_its_dev_eui_in_capitals() -> None:
    one = CHIRPSTACK.decode(message_of("", orjson.dumps(event({"BatV": 3.6}))))
    other = THINGS_STACK.decode(message_of("", orjson.dumps(uplink({"BatV": 3.6}))))
    devices = {native.device for native in (*one.natives, *other.natives)}
    assert devices == {Name("deveui", EUI)}
    assert one.vocabulary == other.vocabulary == "lorawan"


def test_a_repeated_uplink_gives_the_same_readings_at_the_same_time() -> None:
    first, again = uplink({"BatV": 3.6}), uplink({"BatV": 3.6})
    again["received_at"] = "2026-04-30T12:03:00Z"
    assert (
        THINGS_STACK.decode(message_of("", orjson.dumps(first))).natives
        == THINGS_STACK.decode(message_of("", orjson.dumps(again))).natives
    )


def test_a_codec_that_gives_an_empty_object_has_nothing_to_say() -> None:
    decoded = read({})
    assert not decoded.faults
    assert values_of(decoded) == {"rssi": -97.0, "snr": 6.25}


def test_a_battery_that_cannot_be_measured_has_no_level() -> None:
    status = {"deviceInfo": {"devEui": EUI}, "batteryLevelUnavailable": True, "batteryLevel": 0}
    payload = orjson.dumps(status | {"margin": 12})
    assert values_of(CHIRPSTACK.decode(message_of("", payload))) == {"margin": 12.0}


def test_more_values_than_an_uplink_can_hold_are_one_fault() -> None:
    decoded = read({"a": list(range(100_000)), "BatV": 3.6})
    assert [fault.reason for fault in decoded.faults] == [FaultReason.TOO_LARGE]
    assert MAX_VALUES <= len(decoded.natives) <= MAX_VALUES + 2


def test_deep_nesting_is_refused_and_harms_only_itself() -> None:
    nested: object = 1
    for _ in range(MAX_DEPTH + 1):
        nested = {"a": nested}
    decoded = read({"deep": nested, "BatV": 3.6})
    assert values_of(decoded)["BatV"] == 3.6
    (fault,) = decoded.faults
    assert fault.sentence.endswith("nested deeper than 8, expected fewer levels")


def test_names_that_cannot_be_stored_are_refused_in_a_short_sentence() -> None:
    decoded = read({"": 1, "x" * 500_000: {"y": 1}, "a\nb": 2, "BatV": 3.6})
    assert len(decoded.faults) == 3
    assert all(len(fault.sentence) < 200 for fault in decoded.faults)
    assert set(values_of(decoded)) == {"BatV", "rssi", "snr"}


def test_the_faults_of_one_uplink_are_bounded() -> None:
    decoded = read({f"a\t{number}": 1 for number in range(100)})
    assert len(decoded.faults) == MAX_FAULTS + 1


def test_a_text_of_a_million_digits_is_looked_at_once() -> None:
    (fault,) = read({"TempC_SHT": "1" * 1_000_000}).faults
    assert fault.reason is FaultReason.BAD_VALUE
    assert not read({"TempC_SHT": "1" * 1_000_000 + "x"}).faults


def test_a_payload_of_more_than_a_mebibyte_is_refused() -> None:
    for decoder in (CHIRPSTACK, THINGS_STACK):
        (fault,) = decoder.decode(message_of(TOPIC, b" " * (MAX_PAYLOAD_BYTES + 1))).faults
        assert fault.reason is FaultReason.TOO_LARGE


def test_every_name_with_a_quantity_has_a_known_one_and_a_unit() -> None:
    for term in vocabulary("lorawan").values():
        assert not term.quantity or (term.quantity in quantities() and term.unit), term
        assert term.name_zh, term
        assert term.name_en, term


def test_every_sentinel_is_of_a_name_that_the_vocabulary_has() -> None:
    rows = list(csv.DictReader(table_text("lorawan_sentinels.csv").splitlines()))
    assert {row["native"] for row in rows} <= set(vocabulary("lorawan"))
    assert {row["mark"] for row in rows} <= {"verified", "partly", "project"}
    assert all(math.isfinite(float(row["value"])) and row["meaning"] for row in rows)


_keys = st.sampled_from(
    ["time", "deviceInfo", "devEui", "object", "rxInfo", "rssi", "snr", "uplink_message",
     "end_device_ids", "dev_eui", "received_at", "normalized_payload", "decoded_payload",
     "TempC_SHT", "TempC_DS", "margin", "batteryLevel", "simulated", "settings"]
) | st.text(max_size=6)  # fmt: skip
_leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from([EUI, "2026-04-30T12:00:00.123456789Z", "1.5", "0001-01-01T00:00:00+14:00"])
)
_documents = st.recursive(
    _leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_keys, inner, max_size=6),
    max_leaves=20,
)
_topics = st.sampled_from(["", TOPIC, TOPIC.replace("/up", "/status"), "v3/a@ttn/devices/b/up"])
_decoders = st.sampled_from([CHIRPSTACK, THINGS_STACK])
_modes = st.sampled_from(Mode)


def assert_sound(decoded: Decoded) -> None:
    assert bool(decoded.natives) == bool(decoded.vocabulary)
    for native in decoded.natives:
        assert math.isfinite(native.value)
        assert native.native
        assert "\0" not in native.native
        assert native.device.value
    assert all(fault.sentence.strip() for fault in decoded.faults)


@given(decoder=_decoders, topic=_topics | st.text(), payload=st.binary(max_size=200), mode=_modes)
def test_any_bytes_are_survived(
    decoder: ChirpStackDecoder | ThingsStackDecoder, topic: str, payload: bytes, mode: Mode
) -> None:
    assert_sound(decoder.decode(message_of(topic, payload, mode)))


@settings(max_examples=200)
@given(decoder=_decoders, topic=_topics, document=_documents, mode=_modes)
def test_any_document_and_any_codec_output_are_survived(
    decoder: ChirpStackDecoder | ThingsStackDecoder, topic: str, document: object, mode: Mode
) -> None:
    for sent in (document, event(document), uplink(document)):
        assert_sound(decoder.decode(message_of(topic, orjson.dumps(sent), mode)))


@settings(max_examples=200)
@given(decoder=_decoders, at=st.integers(0, 400), cut=st.integers(0, 5), put=st.binary(max_size=5))
def test_mutated_frames_are_survived(
    decoder: ChirpStackDecoder | ThingsStackDecoder, at: int, cut: int, put: bytes
) -> None:
    for sent in (event({"TempC_DS": 327.67, "BatV": 3.6}), uplink({"TempC_DS": 327.67})):
        good = orjson.dumps(sent)
        payload = good[:at] + put + good[at + cut :]
        assert_sound(decoder.decode(message_of("", payload)))


@given(field=st.sampled_from(["time", "deviceInfo", "object", "rxInfo", "fPort"]), value=_documents)
def test_a_field_of_another_kind_never_becomes_a_number_that_was_not_sent(
    field: str, value: object
) -> None:
    sent = event({"BatV": 3.6}) | {field: value}
    decoded = CHIRPSTACK.decode(message_of(TOPIC, orjson.dumps(sent)))
    assert_sound(decoded)
    if field != "object" and decoded.natives:
        assert values_of(decoded)["BatV"] == 3.6
