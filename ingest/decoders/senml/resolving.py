"""One record after the other, with the base fields that hold for it (RFC 8428, section 4)."""

import math
from collections.abc import Mapping
from typing import Final

from ingest.decoders.faults import FaultList
from ingest.decoders.quoting import is_storable, quoted
from ingest.decoders.senml.names import BadNameError, split_name
from ingest.decoders.senml.units import MAX_UNIT_CHARS, sum_unit, unit_code
from ingest.decoders.times import UnreadableTimeError, objection
from twin.model import FaultReason, Message, Name, NativeReading, Statistic

FIRST_ABSOLUTE_S: Final = 1 << 28
"""Smaller times count from now (RFC 8428, 4.5.3)."""

_MAX_S = 1e12
_BASES: Mapping[str, object] = {"bn": "", "bt": 0, "bu": "", "bv": 0, "bs": 0}
_BASE_FIELDS = frozenset({*_BASES, "bver"})
_VALUES = frozenset({"v", "vb", "vs", "vd"})
_OWN_FIELDS = frozenset({"n", "u", "t", "ut"})

Record = Mapping[str, object]


class RefusedRecordError(ValueError):
    """A record, or a value of one, that cannot be taken. Park it; take its neighbours."""

    def __init__(self, sentence: str, reason: FaultReason = FaultReason.BAD_VALUE) -> None:
        super().__init__(sentence)
        self.reason = reason


class Resolver:
    """Holds the base fields of one message, from record to record.

    Args:
        message: whose arrival is "now".
        faults: gets a sentence for what cannot be taken.
    """

    def __init__(self, message: Message, faults: FaultList) -> None:
        self._message = message
        self._faults = faults
        self._bases = dict(_BASES)
        self._broken: set[str] = set()

    def read(self, record: Record) -> list[NativeReading]:
        """Return value and sum of a record as far as they are numbers or truth values."""
        if not _OWN_FIELDS.issuperset(record):
            self._take_bases(record)
        try:
            if not _says_number(record) or (self._broken and self._hangs_on_broken(record)):
                return []
            symbol = _symbol(record.get("u", self._bases["bu"]))
            unit = unit_code(symbol) if symbol else ""
            device, native = split_name(str(self._bases["bn"]), _name(record.get("n", "")))
            observed_us = self._observed_us(record)
        except RefusedRecordError as error:
            self._faults.add(error.reason, str(error))
        except BadNameError as error:
            self._faults.add(FaultReason.UNDECODABLE, str(error))
        except UnreadableTimeError as error:
            self._faults.add(FaultReason.BAD_TIME, str(error))
        else:
            stem = NativeReading(
                Name("senml", device), native or symbol or "value", 0.0, unit, observed_us
            )
            return self._measured(record, stem)
        return []

    def _take_bases(self, record: Record) -> None:
        for label, value in record.items():
            if label in _BASES:
                self._take_base(label, value)
            elif label[:1] == "b" and label[-1:] == "_":
                self._broken.add(label)

    def _take_base(self, label: str, value: object) -> None:
        is_text = isinstance(_BASES[label], str)
        if isinstance(value, str) if is_text else _is_finite(value):
            self._bases[label] = value
            self._broken.discard(label)
            return
        self._broken.add(label)
        expected = "a text" if is_text else "a finite number"
        self._faults.add(
            FaultReason.BAD_TIME if label == "bt" else FaultReason.BAD_VALUE,
            f"{label} {quoted(value)}: expected {expected}; what hangs on it is left out",
        )

    def _hangs_on_broken(self, record: Record) -> bool:
        own = (("u" in record, "bu"), ("v" not in record, "bv"), ("s" not in record, "bs"))
        return bool(self._broken.difference(base for free, base in own if free))

    def _observed_us(self, record: Record) -> int | None:
        own = record.get("t", 0)
        if not _is_finite(own):
            raise UnreadableTimeError(f"t {quoted(own)}: expected seconds")
        seconds = _float(self._bases["bt"]) + _float(own)
        if not seconds:
            return None
        if abs(seconds) > _MAX_S:
            raise UnreadableTimeError(f"time {seconds!r}: expected seconds since 1970, or from now")
        received_us = self._message.received_us
        observed_us = round(seconds * 1e6) + (received_us if seconds < FIRST_ABSOLUTE_S else 0)
        if why := objection(observed_us, self._message.mode, received_us):
            raise UnreadableTimeError(why)
        return observed_us

    def _measured(self, record: Record, stem: NativeReading) -> list[NativeReading]:
        readings = []
        try:
            if "vb" in record:
                readings.append(stem._replace(value=_truth(record["vb"])))
            elif "v" in record:
                readings.append(stem._replace(value=_added(self._bases["bv"], record["v"], "v")))
        except RefusedRecordError as error:
            self._faults.add(error.reason, str(error))
        try:
            if "s" in record:
                readings.append(self._summed(record["s"], stem))
        except RefusedRecordError as error:
            self._faults.add(error.reason, str(error))
        return readings

    def _summed(self, own: object, stem: NativeReading) -> NativeReading:
        value = _added(self._bases["bs"], own, "s")
        if not stem.unit:
            # What it is would be guessed from the name, and be wrong by the seconds in it.
            raise RefusedRecordError(f"s {quoted(own)} without a unit: expected u or bu")
        return stem._replace(value=value, unit=sum_unit(stem.unit), statistic=Statistic.COUNTER)


def _says_number(record: Record) -> bool:
    """Return whether a record has a number or truth value; check that its fields go together."""
    for label in record:
        if label[-1:] == "_":
            raise RefusedRecordError(
                f"field {quoted(label)} must be understood: expected only those of RFC 8428",
                FaultReason.UNDECODABLE,
            )
    values = _VALUES.intersection(record)
    if len(values) > 1:
        raise RefusedRecordError(
            f"values {' and '.join(sorted(values))}: expected exactly one in a record",
            FaultReason.UNDECODABLE,
        )
    if values or "s" in record:
        return "v" in values or "vb" in values or "s" in record
    if _OWN_FIELDS.isdisjoint(record) and not _BASE_FIELDS.isdisjoint(record):
        return False
    raise RefusedRecordError(
        "record without a value: expected one of v, vb, vs, vd and s", FaultReason.UNDECODABLE
    )


def _symbol(value: object) -> str:
    if isinstance(value, str) and is_storable(value, MAX_UNIT_CHARS):
        return value
    raise RefusedRecordError(
        f"u {quoted(value)}: expected a text of at most {MAX_UNIT_CHARS} characters"
    )


def _name(value: object) -> str:
    if isinstance(value, str):
        return value
    raise RefusedRecordError(f"n {quoted(value)}: expected a text", FaultReason.UNDECODABLE)


def _is_finite(value: object) -> bool:
    return (
        isinstance(value, int | float)
        and value is not True
        and value is not False
        and (math.isfinite(value))
    )


def _float(value: object) -> float:
    return float(value) if isinstance(value, int | float) else math.nan


def _truth(value: object) -> float:
    if isinstance(value, bool):
        return float(value)
    raise RefusedRecordError(f"vb {quoted(value)}: expected true or false")


def _added(base: object, own: object, label: str) -> float:
    if not _is_finite(own):
        raise RefusedRecordError(f"{label} {quoted(own)}: expected a finite number")
    if not base:
        return _float(own)
    added = _float(base) + _float(own)
    if not math.isfinite(added):
        raise RefusedRecordError(f"{label} {quoted(own)} and its base: expected a finite sum")
    # Fifteen digits: 20 and 0.3 are 20.3 for a base value, too.
    return float(f"{added:.15g}")
