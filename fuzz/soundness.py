"""What holds of every decoder's answer, whatever was sent."""

import math
import re
from collections.abc import Iterator
from typing import Final

import orjson

from data.reference import quantities
from twin.model import Decoded, Fault, NativeReading, Reading, VideoEvent

_NEVER_SILENT: Final = frozenset({"json", "onvif", "handed_in"})
"""Other protocols have messages without a reading: heartbeats, answers, commands."""

_NEVER_STORED: Final = re.compile(r"[\0\ud800-\udfff]")
_UNSTORABLE: Final = "expected texts without NUL or half a surrogate pair"


class UnsoundAnswerError(AssertionError):
    """A decoder's answer that must not reach the store. Mend the decoder, keep the input."""


def require_sound(decoder: str, decoded: Decoded) -> None:
    """Check what a decoder or the translation answered.

    Raises:
        UnsoundAnswerError: a silent answer, a value that is not finite, an unknown quantity, a
            name that is absent or that PostgreSQL cannot store, or a fault without a sentence.
    """
    for objection in _objections(decoder, decoded):
        raise UnsoundAnswerError(f"{decoder}: {objection}")


def _objections(decoder: str, decoded: Decoded) -> Iterator[str]:
    said = decoded.readings or decoded.natives or decoded.events or decoded.faults
    if not said and decoder in _NEVER_SILENT:
        yield "neither a reading nor a fault: expected one of them"
    yield from (f"{one!r}: {why}" for one in decoded.faults if (why := _of_fault(one)))
    yield from (f"{one!r}: {why}" for one in decoded.readings if (why := _of_reading(one)))
    yield from (f"{one!r}: {why}" for one in decoded.natives if (why := _of_native(one)))
    yield from (f"{one!r}: {why}" for one in decoded.events if (why := _of_event(one)))
    if decoded.speaker:
        yield from (f"{one!r}: {_UNSTORABLE}" for one in decoded.speaker if not _storable(one))


def _of_fault(fault: Fault) -> str:
    if not fault.sentence.strip():
        return "expected a sentence"
    return "" if _storable(fault.sentence) else _UNSTORABLE


def _of_reading(reading: Reading) -> str:
    if not math.isfinite(reading.value):
        return "expected a finite value"
    if reading.quantity not in quantities():
        return "expected a known quantity"
    return "" if _storable(reading.channel, *reading.device) else _UNSTORABLE


def _of_native(native: NativeReading) -> str:
    if not math.isfinite(native.value):
        return "expected a finite value"
    if not native.native:
        return "expected a name"
    texts = (native.native, native.unit, native.channel, *native.device)
    return "" if _storable(*texts) else _UNSTORABLE


def _of_event(event: VideoEvent) -> str:
    if not event.topic:
        return "expected a topic"
    # An escaped backslash before u0000 is text, not NUL; lone surrogates end in an error here.
    shown = orjson.dumps([event.topic, event.source, event.data]).replace(b"\\\\", b"")
    return _UNSTORABLE if b"\\u0000" in shown else ""


def _storable(*texts: str) -> bool:
    return not any(map(_NEVER_STORED.search, texts))
