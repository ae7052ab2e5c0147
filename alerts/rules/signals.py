"""What rules hold against limits: a value itself, its change, or a statistic of a time up to it.

Each takes the readings of one series in the order of their times, reliable ones alone, and gives
a number for each of them, NaN where too little is known. It looks back over ``reach_us`` and no
farther, so that what it says of a reading does not depend on older ones.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from alerts.rules.courses import Flags, Floats, Ints

_DIGITS = 9
_MINUTE_US = 60_000_000
_DAY_MIN = 1440
_LOCAL_US = 8 * 60 * _MINUTE_US  # all of China keeps Beijing time, without summer time
_THURSDAY = 3  # the weekday of the first of January 1970

Statistic = Literal["sum", "mean", "max", "min"]
_Number = TypeVar("_Number", np.float64, np.int64)


class Line(NamedTuple):
    """Readings of one series, or of several one after the other, each in the order of its times.

    Attributes:
        ts_us: int64[n].
        value: float64[n].
        good: bool[n].
    """

    ts_us: Ints
    value: Floats
    good: Flags


class Spots(NamedTuple):
    """Readings of a line that are looked at.

    Attributes:
        row: int64[m], where each of them is.
        first: int64[m], where its series begins; None where the line is one series.
    """

    row: Ints
    first: Ints | None = None


class Signal(Protocol):
    """A number for each reading of a series."""

    @property
    def reach_us(self) -> int:
        """How far back it looks."""

    def at(self, line: Line, spots: Spots) -> tuple[Floats, Flags]:
        """Return the number at some readings, and whether it stands on good ones."""

    def along(self, ts_us: Ints, value: Floats, good: Flags) -> tuple[Floats, Flags]:
        """Return the number at each reading of a series, and whether it stands on good ones."""


class BaseSignal:
    """What all signals share: a whole series is a line of which every reading is looked at."""

    __slots__ = ()

    def at(self, line: Line, spots: Spots) -> tuple[Floats, Flags]:
        """Return the number at some readings, and whether it stands on good ones."""
        raise NotImplementedError

    def along(self, ts_us: Ints, value: Floats, good: Flags) -> tuple[Floats, Flags]:
        """Return the number at each reading of a series, and whether it stands on good ones."""
        return self.at(Line(ts_us, value, good), Spots(np.arange(len(ts_us))))


@dataclass(frozen=True, slots=True)
class Plain(BaseSignal):
    """The value itself."""

    reach_us: int = 0

    def at(self, line: Line, spots: Spots) -> tuple[Floats, Flags]:
        """Return the values as they are."""
        return line.value[spots.row], line.good[spots.row]


@dataclass(frozen=True, slots=True)
class Change(BaseSignal):
    """How much a value changed since the oldest reading within a time, as a rate.

    Attributes:
        reach_us: that time; two readings less than half of it apart say nothing.
        per_us: the time that the rate is for.
    """

    reach_us: int
    per_us: int

    def at(self, line: Line, spots: Spots) -> tuple[Floats, Flags]:
        """Return the changes."""
        row, ts_us = spots.row, line.ts_us[spots.row]
        oldest = first_after(line.ts_us, spots, ts_us - self.reach_us - 1)
        apart = ts_us - line.ts_us[oldest]
        far = 2 * apart >= self.reach_us
        change = (line.value[row] - line.value[oldest]) / np.where(far, apart, 1) * self.per_us
        return np.where(far, change, np.nan), line.good[row] & line.good[oldest]


@dataclass(frozen=True, slots=True)
class Window(BaseSignal):
    """A statistic of the readings after an instant, up to and with the one that it is for.

    Attributes:
        statistic: of them.
        reach_us: how long ago that instant is.
        least_share: of the time that the readings must span; for a mean and a lowest value.
        counts_on: whether the value is a counter, whose growth is summed up; one that goes back has
            begun again from zero.
    """

    statistic: Statistic
    reach_us: int
    least_share: float = 0.0
    counts_on: bool = False

    def at(self, line: Line, spots: Spots) -> tuple[Floats, Flags]:
        """Return the statistic; good where more than half of its readings are."""
        ts_us, upto = line.ts_us[spots.row], spots.row + 1
        after = first_after(line.ts_us, spots, ts_us - self.reach_us)
        count = upto - after
        found = self._found(line.value, after, upto).round(_DIGITS)
        if self.statistic in ("mean", "min"):
            # A reading stands for the time up to the next one, the first one for as long as that.
            usual = (ts_us - line.ts_us[after]) / np.maximum(count - 1, 1)
            spans = (ts_us - line.ts_us[after]) + np.where(count > 1, usual, 0)
            found = np.where(spans >= self.least_share * self.reach_us, found, np.nan)
        return found, 2 * _between(np.add, line.good.astype(np.int64), after, upto) > count

    def _found(self, value: Floats, after: Ints, upto: Ints) -> Floats:
        if self.counts_on:
            return _grown(value, after, upto)
        if self.statistic == "max":
            return _between(np.maximum, value, after, upto)
        if self.statistic == "min":
            return _between(np.minimum, value, after, upto)
        total = _between(np.add, value, after, upto)
        return np.asarray(total / (upto - after)) if self.statistic == "mean" else total


def first_after(ts_us: Ints, spots: Spots, instant_us: Ints) -> Ints:
    """Return the first reading after an instant, of the series of each spot; it has one."""
    if spots.first is None:
        return np.asarray(np.searchsorted(ts_us, instant_us, "right"), np.int64)
    low, high = spots.first.copy(), spots.row.copy()
    while (low < high).any():
        middle = (low + high) >> 1
        before = (ts_us[middle] <= instant_us) & (low < high)
        low = np.where(before, middle + 1, low)
        high = np.where(before, high, middle)
    return low


def _between(fold: np.ufunc, value: NDArray[_Number], begin: Ints, end: Ints) -> NDArray[_Number]:
    """Return a fold of ``value[begin:end]`` each, none of them empty.

    Each is folded by itself and from its beginning on, so that it does not depend on the others.
    """
    edges = np.empty(2 * len(begin), np.int64)
    edges[::2], edges[1::2] = begin, end
    # One place behind the last one: an end may lie there.
    behind = np.concatenate([value, value[:1]])
    return np.asarray(fold.reduceat(behind, edges)[::2]) if len(edges) else value[:0]


def _grown(value: Floats, after: Ints, upto: Ints) -> Floats:
    """Return how much a counter grew from the first reading of each window to the last."""
    step = np.diff(value, prepend=value[:1])
    step = np.where(step >= 0, step, value)
    several = upto - after > 1
    found = np.zeros(len(after))
    found[several] = _between(np.add, step, after[several] + 1, upto[several])
    return found


@dataclass(frozen=True, slots=True)
class Hours(BaseSignal):
    """The value itself at some hours of some days; at others it is as safe as can be.

    Attributes:
        begin_min: minute of the local day at which they begin.
        end_min: at which they end, that minute left out; not after ``begin_min`` is the next day's.
        days: weekdays on which they begin, Monday is 0.
        above: whether high values are the dangerous ones.
    """

    begin_min: int
    end_min: int
    days: frozenset[int]
    above: bool
    reach_us: int = 0

    def at(self, line: Line, spots: Spots) -> tuple[Floats, Flags]:
        """Return the values of these hours, and infinity on the safe side elsewhere."""
        minutes = (line.ts_us[spots.row] + _LOCAL_US) // _MINUTE_US
        minute, weekday = minutes % _DAY_MIN, (minutes // _DAY_MIN + _THURSDAY) % 7
        on = np.isin(np.arange(7), list(self.days))
        if self.begin_min < self.end_min:
            inside = on[weekday] & (minute >= self.begin_min) & (minute < self.end_min)
        else:
            begun = on[weekday] & (minute >= self.begin_min)
            inside = begun | (on[(weekday + 6) % 7] & (minute < self.end_min))
        safe = -np.inf if self.above else np.inf
        return np.where(inside, line.value[spots.row], safe), line.good[spots.row]


@dataclass(frozen=True, slots=True)
class Share(BaseSignal):
    """Which share of the readings of a time lies beyond a limit.

    Attributes:
        limit: of the readings; one at the limit counts.
        above: whether those above it count, or those below.
        reach_us: how long the time is, up to and with the reading that the share is for.
        least_share: of the time that the readings must span.
    """

    limit: float
    above: bool
    reach_us: int
    least_share: float

    def at(self, line: Line, spots: Spots) -> tuple[Floats, Flags]:
        """Return the shares; good where more than half of their readings are."""
        beyond = line.value >= self.limit if self.above else line.value <= self.limit
        mean = Window("mean", self.reach_us, self.least_share)
        return mean.at(line._replace(value=beyond.astype(np.float64)), spots)
