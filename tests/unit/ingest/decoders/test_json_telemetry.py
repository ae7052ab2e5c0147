"""What telemetry of unusual size, compressed or in other units comes to."""

import gzip
import math
import tracemalloc

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.reference import quantities, units
from ingest.decoders.documents import MAX_PAYLOAD_BYTES
from ingest.decoders.faults import MAX_FAULTS
from ingest.decoders.json_telemetry.decoder import MAX_OBJECTS
from ingest.decoders.json_telemetry.fields import SWITCHES
from ingest.decoders.json_telemetry.qualifiers import RESERVED
from tests.unit.ingest.decoders.recorded import decode
from twin.model import FaultReason, Statistic

TOPIC = "citytwin/v1/4403118501000001/telemetry"


def test_a_payload_of_ten_megabytes_is_refused_before_it_is_parsed() -> None:
    decoded = decode("json", TOPIC, b"x" * 10_000_000)
    (fault,) = decoded.faults
    assert fault.reason is FaultReason.TOO_LARGE
    assert fault.sentence == "payload of 10000000 bytes: expected at most 1048576"


def test_a_payload_of_exactly_one_mebibyte_is_read() -> None:
    payload = b'{"level":1}'.ljust(MAX_PAYLOAD_BYTES)
    assert len(decode("json", TOPIC, payload).readings) == 1
    assert decode("json", TOPIC, payload + b" ").faults[0].reason is FaultReason.TOO_LARGE


def test_a_list_holds_ten_thousand_objects_and_no_more() -> None:
    one = {"ts": 1_777_550_400_000, "level": 1}
    assert len(decode("json", TOPIC, orjson.dumps([one] * MAX_OBJECTS)).readings) == MAX_OBJECTS
    (fault,) = decode("json", TOPIC, orjson.dumps([one] * (MAX_OBJECTS + 1))).faults
    assert fault.reason is FaultReason.TOO_LARGE
    assert "10001 objects" in fault.sentence


def test_the_faults_of_one_message_are_bounded_and_the_rest_counted() -> None:
    fields = {f"unknown{number}": 1 for number in range(1000)} | {"level": 2.0}
    decoded = decode("json", TOPIC, orjson.dumps(fields))
    assert len(decoded.faults) == MAX_FAULTS + 1
    assert decoded.faults[-1].sentence == "and 980 more faults in this message"
    assert [reading.value for reading in decoded.readings] == [2.0]


def test_a_sentence_never_repeats_a_long_field_whole() -> None:
    (fault,) = decode("json", TOPIC, orjson.dumps({"q" * 100_000: 1})).faults
    assert len(fault.sentence) < 200


def test_reserved_keys_and_quantities_do_not_collide_and_switches_exist() -> None:
    assert not RESERVED & set(quantities())
    assert set(quantities()) >= SWITCHES


def test_a_sentence_never_repeats_a_long_topic_whole() -> None:
    for topic in (f"citytwin/v1/{'9' * 60_000}/telemetry", "x" * 60_000, "\ud800"):
        (fault,) = decode("json", topic, b'{"level":1}').faults
        assert len(fault.sentence) < 200
        assert fault.sentence.isprintable()


def test_gzip_says_the_same_as_the_bytes_in_it() -> None:
    payload = orjson.dumps([{"ts": 1_777_550_400_000 + at, "level": at / 100} for at in range(100)])
    plain = decode("json", TOPIC, payload)
    assert len(plain.readings) == 100
    for level in (0, 1, 9):
        assert decode("json", TOPIC, gzip.compress(payload, level)) == plain


def test_a_gzip_bomb_is_refused_without_unpacking_it() -> None:
    bomb = gzip.compress(bytes(200 << 20))
    assert len(bomb) < MAX_PAYLOAD_BYTES
    tracemalloc.start()
    (fault,) = decode("json", TOPIC, bomb).faults
    _, most_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert fault.reason is FaultReason.TOO_LARGE
    assert most_bytes < 8 * MAX_PAYLOAD_BYTES


def test_gzip_of_exactly_one_mebibyte_is_read() -> None:
    payload = b'{"level":1}'.ljust(MAX_PAYLOAD_BYTES)
    assert len(decode("json", TOPIC, gzip.compress(payload)).readings) == 1
    (fault,) = decode("json", TOPIC, gzip.compress(payload + b" ")).faults
    assert fault.reason is FaultReason.TOO_LARGE


def test_a_compressed_payload_over_one_mebibyte_is_refused() -> None:
    (fault,) = decode("json", TOPIC, b"\x1f\x8b".ljust(MAX_PAYLOAD_BYTES + 1)).faults
    assert fault.reason is FaultReason.TOO_LARGE


@given(at=st.integers(0, 60), put=st.binary(max_size=3), instead_of=st.integers(0, 3))
def test_gzip_with_changed_bytes_is_survived(at: int, put: bytes, instead_of: int) -> None:
    payload = gzip.compress(b'{"ts":1777550400000,"level":1.25}', mtime=0)
    decoded = decode("json", TOPIC, payload[:at] + put + payload[at + instead_of :])
    assert bool(decoded.faults) != bool(decoded.readings)
    assert all(reading.value == 1.25 for reading in decoded.readings)


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(["L/s", "m3/h", "m3/s"]))
def test_a_unit_is_converted_or_its_value_refused(value: float, unit: str) -> None:
    fields = {"units": {"discharge": unit}, "discharge": value}
    decoded = decode("json", TOPIC, orjson.dumps(fields))
    (reading,) = decoded.readings
    assert reading.value == units().convert(value, unit, "m3/s")
    assert math.isfinite(reading.value)


@pytest.mark.parametrize("period", [900, 900.0, "900", True])
@pytest.mark.parametrize("channel", ["a", 1])
def test_equal_qualifiers_of_other_types_are_told_apart(period: object, channel: object) -> None:
    def fields(channel: object, period: object) -> dict[str, object]:
        return {"ts": 1_777_550_400_000, "channel": channel, "statistic": "sum", "period": period}

    batch = [fields("a", 900), fields("a", 1), fields(channel, period)]
    decoded = decode("json", TOPIC, orjson.dumps([one | {"rainfall": 0.5} for one in batch]))
    is_good = (channel, type(period)) == ("a", int)
    assert len(decoded.readings) == (3 if is_good else 2)
    assert len(decoded.faults) == (0 if is_good else 1)
    assert {reading.statistic for reading in decoded.readings} == {Statistic.SUM}
