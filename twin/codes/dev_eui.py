"""Ids of LoRaWAN end devices: the DevEUI."""

import re
from dataclasses import dataclass
from typing import Self

from twin.codes.layout import HEX_DIGITS, InvalidIdentifierError, Layout

_PAIRS = re.compile(r"[0-9A-F]{2}([-:])[0-9A-F]{2}(?:\1[0-9A-F]{2}){6}", re.ASCII)


class InvalidDevEuiError(InvalidIdentifierError):
    """An identifier that is not a DevEUI. Correct it where it was typed or sent."""


_LAYOUT = Layout(
    kind="DevEUI",
    widths=(6, 10),
    example="70B3D57ED0041DA2",
    error=InvalidDevEuiError,
    alphabet=HEX_DIGITS,
    character="hex digits",
    has_county=False,
)


@dataclass(frozen=True, slots=True, order=True)
class DevEui:
    """The EUI-64 of a LoRaWAN device: 16 hex digits, most significant byte first.

    Small letters are read as capitals, and pairs divided by ``-`` or ``:`` as one. Whether the
    bytes were read in the wrong order (a frame carries them reversed) cannot be seen.

    Attributes:
        company: the first 24 bits as six hex digits; makers with a small assignment of the IEEE
            share them.
        extension: the other 40 bits as ten hex digits.
    """

    company: str
    extension: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the 16 hex digits.

        Raises:
            InvalidDevEuiError: wrong length, or another character than a hex digit.
        """
        plain = text.upper()
        if divided := _PAIRS.fullmatch(plain):
            plain = plain.replace(divided[1], "")
        return cls(*_LAYOUT.cut(plain))

    def __str__(self) -> str:
        return f"{self.company}{self.extension}"
