"""Numbers of pollution monitoring points: MN of HJ 212."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn, Self

from twin.codes.layout import HEX_DIGITS, InvalidIdentifierError, Layout, shown

_MAX_CHARS = 24
_CHARS_2005 = 14
_WELL_FORMED = re.compile(rf"[0-9A-Za-z]{{1,{_MAX_CHARS}}}")
_HEX = re.compile(rf"[{HEX_DIGITS}]{{{_MAX_CHARS}}}")


class InvalidMonitoringNumberError(InvalidIdentifierError):
    """An identifier that is not an MN. Correct it to what the device sends."""


class MonitoringEdition(StrEnum):
    """Which edition of the standard gave a number its layout."""

    HJ_212_2017 = "HJ 212-2017"
    HJT_212_2005 = "HJ/T 212-2005"
    MAKER = "maker's own"


_LAYOUT = Layout(
    kind="MN",
    widths=(2, 7, 6, 9),
    example="010000A8900016F000169DC0",
    error=InvalidMonitoringNumberError,
    alphabet=HEX_DIGITS,
    character="hex digits",
    has_county=False,
)


@dataclass(frozen=True, slots=True, order=True)
class MonitoringNumber:
    """An MN: 24 hex digits, an EPC-96 number (HJ 212-2017, table 3), or what devices send instead.

    Small letters are read as capitals. Devices of HJ/T 212-2005 send 14 characters of another
    layout, and some newer ones 1 to 24 letters and digits of their maker's; these are the serial.

    Attributes:
        header: 8 bits as two hex digits; which values are given out is not known.
        manager: 28 bits as seven hex digits.
        object_class: 24 bits as six hex digits.
        serial: 36 bits as nine hex digits; the whole number where it is not of 2017, the other
            parts being empty.
    """

    header: str
    manager: str
    object_class: str
    serial: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a number of any edition.

        Raises:
            InvalidMonitoringNumberError: empty, longer than 24, or not letters and digits only.
        """
        if not _WELL_FORMED.fullmatch(text):
            _refuse(text)
        number = text.upper()
        if _HEX.fullmatch(number):
            return cls(*_LAYOUT.cut(number))
        return cls("", "", "", number)

    @property
    def edition(self) -> MonitoringEdition:
        """Whose layout the number has; 14 characters are taken for one of 2005."""
        if self.header:
            return MonitoringEdition.HJ_212_2017
        if len(self.serial) == _CHARS_2005:
            return MonitoringEdition.HJT_212_2005
        return MonitoringEdition.MAKER

    def __str__(self) -> str:
        return f"{self.header}{self.manager}{self.object_class}{self.serial}"


def _refuse(text: str) -> NoReturn:
    expected = f"MN {shown(text)}: expected 1 to {_MAX_CHARS} letters and digits"
    if not text or len(text) > _MAX_CHARS:
        raise InvalidMonitoringNumberError(f"{expected}, found {len(text)}")
    foreign = (found for found in enumerate(text, start=1) if not _WELL_FORMED.fullmatch(found[1]))
    position, character = next(foreign)
    raise InvalidMonitoringNumberError(f"{expected}, found {character!r} at position {position}")
