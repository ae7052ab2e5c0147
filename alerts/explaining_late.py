"""What late readings change: levels of groups as they are now, peaks that nobody knew of."""

from collections.abc import Iterable
from functools import partial
from itertools import pairwise

import numpy as np

from alerts.explaining import Step, Told, Turn, note
from alerts.late import Rejudged
from alerts.memory import Group
from alerts.rules import AlertLevel, Reason
from alerts.run import Run


def tell_rejudged(run: Run, told: Told, rejudged: Rejudged, changed: dict[int, bool]) -> None:
    """Note the changes of groups whose series were judged anew.

    A level that stood for a while in the past and does not stand now is told as a change to it and
    one back, for nobody was told when it stood.
    """
    after = rejudged.moved.after.raised.tolist()
    now = dict(zip(rejudged.moved.latches.tolist(), after, strict=True))
    numbers = np.unique(told.table.group[rejudged.moved.latches]).tolist()
    old = {number: _standing(told, number, changed) for number in numbers}
    changed |= now
    peaks = _peaks(told, rejudged)
    for number in numbers:
        new, peak = _standing(told, number, changed), peaks.get(number)
        way = [old[number], new]
        if peak is not None and peak > max(old[number] or 0, new or 0):
            way.insert(1, peak)
        for before, then in pairwise(way):
            if before != then:
                turns = _turns(told, rejudged, number, rose=(then or 0) > (before or 0))
                step = Step(told, turns, before, then, late=_why(told, rejudged, turns))
                rule = told.bindings[turns[0].latch].rule
                run.guarded(rule, partial(note, run, step))


def revised_groups(rejudged: Rejudged) -> set[Group]:
    """Return the groups that were told something that was not so."""
    return {group for (group, _), _ in rejudged.entries.revised}


def _why(told: Told, rejudged: Rejudged, turns: Iterable[Turn]) -> Reason:
    series = {int(told.table.series[turn.latch]) for turn in turns}
    return Reason.CONFIRMED_LATER if series & rejudged.confirmed else Reason.REJUDGED


def _standing(told: Told, number: int, changed: dict[int, bool]) -> AlertLevel | None:
    return told.groups.standing(number, told.table.states.raised, told.table.level, changed)


def _peaks(told: Told, rejudged: Rejudged) -> dict[int, AlertLevel]:
    """Return the highest level of each group that stood in the past, which was not known."""
    found: dict[int, AlertLevel] = {}
    known = {(name, span.from_us) for name, span in rejudged.entries.revised}
    for name, span in rejudged.entries.begun:
        if span.to_us is not None and (name, span.from_us) not in known:
            number, level = told.groups.number(name[0]), name[1].level
            found[number] = max(level, found.get(number, level))
    return found


def _turns(told: Told, rejudged: Rejudged, number: int, *, rose: bool) -> list[Turn]:
    """Return the last turn of each latch of a group to one side, or all latches as they are."""
    moved, turns = rejudged.moved, rejudged.moved.turns
    mine = told.table.group[moved.latches[turns.rung]] == number
    rows = np.flatnonzero(mine & (turns.rose == rose))
    last = {int(moved.latches[turns.rung[row]]): row for row in rows.tolist()}
    found = [
        Turn(latch, int(turns.at_us[row]), rose, *_seen(rejudged, row))
        for latch, row in last.items()
    ]
    return found or list(_as_they_are(told, rejudged, number, rose=rose))


def _seen(rejudged: Rejudged, row: int) -> tuple[float, int]:
    return float(rejudged.moved.values[row]), int(rejudged.moved.observed_us[row])


def _as_they_are(told: Told, rejudged: Rejudged, number: int, *, rose: bool) -> Iterable[Turn]:
    moved = rejudged.moved
    for row in np.flatnonzero(told.table.group[moved.latches] == number).tolist():
        ts = int(moved.after.ts_us[row])
        yield Turn(int(moved.latches[row]), ts, rose, float(moved.value[row]), ts)
