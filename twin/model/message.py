"""Bytes as they arrived, and what a decoder makes of them."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from twin.model.mode import Mode
from twin.model.reading import Name, NativeReading, Reading, VideoEvent


class Message(NamedTuple):
    """One message from a broker, a socket or an HTTP body.

    Attributes:
        source: name of the configured source that received it.
        mode: the source's mode.
        topic: the address it came to.
        payload: the bytes, untouched.
        received_us: by our clock, microseconds since 1970 UTC.
        packet_id: the broker's number of it, 0 where there is none.
        duplicate: the broker says that it may have sent it before.
        retained: the broker had kept it; it says what was, not what happens.
    """

    source: str
    mode: Mode
    topic: str
    payload: bytes
    received_us: int
    packet_id: int = 0
    duplicate: bool = False
    retained: bool = False


class FaultReason(StrEnum):
    """Why a message, or a part of it, was parked; also the metric's label."""

    UNDECODABLE = "undecodable"
    TOO_LARGE = "too large"
    UNKNOWN_DEVICE = "unknown device"
    UNKNOWN_QUANTITY = "unknown quantity"
    BAD_VALUE = "bad value"
    BAD_TIME = "bad time"
    REFUSED = "refused by the store"


class Fault(NamedTuple):
    """A part of a message that could not be taken, in a sentence."""

    reason: FaultReason
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """What a decoder read from one message; the faults name what it could not read.

    Attributes:
        readings: of quantities in their stored units.
        natives: of names and units that ``vocabulary`` and the device's settings explain.
        vocabulary: the table that knows the names, empty where there are no natives.
        events: of cameras.
        faults: what could not be read.
        speaker: who sent the message, where it says so beside its readings.
    """

    readings: list[Reading] = field(default_factory=list)
    natives: list[NativeReading] = field(default_factory=list)
    vocabulary: str = ""
    events: list[VideoEvent] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    speaker: Name | None = None
