"""Addresses of hydrological telemetry stations: SL 651."""

from dataclasses import dataclass
from typing import Self

from twin.codes.layout import DIGITS, HEX_DIGITS, InvalidIdentifierError, Layout, shown

_BYTES_AS_HEX = 10
_HYDROLOGICAL = 8
_DECIMAL = 11
_COUNTY = 6
_STATION_MAX = 60_000
_RELAY_MAX = 65_534
_BROADCAST = 65_535


class InvalidStationAddressError(InvalidIdentifierError):
    """An identifier that is not an SL 651 station address. Correct it at the station."""


_LAYOUTS = {
    _BYTES_AS_HEX: Layout(
        kind="station address",
        widths=(_BYTES_AS_HEX,),
        example="0012345678",
        error=InvalidStationAddressError,
        alphabet=HEX_DIGITS,
        character="hex digits",
        has_county=False,
    ),
    _HYDROLOGICAL: Layout(
        kind="station address",
        widths=(_HYDROLOGICAL,),
        example="12345678",
        error=InvalidStationAddressError,
        has_county=False,
    ),
    _DECIMAL: Layout(
        kind="station address",
        widths=(_COUNTY, 5),
        example="44031100012",
        error=InvalidStationAddressError,
    ),
}


@dataclass(frozen=True, slots=True, order=True)
class StationAddress:
    """Five bytes that name a station (SL 651, 6.2.3.2, known from the approval draft).

    A hydrological station has ``00`` and the eight digits of its SL 502 code. Any other has three
    bytes of county and two of a number: 1 to 60,000 for stations, 60,001 to 65,534 for relays.
    Letters, which SL 502 codes are said to allow elsewhere, have no place in this form.

    Attributes:
        county: six digits of GB/T 2260; empty for a hydrological station.
        number: the station's number in the county, or its SL 502 code.
    """

    county: str
    number: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read 10 hex digits, 8 digits of SL 502, or county and number as 6 + 5 digits.

        Raises:
            InvalidStationAddressError: another length, a foreign character, or a number that no
                station has.
        """
        if not (layout := _LAYOUTS.get(len(text))):
            raise InvalidStationAddressError(
                f"station address {shown(text)}: expected 10 hex digits, 8 digits of SL 502, or"
                f" 6 + 5 digits, found {len(text)}"
            )
        plain = text.upper()
        layout.check(plain)
        if len(plain) == _HYDROLOGICAL:
            return cls("", int(plain))
        if len(plain) == _DECIMAL:
            return cls(plain[:_COUNTY], _number(layout, text, int(plain[_COUNTY:])))
        return cls._from_bytes(layout, plain)

    @classmethod
    def _from_bytes(cls, layout: Layout, text: str) -> Self:
        decimal = _COUNTY if text[:2] != "00" else _BYTES_AS_HEX
        for position, character in enumerate(text[:decimal], start=1):
            if character not in DIGITS:
                layout.refuse(text, f"expected a digit at position {position}, found {character!r}")
        if decimal == _BYTES_AS_HEX:
            return cls("", int(text))
        if text[0] == "0":
            layout.refuse(text, "expected a county or 00 in front, found 0")
        return cls(text[:_COUNTY], _number(layout, text, int(text[_COUNTY:], 16)))

    @property
    def kind(self) -> str:
        """Return hydrological station, station or relay."""
        if not self.county:
            return "hydrological station"
        return "station" if self.number <= _STATION_MAX else "relay"

    def __str__(self) -> str:
        if not self.county:
            return f"{self.number:010}"
        return f"{self.county}{self.number:04X}"


def _number(layout: Layout, text: str, number: int) -> int:
    if not 1 <= number <= _RELAY_MAX:
        meaning = {0: ", which is invalid", _BROADCAST: ", the broadcast address"}
        layout.refuse(
            text, f"expected a number of 1 to {_RELAY_MAX}, found {number}{meaning.get(number, '')}"
        )
    return number
