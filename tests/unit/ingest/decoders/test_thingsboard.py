"""ThingsBoard telemetry of unusual kinds, and the table that explains its keys."""

import math

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.reference import quantities
from data.reference.vocabularies import vocabulary
from ingest.decoders.faults import MAX_FAULTS
from ingest.decoders.thingsboard import ThingsBoardDecoder
from ingest.decoders.thingsboard.decoder import MAX_POINTS
from tests.unit.ingest.decoders.recorded import message_of
from twin.model import Decoded, FaultReason, Mode, Name

DECODER = ThingsBoardDecoder()
GATEWAY = "v1/gateway/telemetry"
DEVICE = "tb/pump-2/telemetry"
MS = 1_777_550_400_000


def read(topic: str, document: object, mode: Mode = Mode.ACTUAL) -> Decoded:
    return DECODER.decode(message_of(topic, orjson.dumps(document), mode))


@pytest.mark.parametrize(
    "topic",
    [
        "v1/gateway/connect",
        "v1/gateway/disconnect",
        "v1/gateway/attributes",
        "v1/gateway/attributes/request",
        "v1/gateway/attributes/response",
        "v1/gateway/rpc",
        "v1/gateway/claim",
        "v1/devices/me/attributes",
        "v1/devices/me/rpc/response/7",
        "tb/pump-2/attributes",
    ],
)
def test_what_is_no_telemetry_has_no_readings_and_no_fault(topic: str) -> None:
    assert not any(read(topic, {"device": "Pump 2", "level": 1}))


@pytest.mark.parametrize(
    "topic", ["v1/devices/me/telemetry", "district/v1/devices/me/telemetry", "tb/me/telemetry"]
)
def test_a_device_that_nobody_names_is_refused(topic: str) -> None:
    (fault,) = read(topic, {"level": 1}).faults
    assert "does not name the device" in fault.sentence


@pytest.mark.parametrize("topic", ["", "v1/gateway", "v1/devices/telemetry", "tb/a/b/telemetry"])
def test_another_topic_is_refused(topic: str) -> None:
    (fault,) = read(topic, {"level": 1}).faults
    assert fault.sentence.startswith(f"topic {topic!r}: expected v1/gateway/telemetry")


def test_blanks_and_case_of_a_name_count() -> None:
    natives = read(GATEWAY, {"Pump 2": [{"level": 1}], "pump 2": [{"level": 2}]}).natives
    assert [native.device for native in natives] == [
        Name("thingsboard", "Pump 2"),
        Name("thingsboard", "pump 2"),
    ]


def test_texts_and_nulls_are_no_readings_and_no_faults() -> None:
    decoded = read(DEVICE, {"state": "idle", "firmware": "v1.2", "spare": None, "level": 1})
    assert [native.native for native in decoded.natives] == ["level"]
    assert not decoded.faults


@pytest.mark.parametrize("text", ["1", "-1.5", " 2 ", "1e3", ".5", "+7."])
def test_a_number_in_quotes_is_refused(text: str) -> None:
    (fault,) = read(DEVICE, {"level": text}).faults
    assert fault.reason is FaultReason.BAD_VALUE
    assert fault.sentence == f"'level' is {text!r}: expected a number without quotes"


def test_a_message_holds_ten_thousand_points_and_no_more() -> None:
    points = [{"ts": MS + number, "values": {"level": 1}} for number in range(MAX_POINTS + 1)]
    assert len(read(DEVICE, points[1:]).natives) == MAX_POINTS
    (fault,) = read(GATEWAY, {"a": points[:1], "b": points[1:]}).faults
    assert fault.reason is FaultReason.TOO_LARGE
    assert fault.sentence == "10001 points: expected at most 10000 in one message"


def test_the_faults_of_one_message_are_bounded_and_short() -> None:
    decoded = read(DEVICE, {f"{'k' * 1000}{number}": 1 for number in range(100)} | {"level": 2})
    assert len(decoded.faults) == MAX_FAULTS + 1
    assert all(len(fault.sentence) < 200 for fault in decoded.faults)
    assert len(decoded.natives) == 1


def test_an_old_time_is_taken_in_a_replay_and_refused_as_actual() -> None:
    point = {"ts": 1_000, "values": {"level": 1}}
    assert read(DEVICE, point).faults[0].reason is FaultReason.BAD_TIME
    assert read(DEVICE, point, Mode.REPLAY).natives[0].observed_us == 1_000_000


def test_keys_that_are_quantities_are_those_in_their_stored_units() -> None:
    words = vocabulary("thingsboard")
    assert set(quantities()) <= set(words)
    for code, term in words.items():
        assert term.quantity in {"", *quantities()}, term
        if code in quantities() and term.quantity:
            assert (term.quantity, term.unit) == (code, quantities()[code].unit)


_keys = st.sampled_from(["ts", "values", "level", "metadata", "Pump 2", ""]) | st.text(max_size=6)
_leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from([MS, "1.5"])
)
_documents = st.recursive(
    _leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_keys, inner, max_size=6),
    max_leaves=20,
)
_topics = st.sampled_from([GATEWAY, DEVICE, "v1/devices/a/telemetry", "v1/gateway/connect"])


def assert_sound(decoded: Decoded) -> None:
    assert bool(decoded.natives) == bool(decoded.vocabulary)
    for native in decoded.natives:
        assert math.isfinite(native.value)
        assert native.native
        assert "\0" not in native.native + native.device.value
        assert native.device.value.strip()


@given(topic=_topics | st.text(), payload=st.binary(max_size=200), mode=st.sampled_from(Mode))
def test_any_bytes_are_survived(topic: str, payload: bytes, mode: Mode) -> None:
    assert_sound(DECODER.decode(message_of(topic, payload, mode)))


@settings(max_examples=300)
@given(topic=_topics, document=_documents, mode=st.sampled_from(Mode))
def test_any_document_is_survived(topic: str, document: object, mode: Mode) -> None:
    assert_sound(read(topic, document, mode))


@given(at=st.integers(0, 120), cut=st.integers(0, 5), put=st.binary(max_size=5))
def test_mutated_frames_are_survived(at: int, cut: int, put: bytes) -> None:
    good = orjson.dumps({"Pump 2": [{"ts": MS, "values": {"level": 1.5, "running": True}}]})
    payload = good[:at] + put + good[at + cut :]
    for topic in (GATEWAY, DEVICE):
        assert_sound(DECODER.decode(message_of(topic, payload)))
