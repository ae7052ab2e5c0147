"""Checks of a batch before it is stored: columns in, columns with qualities out."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

from data.observations import Rows
from data.reference import quantities
from twin.model import Check, Grade, SeriesInfo, quality

Cursor = psycopg.Cursor[tuple[Any, ...]]

_GRADE = 3


class QualityChecks:
    """Judges the rows of one batch after the other, each against what was stored before it.

    Memory takes a batch over with ``adopt``, after its commit; an instance whose batch failed is
    thrown away, and the next one reads what it needs from the store.
    """

    def __init__(self) -> None:
        table = quantities()
        self._number = {code: number for number, code in enumerate(table)}
        self._limits = np.array(
            [(q.hard_min, q.soft_min, q.soft_max, q.hard_max) for q in table.values()]
        )

    def judge(self, _cursor: Cursor, rows: Rows, series: Mapping[int, SeriesInfo]) -> Rows:
        """Return the rows with the qualities that the checks give them.

        Args:
            rows: in the order of their arrival; ``quality`` has what the devices say themselves.
            series: every series of the rows.
        """
        return self.sized(rows, series)

    def sized(self, rows: Rows, series: Mapping[int, SeriesInfo]) -> Rows:
        """Return rows with the qualities that the sizes of their values alone give them."""
        ranged = self._ranged(rows, series)
        grade = np.maximum(rows.quality & _GRADE, ranged & _GRADE)
        checks = (rows.quality | ranged) & ~_GRADE
        return rows._replace(quality=(grade | checks).astype(np.int16))

    def adopt(self) -> None:
        """Take the judged batch over, which is committed now."""

    def _ranged(self, rows: Rows, series: Mapping[int, SeriesInfo]) -> NDArray[np.int16]:
        number = self._number
        kinds = [number[series[one].quantity] for one in rows.series_id.tolist()]
        hard_min, soft_min, soft_max, hard_max = self._limits[kinds].T
        value = rows.value
        impossible = ~((hard_min <= value) & (value <= hard_max))
        rare = ~((soft_min <= value) & (value <= soft_max))
        doubtful = np.where(rare, quality(Grade.DOUBTFUL, Check.SOFT_LIMIT), 0)
        unreliable = quality(Grade.UNRELIABLE, Check.HARD_LIMIT)
        return np.where(impossible, unreliable, doubtful).astype(np.int16)
