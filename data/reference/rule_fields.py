"""The fields of city life that rules are to cover, and the kinds of rule that each one asks for."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from data.reference.tables import table_rows


class RuleField(NamedTuple):
    """One row of ``rule_fields.csv``.

    Attributes:
        code: what rules name in ``field``.
        domain: a row of ``alert_domains.csv``.
        name_en: for people.
        name_zh: the same in Chinese.
        kinds: of rules that it needs to be covered.
        expected: what the rules are to find.
    """

    code: str
    domain: str
    name_en: str
    name_zh: str
    kinds: frozenset[str]
    expected: str


@cache
def rule_fields() -> Mapping[str, RuleField]:
    """Return the fields by code, in the order of the table."""
    rows = (
        RuleField(code, domain, name_en, name_zh, frozenset(kinds.split("|")), expected)
        for code, domain, name_en, name_zh, kinds, expected in table_rows("rule_fields.csv")
    )
    return MappingProxyType({row.code: row for row in rows})
