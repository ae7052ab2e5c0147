"""One telemetry object, field by field: every mistake gets its sentence, the rest is read."""

from collections.abc import Set as AbstractSet
from typing import Final, NamedTuple

from ingest.decoders.faults import FaultList
from ingest.decoders.json_telemetry.qualifiers import (
    RESERVED,
    BadQualifierError,
    Qualifiers,
    read_qualifiers,
)
from ingest.decoders.quoting import quoted
from ingest.decoders.times import UnreadableTimeError, objection, parse_time
from twin.model import FaultReason, Message, Name, Reading

SWITCHES: Final = frozenset({"running", "cover_open"})
"""Quantities that may be sent as true and false."""


class BadValueError(ValueError):
    """A value that is no number of its quantity. Park the message; take its other values."""


class _Common(NamedTuple):
    """What all readings of an object share."""

    device: Name
    observed_us: int | None
    qualifiers: Qualifiers


def read_object(
    one: object, device: Name, message: Message, known: AbstractSet[str], faults: FaultList
) -> list[Reading]:
    """Return the readings of one object; none when its time or qualifiers cannot be taken."""
    if not isinstance(one, dict):
        faults.add(FaultReason.UNDECODABLE, f"{quoted(one)}: expected an object of quantities")
        return []
    try:
        common = _Common(device, _observed_us(one.get("ts"), message), read_qualifiers(one))
    except UnreadableTimeError as error:
        faults.add(FaultReason.BAD_TIME, str(error))
        return []
    except BadQualifierError as error:
        faults.add(FaultReason.BAD_VALUE, str(error))
        return []
    if not one.keys() - RESERVED:
        faults.add(FaultReason.UNDECODABLE, "object without a quantity: expected at least one")
    return _readings(one, common, known, faults)


def _readings(
    fields: dict[str, object], common: _Common, known: AbstractSet[str], faults: FaultList
) -> list[Reading]:
    readings = []
    for key, value in fields.items():
        if key in RESERVED:
            continue
        if key not in known:
            faults.add(FaultReason.UNKNOWN_QUANTITY, _unknown(key))
            continue
        try:
            number = _number(key, value)
        except BadValueError as error:
            faults.add(FaultReason.BAD_VALUE, str(error))
            continue
        readings.append(Reading(common.device, key, number, common.observed_us, *common.qualifiers))
    return readings


def _observed_us(stamp: object, message: Message) -> int | None:
    if stamp is None:
        return None
    if isinstance(stamp, str):
        observed_us = parse_time(stamp)
    elif isinstance(stamp, int) and not isinstance(stamp, bool):
        observed_us = stamp * 1000
    else:
        raise UnreadableTimeError(
            f"ts {quoted(stamp)}: expected RFC 3339 text or whole milliseconds since 1970"
        )
    if why := objection(observed_us, message.mode, message.received_us):
        raise UnreadableTimeError(why)
    return observed_us


def _number(quantity: str, value: object) -> float:
    if isinstance(value, bool) and quantity not in SWITCHES:
        raise BadValueError(f"{quantity} {quoted(value)}: expected a number, not a truth value")
    if isinstance(value, int | float):
        return float(value)
    if value is None:
        raise BadValueError(f"{quantity} null: no value; leave the quantity out instead")
    if isinstance(value, str):
        raise BadValueError(f"{quantity} {quoted(value)}: expected a number without quotes")
    raise BadValueError(f"{quantity} is {quoted(value)}: expected a number")


def _unknown(key: str) -> str:
    return f"quantity {quoted(key)}: expected one of quantities.csv, e.g. level or depth"
