"""The rule kind ``silence``: a device that has been silent, or otherwise unwell, for a time."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated, Literal, NamedTuple

from pydantic import BeforeValidator, Field, FiniteFloat, field_validator

from alerts.rules.alert_level import AlertLevel, LevelName
from alerts.rules.duration import Duration
from alerts.rules.example import Expectation
from alerts.rules.terms import RuleHead

_MINUTE_US = 60_000_000
_PAIR = 2

StateName = Literal["silent", "late", "faulty", "throttled", "clock wrong"]


class ExampleState(NamedTuple):
    """How a device was found, and from which minute on."""

    minute: FiniteFloat
    state: StateName | Literal["online", "unknown"]


def _as_state(written: object) -> object:
    if isinstance(written, list | tuple) and len(written) == _PAIR:
        return ExampleState(*written)
    raise ValueError(f"state {written!r}: expected [minute, state]")


_State = Annotated[ExampleState, BeforeValidator(_as_state)]


class SilenceExample(Expectation):
    """How one device was, and what must stand at the end.

    Attributes:
        states: in the order of their times.
        until: the minute at which one looks.
    """

    states: Annotated[list[_State], Field(min_length=1)]
    until: FiniteFloat


class SilenceRule(RuleHead):
    """Raises at a device that has been in one of some states for a time.

    Attributes:
        kind: ``silence``.
        entity_classes: of the devices.
        states: of docs/devices.md; ``silent`` is not heard for three of its intervals.
        levels: how long it must have been so, for each level.
        examples: cases that are tried whenever the file is checked.
    """

    kind: Literal["silence"]
    states: Annotated[list[StateName], Field(min_length=1, default_factory=lambda: ["silent"])]
    levels: Annotated[dict[LevelName, Duration], Field(min_length=1)]
    examples: list[SilenceExample] = Field(default_factory=list)

    @field_validator("levels")
    @classmethod
    def _grow(cls, levels: dict[LevelName, int]) -> dict[LevelName, int]:
        ordered = {name: levels[name] for name in sorted(levels, key=AlertLevel.named)}
        if any(longer <= shorter for shorter, longer in pairwise(ordered.values())):
            raise ValueError(f"levels {', '.join(ordered)}: expected times that grow")
        return ordered

    def level_after(self, lasted_us: int) -> tuple[AlertLevel, int] | None:
        """Return the level of a device that has been so for a time, and the time that it takes."""
        reached = [
            (AlertLevel.named(name), takes_us)
            for name, takes_us in self.levels.items()
            if takes_us <= lasted_us
        ]
        return reached[-1] if reached else None

    def mistakes(self) -> Iterator[str]:
        """Yield a sentence for each example that does not come out as it says."""
        for number, example in enumerate(self.examples, start=1):
            found = self._found(example)
            level = "none" if found is None else found[0].text
            if level != example.expect:
                yield f"example {number}: expected {example.expect!r}, but the rule gives {level!r}"
            elif found is not None and (why := example.objection(found[1])):
                yield f"example {number}: {why}"

    def _found(self, example: SilenceExample) -> tuple[AlertLevel, int] | None:
        """Return the level at the end of an example, and the instant at which it was raised."""
        begin, state = max(example.states, key=lambda each: each.minute)
        if state not in self.states:
            return None
        reached = self.level_after(round((example.until - begin) * _MINUTE_US))
        if reached is None:
            return None
        return reached[0], round(begin * _MINUTE_US) + reached[1]
