"""What the checks found of the rows of a batch, gathered into their qualities."""

import numpy as np
from numpy.typing import NDArray

from data.reference.quality_checks import check_grades
from twin.model import Check, Grade, quality
from twin.model.quality import GRADE_MASK


class Findings:
    """Grades and checks of n rows.

    Args:
        said: int16[n], qualities that the devices gave themselves.
    """

    def __init__(self, said: NDArray[np.int16]) -> None:
        self._grade = said & GRADE_MASK
        self._checks = said & ~GRADE_MASK
        self._verdicts = {
            row.check: quality(Grade[row.grade.upper()], Check[row.bit])
            for row in check_grades().values()
        }

    def add(
        self, check: str, found: NDArray[np.bool_], rows: NDArray[np.intp] | None = None
    ) -> None:
        """Note what a check found.

        Args:
            check: a row of ``quality_grades.csv``.
            found: bool[m].
            rows: int[m], the rows that were checked; all of them where it is not given.
        """
        if not found.any():
            return
        at = np.flatnonzero(found) if rows is None else rows[found]
        verdict = self._verdicts[check]
        self._grade[at] = np.maximum(self._grade[at], verdict & GRADE_MASK)
        self._checks[at] |= verdict & ~GRADE_MASK

    def unreliable(self) -> NDArray[np.bool_]:
        """Return the rows that are unreliable by what was found so far, bool[n]."""
        found: NDArray[np.bool_] = self._grade == Grade.UNRELIABLE
        return found

    def qualities(self) -> NDArray[np.int16]:
        """Return the packed qualities, int16[n]."""
        packed: NDArray[np.int16] = self._grade | self._checks
        return packed
