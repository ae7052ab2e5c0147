"""What the values, units, qualities and times of metrics come to."""

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoders.documents import MAX_PAYLOAD_BYTES
from ingest.decoders.faults import MAX_FAULTS
from ingest.decoders.sparkplug import SparkplugDecoder
from ingest.decoders.sparkplug.schema import MAX_METRICS, DataType
from ingest.decoders.sparkplug.values import INTEGERS
from tests.unit.ingest.decoders.recorded import message_of
from tests.unit.ingest.decoders.test_sparkplug_frames import (
    NOON_MS,
    field,
    metric,
    payload,
    properties,
)
from twin.model import Check, Decoded, FaultReason, Grade, Mode, quality

TOPIC = "spBv1.0/g/DBIRTH/n/d"


def _decode(*metrics: bytes, ms: int | None = NOON_MS, mode: Mode = Mode.ACTUAL) -> Decoded:
    return SparkplugDecoder().take(message_of(TOPIC, payload(*metrics, ms=ms), mode)).decoded


def _value(**fields: object) -> float:
    decoded = _decode(metric("x", **fields))
    assert not decoded.faults
    (native,) = decoded.natives
    return native.value


def _fault(*metrics: bytes) -> str:
    decoded = _decode(*metrics)
    assert not decoded.natives
    (fault,) = decoded.faults
    return fault.sentence


@given(st.data(), st.sampled_from(list(INTEGERS)))
def test_every_integer_comes_back_from_twos_complement(data: st.DataObject, kind: DataType) -> None:
    bits = INTEGERS[kind].bits
    number = data.draw(st.integers(INTEGERS[kind].lowest, INTEGERS[kind].highest))
    name = "int" if bits <= 32 else "long"
    assert _value(datatype=kind, **{name: number % (1 << bits)}) == float(number)


@pytest.mark.parametrize("kind", [DataType.INT8, DataType.INT16, DataType.INT32])
def test_a_sign_carried_to_the_width_of_the_field_is_understood(kind: DataType) -> None:
    lowest = INTEGERS[kind].lowest
    assert _value(datatype=kind, int=lowest % 2**32) == lowest
    assert _value(datatype=kind, long=lowest % 2**64) == lowest


def test_a_uint32_may_travel_in_the_long_field() -> None:
    assert _value(datatype=DataType.UINT32, long=2**32 - 1) == 2**32 - 1


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_floats_are_taken_as_sent(number: float) -> None:
    assert _value(datatype=DataType.FLOAT, float=number) == number
    assert _value(datatype=DataType.DOUBLE, float=number) == number
    assert _value(datatype=DataType.FLOAT, double=number) == number


@pytest.mark.parametrize(
    ("kind", "value", "read"),
    [("boolean", True, 1.0), ("boolean", False, 0.0), ("double", 1e300, 1e300)],
)
def test_a_value_without_a_data_type_is_read_where_it_tells_itself(
    kind: str, value: object, read: float
) -> None:
    assert _value(**{kind: value}) == read


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"datatype": 9, "float": math.nan}, "nan: expected a finite number, or is_null"),
        ({"datatype": 10, "double": -math.inf}, "-inf: expected a finite number, or is_null"),
        ({"datatype": 1, "int": 300}, "300: expected INT8, -128 to 127"),
        ({"datatype": 5, "int": 2**32 - 1}, "4294967295: expected UINT8, 0 to 255"),
        ({"datatype": 9, "int": 3}, "3: expected a floating-point value"),
        ({"datatype": 3, "float": 3.5}, "3.5: expected a whole number"),
        ({"datatype": 3, "string": "12"}, "'12': expected a whole number"),
        ({"datatype": 3, "bytes": b"\0"}, "an object: expected a whole number"),
        ({"datatype": 11, "int": 1}, "1: expected a boolean value"),
        ({"datatype": 9}, "without a value: expected a floating-point value"),
        ({"datatype": 35, "int": 1}, "of data type 35: expected 1 to 34"),
        (
            {"int": 255},
            "255 without a data type: expected one in the birth, which tells whether it has a sign",
        ),
    ],
)
def test_a_value_that_is_no_number_of_its_type_is_refused(
    fields: dict[str, object], sentence: str
) -> None:
    assert _fault(metric("x", **fields)) == f"metric 'x' {sentence}"


@pytest.mark.parametrize(
    "fields",
    [
        {"datatype": DataType.STRING, "string": "text"},
        {"datatype": DataType.DATETIME, "long": NOON_MS},
        {"datatype": DataType.TEMPLATE, "template": field(2, metric("y", float=1.0))},
        {"datatype": DataType.DATASET, "dataset": field(1, 0)},
        {"datatype": DataType.FLOAT_ARRAY, "bytes": struct.pack("<2f", 1, 2)},
        {"datatype": DataType.FLOAT, "is_null": True},
        {"datatype": DataType.FLOAT, "is_null": True, "float": 1.5},
        {"string": "text"},
    ],
)
def test_texts_times_structures_and_nulls_are_no_readings_and_no_faults(
    fields: dict[str, object],
) -> None:
    assert not any(_decode(metric("x", **fields)))


@pytest.mark.parametrize("name", ["bdSeq", "Node Control/Scan Rate", "Device Control/Rebirth"])
def test_the_protocols_own_metrics_are_no_readings(name: str) -> None:
    assert not any(_decode(metric(name, datatype=DataType.UINT64, long=5)))


def test_historical_and_transient_values_keep_their_own_time() -> None:
    old = metric("x", ms=NOON_MS - 86_400_000, is_historical=True, datatype=9, float=1.5)
    new = metric("x", is_transient=True, datatype=9, float=2.5)
    times = [native.observed_us for native in _decode(old, new).natives]
    assert times == [(NOON_MS - 86_400_000) * 1000, NOON_MS * 1000]


def test_a_metric_without_a_time_has_that_of_its_message_or_none() -> None:
    timeless = metric("x", ms=None, datatype=9, float=1.5)
    assert _decode(timeless).natives[0].observed_us == NOON_MS * 1000
    assert _decode(timeless, ms=None).natives[0].observed_us is None


def test_a_wrong_clock_is_one_fault_and_costs_only_what_hangs_on_it() -> None:
    wrong = [metric(name, ms=0, datatype=9, float=1.5) for name in "ab"]
    decoded = _decode(wrong[0], metric("c", datatype=9, float=2.5), wrong[1])
    assert [native.native for native in decoded.natives] == ["c"]
    (fault,) = decoded.faults
    assert fault.reason is FaultReason.BAD_TIME
    assert "1970-01-01T00:00:00Z" in fault.sentence
    assert len(_decode(*wrong, mode=Mode.REPLAY).natives) == 2


def test_a_time_beyond_every_calendar_is_refused_in_every_mode() -> None:
    late = metric("x", ms=2**64 - 1, datatype=9, float=1.5)
    (fault,) = _decode(late, mode=Mode.REPLAY).faults
    assert "1 to 9999" in fault.sentence


@pytest.mark.parametrize(
    ("code", "flags"),
    [
        (192, 0),
        (0, quality(Grade.UNRELIABLE, Check.DEVICE_FLAG)),
        (500, quality(Grade.DOUBTFUL, Check.DEVICE_FLAG)),
        (64, quality(Grade.DOUBTFUL, Check.DEVICE_FLAG)),
        (None, 0),
    ],
)
def test_the_quality_of_a_metric_becomes_flags(code: int | None, flags: int) -> None:
    sent = metric("x", datatype=9, float=1.5, properties=properties(Quality=code))
    assert _decode(sent).natives[0].flags == flags


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        (properties(engUnit="u" * 65), f"in engUnit {'u' * 60!r}…: expected a text of at most 64"),
        (properties(engUnit=3), "in engUnit '': expected a text of at most 64 characters"),
        (properties(engUnit="\0"), r"in engUnit '\x00': expected a text of at most 64 characters"),
        (properties(Quality="good"), "with a Quality that is no whole number: expected 0, 192"),
        (field(1, "engUnit"), "with 1 keys and 0 values of properties: expected as many"),
    ],
)
def test_properties_that_cannot_be_read_cost_their_metric(sent: bytes, sentence: str) -> None:
    assert sentence in _fault(metric("x", datatype=9, float=1.5, properties=sent))


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        (metric(None, datatype=9, float=1.5), "metric '' in a birth: expected a name"),
        (metric(None, alias=7, float=1.5), "metric of alias 7 in a birth: expected a name"),
        (metric(b"\xff", datatype=9, float=1.5), "is no UTF-8: expected a name that is"),
        (metric("a\0b", datatype=9, float=1.5), "as a name: expected at most 255 printable"),
        (metric("x" * 256, datatype=9, float=1.5), "as a name: expected at most 255 printable"),
    ],
)
def test_a_name_that_cannot_be_kept_is_refused(sent: bytes, sentence: str) -> None:
    assert sentence in _fault(sent)


def test_one_bad_metric_does_not_harm_its_neighbours() -> None:
    good = [metric(name, datatype=9, float=1.5) for name in "abc"]
    decoded = _decode(good[0], metric("x", datatype=9, float=math.nan), *good[1:])
    assert [native.native for native in decoded.natives] == ["a", "b", "c"]
    assert len(decoded.faults) == 1


def test_what_is_too_large_is_refused_and_faults_are_bounded() -> None:
    decoder = SparkplugDecoder()
    (fault,) = decoder.decode(message_of(TOPIC, b"x" * (MAX_PAYLOAD_BYTES + 1))).faults
    assert fault.reason is FaultReason.TOO_LARGE
    one = metric("x", datatype=9, float=1.5)
    assert len(_decode(*[one] * MAX_METRICS).natives) == MAX_METRICS
    assert _decode(*[one] * (MAX_METRICS + 1)).faults[0].reason is FaultReason.TOO_LARGE
    bad = metric("x", datatype=9, float=math.nan)
    assert len(_decode(*[bad] * 100).faults) == MAX_FAULTS + 1


def test_unknown_fields_are_passed_over() -> None:
    extended = payload(metric("x", datatype=9, float=1.5) + field(19, b"ours")) + field(99, 7)
    assert len(SparkplugDecoder().decode(message_of(TOPIC, extended)).natives) == 1


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        (b"", "payload without timestamp, metrics and seq: expected one of Sparkplug B"),
        (b'{"ts": 1}', "payload of 9 bytes beginning with '7b22747322"),
        (field(4, "SPBV1.0_COMPRESSED"), "payload is compressed: expected one without compression"),
    ],
)  # fmt: skip
def test_a_payload_of_another_kind_is_refused(sent: bytes, sentence: str) -> None:
    (fault,) = SparkplugDecoder().decode(message_of(TOPIC, sent)).faults
    assert fault.reason is FaultReason.UNDECODABLE
    assert sentence in fault.sentence
