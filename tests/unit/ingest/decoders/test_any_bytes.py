"""Whatever is sent, a decoder answers with readings, events and faults, never with an error."""

import math

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.reference import quantities
from ingest.decoders import DECODERS
from tests.unit.ingest.decoders.recorded import Case, all_cases, decode, message_of
from twin.model import Decoded, Mode

TOPICS = [
    "citytwin/v1/4403118501000001/telemetry",
    "district/cam07/onvif-ej/RuleEngine/FieldDetector/ObjectsInside/&1/Gate",
    "cam/onvif-ej",
]
_keys = st.sampled_from([
    "ts", "level", "running", "channel", "statistic", "period", "UtcTime", "Source", "Data",
    "IsInside", "State", "timestamp", "topic", "message", "source", "data", "key",
]) | st.text(max_size=8)  # fmt: skip
_leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(["2026-04-30T12:00:00Z", "sum", "true", "0001-01-01T00:00:00+14:00"])
)
_documents = st.recursive(
    _leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_keys, inner, max_size=6),
    max_leaves=20,
)
_topics = st.sampled_from(TOPICS) | st.text(max_size=60)
_modes = st.sampled_from(Mode)


ALWAYS_SAY_SOMETHING = ("json", "onvif", "handed_in")
"""Other protocols have messages without a reading: heartbeats, answers, commands."""


def _assert_sound(decoder: str, decoded: Decoded) -> None:
    said = decoded.readings or decoded.natives or decoded.events or decoded.faults
    assert said or decoder not in ALWAYS_SAY_SOMETHING
    assert all(fault.sentence.strip() for fault in decoded.faults)
    for reading in decoded.readings:
        assert math.isfinite(reading.value)
        assert reading.quantity in quantities()
        assert "\0" not in reading.channel
    for native in decoded.natives:
        assert math.isfinite(native.value)
        assert native.native
        assert "\0" not in native.native + native.unit + native.channel + native.device.value
    for event in decoded.events:
        assert event.topic
        assert b"\\u0000" not in orjson.dumps([event.topic, event.source, event.data]).replace(
            b"\\\\", b""
        )


@pytest.mark.parametrize("decoder", DECODERS)
@given(topic=_topics, payload=st.binary(max_size=200), mode=_modes)
def test_random_bytes_give_a_sentence(decoder: str, topic: str, payload: bytes, mode: Mode) -> None:
    _assert_sound(decoder, decode(decoder, topic, payload, mode))


@pytest.mark.parametrize("decoder", DECODERS)
@settings(max_examples=300)
@given(topic=_topics, document=_documents, mode=_modes)
def test_random_documents_give_sound_readings_or_a_sentence(
    decoder: str, topic: str, document: object, mode: Mode
) -> None:
    _assert_sound(decoder, decode(decoder, topic, orjson.dumps(document), mode))


@pytest.mark.parametrize("case", all_cases(), ids=lambda c: f"{c.decoder}-{c.folder.name}")
def test_a_message_cut_anywhere_is_survived(case: Case) -> None:
    topic, payload = case.message.topic, case.message.payload[:300]
    for end in range(len(payload)):
        _assert_sound(case.decoder, DECODERS[case.decoder].decode(message_of(topic, payload[:end])))
