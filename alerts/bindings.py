"""Which latches a series has: its rules there, with the limits in force at its entity."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from alerts.memory import Group, Key
from alerts.rules import AlertLevel, LadderRule, Reason
from alerts.rules.courses import Ints
from alerts.rules.signals import Signal
from twin.model import SeriesInfo


class Binding(NamedTuple):
    """A rule at a series of an entity.

    Attributes:
        rule: what is judged by.
        info: the series.
        group: rule, entity and mode, which have one alert together.
        limits: in force there, from the lowest level on.
        signal: what is held against them.
    """

    rule: LadderRule
    info: SeriesInfo
    group: Group
    limits: dict[AlertLevel, float]
    signal: Signal

    @property
    def keys(self) -> list[Key]:
        """The names of its latches."""
        return [Key(str(self.info.series_id), level.text) for level in self.limits]

    @property
    def levels(self) -> Ints:
        """The levels of its latches."""
        return np.array(list(self.limits), np.int64)


class RulesAtSeries:
    """Rules by the quantity that they look at."""

    def __init__(self, rules: Iterable[LadderRule]) -> None:
        self._rules: dict[str, list[LadderRule]] = {}
        for rule in rules:
            self._rules.setdefault(rule.quantity, []).append(rule)

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
            told = rule.limits(info.properties)
            refusals.extend(Reason.NO_LIMIT for limit in told.values() if limit is None)
            limits = {level: limit for level, limit in told.items() if limit is not None}
            signal = rule.signal_of(info.statistic, info.period_s)
            if limits and signal is not None:
                yield Binding(rule, info, Group(rule.id, info.entity, info.mode), limits, signal)


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
        if binding.rule.above:
            high = min(high, *binding.limits.values())
        else:
            low = max(low, *binding.limits.values())
    return high, low
