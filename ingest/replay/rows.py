"""From recorded files to readings in our quantities and units, in the order of their times."""

import math
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from ingest.decoders.quoting import is_storable, quoted
from ingest.decoders.times import UnreadableTimeError, objection
from ingest.replay.clock import read_time
from ingest.replay.map import Column, QuantityRow, ReplayMap
from ingest.replay.table import RowFault, TableLine, read_table
from twin.model import Mode, Statistic

__all__ = ["ReplayRow", "RowFault", "read_rows"]

_CHANNEL_CHARS = 64
_STATION_CHARS = 255
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


class ReplayRow(NamedTuple):
    """One recorded reading.

    Attributes:
        file: name of the file that it comes from.
        line: number of its line there, from 1.
        station: the source's identifier of the station.
        station_name: how people call it, empty where the map names no such column.
        quantity: a code of quantities.csv.
        channel: the source's own qualifier, or what the map makes of it.
        observed_us: microseconds since 1970 UTC; the end of the period where there is one.
        value: in the quantity's stored unit.
        statistic: what the value stands for.
        period_s: 0 for an instant.
    """

    file: str
    line: int
    station: str
    station_name: str
    quantity: str
    channel: str
    observed_us: int
    value: float
    statistic: Statistic
    period_s: int


class UnreadableRowError(ValueError):
    """A line that is no reading. Report it and go on with the next one."""


class MissingValueError(ValueError):
    """A line that says that there is no value. Count it and go on with the next one."""


def read_rows(paths: Iterable[Path], mapping: ReplayMap) -> Iterator[ReplayRow | RowFault]:
    """Yield the faults of all files, then their readings by time and station.

    All rows are held in memory, so that files may overlap and be ordered by anything.
    """
    reader = _RowReader(mapping)
    rows: list[ReplayRow] = []
    for path in paths:
        for line in read_table(path, mapping):
            read = reader.read(line) if isinstance(line, TableLine) else line
            if isinstance(read, RowFault):
                yield read
            else:
                rows.append(read)
    rows.sort(key=lambda row: (row.observed_us, row.station))
    yield from rows


class _RowReader:
    """Reads lines by one map."""

    def __init__(self, mapping: ReplayMap) -> None:
        self._map = mapping
        self._meanings = {(row.text, row.unit): row for row in mapping.quantity}
        self._missing = frozenset(text.strip() for text in mapping.missing)

    def read(self, line: TableLine) -> ReplayRow | RowFault:
        try:
            return self._row(line)
        except MissingValueError as error:
            return RowFault(line.file, line.line, str(error), missing=True)
        except (UnreadableRowError, UnreadableTimeError) as error:
            return RowFault(line.file, line.line, str(error))

    def _row(self, line: TableLine) -> ReplayRow:
        columns = self._map.columns
        meaning = self._meaning(line)
        channel = _cell(line, columns.channel)
        return ReplayRow(
            file=line.file,
            line=line.line,
            station=_key("station", _cell(line, columns.station), _STATION_CHARS),
            station_name=_cell(line, columns.station_name),
            quantity=meaning.quantity,
            channel=_channel(self._map.channels.get(channel, channel)),
            observed_us=self._observed_us(line, meaning),
            value=self._value(line, meaning),
            statistic=meaning.statistic,
            period_s=meaning.period_s,
        )

    def _meaning(self, line: TableLine) -> QuantityRow:
        words = _cell(line, self._map.columns.quantity), _cell(line, self._map.columns.unit)
        if meaning := self._meanings.get(words):
            return meaning
        raise UnreadableRowError(
            f"quantity {quoted(words[0])} in {quoted(words[1])}: expected a [[quantity]] of the map"
        )

    def _observed_us(self, line: TableLine, meaning: QuantityRow) -> int:
        written = self._map.time
        stamp = read_time(line.cells[self._map.columns.time], written.format, written.zone)
        if meaning.stamp == "start":
            stamp += meaning.period_s * 1_000_000
        if why := objection(stamp, Mode.REPLAY, stamp):
            raise UnreadableTimeError(why)
        return stamp

    def _value(self, line: TableLine, meaning: QuantityRow) -> float:
        text = line.cells[self._map.columns.value]
        if text in self._missing:
            raise MissingValueError(f"value {quoted(text)}: there is none")
        if not _NUMBER.fullmatch(text):
            raise UnreadableRowError(f"value {quoted(text)}: expected a number")
        value = float(text) * meaning.factor + meaning.offset
        if not math.isfinite(value):
            raise UnreadableRowError(f"value {quoted(text)}: expected a finite number")
        return value


def _cell(line: TableLine, column: Column) -> str:
    return line.cells[column.name] if column.name else column.fixed


def _channel(text: str) -> str:
    return _key("channel", text, _CHANNEL_CHARS) if text else ""


def _key(what: str, text: str, max_chars: int) -> str:
    if text and is_storable(text, max_chars):
        return text
    raise UnreadableRowError(f"{what} {quoted(text)}: expected 1 to {max_chars} characters")
