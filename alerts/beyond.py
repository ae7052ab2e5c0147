"""Whether one reading is beyond a limit of any rule that is in force at its series."""

from typing import NamedTuple

import numpy as np

from alerts.bindings import Binding, RulesAtSeries
from alerts.looking_back import Past
from alerts.past_readings import Readings, joined
from alerts.rules import AlertLevel
from alerts.rules.signals import Signal
from twin.model import SeriesInfo


class Reading(NamedTuple):
    """One reading of a series."""

    info: SeriesInfo
    ts_us: int
    value: float


class Beyond(NamedTuple):
    """The highest limit that a reading is beyond.

    Attributes:
        binding: of the rule whose limit it is.
        level: of that limit.
        limit: the limit.
    """

    binding: Binding
    level: AlertLevel
    limit: float

    @property
    def lowest(self) -> float | None:
        """The lowest limit of the rule there, where values themselves are held against it."""
        if self.binding.signal.reach_us:
            return None
        return next(iter(self.binding.limits.values()))

    @property
    def sentence(self) -> str:
        """The limit in words, e.g. ``36.6 m (yellow) of rule reservoir-flood-limit@1``."""
        part = self.binding.part
        unit = f" {part.unit}" if part.unit else ""
        return f"{self.limit:.6g}{unit} ({self.level.text}) of {self.binding.rule.actor}"


class LimitsAtSeries:
    """Limits of rules, asked for a few readings.

    Args:
        rules: those whose limits count.
        past: gives stored readings, for rules that look back.
    """

    def __init__(self, rules: RulesAtSeries, past: Past) -> None:
        self._rules = rules
        self._past = past

    def reached(self, reading: Reading, rule: str | None = None) -> Beyond | None:
        """Return the highest limit that a reading is beyond, of all rules or of one; or None."""
        found: Beyond | None = None
        for binding in self._rules.bind(reading.info, []):
            if rule is not None and binding.rule.id != rule:
                continue
            beyond = self._highest(binding, reading)
            if beyond and (found is None or beyond.level > found.level):
                found = beyond
        return found

    def _highest(self, binding: Binding, reading: Reading) -> Beyond | None:
        number = self._number(binding.signal, reading)
        for level, limit in reversed(binding.limits.items()):
            if number >= limit if binding.part.above else number <= limit:
                return Beyond(binding, level, limit)
        return None

    def _number(self, signal: Signal, reading: Reading) -> float:
        """Return what is held against limits, the reading taken for a good one."""
        series_id, ts_us = reading.info.series_id, reading.ts_us
        line = Readings(np.array([ts_us]), np.array([reading.value]), np.array([True]))
        if signal.reach_us:
            span = {series_id: (ts_us - signal.reach_us - 1, ts_us - 1)}
            line = joined(self._past(span)[series_id], line)
        value, _ = signal.along(*line)
        return float(value[-1])
