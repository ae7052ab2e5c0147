"""Codes of buildings and rooms: the unified house code of Shenzhen."""

from dataclasses import dataclass
from typing import Self

from twin.codes.layout import InvalidIdentifierError, Layout


class InvalidHouseCodeError(InvalidIdentifierError):
    """An identifier that is not a Shenzhen house code. Correct it where it was typed or sent."""


_LAYOUT = Layout(
    kind="house code",
    widths=(6, 3, 3, 2, 5, 6),
    example="4403070030030400042000003",
    error=InvalidHouseCodeError,
)


@dataclass(frozen=True, slots=True, order=True)
class HouseCode:
    """A room of a building: 25 digits, of which the first 19 name the building.

    Shenzhen's unified address rules (2017). Not known, and so not checked: whether the room part
    ``000000`` stands for the whole building, and how storeys are numbered inside it.

    Attributes:
        county: six digits of GB/T 2260.
        sub_district: three digits within the county.
        community: three digits within the sub-district.
        basic_grid: two digits within the community.
        building: five digits within the basic grid.
        room: six digits within the building.
    """

    county: str
    sub_district: str
    community: str
    basic_grid: str
    building: str
    room: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the 25 digits.

        Raises:
            InvalidHouseCodeError: wrong length, another character than a digit, or no county.
        """
        return cls(*_LAYOUT.cut(text))

    def building_code(self) -> str:
        """Return the 19 digits that all rooms of the building share."""
        place = f"{self.county}{self.sub_district}{self.community}"
        return f"{place}{self.basic_grid}{self.building}"

    def __str__(self) -> str:
        return f"{self.building_code()}{self.room}"
