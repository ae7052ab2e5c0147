"""Bytes as they arrived, and what a decoder makes of them."""

from collections.abc import Sequence
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
    THROTTLED = "throttled"


class Fault(NamedTuple):
    """A part of a message that could not be taken, in a sentence."""

    reason: FaultReason
    sentence: str


class Presence(NamedTuple):
    """A device came or went, as it or its gateway says.

    Attributes:
        device: who.
        online: true when it came.
        at_us: when that arrived, microseconds since 1970 UTC.
        reason: a sentence.
    """

    device: Name
    online: bool
    at_us: int
    reason: str


class Request(NamedTuple):
    """What shall be published, with QoS 0, so that a device makes itself understood."""

    topic: str
    payload: bytes


class Decoded(NamedTuple):
    """What a decoder read from one message; the faults name what it could not read.

    Attributes:
        readings: of quantities in their stored units.
        natives: of names and units that ``vocabulary`` and the device's settings explain.
        vocabulary: the table that knows the names, empty where there are no natives.
        events: of cameras.
        faults: what could not be read.
        speaker: who sent the message, where it says so beside its readings.
        presences: who came or went.
        requests: what is to be asked of devices.
    """

    readings: Sequence[Reading] = ()
    natives: Sequence[NativeReading] = ()
    vocabulary: str = ""
    events: Sequence[VideoEvent] = ()
    faults: Sequence[Fault] = ()
    speaker: Name | None = None
    presences: Sequence[Presence] = ()
    requests: Sequence[Request] = ()
