"""One row of a section: values by position, each with what it was expected to be."""

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

from spatial.files.errors import RowRefusedError

_VALUES = re.compile(r'"([^"]*)"?|([^ \t]+)')
_PLAIN = re.compile(r"[^ \t]+")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][+-]?\d+)?", re.ASCII)
_SHOWN = 60
_EXPONENT = str.maketrans("dD", "ee")
_MOST = 1e11
"""Nothing in a city is larger in any unit, not even an easting in millimetres."""


class Row(NamedTuple):
    """A row as it stands: its line in the file, its values, and what is said of it in words."""

    line: int
    text: str
    note: str = ""

    def values(self) -> list[str]:
        """Return the values; what stands in quotation marks is one, and may be empty."""
        if '"' not in self.text:
            return _PLAIN.findall(self.text)
        return [plain or quoted for quoted, plain in _VALUES.findall(self.text)]


class Fields:
    """Values of a row, asked for by position; the first is a name."""

    def __init__(self, row: Row) -> None:
        self.values = row.values()
        self.line = row.line
        self.note = row.note

    def need(self, least: int) -> None:
        """Refuse a row that is too short.

        Raises:
            RowRefusedError: there are fewer values than ``least``.
        """
        if len(self.values) < least:
            raise RowRefusedError(f"{len(self.values)} values, expected at least {least}")

    @property
    def name(self) -> str:
        """What the file calls the thing."""
        return self.values[0]

    def text(self, at: int, default: str = "") -> str:
        """Return the value at a position, the default where the row is shorter."""
        return self.values[at] if at < len(self.values) else default

    def number(self, at: int, what: str, default: float = math.nan) -> float:
        """Return the number at a position, the default where the row is shorter.

        Raises:
            RowRefusedError: it is not a finite number.
        """
        return number(self.values[at], what) if at < len(self.values) else default

    def amount(self, at: int, what: str, default: float = math.nan) -> float:
        """Return the number at a position, which cannot be negative.

        Raises:
            RowRefusedError: it is not a finite number, or is less than 0.
        """
        found = self.number(at, what, default)
        if found < 0:
            raise RowRefusedError(f"{what} {found:g}, expected 0 or more")
        return found

    def size(self, at: int, what: str, default: float = math.nan) -> float:
        """Return the number at a position, which must be more than 0.

        Raises:
            RowRefusedError: it is not a finite number, or is not more than 0.
        """
        found = self.number(at, what, default)
        if found <= 0:
            raise RowRefusedError(f"{what} {found:g}, expected more than 0")
        return found

    def keyword(self, at: int, what: str, known: Sequence[str]) -> str:
        """Return the keyword at a position: one of those known, of which it may say more letters.

        Raises:
            RowRefusedError: it is none of them.
        """
        said = self.text(at)
        found = next((each for each in known if said.upper().startswith(each)), None)
        if found is None:
            raise RowRefusedError(f"{what} {said[:_SHOWN]!r}, expected one of {', '.join(known)}")
        return found


def number(value: str, what: str) -> float:
    """Return the finite number that a value is.

    Raises:
        RowRefusedError: it is none.
    """
    # What Python takes for a number beyond what C does: 1_000, and the digits of other scripts.
    if value.isascii() and "_" not in value:
        try:
            found = float(value)
        except ValueError:
            found = _fortran(value)
        if -_MOST <= found <= _MOST:
            return found
        if abs(found) < math.inf or _NUMBER.fullmatch(value):
            raise RowRefusedError(f"{what} {value[:_SHOWN]!r}, expected less than {_MOST:g}")
    raise RowRefusedError(f"{what} {value[:_SHOWN]!r}, expected a number")


def _fortran(value: str) -> float:
    """Return a number whose exponent is written with a D, as FORTRAN does; NaN if it is none."""
    return float(value.translate(_EXPONENT)) if _NUMBER.fullmatch(value) else math.nan
