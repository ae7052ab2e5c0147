"""The course of many latches over their readings at once, by columns.

A latch rises when its limit has been reached for a hold time and falls when it has been left for
another. Between two readings the last one is taken to go on, for danger only: a latch may rise
between two of them, whether the newer one or the clock shows it, and it falls at a reading, for
silence is no all-clear. What comes out depends on the readings alone, not on how they came.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

NEVER = np.iinfo(np.int64).max // 4
"""Stands for an instant that has not come: far from every time, with room to add to."""
_REACHED, _BETWEEN, _LEFT = 1, 0, -1


class Rungs(NamedTuple):
    """What latches hold values against (m latches).

    Attributes:
        limit: float64[m].
        above: bool[m], whether high values are the dangerous ones; at the limit counts as reached.
        hysteresis: float64[m], how far beyond the limit on the safe side a value has left it.
        hold_us: int64[m], how long it must be reached to rise.
        clear_hold_us: int64[m], how long it must be left to fall.
        wants_good: bool[m], whether a doubtful reading alone cannot begin it.
    """

    limit: Floats
    above: Flags
    hysteresis: Floats
    hold_us: Ints
    clear_hold_us: Ints
    wants_good: Flags

    def put(self, rungs: Ints, told: "Rungs") -> None:
        """Write some of them, in place."""
        self.limit[rungs], self.above[rungs] = told.limit, told.above
        self.hysteresis[rungs], self.wants_good[rungs] = told.hysteresis, told.wants_good
        self.hold_us[rungs], self.clear_hold_us[rungs] = told.hold_us, told.clear_hold_us

    def of(self, rungs: Ints) -> "Rungs":
        """Return some of them."""
        return Rungs(
            self.limit[rungs],
            self.above[rungs],
            self.hysteresis[rungs],
            self.hold_us[rungs],
            self.clear_hold_us[rungs],
            self.wants_good[rungs],
        )

    @classmethod
    def blank(cls, count: int) -> "Rungs":
        """Return places for so many."""
        times = np.zeros((2, count), np.int64)
        no = np.zeros(count, np.bool_)
        return cls(np.zeros(count), no, np.zeros(count), times[0], times[1], no.copy())

    def with_more(self, count: int) -> "Rungs":
        """Return them with so many blank ones behind them."""
        blank = Rungs.blank(count)
        return Rungs(
            np.concatenate([self.limit, blank.limit]),
            np.concatenate([self.above, blank.above]),
            np.concatenate([self.hysteresis, blank.hysteresis]),
            np.concatenate([self.hold_us, blank.hold_us]),
            np.concatenate([self.clear_hold_us, blank.clear_hold_us]),
            np.concatenate([self.wants_good, blank.wants_good]),
        )


class States(NamedTuple):
    """Latches between two portions of readings (m latches); ``NEVER`` where nothing is waiting.

    Attributes:
        raised: bool[m].
        since_us: int64[m], since when one that is low has been reached.
        clear_since_us: int64[m], since when one that is raised has been left.
        ts_us: int64[m], its last reading.
    """

    raised: Flags
    since_us: Ints
    clear_since_us: Ints
    ts_us: Ints

    @classmethod
    def low(cls, count: int) -> "States":
        """Return latches of which nothing is known yet."""
        never = np.full(count, NEVER, np.int64)
        return cls(np.zeros(count, np.bool_), never, never.copy(), np.full(count, -NEVER, np.int64))

    @property
    def idle(self) -> Flags:
        """Whether there is nothing to remember of each: low, and not waiting."""
        return np.asarray(~self.raised & (self.since_us == NEVER))

    def put(self, rungs: Ints, states: "States") -> None:
        """Write some of them, in place."""
        self.raised[rungs], self.since_us[rungs] = states.raised, states.since_us
        self.clear_since_us[rungs], self.ts_us[rungs] = states.clear_since_us, states.ts_us

    def with_more(self, count: int) -> "States":
        """Return them with so many low ones behind them."""
        low = States.low(count)
        return States(
            np.concatenate([self.raised, low.raised]),
            np.concatenate([self.since_us, low.since_us]),
            np.concatenate([self.clear_since_us, low.clear_since_us]),
            np.concatenate([self.ts_us, low.ts_us]),
        )

    def of(self, rungs: Ints) -> "States":
        """Return some of them."""
        return States(
            self.raised[rungs], self.since_us[rungs], self.clear_since_us[rungs], self.ts_us[rungs]
        )


class Rows(NamedTuple):
    """Readings of latches (k rows), in the order of latches and of their times.

    Unreliable ones are left out by the caller.

    Attributes:
        rung: int64[k], position of the latch.
        ts_us: int64[k].
        value: float64[k]; NaN neither reaches nor leaves a limit.
        good: bool[k], false where it is doubtful.
    """

    rung: Ints
    ts_us: Ints
    value: Floats
    good: Flags


class Turns(NamedTuple):
    """Latches that rose or fell (e turns), in the order of latches and of their times.

    Attributes:
        rung: int64[e].
        at_us: int64[e].
        rose: bool[e].
        row: int64[e], the reading that it stands on; -1 for one before all rows.
    """

    rung: Ints
    at_us: Ints
    rose: Flags
    row: Ints


class _Line(NamedTuple):
    """Rows with what was before them: one more place in front of the rows of each latch."""

    rung: Ints
    ts_us: Ints
    begin_us: Ints
    side: Ints
    may_begin: Flags
    row: Ints


class _Runs(NamedTuple):
    """Readings in a row on one side of a limit (r runs).

    Attributes:
        rung: int64[r].
        side: int64[r].
        begin_us: int64[r], since when it counts; ``NEVER`` where it does not.
        due_us: int64[r], when it has lasted long enough.
        first: int64[r], place of its first reading.
        last: int64[r], and of its last.
        next_us: int64[r], the first reading after it; ``NEVER`` where there is none.
    """

    rung: Ints
    side: Ints
    begin_us: Ints
    due_us: Ints
    first: Ints
    last: Ints
    next_us: Ints


def follow(rungs: Rungs, before: States, rows: Rows, until_us: int) -> tuple[Turns, States]:
    """Return how latches went over readings, and what they are at the end.

    Args:
        rungs: the latches.
        before: what they were.
        rows: newer than what they were judged by; a latch may have none.
        until_us: by the clock; a latch whose time ends until then turns without another reading.
    """
    line = _line(rungs, before, rows)
    runs = _runs(rungs, line)
    at_us, place = _turning(line, runs, until_us)
    turns = _kept(before, line, runs, (at_us, place))
    return turns, _after(before, line, runs, turns)


def _line(rungs: Rungs, before: States, rows: Rows) -> _Line:
    count, length = len(rungs.limit), len(rows.rung)
    rung = np.concatenate([np.arange(count), rows.rung])
    place = np.argsort(rung, kind="stable")
    limit, band = rungs.limit[rows.rung], rungs.hysteresis[rows.rung]
    above = rungs.above[rows.rung]
    reached = np.where(above, rows.value >= limit, rows.value <= limit)
    left = np.where(above, rows.value < limit - band, rows.value > limit + band)
    side = np.where(reached, _REACHED, np.where(left, _LEFT, _BETWEEN))
    waiting = ~before.raised & (before.since_us != NEVER)
    leaving = before.raised & (before.clear_since_us != NEVER)
    was = np.where(waiting, _REACHED, np.where(leaving, _LEFT, _BETWEEN))
    began = np.where(waiting, before.since_us, before.clear_since_us)
    may_begin = (~rungs.wants_good[rows.rung] | rows.good) | ~reached
    return _Line(
        rung=rung[place],
        ts_us=np.concatenate([before.ts_us, rows.ts_us])[place],
        begin_us=np.concatenate([began, rows.ts_us])[place],
        side=np.concatenate([was, side])[place],
        may_begin=np.concatenate([np.ones(count, np.bool_), may_begin])[place],
        row=np.concatenate([np.full(count, -1), np.arange(length)])[place],
    )


def _runs(rungs: Rungs, line: _Line) -> _Runs:
    changes = (np.diff(line.rung) != 0) | (np.diff(line.side) != 0)
    first = np.concatenate([[0], np.flatnonzero(changes) + 1]) if len(line.rung) else _NONE
    last = np.append(first[1:], len(line.rung)) - 1 if len(first) else _NONE
    rung, side = line.rung[first], line.side[first]
    places = np.arange(len(line.rung))
    begins = _first_where(line.may_begin, places, first)
    known = begins < len(places)
    begin = np.where(known, line.begin_us[np.where(known, begins, 0)], NEVER)
    wait = np.where(side == _REACHED, rungs.hold_us[rung], rungs.clear_hold_us[rung])
    follows = np.append(rung[1:] == rung[:-1], False)
    after = line.ts_us[np.minimum(last + 1, len(places) - 1)]
    next_us = np.where(follows, after, NEVER)
    return _Runs(rung, side, begin, np.minimum(begin + wait, NEVER), first, last, next_us)


_NONE = np.empty(0, np.int64)


def _first_where(flag: Flags, places: Ints, first: Ints) -> Ints:
    """Return the first place of each run where a flag is set, beyond all places if none is."""
    if not len(first):
        return _NONE
    return np.asarray(np.minimum.reduceat(np.where(flag, places, len(places)), first))


def _turning(line: _Line, runs: _Runs, until_us: int) -> tuple[Ints, Ints]:
    """Return when each run has lasted long enough, ``NEVER`` if it has not, and by which place."""
    places = np.arange(len(line.rung))
    count = runs.last - runs.first + 1
    held = _first_where(line.ts_us >= np.repeat(runs.due_us, count), places, runs.first)
    is_held = held < len(places)
    # The last reading before the time was up; its own first one where that is late enough already.
    upon = np.where(is_held, np.maximum(held - 1, runs.first), runs.last)
    stands = (runs.side == _REACHED) & (runs.due_us >= line.ts_us[upon])
    # A newer reading, whatever it says, shows as well as the clock that the time was up before it.
    passed = is_held | (runs.next_us != NEVER) | (runs.due_us <= until_us)
    at_last = np.where(is_held, line.ts_us[np.where(is_held, held, 0)], NEVER)
    by_clock = stands & passed & (runs.due_us < runs.next_us) & (at_last != runs.due_us)
    place = np.where(by_clock, upon, np.where(is_held, held, upon))
    at = np.where(by_clock, runs.due_us, at_last)
    at = np.where((runs.side == _BETWEEN) | (runs.begin_us == NEVER), NEVER, at)
    return at, place


def _kept(before: States, line: _Line, runs: _Runs, turning: tuple[Ints, Ints]) -> Turns:
    """Return the turns that change something: a raised latch does not rise again."""
    at, place = turning
    happens = at != NEVER
    rung, rose = runs.rung[happens], runs.side[happens] == _REACHED
    was = before.raised[rung]
    same = np.append(False, rung[1:] == rung[:-1])[: len(rung)]
    was = np.where(same, np.append(False, rose[:-1])[: len(rung)], was)
    news = rose != was
    return Turns(rung[news], at[happens][news], rose[news], line.row[place[happens][news]])


def _after(before: States, line: _Line, runs: _Runs, turns: Turns) -> States:
    raised = before.raised.copy()
    raised[turns.rung] = turns.rose
    since, clear_since = np.full((2, len(raised)), NEVER, np.int64)
    ts = before.ts_us.copy()
    if len(runs.rung):
        is_last = np.append(runs.rung[1:] != runs.rung[:-1], True)
        rung, side, begin = runs.rung[is_last], runs.side[is_last], runs.begin_us[is_last]
        since[rung] = np.where((side == _REACHED) & ~raised[rung], begin, NEVER)
        clear_since[rung] = np.where((side == _LEFT) & raised[rung], begin, NEVER)
        ts[rung] = line.ts_us[runs.last[is_last]]
    return States(raised, since, clear_since, ts)
