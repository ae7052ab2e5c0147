"""JSON objects of household devices: their values, told from the words beside them."""

from collections.abc import Iterator, Mapping
from typing import Final

from ingest.decoders.documents import UnreadableDocumentError, parse_document
from ingest.decoders.household.collecting import MAX_CHANNEL_CHARS
from ingest.decoders.quoting import is_storable, quoted
from ingest.decoders.times import UnreadableTimeError, objection
from twin.model import FaultReason, Message

MAX_DEPTH: Final = 5
"""How deep objects of values are followed; no device is known to nest more than three."""

MAX_DEVICE_CHARS: Final = 255

_SWITCHED: Final = {"ON": 1.0, "OFF": 0.0}


class UnreadableAddressError(ValueError):
    """A topic that is not of a device of this kind. Park the message; correct its source."""


def parse_object(payload: bytes) -> dict[str, object]:
    """Return the payload's JSON object.

    Raises:
        UnreadableDocumentError: too large, not JSON, or something else than an object.
    """
    document = parse_document(payload)
    if isinstance(document, dict):
        return document
    raise UnreadableDocumentError(
        FaultReason.UNDECODABLE, f"payload is {quoted(document)}: expected an object of values"
    )


def number_of(value: object) -> float | None:
    """Return a number as it is, true and ON as 1, false and OFF as 0; None for all else."""
    if isinstance(value, int | float):
        return float(value)
    return _SWITCHED.get(value) if isinstance(value, str) else None


def leaves(
    fields: Mapping[str, object], path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], object]]:
    """Yield everything in an object that is no object itself, with the keys that lead to it.

    What lies deeper than ``MAX_DEPTH`` is yielded as the object that it is.
    """
    for key, value in fields.items():
        here = (*path, key)
        if isinstance(value, dict) and len(here) < MAX_DEPTH:
            yield from leaves(value, here)
        else:
            yield here, value


def checked_topic(topic: str) -> str:
    """Return a topic that can be, or hold, a device's name.

    Raises:
        UnreadableAddressError: too long, or with control characters.
    """
    if topic and is_storable(topic, MAX_DEVICE_CHARS):
        return topic
    raise UnreadableAddressError(
        f"topic {quoted(topic)}: expected 1 to {MAX_DEVICE_CHARS} printable characters"
    )


def believed(observed_us: int, message: Message) -> int:
    """Return a time that can be taken in the message's mode.

    Raises:
        UnreadableTimeError: it cannot.
    """
    if why := objection(observed_us, message.mode, message.received_us):
        raise UnreadableTimeError(why)
    return observed_us


def index_channel(*parts: str) -> str:
    """Join the qualifiers of a value, leaving out the empty ones; too long ones stay refusable."""
    return ".".join(part for part in parts if part)[: MAX_CHANNEL_CHARS + 1]
