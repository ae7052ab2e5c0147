"""Which readings the course of a latch stands on; all others change nothing and can be left out.

A latch looks at runs of readings on one side of its limit: at the first and last of each, at the
one that its time counts from, and at the two around the instant at which that time is up.
"""

import numpy as np

from alerts.rules.courses import Flags, Floats, Ints, Rungs

_REACHED = 1
_NONE = np.empty(0, np.int64)


def telling_rows(rungs: Rungs, ts_us: Ints, value: Floats, good: Flags) -> Ints:
    """Return the places of the readings that ``follow`` needs to turn a latch as all would.

    Args:
        rungs: one latch, low before the first reading.
        ts_us: int64[n], ascending.
        value: float64[n].
        good: bool[n].

    Returns:
        Ascending places; none where the limit is never reached.
    """
    reached, left = _sides(rungs, value)
    if not reached.any():
        return _NONE
    side = reached.view(np.int8) - left.view(np.int8)
    first = np.concatenate([[0], np.flatnonzero(side[1:] != side[:-1]) + 1])
    last = np.append(first[1:], len(side)) - 1
    is_reached = side[first] == _REACHED
    begin = np.where(is_reached, _first_good(first, good), first) if rungs.wants_good[0] else first
    known = begin <= last
    wait = np.where(is_reached, rungs.hold_us[0], rungs.clear_hold_us[0])
    if not wait.any():
        return np.unique(np.concatenate([first, begin[known], last]))
    due = np.searchsorted(ts_us, ts_us[begin[known]] + wait[known], "left")
    around = np.concatenate([np.maximum(due - 1, first[known]), due])
    around = np.minimum(around, np.tile(last[known], 2))
    return np.unique(np.concatenate([first, begin[known], around, last]))


def _sides(rungs: Rungs, value: Floats) -> tuple[Flags, Flags]:
    limit, band = float(rungs.limit[0]), float(rungs.hysteresis[0])
    if rungs.above[0]:
        return value >= limit, value < limit - band
    return value <= limit, value > limit + band


def _first_good(first: Ints, good: Flags) -> Ints:
    """Return the first good place from each place on, beyond all where there is none."""
    places = np.append(np.flatnonzero(good), len(good))
    return places[np.searchsorted(places, first)]
