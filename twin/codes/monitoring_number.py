"""Numbers of pollution monitoring points: MN of HJ 212."""

from dataclasses import dataclass
from typing import Self

from twin.codes.layout import HEX_DIGITS, InvalidIdentifierError, Layout


class InvalidMonitoringNumberError(InvalidIdentifierError):
    """An identifier that is not an MN. Correct it, or keep an older number as ``x.mn``."""


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
    """The 24 hex digits of an MN, an EPC-96 number (HJ 212-2017, table 3).

    Small letters are read as capitals. Devices of HJ/T 212-2005 send 14 characters of another
    layout, and some newer ones whatever their maker liked; neither is an MN of this edition.

    Attributes:
        header: 8 bits as two hex digits; which values are given out is not known.
        manager: 28 bits as seven hex digits.
        object_class: 24 bits as six hex digits.
        serial: 36 bits as nine hex digits.
    """

    header: str
    manager: str
    object_class: str
    serial: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the 24 hex digits.

        Raises:
            InvalidMonitoringNumberError: wrong length, or another character than a hex digit.
        """
        return cls(*_LAYOUT.cut(text.upper()))

    def __str__(self) -> str:
        return f"{self.header}{self.manager}{self.object_class}{self.serial}"
