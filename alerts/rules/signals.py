"""What rules hold against limits: a value itself, its change, or a statistic of a time up to it.

Each takes the readings of one series in the order of their times, reliable ones alone, and gives
a number for each of them, NaN where too little is known. It looks back over ``reach_us`` and no
farther, so that what it says of a reading does not depend on older ones.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from alerts.rules.courses import Flags, Floats, Ints

_DIGITS = 9
_MINUTE_US = 60_000_000
_DAY_MIN = 1440
_LOCAL_US = 8 * 60 * _MINUTE_US  # all of China keeps Beijing time, without summer time
_THURSDAY = 3  # the weekday of the first of January 1970

Statistic = Literal["sum", "mean", "max", "min"]


class Signal(Protocol):
    """A number for each reading of a series."""

    @property
    def reach_us(self) -> int:
        """How far back it looks."""

    def along(self, ts_us: Ints, value: Floats, good: Flags) -> tuple[Floats, Flags]:
        """Return the number at each reading, and whether it stands on good readings."""


@dataclass(frozen=True, slots=True)
class Plain:
    """The value itself."""

    reach_us: int = 0

    def along(self, ts_us: Ints, value: Floats, good: Flags) -> tuple[Floats, Flags]:
        """Return the values as they are."""
        del ts_us
        return value, good


@dataclass(frozen=True, slots=True)
class Change:
    """How much a value changed since the oldest reading within a time, as a rate.

    Attributes:
        reach_us: that time; two readings less than half of it apart say nothing.
        per_us: the time that the rate is for.
    """

    reach_us: int
    per_us: int

    def along(self, ts_us: Ints, value: Floats, good: Flags) -> tuple[Floats, Flags]:
        """Return the changes."""
        oldest = np.searchsorted(ts_us, ts_us - self.reach_us, "left")
        apart = ts_us - ts_us[oldest]
        far = 2 * apart >= self.reach_us
        change = (value - value[oldest]) / np.where(far, apart, 1) * self.per_us
        return np.where(far, change, np.nan), good & good[oldest]


@dataclass(frozen=True, slots=True)
class Window:
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

    def along(self, ts_us: Ints, value: Floats, good: Flags) -> tuple[Floats, Flags]:
        """Return the statistic; good where more than half of its readings are."""
        after = np.searchsorted(ts_us, ts_us - self.reach_us, "right")
        upto = np.arange(1, len(ts_us) + 1)
        count = upto - after
        found = _grown(value, after, upto) if self.counts_on else self._found(value, after, upto)
        if self.statistic in ("mean", "min"):
            # A reading stands for the time up to the next one, the first one for as long as that.
            usual = (ts_us - ts_us[after]) / np.maximum(count - 1, 1)
            spans = (ts_us - ts_us[after]) + np.where(count > 1, usual, 0)
            found = np.where(spans >= self.least_share * self.reach_us, found, np.nan)
        total = np.concatenate([[0], np.cumsum(good)])
        return found, 2 * (total[upto] - total[after]) > count

    def _found(self, value: Floats, after: Ints, upto: Ints) -> Floats:
        if self.statistic == "max":
            return _highest(value, after, upto)
        if self.statistic == "min":
            return -_highest(-value, after, upto)
        # Shifted to the middle, so that little is lost to rounding far from zero.
        middle = float(np.median(value)) if len(value) and self.statistic == "mean" else 0.0
        total = np.concatenate([[0.0], np.cumsum(value - middle)])
        found = total[upto] - total[after]
        if self.statistic == "mean":
            found = found / (upto - after) + middle
        # What differs in the last digits depends on how far back the readings were taken from.
        return np.asarray(found.round(_DIGITS))


def _grown(value: Floats, after: Ints, upto: Ints) -> Floats:
    """Return how much a counter grew from the first reading of each window to the last."""
    step = np.diff(value)
    total = np.concatenate([[0.0], np.cumsum(np.where(step >= 0, step, value[1:]))])
    found: Floats = total[upto - 1] - total[after]
    return found.round(_DIGITS)


def _highest(value: Floats, after: Ints, upto: Ints) -> Floats:
    """Return the highest of ``value[after:upto]`` each, from maxima of 1, 2, 4, 8 … in a row."""
    rows = [value]
    while (step := 1 << (len(rows) - 1)) * 2 <= len(value):
        rows.append(np.maximum(rows[-1][:-step], rows[-1][step:]))
    found = np.empty(len(after))
    width = np.frexp((upto - after).astype(np.float64))[1] - 1
    for level, row in enumerate(rows):
        mine = np.flatnonzero(width == level)
        found[mine] = np.maximum(row[after[mine]], row[upto[mine] - (1 << level)])
    return found


@dataclass(frozen=True, slots=True)
class Hours:
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

    def along(self, ts_us: Ints, value: Floats, good: Flags) -> tuple[Floats, Flags]:
        """Return the values of these hours, and infinity on the safe side elsewhere."""
        minutes = (ts_us + _LOCAL_US) // _MINUTE_US
        minute, weekday = minutes % _DAY_MIN, (minutes // _DAY_MIN + _THURSDAY) % 7
        on = np.isin(np.arange(7), list(self.days))
        if self.begin_min < self.end_min:
            inside = on[weekday] & (minute >= self.begin_min) & (minute < self.end_min)
        else:
            begun = on[weekday] & (minute >= self.begin_min)
            inside = begun | (on[(weekday + 6) % 7] & (minute < self.end_min))
        return np.where(inside, value, -np.inf if self.above else np.inf), good


@dataclass(frozen=True, slots=True)
class Share:
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

    def along(self, ts_us: Ints, value: Floats, good: Flags) -> tuple[Floats, Flags]:
        """Return the shares; good where more than half of their readings are."""
        beyond = value >= self.limit if self.above else value <= self.limit
        mean = Window("mean", self.reach_us, self.least_share)
        return mean.along(ts_us, beyond.astype(np.float64), good)
