"""Examples that stand in a rule itself: what was read or seen, and what must come of it."""

from collections.abc import Iterable
from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import BeforeValidator, Field, FiniteFloat, ValidationInfo, field_validator

from alerts.rules.alert_level import LevelName
from alerts.rules.terms import RulePart
from alerts.rules.trial import Judged

_MINUTE_US = 60_000_000
_PAIR = 2

Minute = Annotated[FiniteFloat, Field(ge=-1e9, le=1e9)]
GradeName = Literal["good", "doubtful", "unreliable"]


class ExampleReading(NamedTuple):
    """One reading of an example.

    Attributes:
        minute: when.
        value: in the unit of the quantity.
        grade: of its quality.
    """

    minute: Minute
    value: FiniteFloat
    grade: GradeName = "good"


def _as_reading(written: object) -> object:
    if isinstance(written, list | tuple) and len(written) in (_PAIR, _PAIR + 1):
        return ExampleReading(*written)
    raise ValueError(
        f"reading {written!r}: expected [minute, value] or [minute, value, quality grade]"
    )


_Reading = Annotated[ExampleReading, BeforeValidator(_as_reading)]
Readings = Annotated[list[_Reading], Field(min_length=1)]


class Expectation(RulePart):
    """What must come of an example.

    Attributes:
        expect: the level that stands at its end, or ``none``.
        raises_at: the minute at which that level is first raised, holds included; None where the
            example does not say.
    """

    expect: LevelName | Literal["none"]
    raises_at: FiniteFloat | None = None

    @field_validator("raises_at")
    @classmethod
    def _is_of_a_level(cls, minute: float | None, info: ValidationInfo) -> float | None:
        if minute is not None and info.data.get("expect") == "none":
            raise ValueError(f"minute {minute:g}: expected none, for no level is to be raised")
        return minute

    def objection(self, raised_us: int | None) -> str:
        """Return what is wrong with the instant at which the level was raised, or nothing."""
        if self.raises_at is None or raised_us is None:
            return ""
        if raised_us == round(self.raises_at * _MINUTE_US):
            return ""
        return (
            f"expected {self.expect!r} from minute {self.raises_at:g} on, but the rule raises it "
            f"at minute {raised_us / _MINUTE_US:g}"
        )


class Example(Expectation):
    """A short series and the level that must stand after its last reading.

    Attributes:
        series: minute and value of each reading, and its quality grade where it is not good.
        properties: of the entity, where limits come from there.
    """

    series: Readings
    properties: dict[str, FiniteFloat] = Field(default_factory=dict)

    def judged(self) -> Judged:
        """Return its readings as rules take them."""
        return judged_readings(self.series)


def judged_readings(series: Iterable[ExampleReading]) -> Judged:
    """Return readings as rules take them."""
    kept = sorted(each for each in series if each.grade != "unreliable")
    minute = np.array([each.minute for each in kept], np.float64)
    return Judged(
        ts_us=(minute * _MINUTE_US).round().astype(np.int64),
        value=np.array([each.value for each in kept], np.float64),
        good=np.array([each.grade == "good" for each in kept], np.bool_),
    )


class ExampleEvent(NamedTuple):
    """One event of a camera in an example.

    Attributes:
        minute: when.
        topic: as the camera names it.
        state: ``begins``, ``ends``, or ``momentary`` where it says neither.
    """

    minute: Minute
    topic: str
    state: Literal["begins", "ends", "momentary"]


def _as_event(written: object) -> object:
    if isinstance(written, list | tuple) and len(written) == len(ExampleEvent._fields):
        return ExampleEvent(*written)
    raise ValueError(f"event {written!r}: expected [minute, topic, begins, ends or momentary]")


_Event = Annotated[ExampleEvent, BeforeValidator(_as_event)]


class VideoExample(Expectation):
    """Events of one camera that watches one area of the rule, and what must stand after them.

    Attributes:
        events: in the order of their times.
    """

    events: Annotated[list[_Event], Field(min_length=1)]
