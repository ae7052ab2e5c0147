"""Units of values as people write them: m, m², kW."""

import re
from typing import Final

import ifcopenshell
from ifcopenshell import entity_instance
from ifcopenshell.util import unit as library

from spatial.models.ifc import units
from spatial.models.ifc.attributes import text

_WORDS: Final = re.compile("Ifc|Measure|Non|Positive|Negative")
_POWERS: Final = str.maketrans("23", "²³")
_UNREADABLE: Final = "?"
_CANNOT_BE_READ: Final = (AttributeError, RuntimeError, TypeError, KeyError, RecursionError)


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
    try:
        symbol = library.get_unit_symbol(unit)
    except _CANNOT_BE_READ:
        symbol = _UNREADABLE
    if _UNREADABLE in symbol:
        return text(unit, "Name").lower() or None
    return symbol.translate(_POWERS)
