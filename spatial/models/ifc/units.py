"""Units of a model in SI, and how they are written."""

from collections.abc import Mapping
from typing import Final

import ifcopenshell
from ifcopenshell import entity_instance

from spatial.models.ifc.attributes import belongs, many, number, one, plain, text, value

PREFIXES: Final[Mapping[str, float]] = {
    "EXA": 1e18,
    "PETA": 1e15,
    "TERA": 1e12,
    "GIGA": 1e9,
    "MEGA": 1e6,
    "KILO": 1e3,
    "HECTO": 1e2,
    "DECA": 1e1,
    "DECI": 1e-1,
    "CENTI": 1e-2,
    "MILLI": 1e-3,
    "MICRO": 1e-6,
    "NANO": 1e-9,
    "PICO": 1e-12,
    "FEMTO": 1e-15,
    "ATTO": 1e-18,
}
"""ISO 16739-1, IfcSIPrefix."""
_DEEPEST = 8


def project_units(file: ifcopenshell.file) -> dict[str, entity_instance]:
    """Return the project's units by their type, ``LENGTHUNIT`` and so on."""
    found: dict[str, entity_instance] = {}
    for project in file.by_type("IfcProject"):
        assignment = one(project, "UnitsInContext")
        for unit in many(assignment, "Units") if assignment else ():
            found.setdefault(text(unit, "UnitType"), unit)
    return found


def scale(unit: entity_instance | None, depth: int = _DEEPEST) -> float | None:
    """Return how much one unit of length or angle is in metres or radians.

    None where there is none, or where a file says one that is not positive or leads in a circle.
    """
    if unit is None or depth == 0:
        return None
    if belongs(unit, "IfcSIUnit"):
        return PREFIXES.get(text(unit, "Prefix"), 1.0)
    factor = one(unit, "ConversionFactor")
    if factor is None:
        return None
    base = scale(one(factor, "UnitComponent"), depth - 1)
    times = number(plain(value(factor, "ValueComponent")))
    return base * times if base and times and times > 0 else None
