"""Recordings of anybody as series that rules can judge, without a store."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from alerts.past_readings import Readings
from alerts.reports.instants import LOCAL, UNREADABLE, instants, zone_of
from alerts.reports.recording_columns import Columns, Meaning, RecordingError, find_columns
from alerts.reports.recording_files import read_tables
from alerts.rules.courses import Ints
from twin.model import Grade, Mode, SeriesInfo

_GRADES = {
    "good": Grade.GOOD,
    "doubtful": Grade.DOUBTFUL,
    "unreliable": Grade.UNRELIABLE,
    "bad": Grade.UNRELIABLE,
    "": Grade.GOOD,
    **{str(int(grade)): grade for grade in Grade},
}
_CODE_DIGITS = 16
_MISSING = ("", "na", "n/a", "nan", "null", "none", "-", "--", "---")


class Recorded(NamedTuple):
    """A series of a recording and its reliable readings, in the order of their times."""

    info: SeriesInfo
    readings: Readings


class Recording(NamedTuple):
    """What files told.

    Attributes:
        series: with their readings.
        names: how the files call each entity, by its code or the number given to it here.
        rows: lines of the files.
        missing: values that say that there is none.
        refused: rows or values that could not be read.
        repeated: readings of an instant that had one already; the first one counts.
        labelled: instants at which the label column says 1, with all that it speaks about.
    """

    series: Sequence[Recorded]
    names: Mapping[int, str]
    rows: int
    missing: int
    refused: int
    repeated: int
    labelled: "Labelled | None"

    @property
    def begin_us(self) -> int:
        """The first reading."""
        return min((int(each.readings.ts_us[0]) for each in self.series), default=0)

    @property
    def end_us(self) -> int:
        """The last reading."""
        return max((int(each.readings.ts_us[-1]) for each in self.series), default=0)


class Labelled(NamedTuple):
    """What a label column says: int64[n] in the order of times, bool[n] whether it is 1."""

    ts_us: Ints
    marked: "np.ndarray[Any, np.dtype[np.bool_]]"


class _Told(NamedTuple):
    """One column of values with what each row says beside it."""

    entity: "pd.Series[Any]"
    channel: "pd.Series[Any]"
    value: "pd.Series[Any]"
    meaning: Meaning


def read_recording(paths: Iterable[Path], told: Columns) -> Recording:
    """Return the readings of files, which may overlap and be in any order.

    Raises:
        RecordingError: a file is no table, or the columns do not fit it.
        ZoneError: the zone is none.
        OSError: a file cannot be read.
    """
    table, broken = read_tables(paths)
    return _Reader(table, find_columns(told, list(table.columns))).recording(broken)


class _Reader:
    """Reads one table."""

    def __init__(self, table: pd.DataFrame, columns: Columns) -> None:
        self._columns = columns
        ts_us = instants(table[columns.roles["time"]], zone_of(columns.fixed.get("zone", LOCAL)))
        self._rows = len(table)
        self._table = table[ts_us != UNREADABLE]
        self._ts_us = ts_us[ts_us != UNREADABLE]
        self._refused = self._rows - len(self._table)
        self._missing = self._repeated = self._last = 0
        self._names: dict[int, str] = {}

    def recording(self, broken: int) -> Recording:
        grade = self._grades()
        series = [one for told in self._told() for one in self._series(told, grade)]
        return Recording(
            series=series,
            names=self._names,
            rows=self._rows + broken,
            missing=self._missing,
            refused=self._refused + broken,
            repeated=self._repeated,
            labelled=self._labelled(),
        )

    def _column(self, role: str) -> "pd.Series[Any]":
        """Return the texts of a role, the same for all rows where no column has it."""
        if role in self._columns.roles:
            told: pd.Series[Any] = self._table[self._columns.roles[role]].astype("string")
            return told.fillna("").str.strip()
        text = self._columns.fixed.get(role, "")
        return pd.Series(text, index=self._table.index, dtype="string")

    def _grades(self) -> Ints:
        texts = self._column("quality").str.lower().str.replace(r"\.0$", "", regex=True)
        unknown = set(texts.unique()) - _GRADES.keys()
        if unknown:
            listed = ", ".join(name for name in _GRADES if name)
            raise RecordingError(f"quality {min(unknown)!r}: expected one of {listed}")
        return np.asarray(texts.map(_GRADES), np.int64)

    def _told(self) -> Iterator[_Told]:
        entity, channel = self._column("entity"), self._column("channel")
        for meaning, name in self._columns.wide.items():
            named = channel.where(channel != "", name)
            yield _Told(entity, named, self._table[name], meaning)
        if self._columns.wide:
            return
        value = self._table[self._columns.roles["value"]]
        quantity = self._column("quantity")
        for text in quantity.unique():
            mine = quantity == text
            yield _Told(entity[mine], channel[mine], value[mine], Meaning.parse(text))

    def _series(self, told: _Told, grade: Ints) -> Iterator[Recorded]:
        places = self._table.index.get_indexer(told.value.index)
        number = self._numbers(told)
        factor, summand = told.meaning.factors()
        known = np.isfinite(number) & (grade[places] != Grade.UNRELIABLE)
        keys = told.entity.astype(str) + "\0" + told.channel.astype(str)
        code, found = pd.factorize(keys.to_numpy())
        for position, key in enumerate(found):
            mine = np.flatnonzero(known & (code == position))
            if not len(mine):
                continue
            good = grade[places[mine]] == Grade.GOOD
            line = Readings(self._ts_us[places[mine]], number[mine] * factor + summand, good)
            entity, _, channel = str(key).partition("\0")
            yield Recorded(self._info(entity, channel, told.meaning.quantity), self._ordered(line))

    def _numbers(self, told: _Told) -> "np.ndarray[Any, np.dtype[np.float64]]":
        number = pd.to_numeric(told.value, errors="coerce").to_numpy(np.float64, na_value=np.nan)
        texts = told.value[~np.isfinite(number)].astype("string").str.strip().str.lower()
        missing = int((texts.isna() | texts.isin(_MISSING)).sum())
        self._missing += missing
        self._refused += len(texts) - missing
        return number

    def _ordered(self, line: Readings) -> Readings:
        line = line.of(np.argsort(line.ts_us, kind="stable"))
        first = np.append(True, line.ts_us[1:] != line.ts_us[:-1])
        self._repeated += int(len(first) - first.sum())
        return line.of(first)

    def _info(self, entity: str, channel: str, quantity: str) -> SeriesInfo:
        code = _code(entity)
        self._names[code] = entity or "recording"
        self._last += 1
        fixed = self._columns.fixed
        return SeriesInfo(
            series_id=self._last,
            entity=code,
            entity_class=fixed.get("class", str(code)[6:10] if entity.isdigit() else ""),
            device=0,
            quantity=quantity,
            channel=channel,
            statistic=fixed.get("statistic", "instant"),
            period_s=int(fixed.get("period", "0")),
            mode=Mode.ACTUAL,
            datum="",
            properties=self._columns.properties,
        )

    def _labelled(self) -> Labelled | None:
        if "label" not in self._columns.roles:
            return None
        told = pd.to_numeric(self._column("label"), errors="coerce")
        marked = told.to_numpy(np.float64, na_value=np.nan) > 0
        order = np.argsort(self._ts_us, kind="stable")
        return Labelled(self._ts_us[order], marked[order])


def _code(name: str) -> int:
    """Return an entity code, for any other name a number that depends on the name alone."""
    if len(name) == _CODE_DIGITS and name.isascii() and name.isdigit():
        return int(name)
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:6], "big")
