"""Which readings each rule in force needs before anybody may say that a thing is clear."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from alerts.rules import LadderRule, Rule
from alerts.rules.grade import GradeRule, WorseThanTarget
from alerts.rules.limits import PropertyLimit
from alerts.rules.quantity_rule import QuantityRule
from alerts.rules.schedule import ScheduleRule
from alerts.rules.silence import SilenceRule
from alerts.rules.together import TogetherRule
from twin.model import Mode


class Need(NamedTuple):
    """One quantity that a rule needs at things, or that their devices be known.

    Attributes:
        rule: its id.
        domain: of the rule.
        classes: of the things that it is for; None for any thing that has such a series.
        quantity: of the series; None where the state of a device is needed.
        channel: of the series; None for any.
        datum: of the series; None for any.
        limits: properties, one of which a thing must have for any limit to be in force there;
            None where a limit is a number.
    """

    rule: str
    domain: str
    classes: list[str] | None
    quantity: str | None
    channel: str | None = None
    datum: str | None = None
    limits: list[str] | None = None


def needs_of(rules: Iterable[Rule]) -> list[Need]:
    """Return what the rules need that judge the real city.

    What cameras see, jumps, and conditions elsewhere than at the thing itself need nothing: such
    rules raise levels, and say nothing of a thing that is clear.
    """
    return [need for rule in rules if rule.judges(Mode.ACTUAL) for need in _needs(rule)]


def _needs(rule: Rule) -> Iterator[Need]:
    if isinstance(rule, SilenceRule):
        yield Need(rule.id, rule.domain, rule.entity_classes, None)
    elif isinstance(rule, TogetherRule):
        for name in sorted(rule.conditions):
            condition = rule.conditions[name]
            if condition.at == "self":
                yield Need(
                    rule.id,
                    rule.domain,
                    rule.entity_classes,
                    condition.quantity,
                    condition.channel,
                    condition.datum,
                )
    elif isinstance(rule, LadderRule):
        for quantity in sorted(rule.watched):
            yield Need(
                rule.id,
                rule.domain,
                rule.entity_classes,
                quantity,
                rule.channel,
                rule.datum,
                _limits(rule),
            )


def _limits(rule: LadderRule) -> list[str] | None:
    """Return the properties that limits are; None where one of them is a number."""
    if isinstance(rule, GradeRule):
        relative = all(isinstance(wanted, WorseThanTarget) for wanted in rule.levels.values())
        return [rule.target] if relative and rule.target else None
    levels = [rule.levels] if isinstance(rule, QuantityRule) else []
    if isinstance(rule, ScheduleRule):
        levels = [hours.levels for hours in rule.hours]
    found = [limit for each in levels for limit in each.values()]
    own = [limit.property for limit in found if isinstance(limit, PropertyLimit)]
    return own if own and len(own) == len(found) else None
