"""What rules share that hold a number against a limit for each level: limits, holds, examples."""

import math
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Literal

import numpy as np
from pydantic import BeforeValidator, Field, FiniteFloat, ValidationInfo, field_validator
from typing_extensions import TypeIs

from alerts.rules.alert_level import AlertLevel, LevelName
from alerts.rules.courses import NEVER, Rows, Rungs, States, follow
from alerts.rules.duration import Duration
from alerts.rules.signals import Plain, Signal
from alerts.rules.terms import QuantityCode, RuleHead, RulePart, Words
from data.reference import quantities

_MINUTE_US = 60_000_000


class PropertyLimit(RulePart):
    """A limit that each entity has of its own, under this name in its properties."""

    property: Words


def _is_number(value: object) -> TypeIs[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _as_limit(written: object) -> float | PropertyLimit:
    if isinstance(written, PropertyLimit):
        return written
    if _is_number(written):
        return float(written)
    if isinstance(written, dict) and written.keys() == {"property"}:
        name = written["property"]
        if isinstance(name, str) and name:
            return PropertyLimit(property=name)
    raise ValueError(f'limit {written!r}: expected a number or {{property = "name"}}')


Limit = Annotated[float | PropertyLimit, BeforeValidator(_as_limit)]


_Pair = Annotated[list[FiniteFloat], Field(min_length=2, max_length=2)]


class Example(RulePart):
    """A short series and the level that must stand after its last reading.

    Attributes:
        series: pairs of minute and value.
        expect: a level or ``none``.
        properties: of the entity, where limits come from there.
    """

    series: Annotated[list[_Pair], Field(min_length=1)]
    expect: LevelName | Literal["none"]
    properties: dict[str, FiniteFloat] = Field(default_factory=dict)


class LadderRule(RuleHead):
    """Raises while what it makes of a quantity is at or beyond limits.

    Attributes:
        quantity: a row of ``quantities.csv``.
        unit: for the reader; must be the quantity's stored unit where it is given.
        channel: exact text of the series' channel; None for any.
        direction: on which side of the limits it is dangerous.
        levels: a limit for each level that the rule can raise.
        hysteresis: how far beyond a limit on the safe side a value must be to end its level.
        hold: how long a limit must be reached at every reading before its level is raised.
        clear_hold: how long it must be left at every reading before its level ends.
        datum: series whose values have another one are refused; None for any.
        examples: cases that are tried whenever the file is checked.
    """

    quantity: QuantityCode
    unit: str | None = None
    channel: str | None = None
    direction: Literal["above", "below"]
    levels: Annotated[dict[LevelName, Limit], Field(min_length=1)]
    hysteresis: Annotated[FiniteFloat, Field(ge=0)] = 0.0
    hold: Duration = 0
    clear_hold: Duration = 0
    datum: str | None = None
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

    @field_validator("levels")
    @classmethod
    def _in_order(
        cls, levels: dict[LevelName, float | PropertyLimit], info: ValidationInfo
    ) -> dict[LevelName, float | PropertyLimit]:
        names = sorted(levels, key=AlertLevel.named)
        numbers = [limit for name in names if isinstance(limit := levels[name], float)]
        sign = -1 if info.data.get("direction") == "below" else 1
        if any(sign * (b - a) <= 0 for a, b in pairwise(numbers)):
            raise ValueError(
                f"limits {numbers} of {', '.join(names)}: expected them to "
                f"{'fall' if sign < 0 else 'grow'} from blue to red"
            )
        return {name: levels[name] for name in names}

    @cached_property
    def above(self) -> bool:
        """Whether high values are the dangerous ones."""
        return self.direction == "above"

    @cached_property
    def _ladder(self) -> tuple[tuple[AlertLevel, float | PropertyLimit], ...]:
        return tuple((AlertLevel.named(name), limit) for name, limit in self.levels.items())

    @cached_property
    def signal(self) -> Signal:
        """What is held against the limits."""
        return Plain()

    def signal_of(self, statistic: str, period_s: int) -> Signal | None:
        """Return what is held against the limits of a series; None where it says nothing."""
        del statistic, period_s
        return self.signal

    @property
    def phrase(self) -> str:
        """How sentences call what is held against the limits."""
        return self.quantity

    @property
    def amount_unit(self) -> str:
        """The unit of the limits; empty for a bare number."""
        unit = quantities()[self.quantity].unit
        return "" if unit == "1" else unit

    def covers(self, quantity: str, channel: str, entity_class: str) -> bool:
        """Return whether it is for such a series."""
        return (
            quantity == self.quantity
            and (self.channel is None or self.channel == channel)
            and self.is_for(entity_class)
        )

    def limits(self, properties: Mapping[str, object]) -> dict[AlertLevel, float | None]:
        """Return the limit of each level for an entity; None where it has no such property."""
        return {
            level: limit if isinstance(limit, float) else _own(limit, properties)
            for level, limit in self._ladder
        }

    def rungs(self, limits: Mapping[AlertLevel, float]) -> Rungs:
        """Return the latches for limits, in their order."""
        count = len(limits)
        return Rungs(
            limit=np.array(list(limits.values()), np.float64),
            above=np.full(count, self.above),
            hysteresis=np.full(count, self.hysteresis),
            hold_us=np.full(count, self.hold, np.int64),
            clear_hold_us=np.full(count, self.clear_hold, np.int64),
            wants_good=np.array([level is AlertLevel.RED for level in limits]),
        )

    def mistakes(self) -> Iterator[str]:
        """Yield a sentence for each example that does not come out as it says."""
        for number, example in enumerate(self.examples, start=1):
            found = self._level_after(example)
            if found != example.expect:
                yield f"example {number}: expected {example.expect!r}, but the rule gives {found!r}"

    def _level_after(self, example: Example) -> str:
        known = self.limits(example.properties).items()
        limits = {level: limit for level, limit in known if limit is not None}
        ordered = np.array(sorted(example.series), np.float64)
        ts_us = (ordered[:, 0] * _MINUTE_US).round().astype(np.int64)
        good = np.ones(len(ts_us), np.bool_)
        value, good = self.signal.along(ts_us, ordered[:, 1], good)
        count = len(limits)
        rows = Rows(
            rung=np.repeat(np.arange(count), len(ts_us)),
            ts_us=np.tile(ts_us, count),
            value=np.tile(value, count),
            good=np.tile(good, count),
        )
        _, after = follow(self.rungs(limits), States.low(count), rows, -NEVER)
        standing = [level for level, up in zip(limits, after.raised.tolist(), strict=True) if up]
        return max(standing).text if standing else "none"


def _own(limit: PropertyLimit, properties: Mapping[str, object]) -> float | None:
    value = properties.get(limit.property)
    return float(value) if _is_number(value) else None
