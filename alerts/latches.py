"""The latches of all rules at all series, by columns, and what they were a while ago."""

from typing import NamedTuple

import numpy as np

from alerts.rules.courses import Flags, Floats, Ints, Rungs, States

LATENESS_US = 15 * 60_000_000
"""How long after newer ones of its series a reading may come and still be judged."""


class Owner(NamedTuple):
    """Whose latches: the number of the group, the series, and whether it is of the real city."""

    group: int
    series: int
    actual: bool


class LatchTable:
    """Latches by columns; each has its place for as long as it is bound.

    Two former states of each are kept, one of them older than ``LATENESS_US``: what comes late is
    judged from there.

    Attributes:
        count: how many places are taken.
        rungs: what they hold values against.
        states: what they are.
        settled: a former state of each that is older than that, and
        settling: one that will be.
        level: int64, of each.
        group: int64, number of the group that each belongs to.
        series: int64, whose readings each is judged by.
        actual: bool, whether it is of the real city, so that our clock can judge it.
        value: float64, what last moved each; NaN where nothing did.
    """

    def __init__(self) -> None:
        self.count = 0
        self.rungs = Rungs.blank(0)
        self.states, self.settled, self.settling = (States.low(0) for _ in range(3))
        self.level = self.group = self.series = np.empty(0, np.int64)
        self.actual: Flags = np.empty(0, np.bool_)
        self.value: Floats = np.empty(0)

    def add(self, rungs: Rungs, level: Ints, of: Owner) -> Ints:
        """Give low latches places; return these."""
        first, self.count = self.count, self.count + len(level)
        self._make_room()
        places = np.arange(first, self.count)
        self.rungs.put(places, rungs)
        self.level[places], self.group[places] = level, of.group
        self.series[places], self.actual[places] = of.series, of.actual
        return places

    def set_out(self, latches: Ints, states: States, value: Floats) -> None:
        """Begin with what the store knows, or what other places held."""
        for columns in (self.states, self.settled, self.settling):
            columns.put(latches, states)
        self.value[latches] = value

    def move(self, latches: Ints, after: States, judged_us: Ints) -> None:
        """Write what latches have become by readings.

        Args:
            latches: their places.
            after: what they are now.
            judged_us: until when the series of each had been judged before.
        """
        self._settle(latches, judged_us)
        self.states.put(latches, after)

    def rewind(self, latches: Ints, base: States, after: States) -> None:
        """Write what latches have become after they were judged anew from a former state."""
        self.settled.put(latches, base)
        self.settling.put(latches, base)
        self.states.put(latches, after)

    def base(self, latches: Ints, judged_us: Ints) -> States:
        """Return what latches were when none of what may still come was judged."""
        horizon = judged_us - LATENESS_US
        base = self.settled.of(latches)
        recent = np.flatnonzero(self.settling.ts_us[latches] <= horizon)
        base.put(recent, self.settling.of(latches[recent]))
        resting = np.flatnonzero(self._rest(latches, horizon))
        base.put(resting, _resting_at(horizon[resting]))
        return base

    def _settle(self, latches: Ints, judged_us: Ints) -> None:
        horizon = judged_us - LATENESS_US
        rest = self._rest(latches, horizon)
        self.settled.put(latches[rest], _resting_at(horizon[rest]))
        self.settling.put(latches[rest], _resting_at(judged_us[rest]))
        past = self.states.ts_us[latches] - self.settling.ts_us[latches] > LATENESS_US
        due = latches[~rest & past]
        self.settled.put(due, self.settling.of(due))
        self.settling.put(due, self.states.of(due))

    def _rest(self, latches: Ints, horizon_us: Ints) -> Flags:
        """Return which have been idle, and no reading was worth a look, since an instant."""
        return self.states.idle[latches] & (self.states.ts_us[latches] <= horizon_us)

    def _make_room(self) -> None:
        more = self.count - len(self.level)
        if more <= 0:
            return
        more = max(more, 1024, len(self.level))
        self.rungs = self.rungs.with_more(more)
        self.states = self.states.with_more(more)
        self.settled, self.settling = self.settled.with_more(more), self.settling.with_more(more)
        nothing = np.zeros(more, np.int64)
        self.level = np.concatenate([self.level, nothing])
        self.group = np.concatenate([self.group, nothing])
        self.series = np.concatenate([self.series, nothing])
        self.actual = np.concatenate([self.actual, np.zeros(more, np.bool_)])
        self.value = np.concatenate([self.value, np.full(more, np.nan)])


def _resting_at(ts_us: Ints) -> States:
    return States.low(len(ts_us))._replace(ts_us=ts_us)
