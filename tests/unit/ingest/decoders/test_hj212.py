"""The decoder of HJ 212: recorded messages, flags, times, and that nothing makes it fall."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoders.hj212 import Hj212Decoder
from ingest.decoders.hj212.factors import native_name
from ingest.decoders.hj212.frame import build, read_frame
from ingest.decoders.hj212.intervals import ImpossibleIntervalError
from ingest.decoders.hj212.segment import read_segment
from tests.unit.ingest.decoders.recorded import message_of
from twin.model import Check, Decoded, FaultReason, Grade, Mode, Statistic, from_us, quality

DECODER = Hj212Decoder()
DATA = {
    "C29": (1, "LA", Statistic.INSTANT, 0),
    "C30": (8, "L5", Statistic.MEAN, 600),
    "C31": (8, "L5", Statistic.MEAN, 3600),
    "C32": (24, "L5", Statistic.MEAN, 86_400),
}


def decode(payload: bytes, mode: Mode = Mode.ACTUAL) -> Decoded:
    return DECODER.decode(message_of("", payload, mode))


def data_of(command: str, items: str) -> bytes:
    head = "QN=20260501074501223;ST=32;PW=123456;MN=010000A8900016F000169DC0;Flag=5"
    return build(f"{head};CN={command};CP=&&{items}&&")


def samples(shared: Path) -> list[list[str]]:
    lines = (shared / "standards" / "hj212_samples.txt").read_text("utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


def test_every_sample_is_taken_or_refused_as_its_verdict_says(shared: Path) -> None:
    rows = samples(shared)
    assert len(rows) == 112
    for name, verdict, _, _, _, computed, frame, _ in rows:
        decoded = decode(frame.encode("utf-8") + b"\r\n")
        sentences = [fault.sentence for fault in decoded.faults]
        if verdict == "crc_mismatch":
            assert not decoded.natives, name
            assert len(sentences) == 1, name
            assert f"expected {computed}" in sentences[0], name
        else:
            assert sentences == [], name
            assert bool(decoded.natives) == (name in DATA or name[0] == "B"), name


def test_data_of_annex_c_have_their_statistic_and_period(shared: Path) -> None:
    frames = {row[0]: row[6].encode("utf-8") for row in samples(shared)}
    for name, (count, first, statistic, period_s) in DATA.items():
        natives = decode(frames[name]).natives
        assert len(natives) == count
        assert natives[0][1] == first
        assert natives[0][6:8] == (statistic, period_s)
    extremes = {native.native: native.statistic for native in decode(frames["C30"]).natives}
    assert (extremes["LMx"], extremes["LMn"]) == (Statistic.MAX, Statistic.MIN)
    channels = [native.channel for native in decode(frames["C32"]).natives]
    assert [channels.count(one) for one in ("", "day", "night")] == [8, 8, 8]


def facts(shared: Path) -> list[tuple[bytes, dict[str, Any]]]:
    told: dict[str, Any] = json.loads((shared / "data" / "FACTS.json").read_text("utf-8"))
    return [
        pair
        for name, packets in told["telemetry"].items()
        if name.startswith("telemetry/hj212/")
        for pair in zip((shared / "data" / name).read_bytes().splitlines(), packets, strict=True)
    ]


def test_recordings_say_what_their_facts_say(shared: Path) -> None:
    packets = facts(shared)
    assert len(packets) == 9
    for frame, fact in packets:
        decoded = decode(frame)
        assert bool(decoded.faults) == (not fact["crc_ok"])
        if not fact["crc_ok"]:
            assert fact["crc_calc"] in decoded.faults[0].sentence
            continue
        assert {native.device for native in decoded.natives} == {("hj212", fact["MN"])}
        values = {native.native: native.value for native in decoded.natives}
        assert values == {name: float(value) for name, value in fact["factors"].items()}
        assert read_segment(read_frame(frame).text).fields["DataTime"] == fact["DataTime"]


def test_a_recording_with_its_crc_mended_is_read_by_its_old_codes(shared: Path) -> None:
    broken = next(frame for frame, fact in facts(shared) if "B01" in fact["factors"])
    decoded = decode(build(broken[6:-4].decode("ascii")))
    assert not decoded.faults
    assert {native.native for native in decoded.natives} == {"w00000", "w01018", "w21003"}


def test_a_whole_recording_is_one_message(shared: Path) -> None:
    recording = (shared / "data/telemetry/hj212/hj212_guocay.txt").read_bytes()
    decoded = decode(recording)
    assert len(decoded.natives) == 21
    assert [fault.sentence[:8] for fault in decoded.faults] == [
        "frame 2:",
        "frame 3:",
        "frame 4:",
        "frame 7:",
    ]


@pytest.mark.parametrize(
    ("flag", "expected"),
    [
        ("N", 0),
        ("n", 0),
        ("", 0),
        ("3", 0),
        ("S", quality(Grade.DOUBTFUL, Check.DEVICE_FLAG)),
        ("X", quality(Grade.DOUBTFUL, Check.DEVICE_FLAG)),
        *((flag, quality(Grade.UNRELIABLE, Check.DEVICE_FLAG)) for flag in "FMDCTBP2"),
    ],
)
def test_a_flag_is_a_quality(flag: str, expected: int) -> None:
    sent = data_of("2011", f"DataTime=20260501074500;w01018-Rtd=1,w01018-Flag={flag}")
    (native,) = decode(sent).natives
    assert native.flags == expected


@pytest.mark.parametrize("text", ["-", "", "NaN", "null", "1,5", "1e999", "0x1", "1 2", "٣", "--"])
def test_what_is_no_number_is_a_fault_of_its_factor_alone(text: str) -> None:
    sent = data_of("2011", f"DataTime=20260501074500;w01018-Rtd={text};w01001-Rtd=7.2")
    decoded = decode(sent)
    assert "w01001" in {native.native for native in decoded.natives}
    assert {fault.reason for fault in decoded.faults} <= {
        FaultReason.BAD_VALUE,
        FaultReason.UNDECODABLE,
    }
    assert decoded.faults


@pytest.mark.parametrize(
    ("text", "value"), [("+1.5", 1.5), ("-0", 0.0), (".5", 0.5), ("3.", 3.0), ("1E-05", 1e-5)]
)
def test_numbers_are_read_as_loggers_print_them(text: str, value: float) -> None:
    (native,) = decode(data_of("2011", f"DataTime=20260501074500;w01018-Rtd={text}")).natives
    assert native.value == value


@pytest.mark.parametrize("text", ["-", "--", "NaN", "null", ""])
def test_a_value_that_its_flag_says_is_none_is_absent(text: str) -> None:
    items = f"DataTime=20260501074500;w01018-Rtd={text},w01018-Flag=B"
    decoded = decode(data_of("2011", items))
    assert (decoded.natives, decoded.faults) == ([], [])


def test_the_mean_furnace_temperature_of_2025_stands_at_the_end_of_five_minutes() -> None:
    decoded = decode(data_of("2111", "DataTime=20260501074500;a01901-Avg=871.5"))
    (reading,) = decoded.natives
    assert (reading.native, reading.period_s) == ("a01901", 300)
    assert from_us(reading.observed_us or 0).isoformat() == "2026-04-30T23:50:00+00:00"


@pytest.mark.parametrize("command", ["2013", "2052", "2062", "2999"])
def test_values_of_a_command_that_is_not_read_are_refused_and_not_lost_in_silence(
    command: str,
) -> None:
    decoded = decode(data_of(command, "DataTime=20260501074500;w01018-Avg=36.1"))
    (fault,) = decoded.faults
    assert fault.sentence.startswith(f"values of CN {command}: expected one of 2011, ")
    assert decoded.speaker is not None


def test_an_upload_that_says_no_time_at_all_has_none() -> None:
    frame = build("ST=32;CN=2011;PW=123456;MN=A1;Flag=4;CP=&&w01018-Rtd=36.1&&")
    (reading,) = decode(frame).natives
    assert reading.observed_us is None


def test_real_time_data_without_a_time_have_that_of_their_request_number() -> None:
    (native,) = decode(data_of("2011", "w01018-Rtd=1")).natives
    assert native.observed_us == 1_777_592_701_223_000
    (native,) = decode(build("CN=2011;MN=1;CP=&&w01018-Rtd=1&&")).natives
    assert native.observed_us is None


def test_the_interval_of_minute_data_is_a_setting() -> None:
    sent = data_of("2051", "DataTime=20260501074000;w01018-Avg=1")
    (native,) = Hj212Decoder(minute_s=300).decode(message_of("", sent)).natives
    assert (native.observed_us, native.period_s) == (1_777_592_700_000_000, 300)
    for wrong in (0, 90, 420, 3600, -600):
        with pytest.raises(ImpossibleIntervalError, match=r"minute interval of .*: expected"):
            Hj212Decoder(minute_s=wrong)


def test_old_times_are_taken_in_a_replay_only() -> None:
    sent = data_of("2011", "DataTime=19990501074500;w01018-Rtd=1")
    assert [fault.reason for fault in decode(sent).faults] == [FaultReason.BAD_TIME]
    assert len(decode(sent, Mode.REPLAY).natives) == 1


def test_a_bad_sample_time_harms_its_factor_alone() -> None:
    items = "DataTime=20260501074500;w01018-SampleTime=2026,w01018-Rtd=1;w01001-Rtd=7.2"
    decoded = decode(data_of("2011", items))
    assert [native.native for native in decoded.natives] == ["w01001"]
    assert [fault.reason for fault in decoded.faults] == [FaultReason.BAD_TIME]
    assert decoded.faults[0].sentence.startswith("'w01018': time '2026': expected 14 or 17 digits")


def test_a_password_stands_in_no_sentence() -> None:
    frame = data_of("2011", "DataTime=20260501074500;w01018-Rtd=1")
    for end in range(len(frame) - 2):
        decoded = decode(frame[:end])
        assert decoded.faults
        assert not any("123456" in fault.sentence for fault in decoded.faults)


def test_more_than_a_mebibyte_is_refused() -> None:
    (fault,) = decode(b"#" * (1 << 20) + b"#").faults
    assert fault.reason is FaultReason.TOO_LARGE


FRAMES = [
    data_of("2011", "DataTime=20260501074500;w01018-Rtd=36.1,w01018-Flag=N;e10101-Rtd=7"),
    data_of("2061", "DataTime=20260501060000;w01018-Cou=1.5,w01018-ZsAvg=2,w01018-Flag=T"),
    data_of("2021", "DataTime=20260501074500;SB1-RS=1"),
]
ITEMS = st.lists(
    st.sampled_from([
        "DataTime=20260501074500", "w01018-Rtd", "w01018-Avg", "w01018-Flag", "=", ";", ",", "&&",
        "//", "1e400", "-", "SB1-RS", "SB1-RT=1", "011-Cou=1", "nan", "\0", "站", "9" * 400,
        "-SampleTime=20260501074500",
    ])
    | st.text(max_size=6)
).map("".join)  # fmt: skip


def assert_sound(decoded: Decoded) -> None:
    assert all(fault.sentence for fault in decoded.faults)
    assert decoded.vocabulary == ("hj212" if decoded.natives else "")
    for native in decoded.natives:
        assert math.isfinite(native.value)
        assert native.native
        assert "\0" not in native.native + native.channel + native.device.value
        assert bool(native.period_s) == (native.statistic is not Statistic.INSTANT)


@given(st.binary(max_size=300), st.sampled_from(Mode))
def test_any_bytes_give_a_sentence(payload: bytes, mode: Mode) -> None:
    decoded = decode(payload, mode)
    assert decoded.faults
    assert_sound(decoded)


@given(st.sampled_from(FRAMES), st.data())
def test_a_frame_with_some_bytes_changed_is_survived(frame: bytes, data: st.DataObject) -> None:
    changed = bytearray(frame)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(frame) - 1))] = data.draw(st.integers(0, 255))
    assert_sound(decode(bytes(changed), data.draw(st.sampled_from(Mode))))


@given(st.sampled_from(["2011", "2021", "2031", "2041", "2051", "2061", "9014"]), ITEMS)
def test_any_fields_in_a_whole_frame_are_survived(command: str, items: str) -> None:
    text = f"QN=1;ST=32;CN={command};MN=1;CP=&&{items[:300]}&&"
    if len(text.encode("utf-8")) <= 1024:
        assert_sound(decode(build(text), Mode.BACKFILL))


@given(st.text())
def test_a_name_is_a_key_or_nothing(factor: str) -> None:
    native = native_name(factor, "32")
    assert native is None or (0 < len(native.name) <= 32 and "\0" not in native.name)
