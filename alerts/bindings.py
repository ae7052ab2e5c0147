"""Which latches a series has: its rules there, with the limits in force at its entity."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from alerts.memory import Group, Key
from alerts.rules import AlertLevel, LadderRule, Reason
from alerts.rules.courses import Ints
from alerts.rules.part import Measured, Part
from alerts.rules.signals import Signal
from twin.model import SeriesInfo

Spot = tuple[str, str]
"""A rule and one of its parts."""


class Binding(NamedTuple):
    """A part of a rule at a series of an entity.

    Attributes:
        rule: what is judged by.
        info: the series.
        group: rule, entity and mode, which have one alert together.
        part: what the rule holds against limits there.
        limits: in force there, from the lowest level on.
    """

    rule: LadderRule
    info: SeriesInfo
    group: Group
    part: Part
    limits: dict[AlertLevel, float]

    @property
    def signal(self) -> Signal:
        """What is held against the limits."""
        return self.part.signal

    @property
    def spot(self) -> Spot:
        """Which part of which rule it is."""
        return self.rule.id, self.part.name

    @property
    def keys(self) -> list[Key]:
        """The names of its latches."""
        stem, behind = str(self.info.series_id), f"@{self.part.name}" if self.part.name else ""
        return [Key(stem, level.text + behind) for level in self.limits]

    @property
    def levels(self) -> Ints:
        """The levels of its latches."""
        return np.array(list(self.limits), np.int64)


class RulesAtSeries:
    """Rules by the quantity that they look at."""

    def __init__(self, rules: Iterable[LadderRule]) -> None:
        self._rules: dict[str, list[LadderRule]] = {}
        for rule in rules:
            for quantity in rule.watched:
                self._rules.setdefault(quantity, []).append(rule)

    @property
    def quantities(self) -> list[str]:
        """What rules look at."""
        return sorted(self._rules)

    def bind(self, info: SeriesInfo, refusals: list[Reason]) -> Iterator[Binding]:
        """Yield the rules that a series falls under.

        Args:
            info: the series.
            refusals: why rules that name its quantity do not judge it, or not at every level.
        """
        for rule in self._rules.get(info.quantity, ()):
            if not rule.covers(info.quantity, info.channel, info.entity_class):
                continue
            if not rule.judges(info.mode):
                continue
            if rule.datum is not None and rule.datum != info.datum:
                refusals.append(Reason.DATUM_DIFFERS)
                continue
            measured = Measured(info.quantity, info.statistic, info.period_s, info.properties)
            group = Group(rule.id, info.entity, info.mode)
            for part in rule.parts(measured):
                refusals.extend(Reason.NO_LIMIT for limit in part.limits.values() if limit is None)
                if part.known:
                    yield Binding(rule, info, group, part, part.known)


def by_signal(bindings: Iterable[Binding]) -> dict[Signal, list[Binding]]:
    """Return bindings that hold the same signal against their limits together."""
    found: dict[Signal, list[Binding]] = {}
    for binding in bindings:
        found.setdefault(binding.signal, []).append(binding)
    return found


def outermost(bindings: Iterable[Binding]) -> tuple[float, float]:
    """Return what a value must reach upwards, or downwards, for any of the limits."""
    high, low = float("inf"), float("-inf")
    for binding in bindings:
        if binding.part.above:
            high = min(high, *binding.limits.values())
        else:
            low = max(low, *binding.limits.values())
    return high, low
