"""Ids of video devices and platforms: GB/T 28181, annex E."""

from dataclasses import dataclass
from typing import Self

from twin.codes.layout import InvalidIdentifierError, Layout


class InvalidGb28181IdError(InvalidIdentifierError):
    """An identifier that is not a GB/T 28181 id. Correct it at the device or platform."""


_LAYOUT = Layout(
    kind="GB/T 28181 id",
    widths=(6, 2, 2, 3, 1, 6),
    example="44031100001320000001",
    error=InvalidGb28181IdError,
)


@dataclass(frozen=True, slots=True, order=True)
class Gb28181Id:
    """A camera, recorder, server, user or group of a video network: 20 digits.

    The layout is checked, the meanings are not: devices in the field carry industries, types and
    networks that no edition lists, and must still be told apart. ``data.reference`` has the lists.

    Attributes:
        county: six digits of GB/T 2260; ends in 00 or 0000 for a city's or province's centre.
        unit: two digits of the unit that takes the device in.
        industry: two digits.
        type: three digits, e.g. 132 for a network camera.
        network: one digit.
        serial: six digits.
    """

    county: str
    unit: str
    industry: str
    type: str
    network: str
    serial: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the 20 digits.

        Raises:
            InvalidGb28181IdError: wrong length, another character than a digit, or no county.
        """
        return cls(*_LAYOUT.cut(text))

    def centre(self) -> str:
        """Return the eight digits of the centre that the id belongs to."""
        return f"{self.county}{self.unit}"

    def __str__(self) -> str:
        return f"{self.centre()}{self.industry}{self.type}{self.network}{self.serial}"
