"""Cells of the two-dimensional grid, levels 1 to 10."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from math import prod
from typing import NamedTuple, NoReturn, Self

from twin.codes.beidou.number import InvalidBeidouCodeError, Number, exact
from twin.codes.layout import shown

UNITS_PER_DEGREE = 3600 * 2048
MAX_LEVEL = 10
_HEMISPHERE = "N"
_FIRST_ZONE = 31
_HEX = "0123456789ABCDEF"
_BANDS = "ABCDEFGHIJKLMNOPQRSTUV"


class Division(NamedTuple):
    """How a level divides the cell of the level above (GB/T 39409-2020, figures 2 to 8).

    Attributes:
        columns: from west to east.
        rows: from south to north.
        numbered: whether one digit counts the cells row by row; else a digit each for column
            and row.
    """

    columns: int
    rows: int
    numbered: bool = False

    def write(self, column: int, row: int) -> str:
        """Return the characters of one cell."""
        if self.numbered:
            return str(row * self.columns + column)
        return _HEX[column] + _HEX[row]

    def read(self, text: str) -> tuple[int, int] | None:
        """Return column and row, None if there is no such cell."""
        values = [_HEX.find(character) for character in text]
        if self.numbered:
            row, column = divmod(values[0], self.columns)
        else:
            column, row = values
        inside = min(values) >= 0 and column < self.columns and row < self.rows
        return (column, row) if inside else None

    @property
    def width(self) -> int:
        """Return how many characters a cell has."""
        return 1 if self.numbered else 2


class Zone(Division):
    """Level 1: zones of 6 degrees from 0 E, bands of 4 degrees from the equator."""

    __slots__ = ()

    def write(self, column: int, row: int) -> str:
        """Return zone (two digits) and band (a letter)."""
        return f"{column + _FIRST_ZONE:02}{_BANDS[row]}"

    def read(self, text: str) -> tuple[int, int] | None:
        """Return column and row, None if there is no such cell in this hemisphere."""
        zone, band = text[:2], text[2]
        if not (zone.isascii() and zone.isdigit() and band in _BANDS):
            return None
        column = int(zone) - _FIRST_ZONE
        return (column, _BANDS.index(band)) if 0 <= column < self.columns else None

    @property
    def width(self) -> int:
        """Return how many characters a cell has."""
        return 3


# Cells of 6 x 4 degrees, 30', 15' x 10', 1', 4", 2", 1/4", 1/32", 1/256", 1/2048".
DIVISIONS = (
    Zone(30, 22),
    Division(12, 8),
    Division(2, 3, numbered=True),
    Division(15, 10),
    Division(15, 15),
    Division(2, 2, numbered=True),
    *(Division(8, 8) for _ in range(4)),
)
# Extent of a cell of each level in 1/2048", the smallest cell.
WIDTHS = tuple(prod(d.columns for d in DIVISIONS[level:]) for level in range(1, MAX_LEVEL + 1))
HEIGHTS = tuple(prod(d.rows for d in DIVISIONS[level:]) for level in range(1, MAX_LEVEL + 1))
LENGTHS = tuple(accumulate((d.width for d in DIVISIONS), initial=1))[1:]


class BeidouCell(NamedTuple):
    """The bounds of a cell in 1/2048": west and south belong to it, east and north do not."""

    west: int
    south: int
    east: int
    north: int

    def degrees(self) -> tuple[Fraction, Fraction, Fraction, Fraction]:
        """Return west, south, east, north in degrees."""
        west, south, east, north = (Fraction(side, UNITS_PER_DEGREE) for side in self)
        return west, south, east, north


@dataclass(frozen=True, slots=True, order=True)
class BeidouCode:
    """A cell of the grid north of the equator and east of Greenwich.

    The other hemispheres are refused: their numbering mirrors this one, but the published codecs
    do not agree how, and no test value of theirs is known. So are latitudes from 88 degrees on,
    which the standard divides in another way.

    Attributes:
        level: 1 to 10.
        column: cells of this level east of Greenwich.
        row: cells of this level north of the equator.
    """

    level: int
    column: int
    row: int

    @classmethod
    def encode(cls, longitude: Number, latitude: Number, level: int = MAX_LEVEL) -> Self:
        """Return the cell of a level that holds a place, in degrees.

        A place on a border belongs to the cell east or north of it.

        Raises:
            InvalidBeidouCodeError: outside 0 to 180 E, 0 to 88 N, or no such level.
        """
        check_level(level)
        column = units("longitude", longitude, 180) // WIDTHS[level - 1]
        return cls(level, column, units("latitude", latitude, 88) // HEIGHTS[level - 1])

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a code of any level, e.g. ``N50F05221AB``.

        Raises:
            InvalidBeidouCodeError: no level has that length, another hemisphere, or a cell that
                its level does not have.
        """
        if len(text) not in LENGTHS:
            _refuse(text, f"expected {', '.join(map(str, LENGTHS))} characters, found {len(text)}")
        if text[0] != _HEMISPHERE:
            _refuse(text, f"expected N (only the north-east is known), found {text[0]!r}")
        column = row = 0
        level = LENGTHS.index(len(text)) + 1
        for number, division in enumerate(DIVISIONS[:level], start=1):
            end = LENGTHS[number - 1]
            if not (found := division.read(text[end - division.width : end])):
                _refuse(text, f"no such cell of level {number}", text[end - division.width : end])
            column = column * division.columns + found[0]
            row = row * division.rows + found[1]
        return cls(level, column, row)

    def cell(self) -> BeidouCell:
        """Return the bounds of the cell."""
        width, height = WIDTHS[self.level - 1], HEIGHTS[self.level - 1]
        west, south = self.column * width, self.row * height
        return BeidouCell(west, south, west + width, south + height)

    def parent(self, level: int) -> Self:
        """Return the cell of a level above, or of its own, that holds this one.

        Raises:
            InvalidBeidouCodeError: the level is not 1 to this one's.
        """
        check_level(level, self.level)
        bounds = self.cell()
        column, row = bounds.west // WIDTHS[level - 1], bounds.south // HEIGHTS[level - 1]
        return type(self)(level, column, row)

    def fragments(self) -> list[str]:
        """Return what each level adds to the code, from level 1 on."""
        column, row, found = self.column, self.row, []
        for division in reversed(DIVISIONS[: self.level]):
            column, own_column = divmod(column, division.columns)
            row, own_row = divmod(row, division.rows)
            found.append(division.write(own_column, own_row))
        return found[::-1]

    def __str__(self) -> str:
        return _HEMISPHERE + "".join(self.fragments())


def check_level(level: int, highest: int = MAX_LEVEL) -> None:
    """Refuse a level that is not 1 to ``highest``."""
    if not 1 <= level <= highest:
        raise InvalidBeidouCodeError(f"level {level}: expected 1 to {highest}")


def units(what: str, degrees: Number, end: int) -> int:
    """Return degrees as whole 1/2048", cut, not rounded."""
    number = exact(what, degrees)
    if not 0 <= number < end:
        raise InvalidBeidouCodeError(
            f"{what} {shown(str(degrees))}: expected 0 to under {end} degrees (north and east)"
        )
    return int(number * UNITS_PER_DEGREE)


def _refuse(text: str, why: str, found: str | None = None) -> NoReturn:
    tail = "" if found is None else f" as {found!r}"
    raise InvalidBeidouCodeError(f"BeiDou code {shown(text)}: {why}{tail}")
