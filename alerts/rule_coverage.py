"""Which fields of city life rules cover, and with which kinds of rule: the empty cells show."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from alerts.rules import KINDS, Rule
from data.reference.rule_fields import RuleField, rule_fields


class Covered(NamedTuple):
    """One field and the rules that name it.

    Attributes:
        field: the row of ``rule_fields.csv``.
        rules: ids by kind of rule.
    """

    field: RuleField
    rules: Mapping[str, tuple[str, ...]]

    @property
    def empty(self) -> tuple[str, ...]:
        """The kinds that the field asks for and no rule has."""
        return tuple(kind for kind in kinds() if kind in self.field.kinds and not self.rules[kind])

    def cell(self, kind: str) -> str:
        """Return how many rules of a kind there are; ``EMPTY`` where one is missing."""
        count = len(self.rules[kind])
        return str(count) if count else "EMPTY" if kind in self.field.kinds else ""


def kinds() -> tuple[str, ...]:
    """Return the kinds of rule, and behind them those that fields ask for and nobody has made."""
    asked = sorted({kind for row in rule_fields().values() for kind in row.kinds})
    return tuple(dict.fromkeys([*KINDS, *asked]))


def coverage(rules: Iterable[Rule]) -> tuple[Covered, ...]:
    """Return what rules cover, in the order of ``rule_fields.csv``."""
    found: dict[str, dict[str, list[str]]] = {
        code: {kind: [] for kind in kinds()} for code in rule_fields()
    }
    for rule in rules:
        if rule.field is not None:
            found[rule.field][rule.kind].append(rule.id)
    return tuple(
        Covered(row, {kind: tuple(ids) for kind, ids in found[code].items()})
        for code, row in rule_fields().items()
    )


def without_field(rules: Iterable[Rule]) -> tuple[str, ...]:
    """Return the ids of rules that name no field."""
    return tuple(rule.id for rule in rules if rule.field is None)
