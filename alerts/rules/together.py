"""The rule kind ``together``: conditions at things that belong together, joined by and, or, not."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, FiniteFloat, ValidationError, ValidationInfo, field_validator

from alerts.rules.alert_level import AlertLevel, LevelName
from alerts.rules.courses import NEVER
from alerts.rules.duration import Duration
from alerts.rules.example import Expectation, Readings, judged_readings
from alerts.rules.expression import Expression, parse
from alerts.rules.ladder import LadderRule
from alerts.rules.level import LevelRule
from alerts.rules.limits import Limit
from alerts.rules.part import Measured
from alerts.rules.quantity_rule import QuantityRule
from alerts.rules.rate import RateRule
from alerts.rules.spans import Spans, combined
from alerts.rules.terms import EntityClassCode, QuantityCode, RuleHead, RulePart, Words
from alerts.rules.trial import courses
from alerts.rules.window import WindowRule

_KINDS: dict[str, type[QuantityRule]] = {
    "level": LevelRule,
    "rate": RateRule,
    "window": WindowRule,
}
_LEVEL: LevelName = "blue"
_HEAD = {name for name, field in RuleHead.model_fields.items() if field.is_required()}
_OF_THE_RULE = ("at", "least", "fresh", "limit")


class Near(RulePart):
    """Things that are not farther away than this."""

    within_m: Annotated[FiniteFloat, Field(gt=0, le=100_000)]


Where = Literal["self", "upstream", "catchment", "grid_cell", "building"] | Near


class Condition(RulePart):
    """Something that must hold at things around, or must not.

    Attributes:
        kind: ``level``, ``rate`` or ``window``; their fields mean what they mean there.
        limit: at or beyond which it holds.
        at: at which things, seen from the one that is judged: itself, those upstream of it, in its
            catchment, its grid cell, its building, or within a distance.
        least: at how many of them it must hold.
        fresh: how old the newest reading of at least one of them may be for a ``not`` to be
            believed: what nobody measures is not so, it is unknown.
    """

    kind: Literal["level", "rate", "window"] = "level"
    quantity: QuantityCode
    direction: Literal["above", "below"]
    limit: Limit
    entity_classes: list[EntityClassCode] | None = None
    channel: str | None = None
    unit: str | None = None
    datum: str | None = None
    hysteresis: Annotated[FiniteFloat, Field(ge=0)] | None = None
    hold: Duration | None = None
    clear_hold: Duration | None = None
    over: Duration | None = None
    per: Duration | None = None
    statistic: Literal["sum", "mean", "max", "min"] | None = None
    window: Duration | None = None
    least_share: Annotated[FiniteFloat, Field(ge=0, le=1)] | None = None
    at: Where = "self"
    least: Annotated[int, Field(ge=1, le=1000)] = 1
    fresh: Duration = 2 * 3_600_000_000


class TogetherExample(Expectation):
    """Short series, one for each condition, and what must stand after them.

    Attributes:
        series: by the name of the condition; each at as many things as it needs.
        properties: of the things.
    """

    series: Annotated[dict[str, Readings], Field(min_length=1)]
    properties: dict[str, FiniteFloat] = Field(default_factory=dict)


class TogetherRule(RuleHead):
    """Raises at a thing while conditions at it and around it hold together.

    Attributes:
        kind: ``together``.
        entity_classes: of the things that are judged.
        level: what is raised.
        conditions: by name.
        when: which of them must hold: names with ``and``, ``or``, ``not`` and parentheses.
        examples: cases that are tried whenever the file is checked.
    """

    kind: Literal["together"]
    entity_classes: Annotated[list[EntityClassCode], Field(min_length=1)]
    level: LevelName
    conditions: Annotated[dict[str, Condition], Field(min_length=1)]
    when: Words
    examples: list[TogetherExample] = Field(default_factory=list)

    @field_validator("conditions")
    @classmethod
    def _are_rules(
        cls, conditions: dict[str, Condition], info: ValidationInfo
    ) -> dict[str, Condition]:
        if not info.data.keys() >= _HEAD:
            return conditions
        for name, condition in conditions.items():
            if not (name.isidentifier() and name.isascii() and name.islower()):
                raise ValueError(
                    f"condition {name!r}: expected a name of lower-case letters, digits and '_'"
                )
            try:
                _rule_of(name, condition, info.data)
            except ValidationError as error:
                told = "; ".join(
                    f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()
                )
                raise ValueError(f"condition {name!r}: {told}") from None
        return conditions

    @field_validator("when")
    @classmethod
    def _names_them(cls, when: str, info: ValidationInfo) -> str:
        known = info.data.get("conditions")
        expression = parse(when)
        if known is None:
            return when
        for name in expression.names:
            if name not in known:
                raise ValueError(f"condition {name!r}: expected one of {', '.join(known)}")
        left = [name for name in known if name not in expression.names]
        if left:
            raise ValueError(f"conditions {', '.join(left)}: expected all of them to be named")
        if expression.holds(dict.fromkeys(expression.names, False)):
            raise ValueError(f"{when!r}: expected something that does not hold where nothing does")
        return when

    @cached_property
    def expression(self) -> Expression:
        """What must hold together."""
        return parse(self.when)

    @property
    def alert_level(self) -> AlertLevel:
        """The level as a number."""
        return AlertLevel.named(self.level)

    @cached_property
    def condition_rules(self) -> Mapping[str, LadderRule]:
        """A rule for each condition, whose level stands while the condition holds."""
        head = self.model_dump(include=set(RuleHead.model_fields))
        return {
            name: _rule_of(name, condition, head | {"id": self.id})
            for name, condition in self.conditions.items()
        }

    def mistakes(self) -> Iterator[str]:
        """Yield a sentence for each example that does not come out as it says."""
        for number, example in enumerate(self.examples, start=1):
            strange = sorted(example.series.keys() - self.conditions.keys())
            if strange:
                yield f"example {number}: no condition is called {', '.join(strange)}"
                continue
            found = self._spans_of(example)
            level = self.level if found and found[-1].to_us == NEVER else "none"
            if level != example.expect:
                yield f"example {number}: expected {example.expect!r}, but the rule gives {level!r}"
            elif found and (why := example.objection(found[0].from_us)):
                yield f"example {number}: {why}"

    def _spans_of(self, example: TogetherExample) -> Spans:
        held: dict[str, Spans] = dict.fromkeys(self.conditions, ())
        for name, series in example.series.items():
            rule = self.condition_rules[name]
            measured = Measured(self.conditions[name].quantity, "", 0, example.properties)
            for part in rule.parts(measured):
                held[name] = courses(part, judged_readings(series))
        known = set(example.series)
        if self.expression.negated - known:
            return ()
        return combined(self.expression, held)


def _rule_of(name: str, condition: Condition, head: Mapping[str, object]) -> LadderRule:
    """Return the rule of a condition.

    Raises:
        ValidationError: a field that its kind does not have, or one that is missing.
    """
    told = condition.model_dump(exclude_none=True, exclude=set(_OF_THE_RULE))
    shared = {key: head[key] for key in RuleHead.model_fields if key in head}
    shared.pop("entity_classes", None)
    fields = {**shared, **told, "id": "condition", "levels": {_LEVEL: condition.limit}}
    rule = _KINDS[condition.kind].model_validate(fields)
    return rule.model_copy(update={"id": f"{head.get('id', '')}/{name}"})
