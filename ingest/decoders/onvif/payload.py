"""The two shapes of an event's payload: the specification's and that of Axis devices."""

from collections.abc import Mapping
from datetime import UTC
from typing import Final, NamedTuple

from ingest.decoders.onvif.address import local_topic
from ingest.decoders.quoting import quoted
from ingest.decoders.times import UnreadableTimeError, parse_time

STATE_KEYS: Final = (
    "IsInside",
    "IsMotion",
    "IsIntrusion",
    "IsLineCross",
    "IsLoitering",
    "IsPeople",
    "IsVehicle",
    "IsPet",
    "IsTamper",
    "State",
    "LogicalState",
    "active",
    "state",
    "triggered",
)
"""The data fields that say whether an event began or ended; the first one present counts."""

_STATES: Final[Mapping[object, bool]] = {
    "true": True,
    "1": True,
    "active": True,
    "on": True,
    "false": False,
    "0": False,
    "inactive": False,
    "off": False,
}


class UnreadablePayloadError(ValueError):
    """A JSON document that is not an event. Park it; do not retry."""


class Event(NamedTuple):
    """What the payload says.

    Attributes:
        topic: the payload's own topic, empty in the specification's shape.
        source: the values of its source items, joined in the order given.
        observed_us: microseconds since 1970 UTC, None where it has no time.
        active: whether it began or ended, None where no field says so.
        data: its data fields, with ``Source`` and ``Key`` beside them where it has any.
    """

    topic: str
    source: str
    observed_us: int | None
    active: bool | None
    data: Mapping[str, object]


def read_event(document: object) -> Event:
    """Read either shape.

    Raises:
        UnreadablePayloadError: neither of the two.
        UnreadableTimeError: it has a time that is none.
    """
    if not isinstance(document, dict):
        raise UnreadablePayloadError(f"payload is {quoted(document)}: expected an event's object")
    if "message" in document:
        return _axis_event(document)
    if not document.keys() & {"UtcTime", "Source", "Data"}:
        raise UnreadablePayloadError("object without UtcTime, Source and Data: expected an event")
    source, data = _items(document, "Source"), _items(document, "Data")
    return Event(
        "", _joined(source), _utc_time(document.get("UtcTime")), _active(data), _kept(data, source)
    )


def _axis_event(document: dict[str, object]) -> Event:
    message = _items(document, "message")
    source, key, data = (_items(message, name) for name in ("source", "key", "data"))
    topic = document.get("topic", "")
    if not isinstance(topic, str):
        raise UnreadablePayloadError(f"topic {quoted(topic)}: expected a text")
    return Event(
        local_topic(topic),
        _joined(source),
        _epoch_ms(document.get("timestamp")),
        _active(data),
        _kept(data, source, key),
    )


def _items(document: Mapping[str, object], name: str) -> dict[str, object]:
    value = document.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise UnreadablePayloadError(f"{name} is {quoted(value)}: expected an object")
    return value


def _joined(source: Mapping[str, object]) -> str:
    texts = (value if isinstance(value, str) else quoted(value) for value in source.values())
    return "/".join(texts)


def _kept(
    data: dict[str, object], source: dict[str, object], key: dict[str, object] | None = None
) -> dict[str, object]:
    beside = {name: items for name, items in (("Source", source), ("Key", key)) if items}
    return {**beside, **data}


def _active(data: Mapping[str, object]) -> bool | None:
    for key in STATE_KEYS:
        if key in data:
            return _STATES.get(quoted(data[key]).strip("'").lower())
    return None


def _utc_time(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, str):
        return parse_time(value, UTC)
    raise UnreadableTimeError(f"UtcTime {quoted(value)}: expected an RFC 3339 text")


def _epoch_ms(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return value * 1000
    raise UnreadableTimeError(f"timestamp {quoted(value)}: expected whole milliseconds since 1970")
