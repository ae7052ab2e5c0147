"""The rule kind ``window``: the sum, mean, highest or lowest value of a time up to now."""

from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, FiniteFloat, field_validator

from alerts.rules.duration import Duration, format_duration
from alerts.rules.quantity_rule import QuantityRule
from alerts.rules.signals import Signal, Window
from twin.model import Statistic

_SECOND_US = 1_000_000


class WindowRule(QuantityRule):
    """Raises while what a quantity came to in a time is at or beyond limits.

    Attributes:
        kind: ``window``.
        statistic: ``sum``, ``mean``, ``max`` or ``min``.
        window: how far it looks back from each reading, that instant itself left out.
        least_share: which share of the window readings must span for a mean or a lowest value; a
            sum and a highest value only grow by what is missing.
    """

    kind: Literal["window"]
    statistic: Literal["sum", "mean", "max", "min"]
    window: Duration
    least_share: Annotated[FiniteFloat, Field(ge=0, le=1)] = 0.75

    @field_validator("window")
    @classmethod
    def _lasts(cls, window: int) -> int:
        if window <= 0:
            raise ValueError("window '0 s': expected a time, e.g. '1h'")
        return window

    @cached_property
    def signal(self) -> Signal:
        """The statistic of the window."""
        return Window(self.statistic, self.window, self.least_share)

    def signal_of(self, statistic: str, period_s: int) -> Signal | None:
        """Return what is held against the limits: of a counter its growth.

        A sum of longer periods than the window says nothing about it.
        """
        if self.statistic != "sum":
            return self.signal
        if statistic == Statistic.COUNTER:
            return Window("sum", self.window, counts_on=True)
        return self.signal if period_s * _SECOND_US <= self.window else None

    @property
    def phrase(self) -> str:
        """How sentences call what is held against the limits."""
        return f"{self.statistic} of {self.quantity} in {format_duration(self.window)}"
