"""What elements become: values, times, channels, and the sentences of what cannot be taken."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.reference import quantities
from data.reference.vocabularies import vocabulary
from ingest.decoders.documents import MAX_PAYLOAD_BYTES
from ingest.decoders.sl651 import Frame, Sl651Decoder, write_frame
from ingest.decoders.sl651.elements import Layout, elements_by_guide, elements_by_letters
from ingest.decoders.sl651.elements import functions as known_functions
from tests.unit.ingest.decoders.recorded import message_of
from twin.model import Decoded, FaultReason, Mode, NativeReading, Statistic, from_us

STATION = "0044031101"
DIGITS = "1234"
HEAD = "0001" + "260501075930"
GROUP = "F1F1" + STATION + "48" + "F0F0" + "2605010755"
GROUP_TIME = datetime(2026, 4, 30, 23, 55, tzinfo=UTC)


def up(body: str | bytes, function: int = 0x32, *, text: bool = False) -> bytes:
    coded = body if isinstance(body, bytes) else bytes.fromhex(body)
    frame = Frame(
        text=text,
        down=False,
        centre=1,
        station=STATION,
        password=DIGITS,
        function=function,
        packets=0,
        packet=0,
        body=coded,
        end=0x03,
    )
    return write_frame(frame)


def decode(data: bytes, mode: Mode = Mode.ACTUAL) -> Decoded:
    return Sl651Decoder().decode(message_of("", data, mode))


def elements(body: str, function: int = 0x32) -> Decoded:
    return decode(up(HEAD + GROUP + body, function))


def letters(body: str, function: int = 0x32) -> Decoded:
    head = f"{HEAD}ST {STATION} H TT 2605010755 "
    return decode(up((head + body).encode(), function, text=True))


def only(decoded: Decoded) -> NativeReading:
    (native,) = decoded.natives
    assert not decoded.faults
    return native


def minutes(decoded: Decoded) -> list[float]:
    """Times of the readings, in minutes after the group's."""
    times = [from_us(n.observed_us) for n in decoded.natives if n.observed_us is not None]
    return [(time - GROUP_TIME) / timedelta(minutes=1) for time in times]


def sentences(decoded: Decoded) -> list[str]:
    return [fault.sentence for fault in decoded.faults]


@pytest.mark.parametrize(
    ("coded", "value"),
    [
        ("392300014420", 14.42),
        ("3923FF000345", -0.345),
        ("3923FF012345", -12.345),
        ("381212 20", 12.2),
        ("4808 07", 7),
        ("3908 FF", None),
        ("3923FFFFFFFF", None),
    ],
)
def test_packed_decimals(coded: str, value: float | None) -> None:
    decoded = elements(coded)
    assert not decoded.faults
    assert [n.value for n in decoded.natives] == ([] if value is None else [value])


@pytest.mark.parametrize(
    ("coded", "statistic", "period_s", "channel"),
    [
        ("1A190000 15", Statistic.SUM, 3600, ""),
        ("1F190000 15", Statistic.SUM, 86_400, ""),
        ("22190000 15", Statistic.SUM, 300, ""),
        ("26190000 15", Statistic.COUNTER, 0, ""),
        ("20190000 15", Statistic.COUNTER, 0, "current"),
        ("3B2300001500", Statistic.INSTANT, 0, "upper"),
        ("3A2300001500", Statistic.INSTANT, 0, "lower"),
    ],
)
def test_a_total_has_its_period_and_the_time_of_its_end(
    coded: str, statistic: Statistic, period_s: int, channel: str
) -> None:
    decoded = elements(coded)
    read = only(decoded)
    assert read.value == 1.5
    assert (read.statistic, read.period_s, read.channel) == (statistic, period_s, channel)
    assert minutes(decoded) == [0]
    assert read.device == ("sl651", STATION)


def test_five_minute_rain_ends_at_the_group_time_and_every_five_minutes_later() -> None:
    decoded = elements("F460" + "05" + "FF" * 9 + "00FE")
    assert [n.value for n in decoded.natives] == [0.5, 0, 25.4]
    assert minutes(decoded) == [0, 50, 55]
    assert {n.period_s for n in decoded.natives} == {300}


def test_series_keep_their_size_whatever_the_definition_byte_says() -> None:
    decoded = elements("F55C" + "000C" * 11 + "FFFF" + "38121220")
    assert [n.value for n in decoded.natives] == [12.0] * 11 + [12.2]
    assert minutes(decoded) == [5 * n for n in range(11)] + [0]


def test_uniform_report_names_its_element_once_and_steps_through_time() -> None:
    decoded = elements("0418000010" + "3923" + "00010000FFFFFFFF00010002", 0x31)
    assert [n.value for n in decoded.natives] == [10, 10.002]
    assert minutes(decoded) == [0, 20]
    assert not decoded.faults


def test_uniform_report_may_name_its_element_each_time() -> None:
    decoded = elements("0418000010" + "392300010000" + "392300010001", 0x31)
    assert [n.value for n in decoded.natives] == [10, 10.001]
    assert minutes(decoded) == [0, 10]


def test_bad_value_in_a_uniform_report_keeps_the_times_of_the_others() -> None:
    decoded = elements("0418010000" + "3923" + "0001000A" + "00010001", 0x31)
    assert minutes(decoded) == [1440]
    assert sentences(decoded) == [
        "element '39': '0001000A': expected BCD digits, or FF and BCD digits"
    ]


def test_several_stations_and_times_in_one_body() -> None:
    other = "F1F1" + "0044031102" + "F0F0" + "2605010754"
    decoded = elements("39230001000048 2000005000" + other + "392300020000")
    told = [(n.device.value[-1], n.native, n.value) for n in decoded.natives]
    assert told == [("1", "39", 10), ("1", "48", 5000), ("2", "39", 20)]
    assert minutes(decoded) == [0, 0, -1]


def test_elements_of_a_gate_carry_its_number() -> None:
    decoded = elements("0A10 0002" + "091A000150" + "0A10 0003" + "091A000200" + "38121220")
    told = [(n.channel, n.value) for n in decoded.natives]
    assert told == [("gate 2", 1.5), ("gate 3", 2.0), ("", 12.2)]


def test_user_defined_and_reserved_elements_keep_their_guide_bytes() -> None:
    decoded = elements("FF02110123" + "8011 0075")
    assert [(n.native, n.value) for n in decoded.natives] == [("FF02", 12.3), ("80", 7.5)]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("39230001", "element '39': the body ends after 2 of 4 bytes, expected all"),
        ("39", "element '39': the body ends after 0 of 1 bytes, expected all"),
        ("3900", "element '39': definition byte 00: expected 1 to 31 bytes"),
        ("FF", "element 'FF': expected a second guide byte, the body ends"),
        ("F460 0500", "element 'F4': the body ends after 2 of 12 bytes, expected all"),
        ("FD100102", "element 'FD': expected an element whose layout is defined"),
        ("F0392300", "element 'F0': guide byte once: expected it twice, F0F0"),
        ("0410 0005", "element '04': '0005': expected 3 BCD bytes, DDHHmm"),
    ],
)
def test_what_cannot_be_read_is_told_and_what_stands_before_is_kept(
    body: str, sentence: str
) -> None:
    decoded = elements("38121220" + body)
    assert [n.value for n in decoded.natives] == [12.2]
    assert sentences(decoded) == [sentence]


def test_bad_digits_do_not_harm_the_next_element() -> None:
    decoded = elements("3923000A4420" + "38121220")
    assert [n.native for n in decoded.natives] == ["38"]
    assert [fault.reason for fault in decoded.faults] == [FaultReason.BAD_VALUE]


def test_a_time_that_is_none_costs_only_its_own_group() -> None:
    decoded = elements(
        "3812 1220" + "F0F0 2613010755" + "392300010000261900 0050" + "F0F0 2605010755" + "38121230"
    )
    assert [n.value for n in decoded.natives] == [12.2, 12.3]
    assert [fault.reason for fault in decoded.faults] == [FaultReason.BAD_TIME]


def test_without_an_observation_time_the_time_of_sending_holds() -> None:
    decoded = decode(up(HEAD + "F1F1" + STATION + "4520" + "00000481", 0x46))
    said = {n.native: n.value for n in decoded.natives}
    assert said["status.power_cut"] == 1
    assert said["status.door_open"] == 0
    assert said["status.pump_running"] == 0
    assert set(minutes(decoded)) == {4.5}


def test_a_status_word_of_all_ones_is_invalid() -> None:
    assert is_silent(elements("4520FFFFFFFF"))


def test_texts_and_pictures_give_no_reading_and_no_fault() -> None:
    assert is_silent(elements("F2F2" + "39230001"))
    assert is_silent(decode(up(HEAD + GROUP + "F3F3FFD8FF", 0x36)))


def test_both_codings_say_the_same() -> None:
    binary = elements("392300014420" + "26190000 50" + "3812FFFF" + "F460" + "05" * 12)
    text = letters("Z 14.420 PT 5.0 VT M DRP " + "05" * 12)
    assert binary.natives == text.natives
    assert not text.faults


def test_letters_of_a_class_may_be_an_element_too() -> None:
    head = f"{HEAD}ST {STATION} "
    with_class = decode(up((head + "H TT 2605010755 H 3.20").encode(), text=True))
    without = decode(up((head + "H 3.20").encode(), text=True))
    assert only(with_class).native == only(without).native == "0E"


def test_uniform_report_in_letters() -> None:
    decoded = letters("DRH01 Z 1.1 M 1.3 pH 7.1", 0x31)
    assert [(n.native, n.value) for n in decoded.natives] == [("39", 1.1), ("39", 1.3), ("46", 7.1)]
    assert minutes(decoded) == [0, 120, 0]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("Z 1.2.3", "element 'Z': '1.2.3': expected a decimal number, or M for invalid"),
        ("Z", "element 'Z': no value: expected a number, or M for invalid"),
        ("Z 1 2", "element 'Z': 2 values: expected one, or a time step before them, e.g. DRN05"),
        ("XX 1.5", "element 'XX': expected letters of SL 651 table C.1, e.g. Z"),
        ("DRP 0505", "element 'DRP': '0505': expected 24 hexadecimal digits"),
        ("ST 12", "element 'ST': '12': expected an address of 10 digits"),
    ],
)
def test_what_cannot_be_read_in_letters_is_told(body: str, sentence: str) -> None:
    decoded = letters("VT 12.2 " + body + " PT 1.0")
    assert [n.value for n in decoded.natives] == [12.2, 1.0]
    assert sentences(decoded) == [sentence]


def test_one_message_may_carry_frames_rubbish_and_a_cut_frame() -> None:
    frame = up(HEAD + GROUP + "38121220")
    decoded = decode(frame + b"OK\r\n" + frame + frame[:30])
    assert len(decoded.natives) == 2
    assert [text.split(":")[0] for text in sentences(decoded)] == ["piece 2", "piece 4"]
    assert "expected 44 by its header" in sentences(decoded)[1]


def test_line_ends_behind_frames_are_tolerated() -> None:
    assert only(decode(up(HEAD + GROUP + "38121220") + b"\r\n")).value == 12.2


def test_unknown_function_is_told() -> None:
    assert sentences(decode(up(HEAD, 0xE1))) == ["function 'E1': expected one of SL 651 table B.1"]


def test_body_without_serial_and_time_is_told() -> None:
    assert sentences(decode(up("0001"))) == [
        "body of 2 bytes: expected at least 8, serial and time of sending"
    ]


def test_readings_in_one_message_are_bounded() -> None:
    statuses = up(HEAD + GROUP + "452000000000" * 600)
    decoded = decode(statuses * 3)
    assert len(decoded.natives) == 2 * 7200
    assert [fault.reason for fault in decoded.faults] == [FaultReason.TOO_LARGE]
    (fault,) = decode(bytes(MAX_PAYLOAD_BYTES + 1)).faults
    assert fault.reason is FaultReason.TOO_LARGE


def test_every_element_that_gives_readings_is_in_the_vocabulary() -> None:
    terms = vocabulary("sl651")
    quiet = {
        Layout.TIME, Layout.STATION, Layout.TEXT, Layout.UNDEFINED, Layout.STEP, Layout.GATE,
        Layout.STATUS,
    }  # fmt: skip
    told = {e.native for e in elements_by_guide().values() if e.layout not in quiet}
    assert told == {native for native in terms if not native.startswith("status.")}
    assert len(elements_by_letters()) == len(elements_by_guide()) == 131
    assert all(not term.quantity or term.quantity in quantities() for term in terms.values())


bodies = st.binary(max_size=60)
known = st.sampled_from(sorted(elements_by_guide()))
words = st.sampled_from([*elements_by_letters(), "DRN05", "M", "1.5", "-3", "05" * 12, STATION])


@given(data=st.binary(max_size=200))
def test_random_bytes_never_raise(data: bytes) -> None:
    _assert_sound(decode(data))


@settings(max_examples=300)
@given(
    body=bodies, guides=st.lists(known, max_size=4), function=st.sampled_from([*known_functions()])
)
def test_random_bodies_never_raise(body: bytes, guides: list[int], function: int) -> None:
    parts = [bytes([guide]) + body[at : at + 9] for at, guide in enumerate(guides)]
    _assert_sound(decode(up(bytes.fromhex(HEAD + GROUP) + b"".join(parts) + body, function)))


@settings(max_examples=300)
@given(said=st.lists(words | st.text(max_size=8), max_size=12))
def test_random_words_never_raise(said: list[str]) -> None:
    body = f"{HEAD}{' '.join(said)}".encode("latin-1", "replace")
    _assert_sound(decode(up(body, text=True)))


@given(at=st.integers(0, 43), byte=st.integers(0, 255), mode=st.sampled_from(Mode))
def test_a_changed_byte_is_always_noticed(at: int, byte: int, mode: Mode) -> None:
    frame = up(HEAD + GROUP + "38121220")
    changed = frame[:at] + bytes([byte]) + frame[at + 1 :]
    decoded = decode(changed, mode)
    assert (changed == frame) == bool(decoded.natives)
    assert (changed == frame) != bool(decoded.faults)


def _assert_sound(decoded: Decoded) -> None:
    assert all(fault.sentence.strip() for fault in decoded.faults)
    for native in decoded.natives:
        assert math.isfinite(native.value)
        assert native.observed_us is not None
        assert len(native.device.value) == 10


def is_silent(decoded: Decoded) -> bool:
    """Say whether a message was understood and has no reading."""
    return not decoded.natives and not decoded.faults
