"""What people report: classes of finds, and which alerts of rules mean the same thing."""

from functools import cache
from typing import NamedTuple

from data.reference.tables import table_rows

_PREFIX = "case-"


class CaseClass(NamedTuple):
    """One row of ``case_classes.csv``.

    Attributes:
        code: of the class.
        domain: a row of ``alert_domains.csv``.
        level: that a find has where its reporter names none.
        title_zh: what was found, for people.
        title_en: the same.
        entity_classes: four digits, or two for a major class: what it can be about.
        near_m: how far off such a thing may be, and how near each other two finds are one; metres.
        rules: those whose alerts mean the same thing.
        quantities: those whose alerts do.
        classes: other classes of finds that do.
        status: how sure the row is.
        source: where it comes from.
    """

    code: str
    domain: str
    level: str
    title_zh: str
    title_en: str
    entity_classes: tuple[str, ...]
    near_m: float
    rules: tuple[str, ...]
    quantities: tuple[str, ...]
    classes: tuple[str, ...]
    status: str
    source: str

    @property
    def rule(self) -> str:
        """The id that its alerts have in place of a rule's."""
        return _PREFIX + self.code

    @property
    def same_rules(self) -> list[str]:
        """The ids of the rules and classes whose alerts mean the same thing, its own first."""
        return [self.rule, *(_PREFIX + other for other in self.classes), *self.rules]


@cache
def case_classes() -> dict[str, CaseClass]:
    """Return the classes of finds by code."""
    return {row[0]: _read(row) for row in table_rows("case_classes.csv")}


def case_class_of_rule(rule: str) -> CaseClass | None:
    """Return the class whose alerts have this in place of a rule's id."""
    return case_classes().get(rule.removeprefix(_PREFIX)) if rule.startswith(_PREFIX) else None


def _read(row: list[str]) -> CaseClass:
    code, domain, level, title_zh, title_en, entities, near, rules, names, same, *rest = row
    return CaseClass(
        code,
        domain,
        level,
        title_zh,
        title_en,
        tuple(entities.split()),
        float(near),
        tuple(rules.split()),
        tuple(names.split()),
        tuple(same.split()),
        *rest,
    )
