"""Codes of unit grids, the cells of urban management (GB/T 30428.1)."""

from dataclasses import dataclass
from typing import Self

from twin.codes.layout import InvalidIdentifierError, Layout


class InvalidGridCodeError(InvalidIdentifierError):
    """An identifier that is not a unit-grid code. Correct it where it was typed or sent."""


_LAYOUT = Layout(
    kind="grid code",
    widths=(6, 3, 3, 3),
    example="440311001005002",
    error=InvalidGridCodeError,
)


@dataclass(frozen=True, slots=True, order=True)
class GridCode:
    """One unit grid of urban management: 15 digits (GB/T 30428.1).

    The 14 digits of its predecessor CJ/T 213-2005 are refused: they cannot be told from a code
    with a digit lost.

    Attributes:
        county: six digits of GB/T 2260.
        sub_district: three digits of GB/T 10114 within the county.
        community: three digits within the sub-district.
        cell: three digits within the community, given out locally.
    """

    county: str
    sub_district: str
    community: str
    cell: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the 15 digits.

        Raises:
            InvalidGridCodeError: wrong length, another character than a digit, or no county.
        """
        return cls(*_LAYOUT.cut(text))

    def __str__(self) -> str:
        return f"{self.county}{self.sub_district}{self.community}{self.cell}"

    def division(self) -> str:
        """Return the 12 digits of the community that the grid belongs to."""
        return f"{self.county}{self.sub_district}{self.community}"
