"""Which limits of a rule are a thing's own: the property that each is taken from."""

from collections.abc import Iterable

from alerts.rules import AlertLevel, LadderRule
from alerts.rules.grade import GradeRule
from alerts.rules.limits import PropertyLimit
from alerts.rules.part import Part
from alerts.rules.quantity_rule import QuantityRule
from alerts.rules.schedule import ScheduleRule


def own_property(rule: LadderRule, part: Part, level: AlertLevel) -> str | None:
    """Return the property that a limit, or the grade that it stands for, comes from, if any."""
    for name, limit in _written(rule, part):
        if name == level.text:
            if isinstance(rule, GradeRule):
                return None if isinstance(limit, str) else rule.target
            return limit.property if isinstance(limit, PropertyLimit) else None
    return None


def _written(rule: LadderRule, part: Part) -> Iterable[tuple[str, object]]:
    """Return the limits of levels as the rule has them."""
    if isinstance(rule, QuantityRule | GradeRule):
        return rule.levels.items()
    if isinstance(rule, ScheduleRule):
        return next(each.levels for each in rule.hours if each.name == part.name).items()
    return ()
