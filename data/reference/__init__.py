"""The versioned tables of the standards and of the project, read once."""

import csv
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import NamedTuple

from twin.quantities import QuantityTable


class EntityClass(NamedTuple):
    """One row of ``classes.csv``; ``role`` is thing, area, device or camera."""

    code: str
    name_en: str
    name_zh: str
    role: str
    status: str
    source: str


class LinkRule(NamedTuple):
    """Which class a sensor's class can belong to, by which relation, how near (metres)."""

    sensor_class: str
    target_class: str
    relation: str
    max_distance_m: float


class AlertDomain(NamedTuple):
    """One row of ``alert_domains.csv``."""

    code: str
    name_en: str
    name_zh: str


class RelationKind(NamedTuple):
    """One row of ``relation_kinds.csv``."""

    kind: str
    name_en: str
    name_zh: str
    meaning: str


def rules_folder() -> Traversable:
    """Return the folder of the rule files that ship with the project."""
    return files(__name__) / "rules"


@cache
def quantities() -> QuantityTable:
    """Return the table of quantities."""
    return QuantityTable.parse(_text("quantities.csv").splitlines())


@cache
def entity_classes() -> dict[str, EntityClass]:
    """Return the classes of entities by their four digits."""
    return {row[0]: EntityClass(*row) for row in _rows("classes.csv")}


@cache
def link_rules() -> tuple[LinkRule, ...]:
    """Return what each class of sensor can be linked to; the order is the order of preference."""
    return tuple(LinkRule(a, b, c, float(d)) for a, b, c, d in _rows("link_classes.csv"))


@cache
def alert_domains() -> dict[str, AlertDomain]:
    """Return the domains of alerts by code."""
    return {row[0]: AlertDomain(*row) for row in _rows("alert_domains.csv")}


@cache
def relation_kinds() -> dict[str, RelationKind]:
    """Return the kinds of relation by code."""
    return {row[0]: RelationKind(*row) for row in _rows("relation_kinds.csv")}


def _text(name: str) -> str:
    return (files(__name__) / name).read_text(encoding="utf-8")


def _rows(name: str) -> Iterator[list[str]]:
    lines = csv.reader(_text(name).splitlines())
    next(lines)
    return lines
