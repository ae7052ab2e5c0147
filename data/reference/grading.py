"""Standards that give a grade by the worst of several quantities: classes of water, air quality."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from data.reference.tables import table_rows


class GradeLimit(NamedTuple):
    """Beyond which value a quantity is at a grade or a worse one.

    Attributes:
        quantity: a row of ``quantities.csv``.
        grade: the lowest grade that such a value has.
        above: whether values above the limit are the worse ones.
        limit: in the quantity's stored unit.
        closed: whether the limit itself has the grade.
        mean_h: over how many hours values are to be averaged; 0 for single ones.
    """

    quantity: str
    grade: str
    above: bool
    limit: float
    closed: bool
    mean_h: int


class GradingStandard(NamedTuple):
    """A standard with the grades that it knows.

    Attributes:
        code: what rules name, with what it is for: ``gb3838-river``.
        title: standard and edition, for sentences.
        grades: from the best one on.
        multiples: whether it is usual to say how many times a value exceeds a limit.
        limits: of all its quantities.
    """

    code: str
    title: str
    grades: tuple[str, ...]
    multiples: bool
    limits: tuple[GradeLimit, ...]

    def at_least(self, quantity: str, grade: str) -> list[GradeLimit]:
        """Return the limits, one for each side and time, beyond which a grade or worse begins."""
        worse = self.grades[self.grades.index(grade) :]
        found: dict[tuple[bool, int], GradeLimit] = {}
        for limit in self.limits:
            side = (limit.above, limit.mean_h)
            if limit.quantity == quantity and limit.grade in worse:
                found[side] = min(found.get(side, limit), limit, key=_earliest)
        return list(found.values())


def _earliest(limit: GradeLimit) -> float:
    return limit.limit if limit.above else -limit.limit


@cache
def grading_standards() -> Mapping[str, GradingStandard]:
    """Return the standards by code, in the order of their table."""
    limits: dict[str, list[GradeLimit]] = {}
    for code, quantity, grade, side, limit, closed, _unit, hours, *_ in table_rows(
        "grade_limits.csv"
    ):
        row = GradeLimit(
            quantity, grade, side == "above", float(limit), closed == "yes", int(hours or 0)
        )
        limits.setdefault(code, []).append(row)
    return MappingProxyType(
        {
            code: GradingStandard(
                code, title, tuple(grades.split("|")), multiples == "yes", tuple(limits[code])
            )
            for code, title, grades, multiples, *_ in table_rows("grading_standards.csv")
        }
    )
