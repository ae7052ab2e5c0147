"""Cells of the three-dimensional grid: 32 characters of level 10."""

from dataclasses import dataclass
from itertools import accumulate
from typing import NoReturn, Self

from twin.codes.beidou.grid import DIVISIONS, MAX_LEVEL, BeidouCode
from twin.codes.beidou.height import HeightLayer
from twin.codes.beidou.number import InvalidBeidouCodeError, Number
from twin.codes.layout import shown

_LENGTH = 32
# How many of the 31 bits each level takes, and in how many characters it writes them: level 1 as
# two decimal digits, the others as one digit of radix 8, 2, 16, 16, 2, 8, 8, 8, 8.
_BITS = (6, 3, 1, 4, 4, 1, 3, 3, 3, 3)
_SHIFTS = tuple(31 - bits for bits in accumulate(_BITS))
_SIGNS = "01"


@dataclass(frozen=True, slots=True, order=True)
class BeidouSolidCode:
    """A cell of level 10 and a layer of height (GB/T 39409-2020).

    The text interleaves them: ``N``, the height's sign (1 below the ellipsoid), then for each
    level the characters of the plane followed by those of the height.

    Attributes:
        plane: the cell of level 10.
        layer: the layer of height.
    """

    plane: BeidouCode
    layer: HeightLayer

    @classmethod
    def encode(cls, longitude: Number, latitude: Number, height: Number) -> Self:
        """Return the cell that holds a place: degrees, and metres above the ellipsoid.

        Raises:
            InvalidBeidouCodeError: outside the north-east, or a height that has no layer.
        """
        return cls(BeidouCode.encode(longitude, latitude), HeightLayer.at(height))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the 32 characters.

        Raises:
            InvalidBeidouCodeError: another length, or a cell or layer that does not exist.
        """
        if len(text) != _LENGTH:
            _refuse(text, f"expected {_LENGTH} characters, found {len(text)}")
        plane, number, start = text[0], 0, 2
        for level, (division, bits, shift) in enumerate(
            zip(DIVISIONS, _BITS, _SHIFTS, strict=True), start=1
        ):
            middle = start + division.width
            end = middle + _height_width(level)
            plane += text[start:middle]
            number |= _read_height(text, text[middle:end], level, bits) << shift
            start = end
        if text[1] not in _SIGNS or (text[1] == "1" and number == 0):
            _refuse(text, f"expected height sign 0, or 1 before a layer below, found {text[1]!r}")
        return cls(BeidouCode.parse(plane), HeightLayer(-number if text[1] == "1" else number))

    def __str__(self) -> str:
        number = abs(self.layer.number)
        woven = [
            plane + _write_height(level, number >> shift & (1 << bits) - 1)
            for level, (plane, bits, shift) in enumerate(
                zip(self.plane.fragments(), _BITS, _SHIFTS, strict=True), start=1
            )
        ]
        return f"N{int(self.layer.number < 0)}{''.join(woven)}"


def parse_cell(text: str) -> BeidouCode | BeidouSolidCode:
    """Read a code of the plane (any level) or of space (32 characters).

    Raises:
        InvalidBeidouCodeError: neither of them.
    """
    return (BeidouSolidCode if len(text) == _LENGTH else BeidouCode).parse(text)


def _height_width(level: int) -> int:
    return 2 if level == 1 else 1


def _write_height(level: int, value: int) -> str:
    return f"{value:02}" if level == 1 else f"{value:X}"


def _read_height(text: str, part: str, level: int, bits: int) -> int:
    digits = "0123456789" if level == 1 else "0123456789ABCDEF"
    value = int(part, 10 if level == 1 else 16) if set(part) <= set(digits) else 1 << bits
    if value >= 1 << bits:
        _refuse(text, f"no such height of level {level} of {MAX_LEVEL} as {part!r}")
    return value


def _refuse(text: str, why: str) -> NoReturn:
    raise InvalidBeidouCodeError(f"BeiDou code {shown(text)}: {why}")
