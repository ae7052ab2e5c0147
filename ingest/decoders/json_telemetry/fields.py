"""One telemetry object, field by field: every mistake gets its sentence, the rest is read."""

import math
from collections.abc import Mapping
from typing import Final, NamedTuple

from data.reference import units
from ingest.decoders.faults import FaultList
from ingest.decoders.json_telemetry.qualifiers import (
    RESERVED,
    BadQualifierError,
    Qualifiers,
    read_qualifiers,
    read_units,
)
from ingest.decoders.quoting import quoted
from ingest.decoders.times import UnreadableTimeError, objection, parse_time
from twin.model import FaultReason, Message, Name, Reading
from twin.quantities import QuantityTable
from twin.units import UnknownUnitError

SWITCHES: Final = frozenset({"running", "cover_open"})
"""Quantities that may be sent as true and false."""


class BadValueError(ValueError):
    """A value that is no number of its quantity. Park the message; take its other values."""


class _Common(NamedTuple):
    """What all readings of an object share."""

    device: Name
    observed_us: int | None
    qualifiers: Qualifiers
    units: Mapping[str, object]


def read_object(
    one: object, device: Name, message: Message, table: QuantityTable, faults: FaultList
) -> list[Reading]:
    """Return the readings of one object; none when its time, qualifiers or units cannot be."""
    if not isinstance(one, dict):
        faults.add(FaultReason.UNDECODABLE, f"{quoted(one)}: expected an object of quantities")
        return []
    try:
        observed_us = _observed_us(one.get("ts"), message)
        common = _Common(device, observed_us, read_qualifiers(one), read_units(one, table))
    except UnreadableTimeError as error:
        faults.add(FaultReason.BAD_TIME, str(error))
        return []
    except BadQualifierError as error:
        faults.add(FaultReason.BAD_VALUE, str(error))
        return []
    if RESERVED.issuperset(one):
        faults.add(FaultReason.UNDECODABLE, "object without a quantity: expected at least one")
    return _readings(one, common, table, faults)


def _readings(
    fields: dict[str, object], common: _Common, table: QuantityTable, faults: FaultList
) -> list[Reading]:
    readings = []
    for key, value in fields.items():
        if key in RESERVED:
            continue
        if key not in table:
            faults.add(FaultReason.UNKNOWN_QUANTITY, _unknown(key))
            continue
        try:
            number = _number(key, value)
            if key in common.units:
                number = _converted(key, number, common.units[key], table)
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


def _converted(quantity: str, number: float, unit: object, table: QuantityTable) -> float:
    stored = table[quantity].unit
    if not isinstance(unit, str):
        raise BadValueError(f"unit of {quantity} is {quoted(unit)}: expected a text, e.g. {stored}")
    try:
        converted = units().convert(number, unit, stored)
    except UnknownUnitError as error:
        raise BadValueError(
            f"{quantity} in {quoted(unit)}: expected {stored} or a unit of units.csv like it"
        ) from error
    if not math.isfinite(converted):
        raise BadValueError(f"{quantity} {quoted(number)} in {quoted(unit)}: expected less")
    return converted


def _unknown(key: str) -> str:
    return f"quantity {quoted(key)}: expected one of quantities.csv, e.g. level or depth"
