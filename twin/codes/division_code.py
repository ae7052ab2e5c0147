"""Codes of administrative divisions: GB/T 2260 and GB/T 10114."""

from dataclasses import dataclass
from typing import Self

from twin.codes.layout import InvalidIdentifierError, Layout, shown


class InvalidDivisionCodeError(InvalidIdentifierError):
    """An identifier that is not a division code. Correct it where it was typed or sent."""


_EXAMPLES = {6: "440311", 9: "440311001", 12: "440311001005"}
_LAYOUTS = {
    length: Layout(
        kind="division code", widths=(length,), example=example, error=InvalidDivisionCodeError
    )
    for length, example in _EXAMPLES.items()
}
_PROVINCE_TAIL = "0000"
_CITY_TAIL = "00"


@dataclass(frozen=True, slots=True, order=True)
class DivisionCode:
    """A province, city or county (6 digits), sub-district (9) or community (12).

    The code alone does not say what it meant when: before 2018 Shenzhen's own tables gave 440309
    to Guangming. Code system and validity are kept with the name.

    Attributes:
        digits: 6 of GB/T 2260, 9 with those of GB/T 10114, 12 with those of the statistics
            bureau's community list.
    """

    digits: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read 6, 9 or 12 digits.

        Raises:
            InvalidDivisionCodeError: another length, another character, or a leading 0.
        """
        if len(text) not in _LAYOUTS:
            raise InvalidDivisionCodeError(
                f"division code {shown(text)}: expected 6, 9 or 12 digits, e.g."
                f" {', '.join(_EXAMPLES.values())}, found {len(text)}"
            )
        _LAYOUTS[len(text)].check(text)
        return cls(text)

    @property
    def level(self) -> str:
        """Return province, city, county, sub-district or community."""
        if len(self.digits) > len("440311"):
            return "sub-district" if len(self.digits) == len("440311001") else "community"
        if self.digits.endswith(_PROVINCE_TAIL):
            return "province"
        return "city" if self.digits.endswith(_CITY_TAIL) else "county"

    def parent(self) -> Self | None:
        """Return the division that this one is a part of, None for a province.

        The parent of a county that answers to its province directly (some county-level cities)
        is still the code of its city digits, which then names no real city.
        """
        match self.level:
            case "province":
                return None
            case "city":
                return type(self)(self.digits[:2] + _PROVINCE_TAIL)
            case "county":
                return type(self)(self.digits[:4] + _CITY_TAIL)
        return type(self)(self.digits[:-3])

    def __str__(self) -> str:
        return self.digits
