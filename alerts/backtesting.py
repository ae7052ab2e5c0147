"""What rules with limits would have done over stored readings: the very same code, nothing kept."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

import numpy as np

from alerts.memory import Group
from alerts.past_readings import Readings
from alerts.rules import AlertLevel, LadderRule, Reason
from alerts.rules.courses import NEVER
from alerts.trial_latches import Stood, TrialLatches
from alerts.trial_plans import Plans
from twin.model import SeriesInfo


class Stage(NamedTuple):
    """A level that an alert reached, and since when."""

    at_us: int
    level: AlertLevel


class Occurrence(NamedTuple):
    """An alert that would have been raised.

    Attributes:
        group: rule, entity and mode.
        from_us: when.
        to_us: when its condition was over; None where it stood at the end.
        stages: its levels in their order; the first is that of its beginning.
    """

    group: Group
    from_us: int
    to_us: int | None
    stages: tuple[Stage, ...]

    @property
    def level(self) -> AlertLevel:
        """The highest that it reached."""
        return max(stage.level for stage in self.stages)


class Backtest:
    """Judges series one after the other and remembers only what stood.

    Args:
        rules: to be tried.
        until_us: the end of the period; None lets holds end by readings alone.

    Attributes:
        readings: how many were judged.
        series: how many had a rule.
        refusals: why rules that name the quantity of a series do not judge it, by reason.
    """

    def __init__(self, rules: Iterable[LadderRule], until_us: int | None = None) -> None:
        self._plans = Plans(rules)
        self._latches = TrialLatches(-NEVER if until_us is None else until_us)
        self.readings = self.series = 0
        self.refusals: dict[Reason, int] = {}

    @property
    def quantities(self) -> list[str]:
        """What the rules look at."""
        return self._plans.quantities

    def judge(self, info: SeriesInfo, readings: Readings) -> None:
        """Judge all readings of one series, reliable ones alone, in the order of their times."""
        plan = self._plans.of(info)
        for reason in plan.refusals:
            self.refusals[reason] = self.refusals.get(reason, 0) + 1
        if not plan.held:
            return
        self.series += 1
        self.readings += len(readings.ts_us)
        for held in plan.held:
            value, good = held.signal.along(*readings)
            if ((value >= held.high) | (value <= held.low)).any():
                told = Readings(readings.ts_us, value, good)
                for rule, rungs in held.ladders:
                    self._latches.follow(Group(rule, info.entity, info.mode), rungs, told)

    def occurrences(self) -> list[Occurrence]:
        """Return the alerts, in the order of their beginnings."""
        by_group: dict[Group, list[Stood]] = {}
        for stood in self._latches.stood():
            by_group.setdefault(stood.group, []).append(stood)
        found = [one for group, all_of in by_group.items() for one in _occurrences(group, all_of)]
        return sorted(found, key=lambda one: (one.from_us, one.group))


_FROM_THE_HIGHEST = sorted(AlertLevel, reverse=True)


def _occurrences(group: Group, stood: Sequence[Stood]) -> Iterator[Occurrence]:
    """Yield the alerts of a group: while any of its levels stood, however many series said so."""
    edges = [(one.from_us, one.level, 1) for one in stood]
    edges += [(one.to_us, one.level, -1) for one in stood]
    standing = dict.fromkeys(_FROM_THE_HIGHEST, 0)
    stages: list[Stage] = []
    for at_us, changes in groupby(sorted(edges), key=itemgetter(0)):
        for _, level, change in changes:
            standing[level] += change
        now = next(filter(standing.__getitem__, _FROM_THE_HIGHEST), None)
        if now is not None and (not stages or stages[-1].level is not now):
            stages.append(Stage(at_us, now))
        elif now is None and stages:
            end = None if at_us == NEVER else at_us
            yield Occurrence(group, stages[0].at_us, end, tuple(stages))
            stages = []


class Figures(NamedTuple):
    """What a set of alerts comes to.

    Attributes:
        alerts: how many.
        by_level: how many reached each level at most.
        shortest_s: the shortest that ended; None where none did.
        median_s: of those that ended.
        standing: how many stood at the end.
        chattering: how many began within ten minutes after one of the same rule and thing.
    """

    alerts: int
    by_level: Mapping[str, int]
    shortest_s: float | None
    median_s: float | None
    standing: int
    chattering: int


_CHATTER_US = 10 * 60_000_000


def figures(occurrences: Sequence[Occurrence]) -> Figures:
    """Count alerts."""
    lasted = sorted((one.to_us - one.from_us) / 1e6 for one in occurrences if one.to_us)
    last: dict[Group, int] = {}
    chattering = 0
    for one in sorted(occurrences, key=lambda each: each.from_us):
        before = last.get(one.group)
        chattering += before is not None and one.from_us - before <= _CHATTER_US
        last[one.group] = one.to_us or NEVER
    levels = [one.level.text for one in occurrences]
    return Figures(
        alerts=len(occurrences),
        by_level={level.text: levels.count(level.text) for level in AlertLevel},
        shortest_s=lasted[0] if lasted else None,
        median_s=float(np.median(lasted)) if lasted else None,
        standing=sum(one.to_us is None for one in occurrences),
        chattering=chattering,
    )
