"""Rows that stay and rows that are refused, with the first reason for each."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from spatial.files.errors import RefusedRow
from spatial.files.layer import Ints

_NAMED_ROWS = 5


class Sieve:
    """Reasons by position; n rows, none refused at first."""

    def __init__(self, rows: Ints) -> None:
        self._rows = rows
        self._reasons: dict[int, str] = {}

    def refuse(self, positions: Iterable[int] | Ints, reasons: Iterable[str]) -> None:
        """Refuse rows; a row refused before keeps its first reason."""
        for position, reason in zip(positions, reasons, strict=True):
            self._reasons.setdefault(int(position), reason)

    def passed(self) -> NDArray[np.bool_]:
        """Return (n,) True where a row is not refused."""
        kept = np.ones(len(self._rows), dtype=bool)
        kept[list(self._reasons)] = False
        return kept

    def refused(self) -> list[RefusedRow]:
        """Return the refused rows in the order of the file."""
        return [
            RefusedRow(int(self._rows[position]), self._reasons[position])
            for position in sorted(self._reasons)
        ]

    def named(self, positions: Ints) -> str:
        """Return how many rows and which, for a warning."""
        numbers = self._rows[positions].tolist()
        shown = ", ".join(str(number) for number in numbers[:_NAMED_ROWS])
        more = len(numbers) - _NAMED_ROWS
        word = "row" if len(numbers) == 1 else "rows"
        return f"{len(numbers):,} ({word} {shown}{f' and {more:,} more' if more > 0 else ''})"
