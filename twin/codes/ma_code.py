"""MA codes: issuing agency MA of ISO/IEC 15459."""

import re
from dataclasses import dataclass
from typing import Self

from twin.codes.layout import InvalidIdentifierError, shown
from twin.codes.printable import printable_text

_COUNTRY = re.compile(r"[0-9]{3}", re.ASCII)
_MIN_PARTS = 3


class InvalidMaCodeError(InvalidIdentifierError):
    """An identifier that cannot be an MA code. Correct it where it was typed or sent."""


@dataclass(frozen=True, slots=True, order=True)
class MaCode:
    """An identifier such as ``MA.156.1002.7``: agency, country and what follows.

    Known from memory only, and so the one thing checked: ``MA``, a country of three digits (ISO
    3166-1, 156 for China), then at least one part, divided by dots. How many parts there are and
    what each may hold (T/CRSUD 001-2020) is not known: they are kept as they stand.

    Attributes:
        country: three digits.
        parts: what follows.
    """

    country: str
    parts: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the dotted form.

        Raises:
            InvalidIdentifierError: no ``MA``, no country, an empty part or a foreign character.
        """
        agency, *parts = printable_text(text).split(".")
        if agency != "MA" or len(parts) + 1 < _MIN_PARTS or not all(parts):
            raise InvalidMaCodeError(
                f"MA code {shown(text)}: expected MA, country and further parts divided by dots,"
                " e.g. MA.156.1002.7"
            )
        if not _COUNTRY.fullmatch(parts[0]):
            raise InvalidMaCodeError(
                f"MA code {shown(text)}: expected a country of three digits, found {parts[0]!r}"
            )
        return cls(parts[0], tuple(parts[1:]))

    def __str__(self) -> str:
        return ".".join(("MA", self.country, *self.parts))
