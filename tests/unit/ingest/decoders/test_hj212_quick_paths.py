"""The quick ways through HJ 212 frames give what the slow, obvious ones give."""

from hypothesis import given
from hypothesis import strategies as st

from ingest.decoders.hj212.frame import build, crc, is_single, split

WHOLE = build("QN=20260501080001223;ST=32;CN=2011;PW=1;MN=A1;Flag=5;CP=&&w01018-Rtd=36.1&&")
PARTS = [WHOLE, WHOLE[:-2], WHOLE[:-8], b"##0004", b"##00", b"\r\n", b"\n", b"\r", b"rubbish", b"#"]

streams = st.lists(st.sampled_from(PARTS) | st.binary(max_size=8), max_size=8).map(b"".join)


def bitwise_crc(data: bytes) -> int:
    """The CRC as annex A prints it."""
    register = 0xFFFF
    for byte in data:
        register = (register >> 8) ^ byte
        for _ in range(8):
            register = (register >> 1) ^ (0xA001 if register & 1 else 0)
    return register


@given(st.binary(max_size=1100))
def test_the_crc_is_that_of_annex_a(data: bytes) -> None:
    assert crc(data) == bitwise_crc(data)


@given(streams)
def test_frames_at_the_beginning_of_a_stream_are_those_of_the_stream_behind_a_break(
    stream: bytes,
) -> None:
    # Behind a lone line end the quick way is not taken.
    assert split(stream) == split(b"\n" + stream)


@given(streams)
def test_nothing_but_line_ends_is_lost(stream: bytes) -> None:
    frames, rest = split(stream)
    kept = (b"".join(frames) + rest).translate(None, b"\r\n")
    assert kept == stream.translate(None, b"\r\n") or not stream.strip()


@given(streams)
def test_a_single_frame_is_what_a_stream_would_make_of_it(stream: bytes) -> None:
    if is_single(stream):
        assert split(stream + b"\r\n") == ([stream], b"")
