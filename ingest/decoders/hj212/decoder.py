"""Reads frames of HJ 212: data of monitoring points become native readings."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from ingest.decoders.documents import MAX_PAYLOAD_BYTES
from ingest.decoders.faults import FaultList
from ingest.decoders.hj212.factors import native_name
from ingest.decoders.hj212.frame import UnreadableFrameError, is_single, split
from ingest.decoders.hj212.intervals import MINUTE_S, ImpossibleIntervalError, checked_minutes
from ingest.decoders.hj212.packets import MessageKey, key_of, lacks_time, says_time
from ingest.decoders.hj212.segment import Segment, UnreadableSegmentError, read_whole
from ingest.decoders.hj212.stamps import read_stamp
from ingest.decoders.hj212.values import Spoken, readings_of
from ingest.decoders.quoting import quoted
from ingest.decoders.times import UnreadableTimeError, objection
from twin.model import Decoded, Fault, FaultReason, Message, Name, NativeReading

VOCABULARY: Final = "hj212"

_HOUR_S = 3600
_DAY_S = 86_400
_FURNACE_S = 300
_DATA = "2"
_MN = re.compile(r"[0-9A-Za-z]{1,24}")


class UnknownSpeakerError(ValueError):
    """Data without a usable MN. Set the number in the device."""


class UnknownCommandError(ValueError):
    """Data of a command that is not read. Park them; nothing is known of their meaning."""


class _Said(NamedTuple):
    """What one frame says, and who says it."""

    speaker: Name | None
    readings: list[NativeReading]


class Hj212Decoder:
    """Reads the data of commands 2011, 2021, 2031, 2041, 2051, 2061 and 2111.

    Other commands carry no readings; values under another command of data (2xxx) are refused.

    Args:
        minute_s: the interval of minute data (2051) in seconds, which no message says
            (HJ 212-2017, table 4, MinInterval).

    Raises:
        ImpossibleIntervalError: no whole minutes, or none that a data logger can be set to.
    """

    def __init__(self, minute_s: int = 600) -> None:
        if minute_s % MINUTE_S:
            raise ImpossibleIntervalError(
                f"minute interval of {minute_s!r} s: expected whole minutes"
            )
        checked_minutes(minute_s // MINUTE_S)
        self._periods_s = MappingProxyType(
            {
                "2011": 0,
                "2021": 0,
                "2051": minute_s,
                "2061": _HOUR_S,
                "2031": _DAY_S,
                "2041": _DAY_S,
                "2111": _FURNACE_S,
            }
        )

    def decode(self, message: Message) -> Decoded:
        """Return the readings of every frame; a bad field does not harm its neighbours."""
        if len(message.payload) > MAX_PAYLOAD_BYTES:
            size = len(message.payload)
            sentence = f"payload of {size} bytes: expected at most {MAX_PAYLOAD_BYTES}"
            return Decoded(faults=[Fault(FaultReason.TOO_LARGE, sentence)])
        frames = _frames(message.payload)
        faults = FaultList()
        natives: list[NativeReading] = []
        speaker: Name | None = None
        times: dict[MessageKey, str] = {}
        for number, frame in enumerate(frames, start=1):
            faults.place = f"frame {number}: " if len(frames) > 1 else ""
            said = self._read(frame, message, faults, times)
            speaker = said.speaker or speaker
            natives += said.readings
        return Decoded(
            natives=natives,
            vocabulary=VOCABULARY if natives else "",
            faults=faults.listed(),
            speaker=speaker,
        )

    def _read(
        self, frame: bytes, message: Message, faults: FaultList, times: dict[MessageKey, str]
    ) -> _Said:
        speaker: Name | None = None
        try:
            segment = read_whole(frame)
            if segment.packet is not None:
                segment = _timed(segment, times)
            speaker = Name("hj212", segment.mn) if _MN.fullmatch(segment.mn) else None
            for slip in segment.slips:
                faults.add(FaultReason.UNDECODABLE, slip)
            if segment.factors and segment.cn.startswith(_DATA):
                return _Said(speaker, self._readings(segment, message, faults))
        except _UNDECODABLE as error:
            faults.add(FaultReason.UNDECODABLE, str(error))
        except UnreadableTimeError as error:
            faults.add(FaultReason.BAD_TIME, str(error))
        return _Said(speaker, [])

    def _readings(
        self, segment: Segment, message: Message, faults: FaultList
    ) -> list[NativeReading]:
        device = _device(segment)
        if (period_s := self._periods_s.get(segment.cn)) is None:
            raise UnknownCommandError(
                f"values of CN {segment.cn}: expected one of {', '.join(sorted(self._periods_s))}"
            )
        common_us = _observed_us(segment, period_s, message)
        readings: list[NativeReading] = []
        for factor, sent in segment.factors.items():
            if not (native := native_name(factor, segment.st)):
                faults.add(FaultReason.UNDECODABLE, _nameless(factor))
                continue
            try:
                sampled_us = None if period_s else _sampled_us(sent, message)
            except UnreadableTimeError as error:
                faults.add(FaultReason.BAD_TIME, f"{quoted(factor)}: {error}")
                continue
            spoken = Spoken(device, factor, native, sampled_us or common_us, period_s)
            readings += readings_of(spoken, sent, faults)
        return readings


_UNDECODABLE = (
    UnreadableFrameError,
    UnreadableSegmentError,
    UnknownSpeakerError,
    UnknownCommandError,
)


def _timed(segment: Segment, times: dict[MessageKey, str]) -> Segment:
    """Return a packet with the time that the first one of its message said in this payload."""
    if says_time(segment):
        times[key_of(segment)] = segment.fields["DataTime"]
    elif lacks_time(segment) and (time := times.get(key_of(segment))):
        return segment._replace(fields={**segment.fields, "DataTime": time})
    return segment


def _frames(payload: bytes) -> list[bytes]:
    if is_single(payload):
        return [payload]
    frames, rest = split(payload)
    return [*frames, rest] if rest or not frames else frames


def _device(segment: Segment) -> Name:
    if not _MN.fullmatch(segment.mn):
        raise UnknownSpeakerError(f"MN {quoted(segment.mn)}: expected 1 to 24 letters and digits")
    return Name("hj212", segment.mn)


def _nameless(factor: str) -> str:
    return f"factor {quoted(factor)}: expected a code of at most 32 printable characters"


def _observed_us(segment: Segment, period_s: int, message: Message) -> int | None:
    """Return the instant of the data, or the end of the period that DataTime begins."""
    stamp = segment.fields.get("DataTime", "")
    if not stamp and period_s:
        raise UnreadableTimeError(f"CN {segment.cn} without DataTime: expected the period's start")
    # The request number is the device's time too, and the same when a message is sent again.
    if not stamp and not (stamp := segment.qn):
        return None
    return _believed_us(read_stamp(stamp) + period_s * 1_000_000, message)


def _sampled_us(sent: Mapping[str, str], message: Message) -> int | None:
    stamp = sent.get("SampleTime", "")
    return _believed_us(read_stamp(stamp), message) if stamp else None


def _believed_us(observed_us: int, message: Message) -> int:
    if why := objection(observed_us, message.mode, message.received_us):
        raise UnreadableTimeError(why)
    return observed_us
