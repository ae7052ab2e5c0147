"""Whatever is sent, the Sparkplug decoder answers with readings and faults, never with an error."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.decoders.quoting import is_storable
from ingest.decoders.sparkplug import SparkplugDecoder, SparkplugOutcome
from tests.unit.ingest.decoders.recorded import message_of
from tests.unit.ingest.decoders.test_sparkplug_frames import (
    birth_number_of,
    field,
    metric,
    payload,
    properties,
)
from twin.model import Mode

_TOPICS = st.sampled_from([
    "", "spBv1.0/g/NBIRTH/n", "spBv1.0/g/NDATA/n", "spBv1.0/g/NDEATH/n", "spBv1.0/g/DBIRTH/n/d",
    "spBv1.0/g/DDATA/n/d", "spBv1.0/g/DDEATH/n/d", "spBv1.0/g/NCMD/n", "spBv1.0/STATE/h",
])  # fmt: skip
_GOOD = payload(
    birth_number_of(3),
    metric("level", alias=1, datatype=9, float=1.5, properties=properties(engUnit="m", Quality=0)),
    metric("flow", alias=2, datatype=1, int=255),
    metric("水位", alias=3, datatype=10, double=1e300, is_historical=True),
    metric("on", datatype=11, boolean=True),
    seq=0,
)
_LONG = st.integers(0, 2**64 - 1)
_METRICS = st.builds(
    metric,
    st.none() | st.text(max_size=8) | st.binary(max_size=8),
    ms=st.none() | _LONG,
    alias=st.none() | st.integers(0, 5),
    datatype=st.none() | st.integers(0, 40),
    is_null=st.none() | st.booleans(),
    int=st.none() | st.integers(0, 2**32 - 1),
    long=st.none() | _LONG,
    float=st.none() | st.floats(width=32),
    double=st.none() | st.floats(),
    string=st.none() | st.text(max_size=8),
    properties=st.none() | st.binary(max_size=12) | st.just(properties(Quality=500)),
)


def _assert_sound(outcome: SparkplugOutcome) -> None:
    for native in outcome.decoded.natives:
        assert math.isfinite(native.value)
        assert native.native
        assert is_storable(native.native, 255)
        assert is_storable(native.unit, 64)
        assert is_storable(native.device.value, 255)
    for fault in outcome.decoded.faults:
        assert fault.sentence.isprintable()
        assert len(fault.sentence) < 300
    assert bool(outcome.decoded.natives) == bool(outcome.decoded.vocabulary)


@given(st.lists(st.tuples(_TOPICS | st.text(max_size=40), st.binary(max_size=200)), max_size=5))
def test_any_bytes_are_survived(sent: list[tuple[str, bytes]]) -> None:
    decoder = SparkplugDecoder()
    for topic, one in sent:
        _assert_sound(decoder.take(message_of(topic, one)))


@given(
    st.lists(
        st.tuples(_TOPICS, st.lists(_METRICS, max_size=4), st.none() | _LONG, st.none() | _LONG),
        max_size=6,
    ),
    st.sampled_from(Mode),
)
def test_any_metrics_in_any_order_of_messages_are_survived(
    sent: list[tuple[str, list[bytes], int | None, int | None]], mode: Mode
) -> None:
    decoder = SparkplugDecoder()
    for topic, metrics, seq, ms in sent:
        _assert_sound(decoder.take(message_of(topic, payload(*metrics, seq=seq, ms=ms), mode)))


@settings(max_examples=300)
@given(
    _TOPICS,
    st.lists(st.tuples(st.integers(0, len(_GOOD) - 1), st.integers(0, 255)), max_size=4),
    st.integers(0, len(_GOOD)),
)
def test_a_good_frame_with_bytes_changed_or_cut_off_is_survived(
    topic: str, changes: list[tuple[int, int]], end: int
) -> None:
    sent = bytearray(_GOOD)
    for at, byte in changes:
        sent[at] = byte
    decoder = SparkplugDecoder()
    _assert_sound(decoder.take(message_of("spBv1.0/g/NBIRTH/n", _GOOD)))
    _assert_sound(decoder.take(message_of(topic, bytes(sent[:end]))))


def test_fields_nested_without_end_are_passed_over_or_refused() -> None:
    deep = b""
    for _ in range(5_000):
        deep = field(2, field(18, deep))
    _assert_sound(SparkplugDecoder().take(message_of("", deep)))
    _assert_sound(SparkplugDecoder().take(message_of("", b"\x33" * 5_000)))
