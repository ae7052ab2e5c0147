"""The rule kind ``grade``: the worst grade that a standard gives any of several quantities."""

import math
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, FiniteFloat, ValidationInfo, field_validator

from alerts.rules.alert_level import AlertLevel, LevelName
from alerts.rules.duration import Duration
from alerts.rules.example import Expectation, Readings, judged_readings
from alerts.rules.ladder import LadderRule
from alerts.rules.part import Measured, Part
from alerts.rules.signals import Plain, Share, Signal, Window
from alerts.rules.terms import RulePart, Words
from alerts.rules.trial import Shown
from data.reference import quantities
from data.reference.grading import GradeLimit, GradingStandard, grading_standards

_HOUR_S = 3600
_HOUR_US = 3_600_000_000
_LEAST_SHARE = 0.75


class WorseThanTarget(RulePart):
    """By how many grades it must be worse than what the entity is to have."""

    worse_by: Annotated[int, Field(ge=1, le=9)]


def _known(code: str) -> str:
    if code not in grading_standards():
        raise ValueError(f"standard {code!r}: expected one of {', '.join(grading_standards())}")
    return code


class GradeExample(Expectation):
    """Short series of several quantities at one entity, and the level that must stand after them.

    Attributes:
        series: by quantity, as in other examples.
        properties: of the entity; numbers and words.
    """

    series: Annotated[dict[str, Readings], Field(min_length=1)]
    properties: dict[str, FiniteFloat | str] = Field(default_factory=dict)


class GradeRule(LadderRule):
    """Raises while any quantity of a standard is at a grade or a worse one: the worst one counts.

    Attributes:
        kind: ``grade``.
        standard: a row of ``grading_standards.csv``.
        only: quantities that it looks at; absent: all of the standard.
        levels: the grade of each level, or by how much it is worse than the target.
        target: the property of entities that names the grade that they are to have.
        hysteresis_share: which share of a limit a value must be on its safe side to end a level.
        share: which share of the readings of ``window`` must have a grade; absent: each counts.
        window: the time for ``share``.
        examples: cases that are tried whenever the file is checked.
    """

    kind: Literal["grade"]
    standard: Annotated[str, AfterValidator(_known)]
    only: Annotated[list[str], Field(min_length=1)] | None = None
    levels: Annotated[dict[LevelName, str | WorseThanTarget], Field(min_length=1)]
    target: Words | None = None
    hysteresis_share: Annotated[FiniteFloat, Field(ge=0, lt=1)] = 0.05
    share: Annotated[FiniteFloat, Field(gt=0, le=1)] | None = None
    window: Duration = 24 * _HOUR_US
    examples: list[GradeExample] = Field(default_factory=list)

    @field_validator("only")
    @classmethod
    def _are_of_the_standard(cls, only: list[str] | None, info: ValidationInfo) -> list[str] | None:
        code = info.data.get("standard")
        known = {limit.quantity for limit in grading_standards()[code].limits} if code else set()
        strange = sorted(set(only or ()) - known)
        if code and strange:
            raise ValueError(
                f"quantities {', '.join(strange)}: expected some of {', '.join(sorted(known))}"
            )
        return only

    @field_validator("levels")
    @classmethod
    def _get_worse(
        cls, levels: dict[LevelName, str | WorseThanTarget], info: ValidationInfo
    ) -> dict[LevelName, str | WorseThanTarget]:
        code = info.data.get("standard")
        if not code:
            return levels
        grades = grading_standards()[code].grades
        ordered = {name: levels[name] for name in sorted(levels, key=AlertLevel.named)}
        steps: list[int] = []
        for wanted in ordered.values():
            if isinstance(wanted, str) and wanted not in grades[1:]:
                raise ValueError(f"grade {wanted!r}: expected one of {', '.join(grades[1:])}")
            steps.append(grades.index(wanted) if isinstance(wanted, str) else wanted.worse_by)
        if len({type(wanted) for wanted in ordered.values()}) > 1:
            raise ValueError("levels: expected grades for all of them, or worse_by for all")
        if steps != sorted(set(steps)):
            raise ValueError(f"levels {', '.join(ordered)}: expected grades that get worse")
        return ordered

    @field_validator("target")
    @classmethod
    def _is_asked_for(cls, target: str | None, info: ValidationInfo) -> str | None:
        relative = any(
            isinstance(wanted, WorseThanTarget) for wanted in info.data.get("levels", {}).values()
        )
        if target is not None and not relative:
            raise ValueError(f"target {target!r}: expected levels with worse_by beside it")
        return target

    @cached_property
    def _standard(self) -> GradingStandard:
        return grading_standards()[self.standard]

    @property
    def watched(self) -> frozenset[str]:
        """The quantities of the standard, or some of them."""
        return frozenset(self.only or (limit.quantity for limit in self._standard.limits))

    @property
    def reach_us(self) -> int:
        """How far back its means and shares look."""
        hours = max((limit.mean_h for limit in self._standard.limits), default=0)
        return max(hours * _HOUR_US, 0 if self.share is None else self.window)

    def parts(self, measured: Measured) -> Iterator[Part]:
        """Yield what is held against limits: each side, each time of averaging, each share."""
        grades = self._grades(measured.properties)
        if self.share is None:
            yield from self._by_side(measured, grades)
        else:
            yield from self._by_share(measured, grades)

    def shown(self) -> Iterator[tuple[GradeExample, Shown]]:
        """Yield its examples."""
        for example in self.examples:
            yield (
                example,
                [
                    (Measured(quantity, "", 0, example.properties), judged_readings(series))
                    for quantity, series in example.series.items()
                ],
            )

    def _grades(self, properties: Mapping[str, object]) -> dict[AlertLevel, str | None]:
        """Return from which grade on each level is raised; None where no target is known."""
        known = self._standard.grades
        target = properties.get(self.target) if self.target else None
        found: dict[AlertLevel, str | None] = {}
        for name, wanted in self.levels.items():
            level = AlertLevel.named(name)
            if isinstance(wanted, str):
                found[level] = wanted
            elif target not in known:
                found[level] = None
            elif known.index(str(target)) + wanted.worse_by < len(known):
                found[level] = known[known.index(str(target)) + wanted.worse_by]
        return found

    def _by_side(
        self, measured: Measured, grades: Mapping[AlertLevel, str | None]
    ) -> Iterator[Part]:
        sides: dict[tuple[bool, int], dict[AlertLevel, float | None]] = {}
        remarks: dict[tuple[bool, int], dict[AlertLevel, str]] = {}
        for level, grade in grades.items():
            if grade is None:
                sides.setdefault((True, 0), {})[level] = None
                continue
            for limit in self._standard.at_least(measured.quantity, grade):
                side = (limit.above, limit.mean_h)
                sides.setdefault(side, {})[level] = _reached_from(limit)
                remarks.setdefault(side, {})[level] = self._remark(grade)
        for (above, hours), limits in sides.items():
            signal = _mean(measured, hours)
            if signal is None:
                continue
            numbers = [abs(limit) for limit in limits.values() if limit is not None]
            yield Part(
                name=("above" if above else "below") + (f"{hours}h" if hours else ""),
                signal=signal,
                limits=limits,
                above=above,
                hysteresis=self.hysteresis_share * min(numbers, default=0.0),
                hold_us=self.hold,
                clear_hold_us=self.clear_hold,
                phrase=f"mean of {measured.quantity} in {hours} h" if hours else measured.quantity,
                unit=_unit(measured.quantity),
                remarks=remarks.get((above, hours), {}),
                multiples=self._standard.multiples,
            )

    def _by_share(
        self, measured: Measured, grades: Mapping[AlertLevel, str | None]
    ) -> Iterator[Part]:
        share = self.share or 1.0
        for level, grade in grades.items():
            for limit in self._standard.at_least(measured.quantity, grade) if grade else ():
                side = "above" if limit.above else "below"
                yield Part(
                    name=f"{side}-{level.text}",
                    signal=Share(_reached_from(limit), limit.above, self.window, _LEAST_SHARE),
                    limits={level: share},
                    above=True,
                    hysteresis=self.hysteresis_share * share,
                    hold_us=self.hold,
                    clear_hold_us=self.clear_hold,
                    phrase=f"share of {measured.quantity} {side} {limit.limit:g}"
                    f" {_unit(measured.quantity)}".rstrip(),
                    unit="",
                    remarks={level: self._remark(grade or "")},
                )

    def _remark(self, grade: str) -> str:
        return f"{grade} by {self._standard.title}"


def _reached_from(limit: GradeLimit) -> float:
    """Return the first value that counts: a limit may belong to the better grade."""
    if limit.closed:
        return limit.limit
    return math.nextafter(limit.limit, math.inf if limit.above else -math.inf)


def _mean(measured: Measured, hours: int) -> Signal | None:
    """Return the mean over some hours; a series of such means is taken as it is."""
    period_s = hours * _HOUR_S
    if not hours or measured.period_s == period_s:
        return Plain()
    if measured.period_s > period_s:
        return None
    return Window("mean", hours * _HOUR_US, _LEAST_SHARE)


def _unit(quantity: str) -> str:
    unit = quantities()[quantity].unit
    return "" if unit == "1" else unit
