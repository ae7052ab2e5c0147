"""Values of series in the order of time, each with those before it: jumps and standing still."""

from typing import Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Instants = NDArray[np.int64]
Kind = TypeVar("Kind", bound=np.generic)

_STEEPER: Final = 2.0
_LONGEST_STEP: Final = 2.0


class Before(NamedTuple):
    """A value before, and when it was observed, n elements each; NaN where there is none."""

    value: Floats
    ts_us: Instants

    def times(self, scale: Floats) -> "Before":
        """Return it with the values in another measure."""
        return Before(scale * self.value, self.ts_us)


class Allowed(NamedTuple):
    """By how much values may differ, float64[n] each; rates are changes in a microsecond."""

    noise: Floats
    rate_soft: Floats
    rate_hard: Floats
    spike: Floats


class Jumped(NamedTuple):
    """Which values changed faster than is usual, than is possible, and which are jumps."""

    fast: Flags
    too_fast: Flags
    spike: Flags

    def any_of(self) -> Flags:
        """Return which of them agree with nothing before."""
        return self.fast | self.spike


def begins_of(series_id: NDArray[np.int32]) -> Flags:
    """Return bool[n]: true for the first row of each series."""
    begins = np.ones(len(series_id), np.bool_)
    begins[1:] = series_id[1:] != series_id[:-1]
    return begins


def ends_of(begins: Flags) -> Flags:
    """Return bool[n]: true for the last row of each series."""
    return np.append(begins[1:], True)[: len(begins)]


def shifted(column: NDArray[Kind], begins: Flags, remembered: NDArray[Kind]) -> NDArray[Kind]:
    """Return for each row what the row before it has; for the first of a series, what we know."""
    before = np.empty_like(column)
    before[1:] = column[:-1]
    before[begins] = remembered[begins]
    return before


def differences(value: Floats, ts_us: Instants, before: Before, allowed: Allowed) -> Jumped:
    """Return which values differ from one before by more than is allowed in the time between."""
    change = np.abs(value - before.value)
    hours = np.maximum(ts_us - before.ts_us, 0)
    with np.errstate(invalid="ignore"):  # a rate without limit, in no time, is no number
        usual = np.where(np.isinf(allowed.rate_soft), np.inf, allowed.rate_soft * hours)
        possible = np.where(np.isinf(allowed.rate_hard), np.inf, allowed.rate_hard * hours)
    room = np.where(np.isinf(usual), 0.0, usual)
    return Jumped(
        change > allowed.noise + usual,
        change > allowed.noise + possible,
        change > allowed.spike + room,
    )


def goes_on(scaled: Floats, ts_us: Instants, last: Before, former: Before, noise: Floats) -> Flags:
    """Return which values go on in the direction of the step before them, bool[n].

    A step beyond the noise is confirmed by the next one, if that is at most twice as steep. After
    a longer time no more is expected than in twice the time of the step before.
    """
    step, before = scaled - last.value, last.value - former.value
    with np.errstate(invalid="ignore", divide="ignore"):
        times = np.minimum((ts_us - last.ts_us) / (last.ts_us - former.ts_us), _LONGEST_STEP)
        room = noise + _STEEPER * times * np.abs(before)
    found: Flags = (step * before > 0) & (np.abs(before) > noise) & (np.abs(step) <= room)
    return found


def alone(jumps: Flags, returns: Flags, begins: Flags, alone_before: Flags) -> Flags:
    """Return which values agree with nothing that can be trusted, bool[n].

    A value that does not agree with the one before is alone, unless that one was alone and it
    returns to the one before that: alone[i] = jumps[i] and not (returns[i] and alone[i-1]).
    Where both hold the answer turns, so it is the last certain answer and the parity of the turns
    since.

    Args:
        jumps: does not agree with the value before.
        returns: agrees with the value before that.
        begins: is the first of its series.
        alone_before: of the first of a series, whether the value before it was alone.
    """
    turns = jumps & returns
    certain = np.where(turns, ~alone_before, jumps)
    rows = np.arange(len(jumps))
    place = np.maximum.accumulate(np.where(~turns | begins, rows, 0))
    count = np.cumsum(turns)
    odd = (count - count[place]) % 2 == 1
    found: Flags = certain[place] ^ odd
    return found


class Run(NamedTuple):
    """Since when the very same value is read, and how many times, n elements each."""

    since_us: Instants
    times: Instants


def runs(same: Flags, ts_us: Instants, begins: Flags, remembered: Run) -> Run:
    """Return for each row the run that it is in.

    Args:
        same: is the same as the row before.
        ts_us: observed.
        begins: is the first of its series.
        remembered: of the first of a series, the run that the row before it was in.
    """
    rows = np.arange(len(same))
    place = np.maximum.accumulate(np.where(~same | begins, rows, 0))
    goes_on = (same & begins)[place]
    since = np.where(goes_on, remembered.since_us[place], ts_us[place])
    times = np.where(goes_on, remembered.times[place], 0) + rows - place + 1
    return Run(since, times)
