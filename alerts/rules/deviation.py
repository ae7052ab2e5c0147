"""The rule kind ``deviation``: a value far from what was usual at its series just before."""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, FiniteFloat, field_validator

from alerts.rules.courses import Flags, Floats, Ints
from alerts.rules.duration import Duration, format_duration
from alerts.rules.quantity_rule import QuantityRule
from alerts.rules.signals import BaseSignal, Line, Plain, Signal, Spots, Window, first_after

_NORMAL_QUARTILES = 1.349
"""Between the quartiles of a normal distribution lie so many standard deviations."""
_QUARTILES = (0.25, 0.5, 0.75)
_TINY = 1e-9
_DIGITS = 9

Side = Literal["both", "high", "low"]


@dataclass(frozen=True, slots=True)
class Deviation(BaseSignal):
    """How far the mean of a short time lies from the median of a longer one, in robust spreads.

    The spread is the distance of the quartiles by 1.349, which outliers hardly move.

    Attributes:
        short_us: up to and with each reading; 0 for the reading itself.
        baseline_us: before each reading, which is left out.
        least_count: readings that the baseline must have to say anything.
        least_share: of the median's size that a spread is at least.
        least_spread: that a spread is at least, in the stored unit.
        side: on which side of the median it counts.
    """

    short_us: int
    baseline_us: int
    least_count: int
    least_share: float
    least_spread: float
    side: Side

    @property
    def reach_us(self) -> int:
        """How far back it looks."""
        return self.short_us + self.baseline_us

    def at(self, line: Line, spots: Spots) -> tuple[Floats, Flags]:
        """Return the deviations."""
        short: Signal = Window("mean", self.short_us) if self.short_us else Plain()
        begin = first_after(line.ts_us, spots, line.ts_us[spots.row] - self.baseline_us - 1)
        series = np.zeros_like(spots.row) if spots.first is None else spots.first
        mean, is_good = np.full(len(line.ts_us), np.nan), np.zeros(len(line.ts_us), np.bool_)
        for rows, first in _needed(begin, spots.row, series):
            mean[rows], is_good[rows] = short.at(line, Spots(rows, np.full(len(rows), first)))
        found = np.array(
            [
                self._away(float(mean[row]), mean[low:row])
                for low, row in zip(begin.tolist(), spots.row.tolist(), strict=True)
            ],
            np.float64,
        )
        return found.round(_DIGITS), is_good[spots.row]

    def _away(self, value: float, before: Floats) -> float:
        if len(before) < self.least_count:
            return float("nan")
        lower, median, upper = np.quantile(before, _QUARTILES)
        least = max(self.least_share * abs(median), self.least_spread, _TINY)
        away = float((value - median) / max((upper - lower) / _NORMAL_QUARTILES, least))
        return {"both": abs(away), "high": away, "low": -away}[self.side]


def _needed(begin: Ints, row: Ints, series: Ints) -> list[tuple[Ints, int]]:
    """Return the rows whose short means are asked for, series by series, each row once."""
    found = []
    for first in np.unique(series).tolist():
        mine = series == first
        rows = np.arange(int(begin[mine].min()), int(row[mine].max()) + 1)
        found.append((rows, first))
    return found


class DeviationRule(QuantityRule):
    """Raises while a quantity is far from what was usual at its series just before.

    Attributes:
        kind: ``deviation``.
        short: whose mean is looked at; a single reading where it is not given.
        baseline: how far back what was usual is taken from.
        least_count: how many readings that must be.
        least_share: a spread is at least this share of the median.
        least_spread: and at least this much, in the stored unit.
        side: whether values above, below or on both sides of the usual count.
    """

    kind: Literal["deviation"]
    direction: Literal["above"] = "above"
    short: Duration = 0
    baseline: Duration
    least_count: Annotated[int, Field(ge=8, le=100_000)] = 60
    least_share: Annotated[FiniteFloat, Field(ge=0, le=1)] = 0.01
    least_spread: Annotated[FiniteFloat, Field(ge=0)] = 0.0
    side: Side = "both"

    @field_validator("baseline")
    @classmethod
    def _lasts(cls, baseline: int) -> int:
        if baseline <= 0:
            raise ValueError("baseline '0 s': expected a time, e.g. '7d'")
        return baseline

    @cached_property
    def signal(self) -> Signal:
        """The deviation."""
        return Deviation(
            self.short,
            self.baseline,
            self.least_count,
            self.least_share,
            self.least_spread,
            self.side,
        )

    @property
    def phrase(self) -> str:
        """How sentences call what is held against the limits."""
        return f"deviation of {self.quantity} from the last {format_duration(self.baseline)}"

    @property
    def amount_unit(self) -> str:
        """None: limits are multiples of the usual spread."""
        return ""
