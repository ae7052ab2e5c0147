"""Reads any JSON by the table that says what is what in it."""

from collections.abc import Iterator, Mapping
from math import inf, isfinite
from typing import Final, NamedTuple

from data.reference import quantities, units
from ingest.decoders.documents import UnreadableDocumentError, parse_document
from ingest.decoders.faults import FaultList
from ingest.decoders.quoting import is_storable, quoted
from ingest.decoders.times import UnreadableTimeError, objection
from ingest.mapping.expressions import Expression, FailedExpressionError
from ingest.mapping.tables import (
    EPOCHS,
    MAX_CHANNEL_CHARS,
    MappedReading,
    MappedTime,
    MappingConfig,
)
from ingest.mapping.topics import filled, pattern_of
from ingest.replay.clock import read_time
from twin.model import Decoded, Fault, FaultReason, Message, Name, Reading

MAX_ROWS: Final = 10_000
_MOST_NAME_CHARS: Final = 200
_LARGEST_EPOCH: Final = 1e18
_SHOWN: Final = 5


class _BadValueError(ValueError):
    """A value that is no number of its reading. Park the message; take its other values."""


class _NoRowError(ValueError):
    """A row without a device or with a time that cannot be read. Park the message."""

    def __init__(self, reason: FaultReason, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


class Step(NamedTuple):
    """What one expression gave.

    Attributes:
        row: which row of ``each``, from 1; 0 where there is no list.
        field: of the mapping: device, time, or the quantity.
        expression: its text.
        gave: what it found, as JSON values.
    """

    row: int
    field: str
    expression: str
    gave: object


class MappedDecoder:
    """Reads the messages of one mapping. Pure, like all decoders.

    Args:
        config: the mapping.
    """

    def __init__(self, config: MappingConfig) -> None:
        self._config = config
        self._patterns = tuple(pattern_of(topic) for topic in config.topics)

    def decode(self, message: Message) -> Decoded:
        """Return the readings of each row; never raises."""
        try:
            whole = parse_document(message.payload)
            rows = self._rows(whole)
        except UnreadableDocumentError as error:
            return Decoded(faults=[error.fault])
        except FailedExpressionError as error:
            return Decoded(faults=[Fault(FaultReason.UNDECODABLE, str(error))])
        levels = self._levels(message.topic)
        if levels is None:
            return Decoded(faults=[self._strange(message.topic)])
        faults = FaultList()
        readings: list[Reading] = []
        for number, row in enumerate(rows, start=1):
            faults.place = f"row {number}: " if self._config.each else ""
            readings += self._read(_Row(row, whole, levels), message, faults)
        if not readings and not faults.listed():
            faults.place = ""
            faults.add(FaultReason.UNDECODABLE, self._nothing(rows))
        return Decoded(readings=readings, faults=faults.listed())

    def steps(self, message: Message) -> Iterator[Step]:
        """Yield what each expression gives, for people who write a mapping.

        Raises:
            UnreadableDocumentError: the payload is no JSON, or ``each`` finds no list.
        """
        whole = parse_document(message.payload)
        try:
            rows = self._rows(whole)
        except FailedExpressionError as error:
            raise UnreadableDocumentError(FaultReason.UNDECODABLE, str(error)) from error
        for number, row in enumerate(rows, start=1):
            place = number if self._config.each else 0
            for field, expression in self._expressions():
                yield Step(place, field, expression.text, _given(expression, row, whole))

    def _expressions(self) -> Iterator[tuple[str, Expression]]:
        config = self._config
        if config.device.expression:
            yield "device", config.device.expression
        if config.time:
            yield "time", config.time.expression
        for reading in config.readings:
            yield reading.quantity, reading.expression

    def _rows(self, whole: object) -> list[object]:
        each = self._config.each
        if each is None:
            return [whole]
        rows = each.find(whole, whole)
        if not isinstance(rows, list):
            raise UnreadableDocumentError(
                FaultReason.UNDECODABLE, f"each {each.text!r} gave {quoted(rows)}: expected a list"
            )
        if len(rows) > MAX_ROWS:
            raise UnreadableDocumentError(
                FaultReason.TOO_LARGE, f"{len(rows)} rows: expected at most {MAX_ROWS}"
            )
        return rows

    def _levels(self, topic: str) -> Mapping[str, str] | None:
        read = (pattern.read(topic) for pattern in self._patterns)
        return next((levels for levels in read if levels is not None), None)

    def _strange(self, topic: str) -> Fault:
        """Return the fault of a parked message whose mapping takes other topics by now."""
        topics = ", ".join(repr(each) for each in self._config.topics[:_SHOWN])
        sentence = f"topic {quoted(topic)}: expected one of mapping {self._config.name!r}: {topics}"
        return Fault(FaultReason.UNDECODABLE, sentence)

    def _read(self, row: "_Row", message: Message, faults: FaultList) -> list[Reading]:
        config = self._config
        try:
            device = self._device(row)
            observed_us = None if config.time is None else _time(config.time, row, message)
        except (_NoRowError, FailedExpressionError) as error:
            reason = error.reason if isinstance(error, _NoRowError) else FaultReason.UNDECODABLE
            faults.add(reason, str(error))
            return []
        readings = []
        for table in config.readings:
            try:
                value = _value(table, row)
                channel = _channel(table, row)
            except (_BadValueError, FailedExpressionError) as error:
                faults.add(FaultReason.BAD_VALUE, f"{table.quantity}: {error}")
                continue
            if value is not None:
                readings.append(_reading(table, device, value, observed_us, channel))
        return readings

    def _device(self, row: "_Row") -> Name:
        told = self._config.device
        found = row.find(told.expression) if told.expression else filled(told.text, row.levels)
        if isinstance(found, int) and not isinstance(found, bool):
            found = str(found)
        if not isinstance(found, str) or not found or not is_storable(found, _MOST_NAME_CHARS):
            raise _NoRowError(
                FaultReason.UNDECODABLE,
                f"device {quoted(found)}: expected a name of 1 to {_MOST_NAME_CHARS} characters",
            )
        return Name(told.scheme, found)

    def _nothing(self, rows: list[object]) -> str:
        tried = ", ".join(repr(each.expression.text) for each in self._config.readings[:_SHOWN])
        return f"none of {tried} found a value in {len(rows)} rows: expected one at least"


class _Row(NamedTuple):
    """What expressions look at: a row, the whole message, and the topic's named levels."""

    row: object
    whole: object
    levels: Mapping[str, str]

    def find(self, expression: Expression) -> object:
        return expression.find(self.row, self.whole)


def _given(expression: Expression, row: object, whole: object) -> object:
    try:
        return expression.find(row, whole)
    except FailedExpressionError as error:
        return str(error)


def _time(table: MappedTime, row: _Row, message: Message) -> int | None:
    """Return the time of a row; None where it has none, and then its arrival counts."""
    found = row.find(table.expression)
    if found is None:
        return None
    try:
        observed_us = _instant(table, found)
    except UnreadableTimeError as error:
        raise _NoRowError(FaultReason.BAD_TIME, str(error)) from error
    if why := objection(observed_us, message.mode, message.received_us):
        raise _NoRowError(FaultReason.BAD_TIME, why)
    return observed_us


def _instant(table: MappedTime, found: object) -> int:
    factor = EPOCHS.get(table.format)
    if factor is None:
        if not isinstance(found, str | int) or isinstance(found, bool):
            raise UnreadableTimeError(f"time {quoted(found)}: expected a text as {table.format}")
        return read_time(str(found), table.format, table.zone)
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise UnreadableTimeError(f"time {quoted(found)}: expected a number, {table.format}")
    if not -_LARGEST_EPOCH <= found <= _LARGEST_EPOCH:  # nor is it NaN
        raise UnreadableTimeError(f"time {quoted(str(found))}: expected a number, {table.format}")
    return round(found * factor)


def _value(table: MappedReading, row: _Row) -> float | None:
    """Return the value of a reading in its stored unit; None where there is none."""
    found = row.find(table.expression)
    if found is None:
        return None
    if table.values:
        return _stored(table, _number_for(table, found))
    if isinstance(found, bool | int | float):
        return _stored(table, found)
    raise _BadValueError(
        f"{quoted(found)} of {table.expression.text!r}: expected a number, true or false; "
        "to_number() reads one in quotes, values gives words their numbers"
    )


def _channel(table: MappedReading, row: _Row) -> str:
    channel = filled(table.channel, row.levels)
    if not is_storable(channel, MAX_CHANNEL_CHARS):
        raise _BadValueError(
            f"channel {quoted(channel)}: expected at most {MAX_CHANNEL_CHARS} printable characters"
        )
    return channel


def _stored(table: MappedReading, sent: float) -> float:
    stored = quantities()[table.quantity].unit
    try:
        value = units().convert(float(sent), table.unit or stored, stored)
    except OverflowError:
        value = inf
    if not isfinite(value):
        shown = quoted(str(sent))
        raise _BadValueError(f"{shown}: expected a number that can be stored in {stored}")
    return value


def _number_for(table: MappedReading, found: object) -> float:
    number = table.values.get(found if isinstance(found, str) else quoted(found))
    if number is None:
        expected = ", ".join(table.values)
        raise _BadValueError(f"{quoted(found)}: expected one of {expected}")
    return number


def _reading(
    table: MappedReading,
    device: Name,
    value: float,
    observed_us: int | None,
    channel: str,
) -> Reading:
    return Reading(
        device,
        table.quantity,
        value,
        observed_us,
        channel,
        table.statistic,
        table.period_s,
    )
