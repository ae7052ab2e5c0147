"""The rule kind ``rate``: a value that rises or falls too quickly."""

from functools import cached_property
from typing import Literal

from pydantic import field_validator

from alerts.rules.duration import Duration, format_duration
from alerts.rules.quantity_rule import QuantityRule
from alerts.rules.signals import Change, Signal


class RateRule(QuantityRule):
    """Raises while a quantity changes by so much in a time.

    Attributes:
        kind: ``rate``.
        over: between which two readings the change is taken: the one now, and the oldest one that
            is not older than this.
        per: the time that the limits are for; ``over`` where it is not given.
    """

    kind: Literal["rate"]
    over: Duration
    per: Duration = 0

    @field_validator("over")
    @classmethod
    def _lasts(cls, over: int) -> int:
        if over <= 0:
            raise ValueError("over '0 s': expected a time, e.g. '10min'")
        return over

    @cached_property
    def signal(self) -> Signal:
        """The change of the value."""
        return Change(self.over, self.per or self.over)

    @property
    def phrase(self) -> str:
        """How sentences call what is held against the limits."""
        return f"change of {self.quantity} per {format_duration(self.per or self.over)}"
