"""The rule kind ``extreme``: a jump beyond a limit that nothing confirms yet; check the sensor."""

from collections.abc import Iterator
from math import nan
from typing import Annotated, Literal, NamedTuple

from pydantic import BeforeValidator, Field, FiniteFloat

from alerts.rules.alert_level import AlertLevel, LevelName
from alerts.rules.example import Expectation
from alerts.rules.jump import Jump, Said
from alerts.rules.terms import RuleHead

_MINUTE_US = 60_000_000
_PAIR = 2

Standing = Literal["good", "doubtful", "jumped", "unreliable"]


class ExtremeReading(NamedTuple):
    """One reading of an example.

    Attributes:
        minute: when.
        value: of a quantity.
        grade: of its quality; ``jumped`` is unreliable by the checks of changes alone.
    """

    minute: FiniteFloat
    value: FiniteFloat
    grade: Standing = "good"


def _as_reading(written: object) -> object:
    if isinstance(written, list | tuple) and len(written) in (_PAIR, _PAIR + 1):
        return ExtremeReading(*written)
    raise ValueError(f"reading {written!r}: expected [minute, value] or [minute, value, grade]")


_Reading = Annotated[ExtremeReading, BeforeValidator(_as_reading)]


class ExtremeExample(Expectation):
    """A short series under some rule's limit, and what must stand at its end.

    Attributes:
        series: in the order of their times.
        limit: of that rule, for high values.
    """

    series: Annotated[list[_Reading], Field(min_length=1)]
    limit: FiniteFloat


class ExtremeRule(RuleHead):
    """Raises where a reading jumped beyond a limit of any rule and nothing confirms it yet.

    Attributes:
        kind: ``extreme``.
        level: what is raised; it should be below what rules raise themselves.
        within_intervals: for how many intervals of its device a jump may be confirmed.
        neighbours_m: how far away another series of the quantity may stand to confirm it.
        sound_readings: how many readings in a row that do not confirm it clear the alert.
        examples: cases that are tried whenever the file is checked.
    """

    kind: Literal["extreme"]
    level: LevelName
    within_intervals: Annotated[int, Field(ge=1, le=100)] = 3
    neighbours_m: Annotated[FiniteFloat, Field(ge=0, le=10_000)] = 500.0
    sound_readings: Annotated[int, Field(ge=1, le=100)] = 2
    examples: list[ExtremeExample] = Field(default_factory=list)

    @property
    def alert_level(self) -> AlertLevel:
        """The level as a number."""
        return AlertLevel.named(self.level)

    def mistakes(self) -> Iterator[str]:
        """Yield a sentence for each example that does not come out as it says."""
        for number, example in enumerate(self.examples, start=1):
            raised, raised_us = self._tried(example)
            found = self.level if raised else "none"
            if found != example.expect:
                yield f"example {number}: expected {example.expect!r}, but the rule gives {found!r}"
            elif why := example.objection(raised_us):
                yield f"example {number}: {why}"

    def _tried(self, example: ExtremeExample) -> tuple[bool, int | None]:
        """Return whether it stands at the end of an example, and when it was first raised."""
        jump: Jump | None = None
        raised_us: int | None = None
        before = last_us = None
        for minute, value, grade in sorted(example.series):
            ts_us = round(minute * _MINUTE_US)
            if grade == "jumped" and value >= example.limit:
                gap_us = 0 if last_us is None else ts_us - last_us
                until_us = ts_us + self.within_intervals * gap_us
                earlier = nan if before is None else before
                jump = Jump(ts_us, value, earlier, until_us, example.limit, above=True)
                raised_us = ts_us if raised_us is None else raised_us
            elif grade in ("good", "doubtful"):
                jump = self._after(jump, ts_us, value)
                before = value
            last_us = ts_us
        return jump is not None, raised_us

    def _after(self, jump: Jump | None, ts_us: int, value: float) -> Jump | None:
        left, said = (
            (jump, Said.NOTHING) if jump is None else jump.next(ts_us, value, self.sound_readings)
        )
        return left if said is Said.NOTHING else None
