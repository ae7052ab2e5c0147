"""The rules as a page of Markdown: limits, sources, how sure they are, and what is missing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from alerts.rule_coverage import Covered, coverage, kinds
from alerts.rules import LadderRule, RateRule, Rule, VideoRule, WindowRule
from alerts.rules.alert_level import LevelName
from alerts.rules.duration import format_duration
from alerts.rules.extreme import ExtremeRule
from alerts.rules.grade import GradeRule, WorseThanTarget
from alerts.rules.limits import PropertyLimit
from alerts.rules.quantity_rule import QuantityRule
from alerts.rules.schedule import HoursLimits, ScheduleRule
from alerts.rules.silence import SilenceRule
from alerts.rules.together import Condition, Near, TogetherRule
from data.reference import alert_domains, entity_classes

_HEAD = """\
# The rule set

The rules that ship with CityTwin, as they stand in `data/reference/rules/`.
This page is the output of `twin rules list --markdown`; a test keeps it so.

`standard` is a number of a standard, `practice` one that is used somewhere, `project default` one
that we chose: look at it before you rely on it. A limit written as a name is a property that each
entity has of its own; where it lacks the property, nothing is judged. Every rule has examples in
its file: a series that raises at a stated minute, one that stays just below, one of bad quality
that must not raise.

"""
_COLUMNS = ("field", "rule", "what", "limits", "for", "classes", "standing", "source")


def as_markdown(rules: Iterable[Rule]) -> str:
    """Return the page: a table for each domain, then which fields are covered."""
    told = tuple(rules)
    parts = [_HEAD]
    for domain in alert_domains().values():
        mine = [rule for rule in told if rule.domain == domain.code]
        if mine:
            parts.append(f"## {domain.name_en[0].upper()}{domain.name_en[1:]} {domain.name_zh}\n\n")
            parts.append(_table(_COLUMNS, map(_row, sorted(mine, key=_by_field))))
    parts.append("## Coverage\n\n")
    parts.append("How many rules of each kind a field has; **empty** where it asks for one.\n\n")
    parts.append(_coverage_table(coverage(told)))
    return "".join(parts).rstrip("\n") + "\n"


def limits_of(rule: Rule) -> str:
    """Return what a rule raises where, e.g. ``depth ≥ yellow 0.15, red 0.4 m``."""
    if isinstance(rule, QuantityRule):
        sign = _sign(above=rule.above)
        return f"{_subject(rule)} {sign} {_levels(rule.levels)} {rule.amount_unit}".rstrip()
    if isinstance(rule, ScheduleRule):
        sign = _sign(above=rule.above)
        return "; ".join(f"{rule.quantity} {sign} {_hours(each, rule)}" for each in rule.hours)
    if isinstance(rule, GradeRule):
        levels = ", ".join(f"{name} {_grade(wanted)}" for name, wanted in rule.levels.items())
        return f"{rule.standard}: {levels}"
    if isinstance(rule, SilenceRule):
        levels = ", ".join(f"{name} {format_duration(us)}" for name, us in rule.levels.items())
        return f"{', '.join(rule.states)}: {levels}"
    if isinstance(rule, TogetherRule):
        named = "; ".join(f"{name}: {_condition(each)}" for name, each in rule.conditions.items())
        return f"{rule.level}: {rule.when} ({named})"
    return _limits_elsewhere(rule)


def _limits_elsewhere(rule: VideoRule | ExtremeRule) -> str:
    if isinstance(rule, ExtremeRule):
        near = f"or within {rule.neighbours_m:g} m, " if rule.neighbours_m else ""
        return f"{rule.level}: a jump beyond any limit; {near}{rule.within_intervals} intervals"
    return f"{rule.level}: {', '.join(rule.topics)}"


def _sign(*, above: bool) -> str:
    return "≥" if above else "≤"


def _condition(condition: Condition) -> str:
    at = condition.at
    where = f"within {at.within_m:g} m" if isinstance(at, Near) else at.replace("_", " ")
    sign = _sign(above=condition.direction == "above")
    return f"{condition.quantity} {sign} {_limit(condition.limit)}, {where}"


def _levels(levels: Mapping[LevelName, float | PropertyLimit]) -> str:
    return ", ".join(f"{name} {_limit(limit)}" for name, limit in levels.items())


def _hours(hours: HoursLimits, rule: ScheduleRule) -> str:
    return f"{_levels(hours.levels)} {rule.amount_unit} ({hours.name})"


def _grade(wanted: str | WorseThanTarget) -> str:
    return wanted if isinstance(wanted, str) else f"{wanted.worse_by} worse than the target"


def _subject(rule: QuantityRule) -> str:
    if isinstance(rule, WindowRule):
        return f"{rule.statistic} of {rule.quantity} in {format_duration(rule.window)}"
    if isinstance(rule, RateRule):
        over, per = format_duration(rule.over), format_duration(rule.per or rule.over)
        return f"change of {rule.quantity} over {over} per {per}"
    return rule.quantity


def _limit(limit: float | PropertyLimit) -> str:
    return f"`{limit.property}`" if isinstance(limit, PropertyLimit) else f"{limit:g}"


def _by_field(rule: Rule) -> tuple[str, str]:
    return rule.field or "", rule.id


def _row(rule: Rule) -> tuple[str, ...]:
    hold = rule.hold if isinstance(rule, LadderRule) else 0
    classes = [entity_classes()[code].name_en for code in rule.entity_classes or []]
    return (
        rule.field or "",
        f"`{rule.id}` {rule.version}",
        f"{rule.title_en} {rule.title_zh}",
        limits_of(rule),
        format_duration(hold) if hold else "",
        ", ".join(classes) or "any",
        rule.standing,
        rule.source,
    )


def _coverage_table(rows: Sequence[Covered]) -> str:
    columns = ("domain", "field", "expected", *kinds())
    return _table(
        columns,
        (
            (
                row.field.domain,
                f"`{row.field.code}` {row.field.name_en} {row.field.name_zh}",
                row.field.expected,
                *(row.cell(kind).replace("EMPTY", "**empty**") for kind in kinds()),
            )
            for row in rows
        ),
    )


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "".join(_lines(columns, rows)) + "\n"


def _lines(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    for cells in (columns, ["---"] * len(columns), *rows):
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"
