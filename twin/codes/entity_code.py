"""The unified entity code: one number for life (component code layout of GB/T 30428.2)."""

import re
from dataclasses import dataclass
from typing import Self

from twin.codes.iso7064 import mod_37_36

_STORED = re.compile(r"(?P<county>[1-9]\d{5})(?P<klass>\d{4})(?P<serial>\d{6})", re.ASCII)
_PRINTED = re.compile(r"([1-9]\d{5})-(\d{4})-(\d{6})-([0-9A-Z])", re.ASCII)


class InvalidEntityCodeError(ValueError):
    """An identifier that is not a unified entity code. Correct it where it was typed."""


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
            InvalidEntityCodeError: the text is not 16 digits.
        """
        if not (found := _STORED.fullmatch(text)):
            raise InvalidEntityCodeError(
                f"entity code {text!r}: expected 16 digits, e.g. 4403110103000127"
            )
        return cls(found["county"], found["klass"], int(found["serial"]))

    @classmethod
    def parse_printed(cls, text: str) -> Self:
        """Read what a person typed: ``440311-0103-000127-9``, or the bare 16 digits.

        Raises:
            InvalidEntityCodeError: wrong layout, or the check character does not match.
        """
        typed = text.strip().upper()
        if not (found := _PRINTED.fullmatch(typed)):
            return cls.parse(typed)
        county, klass, serial, check = found.groups()
        expected = mod_37_36(county + klass + serial)
        if check != expected:
            raise InvalidEntityCodeError(f"{typed}: check character is {expected}")
        return cls(county, klass, int(serial))

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
