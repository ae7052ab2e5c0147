"""The versioned tables of the standards and of the project, read once."""

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import NamedTuple

from data.reference.identifiers import (
    Division,
    EntityClass,
    Gb28181Code,
    MajorClass,
    Scheme,
    division,
    divisions,
    entity_classes,
    gb28181_codes,
    major_classes,
    schemes,
)
from data.reference.tables import table_rows, table_text
from twin.quantities import QuantityTable
from twin.units import UnitTable

__all__ = [
    "AlertDomain",
    "Division",
    "EntityClass",
    "Gb28181Code",
    "LinkRule",
    "MajorClass",
    "RelationKind",
    "Scheme",
    "alert_domains",
    "division",
    "divisions",
    "entity_classes",
    "gb28181_codes",
    "link_rules",
    "major_classes",
    "quantities",
    "relation_kinds",
    "rules_folder",
    "schemes",
    "units",
]


class LinkRule(NamedTuple):
    """Which class a device's class can belong to, by which relation, found how, how near.

    ``method`` is one of ``inside``, ``nearest``, ``at`` and ``covers`` (``spatial.links.Method``).
    """

    sensor_class: str
    target_class: str
    relation: str
    method: str
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
    return QuantityTable.parse(table_text("quantities.csv").splitlines())


@cache
def units() -> UnitTable:
    """Return the table of units."""
    return UnitTable.parse(table_text("units.csv").splitlines())


@cache
def link_rules() -> tuple[LinkRule, ...]:
    """Return what each class of device can be linked to; the order is the order of preference.

    The first rule of a class says which link a device of it must have.
    """
    return tuple(
        LinkRule(sensor, target, relation, method, float(limit))
        for sensor, target, relation, method, limit in table_rows("link_classes.csv")
    )


@cache
def alert_domains() -> dict[str, AlertDomain]:
    """Return the domains of alerts by code."""
    return {row[0]: AlertDomain(*row) for row in table_rows("alert_domains.csv")}


@cache
def relation_kinds() -> dict[str, RelationKind]:
    """Return the kinds of relation by code."""
    return {row[0]: RelationKind(*row) for row in table_rows("relation_kinds.csv")}
