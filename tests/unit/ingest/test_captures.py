"""A file of captures is cut into its messages, whatever its form."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.captures import (
    Captured,
    Cut,
    any_documents,
    binary_payloads,
    hex_frames,
    hj212_frames,
    json_documents,
    sl651_frames,
    text_frames,
)
from ingest.decoders.hj212 import Hj212Decoder
from ingest.decoders.hj212.frame import build
from tests.unit.ingest.decoders.recorded import message_of
from tests.unit.ingest.stations.frames import heartbeat, report

WRAPPED = b'{"topic": "a/b", "payload": {"level": 1}}'


@pytest.mark.parametrize(
    ("cut", "data", "expected"),
    [
        (text_frames, b"##1\r\n\r\n##2\n", [("", b"##1"), ("", b"##2")]),
        (text_frames, b"\xef\xbb\xbf# of 2026\n#\n##1\n#1\n", [("", b"##1"), ("", b"#1")]),
        (hex_frames, "# 河道\n7E01".encode(), [("", b"\x7e\x01")]),
        (sl651_frames, heartbeat().hex().encode(), [("", heartbeat())]),
        (
            sl651_frames,
            report(1) + b"\r\n" + report(2, text=True) + b"\r\n",
            [("", report(1)), ("", report(2, text=True))],
        ),
        (hex_frames, b"7E 7E05\n\n7e01\r\n", [("", b"\x7e\x7e\x05"), ("", b"\x7e\x01")]),
        (hex_frames, b"\x7e\x7e\x05\x00", [("", b"\x7e\x7e\x05\x00")]),
        (json_documents, b'{"level": 1}', [("", b'{"level": 1}')]),
        (json_documents, WRAPPED, [("a/b", b'{"level":1}')]),
        (json_documents, WRAPPED + b"\n" + WRAPPED, [("a/b", b'{"level":1}')] * 2),
        (json_documents, b"[" + WRAPPED + b"]", [("a/b", b'{"level":1}')]),
        (json_documents, b'{"a": 1}\nnot json\n', [("", b'{"a": 1}'), ("", b"not json")]),
        (json_documents, b'{"topic":"t","payload":"ON"}', [("t", b"ON")]),
        (any_documents, b"<sensml/>", [("", b"<sensml/>")]),
        (any_documents, b"\x81\xa1", [("", b"\x81\xa1")]),
        (any_documents, b' [{"n": "a", "v": 1}]', [("", b' [{"n": "a", "v": 1}]')]),
        (binary_payloads, b"\x08\xff", [("", b"\x08\xff")]),
        (binary_payloads, b"08ff\n0801", [("", b"\x08\xff"), ("", b"\x08\x01")]),
        (binary_payloads, b'{"topic":"t","payload":"hex:08ff"}', [("t", b"\x08\xff")]),
        (binary_payloads, b'{"topic":"t","payload":"base64:CP8="}', [("t", b"\x08\xff")]),
    ],
)
def test_a_file_is_cut(cut: Cut, data: bytes, expected: list[tuple[str, bytes]]) -> None:
    assert [(one.topic, one.payload) for one in cut(data)] == expected


def test_what_is_no_hexadecimal_has_a_sentence_and_its_neighbours_stay() -> None:
    good, bad, other = hex_frames(b"7E01\n7E0\n7E02")
    assert bad.error == "'7E0': expected pairs of hexadecimal digits"
    assert [good.payload, other.payload] == [b"\x7e\x01", b"\x7e\x02"]


def test_a_topic_that_is_no_text_has_a_sentence() -> None:
    (one,) = json_documents(b'{"topic": 7, "payload": 1}')
    assert one.error == "topic 7: expected a text"


@pytest.mark.parametrize(
    "cut",
    [
        text_frames,
        hj212_frames,
        hex_frames,
        sl651_frames,
        json_documents,
        any_documents,
        binary_payloads,
    ],
)
@given(data=st.binary(max_size=60) | st.text(max_size=40).map(str.encode))
def test_any_bytes_are_cut(cut: Cut, data: bytes) -> None:
    assert all(isinstance(one, Captured) for one in cut(data))


def test_further_packets_are_read_with_the_time_of_the_first_one_of_the_file() -> None:
    head = "QN=20260421110001000;ST=32;CN=2061;PW=1;MN=A1;Flag=6;PNUM=2;"
    first = build(f"{head}PNO=1;CP=&&DataTime=20260421100000;w01018-Avg=1&&")
    second = build(f"{head}PNO=2;CP=&&w21003-Avg=2&&")
    one, two = hj212_frames(first + second)
    assert one.payload == first[:-2]
    decoded = [Hj212Decoder().decode(message_of("", each.payload)) for each in (one, two)]
    (before,), (after,) = (said.natives for said in decoded)
    assert (before.native, after.native) == ("w01018", "w21003")
    assert before.observed_us == after.observed_us


@given(st.lists(st.binary(min_size=1, max_size=20), max_size=5))
def test_frames_written_as_hexadecimal_come_back(frames: list[bytes]) -> None:
    text = "\n".join(frame.hex() for frame in frames).encode()
    assert [one.payload for one in hex_frames(text)] == frames


@given(st.dictionaries(st.text(max_size=5), st.integers(-9, 9), max_size=3))
def test_a_wrapped_payload_comes_back(payload: dict[str, int]) -> None:
    (one,) = json_documents(orjson.dumps({"topic": "t", "payload": payload}))
    assert orjson.loads(one.payload) == payload
