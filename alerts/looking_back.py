"""What signals that look back make of new readings: all series of a batch at once."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np

from alerts.past_readings import Readings
from alerts.rules.courses import Flags, Floats, Ints
from alerts.rules.signals import Line, Signal, Spots, first_after

Past = Callable[[Mapping[int, tuple[int, int]]], Mapping[int, Readings]]
"""Gives the stored readings of series, each after one instant and up to another."""
_NONE = -1
Known = Ints
"""int64[n, 3]: time, bits of the value and whether it is good, of each reading of a series.

One array is laid and copied in a third of the time of three.
"""


class Loud(NamedTuple):
    """Numbers of signals of series, to be held against limits (k).

    Those of a slot are in the order of their times.

    Attributes:
        slot: int64[k], which signal of which series.
        ts_us: int64[k].
        value: float64[k], what the signal makes of the reading.
        good: bool[k].
    """

    slot: Ints
    ts_us: Ints
    value: Floats
    good: Flags

    def of(self, rows: Ints | Flags) -> "Loud":
        """Return some of them."""
        return Loud(self.slot[rows], self.ts_us[rows], self.value[rows], self.good[rows])


class LookedBack(NamedTuple):
    """What signals make of new readings, and what they are to know when the next ones come."""

    loud: list[Loud]
    recent: Mapping[int, Known]


class LookBack:
    """The newest readings of the series that something looks back at, and what does."""

    def __init__(self) -> None:
        self._slots: dict[Signal, Ints] = {}
        self._reach_us: Ints = np.zeros(1024, np.int64)
        self._recent: dict[int, Known] = {}

    def bind(self, series_id: int, slots: Mapping[Signal, int]) -> None:
        """Say which signals look back at a series, by their slots."""
        if series_id >= len(self._reach_us):
            more = max(series_id + 1 - len(self._reach_us), len(self._reach_us))
            self._reach_us = np.concatenate([self._reach_us, np.zeros(more, np.int64)])
        self._reach_us[series_id] = max((signal.reach_us for signal in slots), default=0)
        for signal, slot in slots.items():
            known = self._slots.get(signal)
            if known is None or series_id >= len(known):
                longer = np.full(len(self._reach_us), _NONE)
                if known is not None:
                    longer[: len(known)] = known
                known = self._slots[signal] = longer
            known[series_id] = slot

    def forget(self, series_ids: Iterable[int]) -> None:
        """Read again what some series were: a late reading came between."""
        for series_id in series_ids:
            self._recent.pop(series_id, None)

    def adopt(self, recent: Mapping[int, Known]) -> None:
        """Take over what was looked at, which is committed now."""
        self._recent.update(recent)

    def look(self, series: Ints, readings: Readings, past: Past) -> LookedBack:
        """Return what the signals of series make of new readings.

        Args:
            series: int64[k], of each reading.
            readings: k of them, newer than what their series were judged by, in the order of times.
            past: gives stored readings of the series that nothing is known of.
        """
        if not len(series):
            return LookedBack([], {})
        order = np.argsort(series, kind="stable")
        series, readings = series[order], readings.of(order)
        mine, begin = np.unique(series, return_index=True)
        known = self._known(mine, readings.ts_us[begin], past)
        rows, spots = _laid(known, _rows(readings), begin)
        ts_us, bits = np.ascontiguousarray(rows[:, 0]), np.ascontiguousarray(rows[:, 1])
        line = Line(ts_us, bits.view(np.float64), rows[:, 2] != 0)
        found = list(self._told(series, line, spots))
        last = np.append(begin[1:], len(series)) - 1
        newest = Spots(spots.row[last], _first(spots)[last])
        return LookedBack(found, self._kept(mine, (rows, line), newest))

    def _known(self, mine: Ints, first_us: Ints, past: Past) -> list[Known]:
        numbers, firsts = mine.tolist(), first_us.tolist()
        spans = {
            one: (first - int(self._reach_us[one]), first - 1)
            for one, first in zip(numbers, firsts, strict=True)
            if one not in self._recent
        }
        stored = past(spans) if spans else {}
        return [
            _before(self._recent[one] if one in self._recent else _rows(stored[one]), first)
            for one, first in zip(numbers, firsts, strict=True)
        ]

    def _told(self, series: Ints, line: Line, spots: Spots) -> Iterator[Loud]:
        for signal, slots in self._slots.items():
            slot = np.full(len(series), _NONE)
            inside = series < len(slots)
            slot[inside] = slots[series[inside]]
            mine = slot >= 0
            if mine.any():
                some = Spots(spots.row[mine], _first(spots)[mine])
                value, good = signal.at(line, some)
                yield Loud(slot[mine], line.ts_us[some.row], value, good)

    def _kept(self, mine: Ints, of: tuple[Known, Line], newest: Spots) -> dict[int, Known]:
        """Return what may be looked back at from later readings."""
        rows, line = of
        oldest_us = line.ts_us[newest.row] - self._reach_us[mine]
        begin = first_after(line.ts_us, newest, oldest_us - 1)
        # Copies: a slice would keep the whole batch.
        return {
            one: rows[low:high].copy()
            for one, low, high in zip(
                mine.tolist(), begin.tolist(), (newest.row + 1).tolist(), strict=True
            )
        }


def _rows(readings: Readings) -> Known:
    bits = np.ascontiguousarray(readings.value).view(np.int64)
    return np.column_stack([readings.ts_us, bits, readings.good])


def _before(known: Known, ts_us: int) -> Known:
    """Return what is before an instant.

    A clock that once ran ahead left times that its next readings do not come after.
    """
    if not len(known) or known[-1, 0] < ts_us:
        return known
    return known[known[:, 0] < ts_us]


def _first(spots: Spots) -> Ints:
    return np.zeros_like(spots.row) if spots.first is None else spots.first


def _laid(known: list[Known], new: Known, begin: Ints) -> tuple[Known, Spots]:
    """Lay what is known of each series and what is new of it one after the other."""
    counts = np.diff(begin, append=len(new))
    before = np.array([len(each) for each in known], np.int64)
    edges = [*begin.tolist(), len(new)]
    pieces: list[Known] = []
    for number, old in enumerate(known):
        pieces += (old, new[edges[number] : edges[number + 1]])
    first = np.cumsum(before + counts) - before - counts
    row = np.arange(len(new)) + np.repeat(np.cumsum(before), counts)
    return np.concatenate(pieces), Spots(row, np.repeat(first, counts))
