"""What rules share that look at one quantity: its unit, a side that is dangerous, limits."""

from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, FiniteFloat, ValidationInfo, field_validator

from alerts.rules.alert_level import LevelName
from alerts.rules.example import Example
from alerts.rules.ladder import LadderRule
from alerts.rules.limits import Levels, Limit, in_force, in_order
from alerts.rules.part import Measured, Part
from alerts.rules.signals import Plain, Signal
from alerts.rules.terms import QuantityCode
from alerts.rules.trial import Shown
from data.reference import quantities


class OneQuantityRule(LadderRule):
    """Raises while a number made of one quantity is at or beyond limits.

    Attributes:
        quantity: a row of ``quantities.csv``.
        unit: for the reader; must be the quantity's stored unit where it is given.
        direction: on which side of the limits it is dangerous.
        hysteresis: how far beyond a limit on the safe side a value must be to end its level.
        examples: cases that are tried whenever the file is checked.
    """

    quantity: QuantityCode
    unit: str | None = None
    direction: Literal["above", "below"]
    hysteresis: Annotated[FiniteFloat, Field(ge=0)] = 0.0
    examples: list[Example] = Field(default_factory=list)

    @field_validator("unit")
    @classmethod
    def _fits(cls, unit: str | None, info: ValidationInfo) -> str | None:
        quantity = info.data.get("quantity")
        if unit is not None and quantity and unit != quantities()[quantity].unit:
            raise ValueError(
                f"unit {unit!r}: expected {quantities()[quantity].unit!r}, in which "
                f"{quantity} is stored"
            )
        return unit

    @cached_property
    def above(self) -> bool:
        """Whether high values are the dangerous ones."""
        return self.direction == "above"

    @property
    def watched(self) -> frozenset[str]:
        """The one quantity."""
        return frozenset({self.quantity})

    @property
    def amount_unit(self) -> str:
        """The unit of the limits; empty for a bare number."""
        unit = quantities()[self.quantity].unit
        return "" if unit == "1" else unit

    def shown(self) -> Iterator[tuple[Example, Shown]]:
        """Yield its examples."""
        for example in self.examples:
            yield example, [(self._instant(example), example.judged())]

    def _instant(self, example: Example) -> Measured:
        return Measured(self.quantity, "", 0, example.properties)


class QuantityRule(OneQuantityRule):
    """Raises while what it makes of a quantity is at or beyond the limits of its levels.

    Attributes:
        levels: a limit for each level that the rule can raise.
    """

    levels: Levels

    @field_validator("levels")
    @classmethod
    def _in_order(
        cls, levels: dict[LevelName, Limit], info: ValidationInfo
    ) -> dict[LevelName, Limit]:
        return in_order(levels, above=info.data.get("direction") != "below")

    @cached_property
    def signal(self) -> Signal:
        """What is held against the limits."""
        return Plain()

    @property
    def reach_us(self) -> int:
        """How far back its signal looks."""
        return self.signal.reach_us

    def signal_of(self, statistic: str, period_s: int) -> Signal | None:
        """Return what is held against the limits of a series; None where it says nothing."""
        del statistic, period_s
        return self.signal

    @property
    def phrase(self) -> str:
        """How sentences call what is held against the limits."""
        return self.quantity

    def parts(self, measured: Measured) -> Iterator[Part]:
        """Yield the one part, if the series says anything."""
        signal = self.signal_of(measured.statistic, measured.period_s)
        if signal is not None:
            yield Part(
                name="",
                signal=signal,
                limits=in_force(self.levels, measured.properties),
                above=self.above,
                hysteresis=self.hysteresis,
                hold_us=self.hold,
                clear_hold_us=self.clear_hold,
                phrase=self.phrase,
                unit=self.amount_unit,
            )
