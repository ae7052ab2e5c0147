"""Frames of HJ 212: the CRC of annex A, and a stream cut into frames whatever is in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoders.hj212.frame import (
    MAX_DATA_BYTES,
    MAX_WAITING_BYTES,
    Frame,
    FrameTooLongError,
    UnreadableFrameError,
    build,
    crc,
    read_frame,
    split,
)

OFFICIAL = (
    "QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;"
    "CP=&&RtdInterval=30&&"
)
CHINESE = "ST=32;CN=3020;CP=&&i11001-Info=//清洗管路//&&"
ONE, OTHER = build(OFFICIAL), build(CHINESE)


def in_characters(text: str) -> bytes:
    data = text.encode("utf-8")
    return b"##%04d%b%04X\r\n" % (len(text), data, crc(data))


def test_the_crc_is_that_of_the_standards_example() -> None:
    assert crc(OFFICIAL.encode("ascii")) == 0x1C80
    assert f"##0101{OFFICIAL}1C80\r\n".encode("ascii") == ONE


def test_the_crc_has_but_256_values() -> None:
    assert (
        len({crc(bytes([first, second])) for first in range(256) for second in range(256)}) == 256
    )
    assert crc(b"") == 0xFFFF


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_what_is_built_is_read_back(text: str) -> None:
    data = text.encode("utf-8")
    if data[-1:] in {b"\r", b"\n"} or len(data) > MAX_DATA_BYTES:
        return
    assert read_frame(build(text)) == Frame(text, crc(data))


def test_a_length_in_characters_and_a_crc_in_small_letters_are_read() -> None:
    frame = in_characters(CHINESE)
    assert frame != OTHER
    assert read_frame(frame).text == CHINESE
    assert read_frame(ONE.lower().replace(b"\r\n", b"")[:6] + ONE[6:-6] + b"1c80").text == OFFICIAL


def test_text_of_older_devices_is_gb_18030() -> None:
    data = CHINESE.encode("gb18030")
    assert read_frame(b"##%04d%b%04X" % (len(data), data, crc(data))).text == CHINESE


def test_no_frame_is_built_that_the_standard_does_not_allow() -> None:
    assert len(build("x" * 1024)) == 1024 + 12
    with pytest.raises(FrameTooLongError, match=r"^data segment of 1026 bytes: expected at most"):
        build("站" * 342)


@pytest.mark.parametrize(
    ("frame", "sentence"),
    [
        (b"", "frame begins with '': expected ## and four digits of length"),
        (b"#0101QN", "frame begins with '#0101Q': expected ## and four digits of length"),
        (b"##01\xb2\xb31", "frame begins with '##01��': expected ## and four digits of length"),
        (b"##0101QN=2016;PW=1;", "frame without CRC: expected four hex digits at its end"),
        (
            ONE.replace(b"##0101", b"##0100"),
            "length '0100' of the frame: expected 0101, the bytes of its data segment",
        ),
        (ONE.replace(b"=30", b"=31"), "CRC '1C80' of the frame: expected 2080"),
        (
            ONE.replace(b"1C80\r\n", b"0759"),
            (
                "CRC '0759' of the frame: expected 1C80;"
                " the device computes the CRC of Modbus, not that of HJ 212"
            ),
        ),
    ],
)
def test_what_is_no_frame_is_refused_with_a_sentence(frame: bytes, sentence: str) -> None:
    with pytest.raises(UnreadableFrameError) as refused:
        read_frame(frame)
    assert str(refused.value) == sentence


@given(st.lists(st.sampled_from([ONE, OTHER, in_characters(CHINESE)]), max_size=5), st.data())
def test_a_stream_in_pieces_gives_every_frame_once(sent: list[bytes], data: st.DataObject) -> None:
    stream, rest, frames = b"".join(sent), b"", []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        found, rest = split(rest + stream[:size])
        frames += found
        stream = stream[size:]
    assert frames == [frame.removesuffix(b"\r\n") for frame in sent]
    assert not rest


@given(st.lists(st.sampled_from([ONE, ONE[:-2], ONE[:40], b"##", b"#", b"12", b"\xff", b"\r\n"])))
def test_nothing_of_a_stream_is_lost_but_line_breaks(parts: list[bytes]) -> None:
    stream = b"".join(parts)
    frames, rest = split(stream)
    assert b"".join([*frames, rest]) == stream.replace(b"\r\n", b"")
    assert frames.count(ONE[:-2]) == stream.count(ONE[:-2])


def test_a_frame_without_its_line_break_does_not_wait_for_the_next() -> None:
    assert split(ONE[:-2] + b"##01") == ([ONE[:-2]], b"##01")


def test_a_torn_frame_takes_none_of_the_next() -> None:
    assert split(ONE[:60] + OTHER + b"login") == ([ONE[:60], OTHER[:-2]], b"login")


def test_what_waits_is_bounded() -> None:
    frames, rest = split(b"##9999" + b"x" * MAX_WAITING_BYTES)
    assert [len(frame) for frame in frames] == [MAX_WAITING_BYTES + 6]
    assert rest == b""
    assert split(bytearray(b"##9999" + b"x" * 9_000))[0] == []
