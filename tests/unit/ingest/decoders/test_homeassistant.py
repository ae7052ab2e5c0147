"""What devices announce to Home Assistant, and the states that follow."""

import json
import math
from collections.abc import Mapping
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.reference import quantities, units
from data.reference.tables import table_rows
from data.reference.vocabularies import vocabulary
from ingest.decoders.documents import MAX_PAYLOAD_BYTES
from ingest.decoders.homeassistant import Discovered, HomeAssistantDecoder, read_discovery
from ingest.decoders.homeassistant.decoder import MAX_OF_ONE_STATE
from ingest.decoders.homeassistant.templates import UnreadableTemplateError, read_template
from tests.unit.ingest.decoders.recorded import CASES, message_of
from twin.model import Decoded, Fault, FaultReason, Message, Name, NativeReading, Statistic

TOPIC = "homeassistant/sensor/tank/config"
LEVEL = {"uniq_id": "t1-level", "stat_t": "tank/state", "unit_of_meas": "cm", "stat_cla": "total"}
GOOD = sorted(CASES.glob("homeassistant/*/payload.*"))


def _message(topic: str, payload: object) -> Message:
    return message_of(topic, payload if isinstance(payload, bytes) else orjson.dumps(payload))


def _knowing(
    *announcements: Mapping[str, object], component: str = "sensor"
) -> HomeAssistantDecoder:
    decoder = HomeAssistantDecoder(units())
    for number, one in enumerate(announcements):
        taken = decoder.announce(_message(f"homeassistant/{component}/n/o{number}/config", one))
        assert isinstance(taken, Discovered)
    return decoder


def _found(fields: Mapping[str, object]) -> Discovered:
    found = read_discovery(_message(TOPIC, fields))
    assert isinstance(found, Discovered)
    return found


def _state(decoder: HomeAssistantDecoder, payload: object, topic: str = "tank/state") -> Decoded:
    return decoder.decode(_message(topic, payload))


def _assert_sound(decoded: Decoded) -> None:
    assert bool(decoded.natives) == bool(decoded.vocabulary)
    assert all(fault.sentence.strip() for fault in decoded.faults)
    for native in decoded.natives:
        assert math.isfinite(native.value)
        assert "\0" not in native.native + native.channel + native.unit + native.device.value


def test_two_thermometers_of_a_recorded_tank_are_two_channels_of_one_device(shared: Path) -> None:
    lines = (shared / "data/telemetry/mqtt/ha_discovery.jsonl").read_text("utf-8").splitlines()
    decoder = HomeAssistantDecoder(units())
    for one in map(json.loads, lines):
        assert isinstance(decoder.announce(_message(one["topic"], one["payload"])), Discovered)
    decoded = _state(decoder, {"temp": 21.5, "tempw": 43.25}, "home/watertank")
    device = Name("x.homeassistant", "231ed3")
    assert decoded.natives == [
        NativeReading(device, "temperature", 21.5, "Cel", None, "wttemp"),
        NativeReading(device, "temperature", 43.25, "Cel", None, "wttempw"),
    ]
    assert decoded.vocabulary == "homeassistant"
    assert not decoded.faults


def test_a_recorded_announcement_is_told_in_full(shared: Path) -> None:
    line = (shared / "data/telemetry/mqtt/ha_discovery.jsonl").read_text("utf-8").splitlines()[0]
    sent = json.loads(line)
    found = read_discovery(_message(sent["topic"], sent["payload"]))
    assert isinstance(found, Discovered)
    assert (found.component, found.object_id, found.unique_id) == (
        "sensor",
        "watertank_t",
        "wttemp",
    )
    assert (found.name, found.device_class) == ("Temperature", "temperature")
    assert (found.state_topic, found.unit) == ("home/watertank", "°C")
    assert found.value_path == ("temp",)
    assert found.identifiers == ("231ed3",)
    assert (found.maker, found.model) == ("Tsukihime", "nRF24 Watertank Sensor")


def test_short_and_full_keys_say_the_same() -> None:
    full = {
        "unique_id": "t1-level",
        "state_topic": "tank/state",
        "unit_of_measurement": "cm",
        "state_class": "total",
    }
    assert _found(full) == _found(LEVEL)


def test_an_abbreviation_stands_for_one_key_and_is_told_how_sure_it_is() -> None:
    rows = list(table_rows("homeassistant_abbreviations.csv"))
    assert len({(place, short) for place, short, _, _ in rows}) == len(rows)
    assert {mark for _, _, _, mark in rows} == {"verified", "partly"}


def test_every_device_class_with_a_quantity_names_one_of_ours() -> None:
    for term in vocabulary("homeassistant").values():
        if term.quantity:
            stored = quantities()[term.quantity].unit
            assert math.isfinite(units().convert(1.0, term.unit or stored, stored))


@pytest.mark.parametrize(
    ("sent", "expected"), [("~/level", "works/t/level"), ("level/~", "level/works/t"), ("x", "x")]
)
def test_the_base_topic_is_put_where_a_topic_begins_or_ends_with_it(
    sent: str, expected: str
) -> None:
    assert _found({"~": "works/t", "stat_t": sent}).state_topic == expected


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("{{ value }}", ()),
        ("{{value_json}}", ()),
        ("{{ value_json.a.b }}", ("a", "b")),
        ("{{ value_json['a'] }}", ("a",)),
        ('{{ value_json["a b"][0].c }}', ("a b", 0, "c")),
        ("{{ value_json.a | is_defined }}", ("a",)),
        ("{{ value_json.a|float|round(1) }}", ("a",)),
        ("{{- value_json.a -}}", ("a",)),
    ],
)
def test_a_template_that_points_is_followed(template: str, path: tuple[str | int, ...]) -> None:
    assert read_template(template) == path


@pytest.mark.parametrize(
    "template",
    [
        "{{ value_json.a * 2 }}",
        "{{ value_json.a if value_json.a is defined }}",
        "{% if value %}1{% endif %}",
        "{{ value.a }}",
        "{{ states('sensor.x') }}",
        "{{ value_json.a }} m",
        "{{ value_json" + ".a" * 200 + " }}",
        "{{ value_json" + "[0]" * 11 + " }}",
        "",
    ],
)
def test_a_template_that_computes_is_told_as_not_understood(template: str) -> None:
    with pytest.raises(UnreadableTemplateError, match="not understood"):
        read_template(template)


def test_a_template_of_several_lines_is_told_and_its_entity_known() -> None:
    found = _found(LEVEL | {"val_tpl": "{% set x = 1 %}\n{{ x }}"})
    assert found.value_path is None
    assert "not understood" in found.not_understood


def test_a_state_whose_template_was_not_understood_is_parked() -> None:
    decoder = _knowing(LEVEL | {"val_tpl": "{{ value_json.a * 2 }}"})
    (fault,) = _state(decoder, {"a": 1}).faults
    assert "not understood" in fault.sentence


@pytest.mark.parametrize(("payload", "value"), [(b"12.5", 12.5), (b" 7 ", 7), (b"-1e2", -100)])
def test_a_bare_number_is_a_state(payload: bytes, value: float) -> None:
    (native,) = _state(_knowing(LEVEL), payload).natives
    assert native == NativeReading(
        Name("x.homeassistant", "t1-level"), "o0", value, "cm", None, "t1-level"
    )


@pytest.mark.parametrize("payload", [b"unknown", b"unavailable", b"None", b"nan", b""])
def test_a_device_that_knows_nothing_gives_no_reading_and_no_fault(payload: bytes) -> None:
    assert not any(_state(_knowing(LEVEL), payload))


def test_a_word_of_a_measuring_entity_is_a_fault_that_leaves_its_neighbour_alone() -> None:
    other = {"uniq_id": "t1-b", "stat_t": "tank/state", "val_tpl": "{{ value_json.b }}"}
    decoder = _knowing(LEVEL | {"val_tpl": "{{ value_json.a }}"}, other)
    decoded = _state(decoder, {"a": "high", "b": 2})
    assert [one.value for one in decoded.natives] == [2]
    assert decoded.faults == [
        Fault(FaultReason.BAD_VALUE, "t1-level 'high': expected a number"),
    ]


def test_a_word_of_an_entity_without_unit_is_no_reading() -> None:
    assert not any(_state(_knowing({"uniq_id": "m", "stat_t": "tank/state"}), b"idle"))


def test_a_value_that_a_message_does_not_have_is_left_out() -> None:
    decoder = _knowing(LEVEL | {"val_tpl": "{{ value_json.a[2] }}"})
    assert not any(_state(decoder, {"a": [1]}))
    assert not any(_state(decoder, {"b": 1}))


@pytest.mark.parametrize(
    ("words", "payload", "value"),
    [
        ({}, b"ON", 1),
        ({}, b"OFF", 0),
        ({"pl_on": "open", "pl_off": "shut"}, b"open", 1),
        ({"pl_on": "open", "pl_off": "shut"}, b"shut", 0),
        ({"pl_on": True, "pl_off": False, "val_tpl": "{{ value_json.s }}"}, b'{"s":true}', 1),
        ({"pl_on": "0", "pl_off": "1"}, b"0", 1),
    ],
)
def test_a_binary_sensor_speaks_the_words_that_it_announced(
    words: dict[str, object], payload: bytes, value: float
) -> None:
    announced = {"uniq_id": "d", "dev_cla": "door", "stat_t": "tank/state"} | words
    (native,) = _state(_knowing(announced, component="binary_sensor"), payload).natives
    assert (native.native, native.value) == ("binary_sensor.door", value)


def test_a_word_that_a_binary_sensor_did_not_announce_is_a_fault() -> None:
    decoder = _knowing({"uniq_id": "d", "stat_t": "tank/state"}, component="binary_sensor")
    assert _state(decoder, b"ajar").faults == [
        Fault(FaultReason.BAD_VALUE, "d 'ajar': expected 'on' or 'off'")
    ]


def test_a_total_that_only_grows_is_a_counter() -> None:
    decoder = _knowing(LEVEL | {"stat_cla": "total_increasing"})
    assert _state(decoder, b"5").natives[0].statistic is Statistic.COUNTER


def test_a_withdrawn_entity_is_forgotten() -> None:
    decoder = HomeAssistantDecoder(units())
    assert isinstance(decoder.announce(_message(TOPIC, LEVEL)), Discovered)
    assert decoder.announce(_message(TOPIC, b"")) is None
    (fault,) = _state(decoder, b"5").faults
    assert fault.reason is FaultReason.UNKNOWN_DEVICE


def test_an_entity_announced_anew_is_read_on_its_new_topic_only() -> None:
    decoder = HomeAssistantDecoder(units())
    decoder.announce(_message(TOPIC, LEVEL))
    decoder.announce(_message(TOPIC, LEVEL | {"stat_t": "tank/new"}))
    assert not _state(decoder, b"5").natives
    assert len(_state(decoder, b"5", "tank/new").natives) == 1


def test_a_flood_of_entities_on_one_state_topic_is_refused() -> None:
    decoder = _knowing(*[LEVEL] * MAX_OF_ONE_STATE)
    refused = decoder.announce(_message(TOPIC, LEVEL))
    assert isinstance(refused, Fault)
    assert refused.reason is FaultReason.TOO_LARGE
    assert len(_state(decoder, b"5").natives) == MAX_OF_ONE_STATE


def test_a_state_beyond_a_mebibyte_is_refused() -> None:
    (fault,) = _state(_knowing(LEVEL), b"1" * (MAX_PAYLOAD_BYTES + 1)).faults
    assert fault.reason is FaultReason.TOO_LARGE


@given(topic=st.text(max_size=60), payload=st.binary(max_size=200))
def test_any_bytes_are_survived(topic: str, payload: bytes) -> None:
    pointing = {"uniq_id": "p", "stat_t": "tank/state", "val_tpl": "{{ value_json.a.b }}"}
    decoder = _knowing(LEVEL, pointing)
    for one in (topic, TOPIC, "tank/state"):
        _assert_sound(_state(decoder, payload, one))


@settings(max_examples=300)
@given(path=st.sampled_from(GOOD), at=st.integers(0, 400), byte=st.integers(0, 255))
def test_an_announcement_with_one_byte_changed_is_survived(path: Path, at: int, byte: int) -> None:
    changed = bytearray(path.read_bytes() or b"0")
    changed[at % len(changed)] = byte
    decoder = HomeAssistantDecoder(units())
    read = decoder.announce(_message(TOPIC, bytes(changed)))
    if isinstance(read, Discovered) and read.state_topic:
        _assert_sound(_state(decoder, b"1", read.state_topic))
