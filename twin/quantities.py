"""Physical quantities: one name and one stored unit for each, with the range that is possible."""

import csv
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from twin.model.quality import Check, Grade, quality


class UnknownQuantityError(KeyError):
    """A quantity that the table does not have. Add it there or map the name to one it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """One row of ``data/reference/quantities.csv``.

    Attributes:
        code: the name used in messages, series and rules.
        unit: the unit of every stored value (UCUM-like text).
        hard_min: below it a value cannot be real (unreliable).
        hard_max: above it a value cannot be real (unreliable).
        soft_min: below it a value is possible but rare (doubtful).
        soft_max: above it a value is possible but rare (doubtful).
    """

    code: str
    name_en: str
    name_zh: str
    unit: str
    hard_min: float = -math.inf
    hard_max: float = math.inf
    soft_min: float = -math.inf
    soft_max: float = math.inf

    def judge(self, value: float) -> int:
        """Return the quality (grade and checks) that the value's size alone gives it."""
        if not self.hard_min <= value <= self.hard_max:
            return quality(Grade.UNRELIABLE, Check.HARD_LIMIT)
        if not self.soft_min <= value <= self.soft_max:
            return quality(Grade.DOUBTFUL, Check.SOFT_LIMIT)
        return 0


class QuantityTable(Mapping[str, Quantity]):
    """All quantities by code.

    Raises:
        UnknownQuantityError: on a code that the table does not have.
    """

    def __init__(self, rows: Iterable[Quantity]) -> None:
        self._rows = {row.code: row for row in rows}

    @classmethod
    def parse(cls, lines: Iterable[str]) -> Self:
        """Read the CSV form; an empty limit means that there is none."""
        rows = csv.DictReader(lines)
        return cls(_quantity(row) for row in rows)

    def __getitem__(self, code: str) -> Quantity:
        try:
            return self._rows[code]
        except KeyError:
            raise UnknownQuantityError(
                f"quantity {code!r}: expected one of quantities.csv, e.g. level or depth"
            ) from None

    def __contains__(self, code: object) -> bool:
        return code in self._rows

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


def _quantity(row: Mapping[str, str]) -> Quantity:
    def limit(column: str, missing: float) -> float:
        return float(row[column]) if row[column] else missing

    return Quantity(
        code=row["quantity"],
        name_en=row["name_en"],
        name_zh=row["name_zh"],
        unit=row["unit"],
        hard_min=limit("hard_min", -math.inf),
        hard_max=limit("hard_max", math.inf),
        soft_min=limit("soft_min", -math.inf),
        soft_max=limit("soft_max", math.inf),
    )
