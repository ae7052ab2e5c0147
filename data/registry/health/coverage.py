"""How much of the register has what it should have, against a target of all of it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, LiteralString, NamedTuple

import psycopg
from psycopg.sql import SQL, Composed, Identifier

from data.reference import entity_classes
from data.registry.health.check import Check
from data.registry.health.meaning import MEANING
from data.registry.health.placing import PLACING
from data.registry.health.running import parameters
from data.registry.health.tending import TENDING
from data.registry.recording import srid_of

GROUPINGS = ("class", "sub_district")


class Measure(NamedTuple):
    """How many have something, of how many that should."""

    id: str
    of: int
    have: int

    @property
    def missing(self) -> int:
        """How many are left to do."""
        return self.of - self.have

    @property
    def share(self) -> float | None:
        """From 0 to 1; None where there is nothing that should have it."""
        return self.have / self.of if self.of else None

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return self._asdict() | {"missing": self.missing, "share": self.share}


class Coverage(NamedTuple):
    """What the entities in use of a group have; of the whole register, ``group`` is None.

    The group of what lies in no sub-district is empty.
    """

    group: str | None
    name: str
    entities: int
    measures: Sequence[Measure]

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return self._asdict() | {"measures": [measure.as_dict() for measure in self.measures]}


class _Rule(NamedTuple):
    """What is measured: the findings of a check, among those to whom a condition applies."""

    id: str
    check: str
    applies: LiteralString


_RULES = (
    _Rule("place", "no-place", "e.class_code <> ALL (%(placeless)s)"),
    _Rule("steward", "no-steward", "true"),
    _Rule("owner", "no-owner", "true"),
    _Rule(
        "link",
        "device-without-entity",
        "e.class_code = ANY (%(devices)s) AND e.stage = 'in use'",
    ),
    _Rule("model", "project-without-model", "e.class_code = '8703'"),
)
MEASURES = tuple(rule.id for rule in _RULES)

_COVERAGE = SQL("""
    WITH {lacking}
    SELECT GROUPING (grouped.key) = 1, grouped.key,
           (SELECT name FROM entity WHERE code = nullif(grouped.key, '')::int8), count(*), {counts}
    FROM entity e LEFT JOIN entity_place p ON p.code = e.code
    CROSS JOIN LATERAL (SELECT coalesce({key}, '')) AS grouped (key)
    {joins}
    WHERE NOT e.retired GROUP BY GROUPING SETS ((), (grouped.key)) HAVING {wanted}
    ORDER BY 1 DESC, 2""")
_KEYS: dict[str | None, SQL] = {
    None: SQL("''::text"),
    "class": SQL("e.class_code::text"),
    "sub_district": SQL("p.sub_district::text"),
}


def coverage(
    connection: psycopg.Connection[tuple[Any, ...]], by: str | None = None
) -> list[Coverage]:
    """Return the coverage of the whole register, and then of each group of ``GROUPINGS``."""
    asked = parameters(srid_of(connection), sample=0)
    return list(coverage_of(connection.execute(coverage_statement(by), asked)))


def coverage_statement(by: str | None = None) -> Composed:
    """Return the query whose rows ``coverage_of`` reads; it needs ``parameters``."""
    checks = {check.id: check for check in (*PLACING, *MEANING, *TENDING)}
    return _COVERAGE.format(
        lacking=SQL(", ").join(_lacking(rule, checks[rule.check]) for rule in _RULES),
        joins=SQL(" ").join(_join(rule) for rule in _RULES),
        counts=SQL(", ").join(_counts(rule) for rule in _RULES),
        key=_KEYS[by],
        wanted=SQL("GROUPING (grouped.key) = 1") if by is None else SQL("true"),
    )


def coverage_of(rows: Iterable[tuple[Any, ...]]) -> Iterator[Coverage]:
    """Yield what the rows of ``coverage_statement`` say."""
    classes = entity_classes()
    for whole, key, name, entities, *counts in rows:
        found = zip(MEASURES, counts[::2], counts[1::2], strict=True)
        measures = [Measure(rule, of, of - missing) for rule, of, missing in found]
        called = classes[key].name_zh if key in classes else name or ""
        yield Coverage(None if whole else key, "" if whole else called, entities, measures)


def _lacking(rule: _Rule, check: Check) -> Composed:
    return SQL("{} AS MATERIALIZED (SELECT DISTINCT code FROM ({}) AS found)").format(
        Identifier(f"no_{rule.id}"), SQL(check.query)
    )


def _join(rule: _Rule) -> Composed:
    return SQL("LEFT JOIN {lacking} ON {lacking}.code = e.code").format(
        lacking=Identifier(f"no_{rule.id}")
    )


def _counts(rule: _Rule) -> Composed:
    return SQL(
        "count(*) FILTER (WHERE {applies}),"
        " count(*) FILTER (WHERE {applies} AND {lacking}.code IS NOT NULL)"
    ).format(applies=SQL(rule.applies), lacking=Identifier(f"no_{rule.id}"))
