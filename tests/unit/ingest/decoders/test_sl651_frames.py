"""Frames, streams of them, transmissions of several packets, and what a centre answers."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoders.documents import MAX_PAYLOAD_BYTES
from ingest.decoders.sl651 import (
    Address,
    Assembly,
    Frame,
    Sl651Decoder,
    UnreadableFrameError,
    answer,
    confirm,
    query,
    read_frame,
    refuse,
    set_clock,
    split,
    write_frame,
)
from ingest.decoders.sl651.frame import OversizedFrameError, crc16
from tests.unit.ingest.decoders.recorded import message_of
from twin.model import FaultReason, to_us

DIGITS = "1234"
NOON_US = to_us(datetime(2026, 5, 1, 4, 0, 0, tzinfo=UTC))
HEAD = bytes.fromhex("0007" + "260501075930")
GROUP = bytes.fromhex("F1F1004403110148F0F02605010755")
LEVEL = bytes.fromhex("392300014420")

frames = st.builds(
    Frame,
    text=st.booleans(),
    down=st.booleans(),
    centre=st.integers(0, 255),
    station=st.from_regex("[0-9A-F]{10}", fullmatch=True),
    password=st.from_regex("[0-9A-F]{4}", fullmatch=True),
    function=st.integers(0, 255),
    packets=st.just(0),
    packet=st.just(0),
    body=st.binary(max_size=60),
    end=st.sampled_from([0x03, 0x04, 0x05, 0x06, 0x15, 0x17, 0x1B]),
) | st.builds(
    Frame,
    text=st.booleans(),
    down=st.just(value=False),
    centre=st.integers(0, 255),
    station=st.just("0044031101"),
    password=st.just("0000"),
    function=st.integers(0, 255),
    packets=st.integers(4, 4095),
    packet=st.integers(1, 4),
    body=st.binary(max_size=60),
    end=st.sampled_from([0x03, 0x17]),
)


def packet(number: int, body: bytes, packets: int = 3, function: int = 0x34) -> Frame:
    end = 0x03 if number == packets else 0x17
    return Frame(
        text=False,
        down=False,
        centre=1,
        station="0044031101",
        password=DIGITS,
        function=function,
        packets=packets,
        packet=number,
        body=body,
        end=end,
    )


def report(body: bytes = HEAD + GROUP + LEVEL, *, text: bool = False) -> Frame:
    return Frame(
        text=text,
        down=False,
        centre=1,
        station="0044031101",
        password=DIGITS,
        function=0x32,
        packets=0,
        packet=0,
        body=body,
        end=0x03,
    )


def test_crc_is_that_of_modbus() -> None:
    assert crc16(b"123456789") == 0x4B37


@given(frame=frames)
def test_what_is_written_is_read_again(frame: Frame) -> None:
    assert read_frame(write_frame(frame)) == frame


@given(sent=st.lists(frames, max_size=5), cut=st.integers(1, 50))
def test_a_stream_gives_its_frames_wherever_it_is_cut(sent: list[Frame], cut: int) -> None:
    stream = b"".join(map(write_frame, sent))
    pieces, rest = [], b""
    for at in range(0, len(stream), cut):
        new, rest = split(rest + stream[at : at + cut])
        pieces += new
    assert [read_frame(piece) for piece in pieces] == sent
    assert rest == b""


@given(buffer=st.binary(max_size=200), final=st.booleans())
def test_no_byte_is_lost_in_splitting(buffer: bytes, final: bool) -> None:  # noqa: FBT001
    pieces, rest = split(buffer, final=final)
    assert b"".join(pieces) + rest == buffer
    assert all(pieces)
    assert not (final and rest)


@given(rubbish=st.binary(max_size=60), frame=frames)
def test_a_frame_is_found_behind_rubbish(rubbish: bytes, frame: Frame) -> None:
    sent = write_frame(frame)
    assert split(rubbish + sent, final=True)[0][-1].endswith(sent)
    clean = rubbish.replace(b"\x7e", b"").replace(b"\x01", b"")
    assert split(clean + sent)[0][-1] == sent


def test_a_cut_frame_does_not_swallow_the_next_one() -> None:
    sent = write_frame(report())
    assert split(sent[:30] + sent, final=True) == ([sent[:30], sent], b"")


def test_rubbish_of_headers_does_not_keep_us_busy() -> None:
    header = bytes.fromhex("7E7E0100440311011234320FFF02")
    buffer = (header + b"\x03" * 3) * 4000
    pieces, rest = split(buffer)
    assert b"".join(pieces) + rest == buffer


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"end": 0x07}, "end character '07': expected one of 03, 04, 05, 06, 15, 17, 1B"),
        ({"packets": 3, "packet": 4}, "packet 4 of 3: expected 1 to 3"),
    ],
)
def test_a_wrong_field_is_told(changed: dict[str, int], sentence: str) -> None:
    frame = report()._replace(**changed)  # type: ignore[arg-type]
    with pytest.raises(UnreadableFrameError) as caught:
        read_frame(write_frame(frame))
    assert str(caught.value) == sentence


def test_an_unknown_direction_is_told() -> None:
    sent = bytearray(write_frame(report(HEAD)))
    sent[11] |= 0x40
    sent[-2:] = crc16(bytes(sent[:-2])).to_bytes(2, "big")
    with pytest.raises(UnreadableFrameError, match="direction '4': expected 0 for up or 8"):
        read_frame(bytes(sent))


def test_a_packet_may_use_all_sixteen_bits_of_the_length() -> None:
    body = bytes(5000)
    sent = bytearray(write_frame(packet(1, b"")))
    sent[11:13] = (len(body) + 3).to_bytes(2, "big")
    whole = bytes(sent[:17]) + body + b"\x17"
    whole += crc16(whole).to_bytes(2, "big")
    assert read_frame(whole) == packet(1, body)


def test_a_body_that_fits_no_frame_is_refused() -> None:
    with pytest.raises(OversizedFrameError, match="body of 4096 bytes: expected at most 4095"):
        write_frame(report(bytes(4096)))


def test_packets_in_any_order_make_one_body() -> None:
    assembly = Assembly()
    assert assembly.add("", packet(2, b"b")) == (None, (), ())
    assert assembly.add("", packet(3, b"c")) == (None, (1,), ())
    assert assembly.add("", packet(1, b"a")) == (b"abc", (), ())


def test_a_packet_sent_again_is_known() -> None:
    assembly = Assembly()
    for number in (1, 2, 3):
        joined = assembly.add("", packet(number, b"x"))
    assert joined.body == b"xxx"
    assert assembly.add("", packet(2, b"x")) == (None, (), ())
    assert assembly.add("", packet(3, b"x")).body == b"xxx"


def test_a_new_transmission_takes_the_place_of_an_unfinished_one() -> None:
    assembly = Assembly()
    assembly.add("", packet(1, b"a"))
    joined = assembly.add("", packet(1, b"other"))
    assert joined.abandoned == ("transmission of 3 packets: expected all of them, 1 came",)
    assembly.add("", packet(2, b"b"))
    assert assembly.add("", packet(3, b"c")).body == b"otherbc"


def test_senders_and_functions_do_not_mix() -> None:
    assembly = Assembly()
    assembly.add("one", packet(1, b"a", 2))
    assembly.add("two", packet(1, b"z", 2))
    assembly.add("one", packet(1, b"y", 2, function=0x36))
    assert assembly.add("one", packet(2, b"b", 2)).body == b"ab"


def test_what_is_held_is_bounded() -> None:
    few = Assembly(max_transmissions=2)
    few.add("one", packet(1, b"a"))
    few.add("two", packet(1, b"a"))
    assert len(few.add("three", packet(1, b"a")).abandoned) == 1
    small = Assembly(max_bytes=10)
    assert len(small.add("", packet(1, bytes(11))).abandoned) == 1
    large = Assembly()
    joined = large.add("", packet(1, bytes(MAX_PAYLOAD_BYTES + 1)))
    assert joined.body is None
    assert "expected at most 1048576" in joined.abandoned[0]


def test_readings_come_with_the_packet_that_completes_the_transmission() -> None:
    decoder = Sl651Decoder()
    body = HEAD + GROUP + LEVEL
    parts = [
        write_frame(packet(n, part)) for n, part in enumerate((body[:9], body[9:20], body[20:]), 1)
    ]
    assert not decoder.decode(message_of("", parts[0])).natives
    early = decoder.decode(message_of("", parts[2]))
    assert [f.sentence for f in early.faults] == [
        "transmission without packets 2: expected 3 of them"
    ]
    complete = decoder.decode(message_of("", parts[1]))
    assert [n.value for n in complete.natives] == [14.42]
    assert not complete.faults


def test_where_all_packets_come_together_what_lacks_one_is_told_and_nothing_is_kept() -> None:
    decoder = Sl651Decoder(whole=True)
    head = bytes.fromhex("0007260421110000F1F1001122334448F0F02604210300")
    frames = [
        write_frame(packet(number, body))
        for number, body in enumerate((head, bytes.fromhex("392300010490"), b""), start=1)
    ]
    cut = decoder.decode(message_of("", frames[0] + frames[2]))
    assert [fault.sentence for fault in cut.faults] == [
        "transmission of 3 packets: expected all of them, 2 came"
    ]
    rest = decoder.decode(message_of("", frames[1]))
    assert [fault.reason for fault in rest.faults] == [FaultReason.UNDECODABLE]
    assert rest.natives == []
    for _ in range(2):
        whole = decoder.decode(message_of("", b"".join(frames)))
        assert whole.faults == []
        assert [native.value for native in whole.natives] == [10.49]


def test_the_centre_confirms_reports_and_asks_for_packets() -> None:
    assembly = Assembly()
    assert read_frame(answer(report(), None, NOON_US, online=True)) == report()._replace(
        down=True, body=bytes.fromhex("0007260501120000"), end=0x1B
    )
    first, last = packet(1, HEAD), packet(3, b"c")
    assert answer(first, assembly.add("", first), NOON_US, online=False) == b""
    wanted = read_frame(answer(last, assembly.add("", last), NOON_US, online=False))
    assert (wanted.down, wanted.packets, wanted.packet, wanted.end) == (True, 3, 2, 0x15)
    second = packet(2, b"b")
    done = read_frame(answer(second, assembly.add("", second), NOON_US, online=False))
    assert (done.packets, done.body.hex(), done.end) == (0, "0007260501120000", 0x04)


def test_the_centre_says_nothing_to_a_heartbeat_an_answer_or_itself() -> None:
    for frame in (
        report(HEAD)._replace(function=0x2F),
        report()._replace(function=0x37),
        report(HEAD)._replace(down=True),
        report()._replace(function=0xE1),
    ):
        assert answer(frame, None, NOON_US, online=True) == b""


def test_downlinks_swap_station_and_centre_and_end_in_an_enquiry() -> None:
    address = Address("0044031101", 2, "1234")
    sent = query(address, 0x37, NOON_US)
    assert sent[:14].hex() == "7e7e" + "0044031101" + "02" + "1234" + "37" + "8008" + "02"
    assert sent[14:-2].hex() == "0000" + "260501120000" + "05"
    clock = read_frame(set_clock(address, NOON_US))
    assert (clock.function, clock.body.hex()) == (0x4A, "0000260501120000")
    assert read_frame(query(address, 0x3A, NOON_US, LEVEL[:2])).body.endswith(LEVEL[:2])


def test_a_station_that_speaks_letters_is_answered_in_letters() -> None:
    frame = report(b"0007260501075930", text=True)
    sent = confirm(frame, NOON_US, online=True)
    assert sent[:24] == b"\x01" + b"0044031101" + b"01" + b"1234" + b"32" + b"8010" + b"\x02"
    assert sent[24:-4] == b"0007260501120000\x1b"
    asked = read_frame(refuse(packet(1, b"")._replace(text=True), 2, NOON_US))
    assert (asked.packet, asked.body) == (2, b"0000260501120000")
    assert read_frame(query(Address("0044031101", 2, "1234", text=True), 0x51, NOON_US)).text
