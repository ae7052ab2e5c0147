"""Telemetry of one device: points of key-value pairs, with or without a time."""

import re
from typing import Final, NamedTuple

from ingest.decoders.faults import FaultList
from ingest.decoders.quoting import is_storable, quoted
from ingest.decoders.times import UnreadableTimeError, objection
from twin.model import FaultReason, Message, Name, NativeReading

MAX_KEY_CHARS: Final = 120

_BESIDE_VALUES = frozenset({"ts", "values", "metadata"})
_NUMBER = re.compile(r"\s*[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?\s*", re.ASCII)


class _Point(NamedTuple):
    """A time as sent, and the pairs that were measured then."""

    stamp: object
    values: dict[str, object]


def read_point(
    sent: object, device: Name, message: Message, faults: FaultList
) -> list[NativeReading]:
    """Read ``{"ts": …, "values": {…}}`` or the pairs themselves; none when the time is bad."""
    if not isinstance(sent, dict):
        faults.add(FaultReason.UNDECODABLE, f"{quoted(sent)}: expected an object of values")
        return []
    point = _point_of(sent, faults)
    try:
        observed_us = _observed_us(point.stamp, message)
    except UnreadableTimeError as error:
        faults.add(FaultReason.BAD_TIME, str(error))
        return []
    natives = []
    for key, value in point.values.items():
        if isinstance(value, int | float) and _is_key(key):
            natives.append(NativeReading(device, key, float(value), "", observed_us))
        else:
            _check_other(key, value, faults)
    return natives


def _point_of(sent: dict[str, object], faults: FaultList) -> _Point:
    values = sent.get("values")
    if not isinstance(values, dict):
        return _Point(sent.get("ts"), {key: sent[key] for key in sent if key != "ts"})
    for key in sent.keys() - _BESIDE_VALUES:
        faults.add(
            FaultReason.UNDECODABLE, f"{quoted(key)} beside values: expected it among the values"
        )
    return _Point(sent.get("ts"), values)


def _observed_us(stamp: object, message: Message) -> int | None:
    if stamp is None:
        return None
    if not isinstance(stamp, int) or isinstance(stamp, bool):
        raise UnreadableTimeError(f"ts {quoted(stamp)}: expected whole milliseconds since 1970")
    if why := objection(stamp * 1000, message.mode, message.received_us):
        raise UnreadableTimeError(why)
    return stamp * 1000


def _is_key(key: str) -> bool:
    return bool(key) and is_storable(key, MAX_KEY_CHARS)


def _check_other(key: str, value: object, faults: FaultList) -> None:
    """Note what should have been a number; null and other texts carry no reading."""
    if isinstance(value, int | float):
        faults.add(
            FaultReason.UNDECODABLE,
            f"key {quoted(key)}: expected 1 to {MAX_KEY_CHARS} printable characters",
        )
    elif isinstance(value, str):
        if _NUMBER.fullmatch(value):
            faults.add(
                FaultReason.BAD_VALUE,
                f"{quoted(key)} is {quoted(value)}: expected a number without quotes",
            )
    elif value is not None:
        faults.add(FaultReason.BAD_VALUE, f"{quoted(key)} is {quoted(value)}: expected a number")
