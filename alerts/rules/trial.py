"""What becomes of an example: its readings through the same latches as all readings."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from alerts.rules.alert_level import AlertLevel
from alerts.rules.courses import NEVER, Flags, Floats, Ints, Rows, States, Turns, follow
from alerts.rules.part import Measured, Part
from alerts.rules.spans import Span


class Judged(NamedTuple):
    """The readings that are judged, in the order of their times; unreliable ones are left out.

    Attributes:
        ts_us: int64[n].
        value: float64[n].
        good: bool[n], false where it is doubtful.
    """

    ts_us: Ints
    value: Floats
    good: Flags


Shown = Sequence[tuple[Measured, Judged]]
"""The series of an example, all at one entity."""


class Outcome(NamedTuple):
    """What became of an example: the level at its end, and when each one was first raised."""

    level: str
    raised_us: dict[str, int]


def outcome(parts: Callable[[Measured], Iterable[Part]], shown: Shown) -> Outcome:
    """Return what parts of a rule make of series at one entity."""
    standing: set[AlertLevel] = set()
    raised: dict[str, int] = {}
    for measured, judged in shown:
        for part in parts(measured):
            for level, at_us, stands in _courses(part, judged):
                raised[level.text] = min(at_us, raised.get(level.text, NEVER))
                if stands:
                    standing.add(level)
    return Outcome(max(standing).text if standing else "none", raised)


def courses(part: Part, judged: Judged) -> list[Span]:
    """Return when any level of a part stood."""
    found: list[Span] = []
    turns, levels, _ = _turned(part, judged)
    for row in range(len(levels)):
        mine = turns.rung == row
        times = [*turns.at_us[mine].tolist(), NEVER]
        for number, rose in enumerate(turns.rose[mine].tolist()):
            if rose:
                found.append(Span(times[number], times[number + 1]))
    return sorted(found)


def _courses(part: Part, judged: Judged) -> Iterator[tuple[AlertLevel, int, bool]]:
    """Yield each level that was raised, when first, and whether it stands at the end."""
    turns, levels, after = _turned(part, judged)
    first: dict[int, int] = {}
    for rung, at_us, rose in zip(*(column.tolist() for column in turns[:3]), strict=True):
        if rose:
            first.setdefault(rung, at_us)
    for rung, at_us in first.items():
        yield levels[rung], at_us, bool(after.raised[rung])


def _turned(part: Part, judged: Judged) -> tuple[Turns, list[AlertLevel], States]:
    value, good = part.signal.along(*judged)
    levels = list(part.known)
    count, length = len(levels), len(judged.ts_us)
    rows = Rows(
        rung=np.repeat(np.arange(count), length),
        ts_us=np.tile(judged.ts_us, count),
        value=np.tile(value, count),
        good=np.tile(good, count),
    )
    turns, after = follow(part.rungs(), States.low(count), rows, -NEVER)
    return turns, levels, after
