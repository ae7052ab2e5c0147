"""Every frame of the shared samples and recordings comes out as they say themselves."""

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from data.reference.vocabularies import vocabulary
from ingest.decoders.sl651 import (
    Sl651Decoder,
    UnreadableFrameError,
    confirm,
    read_frame,
    split,
    write_frame,
)
from ingest.decoders.sl651.elements import elements_by_letters
from tests.unit.ingest.decoders.recorded import message_of
from twin.model import Decoded, FaultReason, Mode, from_us, to_us

BEIJING = timezone(timedelta(hours=8))
SERIES = re.compile(r"(DR[PZ]\d?)\(.*\)")


class Sample(NamedTuple):
    name: str
    verdict: str
    computed_crc: str
    function: str
    frame: bytes
    header: dict[str, str]
    said: str


class Said(NamedTuple):
    native: str
    value: float
    at: datetime


@pytest.fixture(scope="module")
def samples(shared: Path) -> dict[str, Sample]:
    lines = (shared / "standards" / "sl651_samples.txt").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return {row[0]: _sample(row) for row in rows}


@pytest.fixture(scope="module")
def recordings(shared: Path) -> list[bytes]:
    text = (shared / "data" / "telemetry" / "sl651" / "sl651_hex.txt").read_text("ascii")
    return [bytes.fromhex(line) for line in text.split()]


@pytest.fixture(scope="module")
def facts(shared: Path) -> list[dict[str, Any]]:
    known = json.loads((shared / "data" / "FACTS.json").read_text("utf-8"))
    found = _found(known, "telemetry/sl651/sl651_hex.txt")
    assert isinstance(found, list)
    return found


def test_headers_and_verdicts_are_those_of_the_samples(samples: dict[str, Sample]) -> None:
    assert len(samples) == 46
    for sample in samples.values():
        if sample.verdict == "crc_mismatch":
            with pytest.raises(UnreadableFrameError, match=sample.computed_crc):
                read_frame(sample.frame)
            continue
        frame, header = read_frame(sample.frame), sample.header
        assert f"{frame.centre:02X}" == header["centre"], sample.name
        assert frame.station == header["station"]
        assert frame.password == header["pwd"]
        assert f"{frame.function:02X}" == header["func"] == sample.function
        assert frame.down == (header["dir"] == "down")
        assert f"{frame.end:02X}" == header["end"]
        assert (frame.packets, frame.packet) == (
            int(header.get("total", "0")),
            int(header.get("index", "0")),
        )
        numbers = 3 if frame.packets else 0
        assert len(frame.body) == int(header["len"]) - numbers
        if "serial" in header:
            assert int.from_bytes(frame.body[:2], "big") == int(header["serial"])
            assert frame.body[2:8].hex() == header["sent"]


def test_readings_are_those_of_the_decoded_text(samples: dict[str, Sample]) -> None:
    told = 0
    for sample in samples.values():
        decoded = _decode(sample.frame)
        if not sample.said or sample.said.startswith("ZT"):
            continue
        read = [Said(n.native, n.value, _at(n.observed_us)) for n in decoded.natives]
        assert read == _said(sample.said), sample.name
        assert {n.device.value for n in decoded.natives} == {sample.header["addr"]}
        assert not decoded.faults
        told += 1
    assert told == 11


def test_status_word_of_a_sample_says_pump_stopped_and_door_open(
    samples: dict[str, Sample],
) -> None:
    said = {n.native: n.value for n in _decode(samples["S26"].frame).natives}
    assert samples["S26"].said == "ZT=0x00000400"
    assert said["status.pump_running"] == 0
    assert said["status.door_open"] == 1
    assert sum(said.values()) == 1


def test_samples_without_readings_have_no_fault_either(samples: dict[str, Sample]) -> None:
    silent = [s for s in samples.values() if s.verdict == "valid" and not s.said]
    silent = [s for s in silent if s.function not in ("36", "44")]
    assert len(silent) == 19
    for sample in silent:
        assert is_silent(_decode(sample.frame)), sample.name


def test_unset_clock_is_not_believed_when_it_matters(samples: dict[str, Sample]) -> None:
    for name in ("S11", "S16"):
        decoded = Sl651Decoder().decode(message_of("", samples[name].frame, Mode.ACTUAL))
        assert not decoded.natives
        assert [fault.reason for fault in decoded.faults] == [FaultReason.BAD_TIME]
        assert "expected at most 24 h" in decoded.faults[0].sentence
    assert not Sl651Decoder().decode(message_of("", samples["S10"].frame)).faults


def test_picture_of_thirteen_packets_ends_without_a_fault(samples: dict[str, Sample]) -> None:
    decoder = Sl651Decoder()
    packets = [s.frame for s in samples.values() if s.function == "36"]
    assert len(packets) == 13
    for packet in packets:
        assert is_silent(decoder.decode(message_of("", packet)))


def test_confirms_are_the_recorded_downlinks_byte_by_byte(samples: dict[str, Sample]) -> None:
    for up, down in (("S2", "S3"), ("S4", "S5"), ("S6", "S7"), ("S8", "S9")):
        sent = datetime.strptime(samples[down].header["sent"] + "+0800", "%y%m%d%H%M%S%z")
        online = samples[down].header["end"] == "1B"
        written = confirm(read_frame(samples[up].frame), to_us(sent), online=online)
        assert written == samples[down].frame, down


def test_every_valid_sample_is_written_as_it_was_read(samples: dict[str, Sample]) -> None:
    for sample in samples.values():
        if sample.verdict == "valid":
            assert write_frame(read_frame(sample.frame)) == sample.frame, sample.name


def test_stream_of_all_samples_is_split_wherever_it_is_cut(samples: dict[str, Sample]) -> None:
    valid = [s.frame for s in samples.values() if s.verdict == "valid"]
    stream = b"".join(valid)
    for size in (1, 7, 100, 5000):
        pieces: list[bytes] = []
        rest = b""
        for at in range(0, len(stream), size):
            new, rest = split(rest + stream[at : at + size])
            pieces += new
        assert pieces == valid
        assert rest == b""


def test_recordings_are_read_as_their_facts_say(
    recordings: list[bytes], facts: list[dict[str, Any]]
) -> None:
    assert len(recordings) == 20
    assert len(recordings) == len(facts)
    for data, fact in zip(recordings, facts, strict=True):
        if not fact.get("crc_ok"):
            (fault,) = _decode(data).faults
            assert fault.reason is FaultReason.UNDECODABLE
            assert "expected" in fault.sentence
            continue
        frame = read_frame(data)
        assert f"{frame.centre:02X}" == fact["center"]
        assert (frame.station, frame.password) == (fact["station"], fact["password"])
        assert (f"{frame.function:02X}", f"{frame.end:02X}") == (fact["func"], fact["etx"])
        assert frame.body[:2].hex().upper() == fact["serial"]
        assert frame.body[2:8].hex() == fact["send_time_bcd"]
        assert not _decode(data).faults


def test_every_native_of_the_samples_is_in_the_vocabulary(samples: dict[str, Sample]) -> None:
    natives = {n.native for s in samples.values() for n in _decode(s.frame).natives}
    assert natives <= vocabulary("sl651").keys()
    assert {"39", "26", "F4", "F5", "70", "status.door_open"} <= natives


def _sample(row: list[str]) -> Sample:
    header, _, said = row[6].partition(" | ")
    fields = dict(field.split("=") for field in header.split())
    return Sample(row[0], row[1], row[3], row[4], bytes.fromhex(row[5]), fields, said)


def _said(text: str) -> list[Said]:
    said: list[Said] = []
    at = datetime.min.replace(tzinfo=UTC)
    for part in text.split("; "):
        name, _, value = part.partition("=")
        if name == "obs_time":
            at = datetime.strptime(value, "%y%m%d%H%M").replace(tzinfo=BEIJING)
        elif series := SERIES.fullmatch(name):
            native = elements_by_letters()[series[1]].native
            scale = 10 if native == "F4" else 1
            said += [
                Said(native, int(one) / scale, at + timedelta(minutes=5 * number))
                for number, one in enumerate(value.split(","))
                if one != "-"
            ]
        elif not name.startswith("step"):
            said.append(Said(elements_by_letters()[name].native, float(value), at))
    return said


def _decode(data: bytes) -> Decoded:
    return Sl651Decoder().decode(message_of("", data, Mode.REPLAY))


def _at(observed_us: int | None) -> datetime:
    assert observed_us is not None
    return from_us(observed_us)


def _found(known: object, key: str) -> object:
    """Look a key up wherever it stands."""
    if isinstance(known, dict):
        if key in known:
            return known[key]
        inner = (_found(value, key) for value in known.values())
        return next((value for value in inner if value is not None), None)
    return None


def is_silent(decoded: Decoded) -> bool:
    """Say whether a message was understood and has no reading."""
    return not decoded.natives and not decoded.faults
