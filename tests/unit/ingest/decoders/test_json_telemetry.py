"""What telemetry of unusual size comes to."""

import orjson

from data.reference import quantities
from ingest.decoders.documents import MAX_PAYLOAD_BYTES
from ingest.decoders.faults import MAX_FAULTS
from ingest.decoders.json_telemetry.decoder import MAX_OBJECTS
from ingest.decoders.json_telemetry.fields import SWITCHES
from ingest.decoders.json_telemetry.qualifiers import RESERVED
from tests.unit.ingest.decoders.recorded import decode
from twin.model import FaultReason

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
