"""Units of measurement, and how one becomes another."""

import csv
import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple, Self


class UnknownUnitError(ValueError):
    """A unit that the table does not have, or one of another kind. Say which it is, or add it."""


class Unit(NamedTuple):
    """One row of ``data/reference/units.csv``: ``value * factor + offset`` is in ``base``."""

    code: str
    base: str
    factor: float
    offset: float


class UnitTable:
    """Units by code and by every other way of writing them."""

    def __init__(self, units: Iterable[Unit], aliases: Mapping[str, str]) -> None:
        self._units = {unit.code: unit for unit in units}
        self._aliases = dict(aliases)

    @classmethod
    def parse(cls, lines: Iterable[str]) -> Self:
        """Read the CSV form: unit, base, factor, offset, and other spellings between spaces."""
        units: list[Unit] = []
        aliases: dict[str, str] = {}
        for row in csv.DictReader(lines):
            units.append(
                Unit(row["unit"], row["base"], float(row["factor"]), float(row["offset"] or 0))
            )
            aliases |= dict.fromkeys(row["spellings"].split(), row["unit"])
        return cls(units, aliases)

    def canonical(self, unit: str) -> str:
        """Return the code of a unit however it is written; an unknown one as it is."""
        stripped = unit.strip()
        return stripped if stripped in self._units else self._aliases.get(stripped, stripped)

    def knows(self, unit: str) -> bool:
        """Tell whether a unit is in the table, however it is written."""
        return self.canonical(unit) in self._units

    def convert(self, value: float, source: str, target: str) -> float:
        """Return a value of one unit in another.

        Raises:
            UnknownUnitError: a unit is unknown, or they measure different things.
        """
        if source == target:
            return value
        one, other = self._unit(source), self._unit(target)
        if one is other:
            return value
        if one.base != other.base:
            raise UnknownUnitError(f"unit {source!r}: expected one that becomes {target!r}")
        converted = (value * one.factor + one.offset - other.offset) / other.factor
        # Twelve digits: 2.3 L/s are 0.0023 m3/s, not 0.0022999999999999995.
        return float(f"{converted:.12g}") if math.isfinite(converted) else converted

    def _unit(self, unit: str) -> Unit:
        found = self._units.get(self.canonical(unit))
        if found is None:
            raise UnknownUnitError(f"unit {unit!r}: expected one of units.csv, e.g. mg/L")
        return found
