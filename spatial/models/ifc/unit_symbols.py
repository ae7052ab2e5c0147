"""Units of values as people write them: m, m², kW."""

import csv
import re
from functools import cache
from importlib import resources
from typing import Final

import ifcopenshell
from ifcopenshell import entity_instance
from ifcopenshell.util import unit as library

from spatial.models.ifc import units
from spatial.models.ifc.attributes import belongs, many, one, text, value

_WORDS: Final = re.compile("Ifc|Measure|Non|Positive|Negative")
_POWERS: Final = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class Symbols:
    """Knows the symbols of a model's units."""

    def __init__(self, file: ifcopenshell.file) -> None:
        self._project = units.project_units(file)
        self._known: dict[int, str | None] = {}
        self._types: dict[str, str] = {}

    def of(self, unit: entity_instance | None, otherwise: str | None) -> str | None:
        """Return the symbol of a unit, or of the project's unit of a type where there is none.

        Args:
            unit: said of the value itself.
            otherwise: type of unit, ``LENGTHUNIT``; None where the value has no unit.
        """
        chosen = unit if unit is not None else self._project.get(otherwise or "")
        if chosen is None:
            return None
        number = chosen.id()
        if number not in self._known:
            self._known[number] = _symbol(chosen)
        return self._known[number]

    def unit_of_measure(self, measure: str) -> str:
        """Return the type of the unit of a measure: ``LENGTHUNIT`` of ``IfcLengthMeasure``."""
        if measure not in self._types:
            self._types[measure] = _WORDS.sub("", measure).upper() + "UNIT"
        return self._types[measure]


def _symbol(unit: entity_instance) -> str | None:
    if belongs(unit, "IfcDerivedUnit"):
        return _derived(unit) or text(unit, "Name") or None
    return _named(unit)


def _named(unit: entity_instance) -> str | None:
    name = text(unit, "Name")
    if belongs(unit, "IfcSIUnit"):
        symbol = _si_symbols().get(name)
        return symbol and library.prefix_symbols.get(text(unit, "Prefix"), "") + symbol
    known: str = library.unit_symbols.get(name.lower(), "")
    return known.translate(_POWERS) or name.lower() or None


def _derived(unit: entity_instance) -> str | None:
    """Return the product of the units that a unit is derived from: ``W/(m²·K)``."""
    above: list[str] = []
    below: list[str] = []
    for element in many(unit, "Elements"):
        of, exponent = one(element, "Unit"), value(element, "Exponent")
        symbol = _named(of) if of is not None else None
        if symbol is None or not isinstance(exponent, int) or exponent == 0:
            return None
        (above if exponent > 0 else below).append(_power(symbol, abs(exponent)))
    if not below:
        return "·".join(above) or None
    divisor = below[0] if len(below) == 1 else f"({'·'.join(below)})"
    return f"{'·'.join(above) or '1'}/{divisor}"


def _power(symbol: str, exponent: int) -> str:
    if exponent == 1:
        return symbol
    base = symbol if symbol.isalpha() else f"({symbol})"
    return base + str(exponent).translate(_POWERS)


@cache
def _si_symbols() -> dict[str, str]:
    table = (resources.files(__package__) / "si_symbols.csv").read_text(encoding="utf-8")
    return {row["name"]: row["symbol"] for row in csv.DictReader(table.splitlines())}
