"""The rule kind ``schedule``: limits that differ by the hour of the day and the day of the week."""

import re
from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, ValidationInfo, field_validator

from alerts.rules.example import Example
from alerts.rules.limits import Levels, in_force, in_order
from alerts.rules.part import Measured, Part
from alerts.rules.quantity_rule import OneQuantityRule
from alerts.rules.signals import Hours
from alerts.rules.terms import RulePart
from alerts.rules.trial import Shown

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00", re.ASCII)
_HOUR_MIN = 60
_DAY_MIN = 1440
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DayName = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def _minute(written: object) -> int:
    found = _CLOCK.fullmatch(written) if isinstance(written, str) else None
    if not found:
        raise ValueError(f"time of day {written!r}: expected hours and minutes, e.g. '22:00'")
    return _DAY_MIN if found[1] is None else int(found[1]) * _HOUR_MIN + int(found[2])


def _clock(minute: int) -> str:
    return f"{minute // _HOUR_MIN:02}:{minute % _HOUR_MIN:02}"


ClockTime = Annotated[
    int, BeforeValidator(_minute), PlainSerializer(_clock, return_type=str), Field(ge=0)
]
"""A time of the local day: written as ``22:00``, kept in minutes."""


class HoursLimits(RulePart):
    """Limits for some hours.

    Attributes:
        name: tells the hours of a rule apart, ``night`` for example.
        begin: time of day at which they begin, Beijing time.
        end: at which they end; one that is not after the begin is that of the next day.
        days: on which they begin; absent: each day.
        levels: a limit for each level.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9]+$", max_length=20)]
    begin: ClockTime
    end: ClockTime
    days: Annotated[list[_DayName], Field(min_length=1)] | None = None
    levels: Levels


class ScheduleRule(OneQuantityRule):
    """Raises while a quantity is at or beyond the limits of the hour.

    Attributes:
        kind: ``schedule``.
        hours: with their limits; at an hour that none of them has, nothing is raised, and what was
            raised ends with the next reading.
    """

    kind: Literal["schedule"]
    hours: Annotated[list[HoursLimits], Field(min_length=1)]

    # Minute 0 of an example is midnight of a Monday.
    example_begin_us: ClassVar[int] = (4 * 24 - 8) * 60 * 60_000_000

    @field_validator("hours")
    @classmethod
    def _are_told_apart(cls, hours: list[HoursLimits], info: ValidationInfo) -> list[HoursLimits]:
        names = [each.name for each in hours]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"hours {', '.join(twice)}: expected each name once")
        above = info.data.get("direction") != "below"
        return [
            each.model_copy(update={"levels": in_order(each.levels, above=above)}) for each in hours
        ]

    def parts(self, measured: Measured) -> Iterator[Part]:
        """Yield a part for the limits of some hours each."""
        for each in self.hours:
            days = frozenset(range(7) if each.days is None else map(_DAYS.index, each.days))
            yield Part(
                name=each.name,
                signal=Hours(each.begin, each.end, days, self.above),
                limits=in_force(each.levels, measured.properties),
                above=self.above,
                hysteresis=self.hysteresis,
                hold_us=self.hold,
                clear_hold_us=self.clear_hold,
                phrase=f"{self.quantity} ({each.name})",
                unit=self.amount_unit,
            )

    def shown(self) -> Iterator[tuple[Example, Shown]]:
        """Yield its examples, on the Monday that they begin with."""
        for example, shown in super().shown():
            yield (
                example,
                [
                    (measured, judged._replace(ts_us=judged.ts_us + self.example_begin_us))
                    for measured, judged in shown
                ],
            )
