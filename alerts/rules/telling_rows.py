"""Which readings the courses of latches stand on; all others change nothing and can be left out.

A latch looks at runs of readings on one side of its limit: at the first and last of each, at the
one that its time counts from, and at the two around the instant at which that time is up.
"""

import numpy as np

from alerts.rules.courses import NEVER, Flags, Ints, Rows, Rungs

_REACHED = 1
_NONE = np.empty(0, np.int64)


def thinned(rungs: Rungs, rows: Rows) -> Rows:
    """Return the readings that tell."""
    places = telling_rows(rungs, rows)
    return Rows(rows.rung[places], rows.ts_us[places], rows.value[places], rows.good[places])


def telling_rows(rungs: Rungs, rows: Rows) -> Ints:
    """Return the places of the readings that ``follow`` needs to turn latches as all would.

    Args:
        rungs: latches that are low before their first reading.
        rows: their readings, in the order of latches and of times.

    Returns:
        Ascending places; none where no limit is ever reached.
    """
    reached, left = _sides(rungs, rows)
    if not reached.any():
        return _NONE
    side = reached.view(np.int8) - left.view(np.int8)
    changes = side[1:] != side[:-1]
    if len(rungs.limit) > 1:
        changes |= rows.rung[1:] != rows.rung[:-1]
    first = np.concatenate([[0], np.flatnonzero(changes) + 1])
    last = np.append(first[1:], len(side)) - 1
    is_reached, rung = side[first] == _REACHED, rows.rung[first]
    begin = np.where(is_reached & rungs.wants_good[rung], _first_good(first, rows.good), first)
    known = begin <= last
    wait = np.where(is_reached, rungs.hold_us[rung], rungs.clear_hold_us[rung])
    if not wait.any():
        return _ascending(len(side), first, begin[known], last)
    since = _on_one_axis(rows, int(wait.max()))
    if since is None:
        return np.arange(len(side))
    due = np.searchsorted(since, since[begin[known]] + wait[known], "left")
    around = np.concatenate([np.maximum(due - 1, first[known]), due])
    around = np.minimum(around, np.tile(last[known], 2))
    return _ascending(len(side), first, begin[known], around, last)


def _sides(rungs: Rungs, rows: Rows) -> tuple[Flags, Flags]:
    sign = np.where(rungs.above, 1.0, -1.0)
    limit, band, value = sign * rungs.limit, rungs.hysteresis, rows.value
    if len(limit) > 1:
        limit, band, sign = limit[rows.rung], band[rows.rung], sign[rows.rung]
    if not rungs.above.all():
        value = sign * value
    return value >= limit, value < limit - band


def _first_good(first: Ints, good: Flags) -> Ints:
    """Return the first good place from each place on, beyond all where there is none."""
    places = np.append(np.flatnonzero(good), len(good))
    return places[np.searchsorted(places, first)]


def _on_one_axis(rows: Rows, wait_us: int) -> Ints | None:
    """Return times that lay latches behind each other, so far apart that no wait leads over.

    None where the axis would be too short for so many latches over so long a time.
    """
    since = rows.ts_us - rows.ts_us.min()
    latches = int(rows.rung[-1]) + 1
    span = int(since.max()) + wait_us + 1
    return since + rows.rung * span if span < NEVER // latches else None


def _ascending(count: int, *places: Ints) -> Ints:
    found = np.zeros(count, np.bool_)
    for each in places:
        found[each] = True
    return np.flatnonzero(found)
