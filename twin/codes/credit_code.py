"""Codes of legal persons: the unified social credit code, GB 32100."""

from dataclasses import dataclass
from typing import Self

from stdnum.cn import uscc

from twin.codes.layout import DIGITS, InvalidIdentifierError, Layout

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_COUNTY_START = 2
_COUNTY_END = 8


class InvalidCreditCodeError(InvalidIdentifierError):
    """An identifier that is not a unified social credit code. Correct it where it was typed."""


_LAYOUT = Layout(
    kind="social credit code",
    widths=(1, 1, 6, 9, 1),
    example="91110000600037341L",
    error=InvalidCreditCodeError,
    alphabet=_ALPHABET,
    character="digits or capitals without I, O, S, V, Z",
    has_county=False,
)


@dataclass(frozen=True, slots=True, order=True)
class CreditCode:
    """An enterprise, institution or association: 17 characters and a check character.

    The check character catches every single wrong character and every swap of any two characters
    but the first with the last (its weights modulo 31 are all different but those two). Letters
    in front are right (``N2`` for rural collectives, common in Shenzhen). Not checked: the check
    character of GB 11714 inside the organisation code.

    Attributes:
        registrar: one character, the department that registered it.
        category: one character, what kind of body it is.
        county: six digits of GB/T 2260 where it was registered.
        organisation: nine characters of GB 11714.
    """

    registrar: str
    category: str
    county: str
    organisation: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the 18 characters.

        Raises:
            InvalidCreditCodeError: wrong length, a foreign character, or a wrong check character.
        """
        *parts, check = _LAYOUT.cut(text)
        for position in range(_COUNTY_START, _COUNTY_END):
            if text[position] not in DIGITS:
                _LAYOUT.refuse(
                    text,
                    "expected a division of six digits at positions 3 to 8,"
                    f" found {text[position]!r} at position {position + 1}",
                )
        if check != (expected := uscc.calc_check_digit(text[:-1])):
            _LAYOUT.refuse(text, f"check character is {expected}")
        return cls(*parts)

    def __str__(self) -> str:
        body = f"{self.registrar}{self.category}{self.county}{self.organisation}"
        return body + uscc.calc_check_digit(body)
