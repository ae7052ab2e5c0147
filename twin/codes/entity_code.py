"""The unified entity code: one number for life (component code layout of GB/T 30428.2)."""

import re
from dataclasses import dataclass
from typing import Self

from twin.codes.iso7064 import ALPHANUMERIC, mod_37_36
from twin.codes.layout import InvalidIdentifierError, Layout, shown
from twin.codes.typed_text import as_typed

_STORED = re.compile(r"(?P<county>[1-9]\d{5})(?P<klass>\d{4})(?P<serial>\d{6})", re.ASCII)
_PRINTED_GROUPS = [6, 4, 6, 1]
_PRINTED_EXAMPLE = "440311-0103-000127-9"
_DIGIT_COUNT = 16


class InvalidEntityCodeError(InvalidIdentifierError):
    """An identifier that is not a unified entity code. Correct it where it was typed."""


_LAYOUT = Layout(
    kind="entity code",
    widths=(6, 4, 6),
    example="4403110103000127",
    error=InvalidEntityCodeError,
)


@dataclass(frozen=True, slots=True, order=True)
class EntityCode:
    """Names one thing for life: county (GB/T 2260), class (major + minor) and serial.

    Attributes:
        county: six digits of GB/T 2260, for example ``440311``.
        klass: four digits, major and minor class.
        serial: 0 to 999,999 within county and class.
    """

    county: str
    klass: str
    serial: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the 16 digits that machines store.

        Raises:
            InvalidEntityCodeError: wrong length, another character than ``0-9``, or no county.
        """
        if not (found := _STORED.fullmatch(text)):
            _LAYOUT.check(text)
            _LAYOUT.refuse(text, "expected 16 digits")
        return cls(found["county"], found["klass"], int(found["serial"]))

    @classmethod
    def parse_printed(cls, text: str) -> Self:
        """Read what a person typed or pasted.

        Taken are ``440311-0103-000127-9``, the same without hyphens, and the bare 16 digits, in
        full-width characters and with blanks around too.

        Raises:
            InvalidEntityCodeError: wrong layout, or the check character does not match.
        """
        typed = as_typed(text)
        if "-" in typed:
            _check_groups(typed)
        compact = typed.replace("-", "")
        if len(compact) == _DIGIT_COUNT:
            return cls.parse(compact)
        body, check = compact[:_DIGIT_COUNT], compact[_DIGIT_COUNT:]
        if len(check) != 1:
            return cls.parse(text.strip())
        code = cls.parse(body)
        _check_last(typed, check, mod_37_36(body))
        return code

    @classmethod
    def from_int(cls, number: int) -> Self:
        """Read the number that the store keeps (the 16 digits as an int8)."""
        return cls.parse(str(number))

    def __str__(self) -> str:
        return f"{self.county}{self.klass}{self.serial:06}"

    def __int__(self) -> int:
        return int(str(self))

    def printed(self) -> str:
        """Return the code as it stands on a label, with its check character."""
        check = mod_37_36(str(self))
        return f"{self.county}-{self.klass}-{self.serial:06}-{check}"


def _check_groups(typed: str) -> None:
    groups = [len(group) for group in typed.split("-")]
    if groups != _PRINTED_GROUPS:
        raise InvalidEntityCodeError(
            f"entity code {shown(typed)}: expected groups of 6-4-6-1 characters,"
            f" e.g. {_PRINTED_EXAMPLE}, found {'-'.join(map(str, groups))}"
        )


def _check_last(typed: str, check: str, expected: str) -> None:
    if check not in ALPHANUMERIC:
        raise InvalidEntityCodeError(
            f"entity code {shown(typed)}: expected a digit or letter as check character,"
            f" found {check!r}"
        )
    if check != expected:
        raise InvalidEntityCodeError(f"{typed}: check character is {expected}")
