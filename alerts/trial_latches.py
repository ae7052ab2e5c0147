"""Latches of a trial: each over all readings of its series, many of them at once."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from alerts.memory import Group
from alerts.past_readings import Readings
from alerts.rules import AlertLevel
from alerts.rules.courses import NEVER, Ints, Rows, Rungs, States, follow
from alerts.rules.telling_rows import thinned

_ROWS_AT_ONCE, _LATCHES_AT_ONCE = 200_000, 5_000
_LONG = 4096
"""From so many readings on those that tell are chosen at once, so that little has to wait."""


class Stood(NamedTuple):
    """A level of a rule at a series, from when to when; ``NEVER`` where it stood at the end."""

    group: Group
    level: AlertLevel
    from_us: int
    to_us: int


class Rung(NamedTuple):
    """A latch of a rule: its level and limit, and the same as ``follow`` takes it."""

    level: AlertLevel
    limit: float
    above: bool
    rungs: Rungs

    @classmethod
    def all_of(cls, levels: Sequence[AlertLevel], rungs: Rungs) -> "list[Rung]":
        """Return those of a part of a rule."""
        return [
            cls(level, float(rungs.limit[at]), bool(rungs.above[at]), rungs.of(np.array([at])))
            for at, level in enumerate(levels)
        ]


class _Latch(NamedTuple):
    """One that waits to be followed, and the readings that tell about it."""

    group: Group
    rung: Rung
    told: Readings


class TrialLatches:
    """Remembers when each latch stood.

    Args:
        until_us: the end of the trial, by which holds end without another reading.
    """

    def __init__(self, until_us: int) -> None:
        self._until_us = until_us
        self._waiting: list[_Latch] = []
        self._rows = 0
        self._stood: list[Stood] = []

    def follow(self, group: Group, rungs: Sequence[Rung], told: Readings) -> None:
        """Take the latches of a rule at a series, low at first, over all its readings."""
        highest, lowest = np.fmax.reduce(told.value), np.fmin.reduce(told.value)
        for rung in rungs:
            if highest >= rung.limit if rung.above else lowest <= rung.limit:
                self._wait(_Latch(group, rung, told))

    def stood(self) -> list[Stood]:
        """Return when each stood, of all that were taken."""
        self._follow_all()
        return self._stood

    def _wait(self, latch: _Latch) -> None:
        if len(latch.told.ts_us) >= _LONG:
            telling = thinned(latch.rung.rungs, _rows([latch.told]))
            latch = latch._replace(told=Readings(*telling[1:]))
        self._waiting.append(latch)
        self._rows += len(latch.told.ts_us)
        if self._rows > _ROWS_AT_ONCE or len(self._waiting) > _LATCHES_AT_ONCE:
            self._follow_all()

    def _follow_all(self) -> None:
        if not self._waiting:
            return
        columns = zip(*(one.rung.rungs for one in self._waiting), strict=True)
        rungs = Rungs(*map(np.concatenate, columns))
        rows = _rows([one.told for one in self._waiting])
        low = States.low(len(self._waiting))
        turns, _ = follow(rungs, low, thinned(rungs, rows), self._until_us)
        for place, from_us, to_us in _spans(turns.rung, turns.at_us, turns.rose.tolist()):
            latch = self._waiting[place]
            self._stood.append(Stood(latch.group, latch.rung.level, from_us, to_us))
        self._waiting, self._rows = [], 0


def _rows(told: Sequence[Readings]) -> Rows:
    counts = [len(each.ts_us) for each in told]
    return Rows(
        np.repeat(np.arange(len(counts)), counts),
        np.concatenate([each.ts_us for each in told]),
        np.concatenate([each.value for each in told]),
        np.concatenate([each.good for each in told]),
    )


def _spans(rung: Ints, at_us: Ints, rose: Sequence[bool]) -> Iterator[tuple[int, int, int]]:
    """Yield from when to when each latch stood; its turns come up and down by turns."""
    places, times = rung.tolist(), [*at_us.tolist(), NEVER]
    for number, up in enumerate(rose):
        if up:
            falls = number + 1 < len(places) and places[number + 1] == places[number]
            yield places[number], times[number], times[number + 1] if falls else NEVER
