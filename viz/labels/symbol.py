"""The QR code of an address (ISO/IEC 18004), as runs of dark modules."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Literal, NamedTuple

import segno

QUIET_ZONE = 4
"""Modules that stay white around a symbol (ISO/IEC 18004, 9.1)."""

Correction = Literal["M", "Q"]


class Run(NamedTuple):
    """Dark modules side by side, counted from the symbol's upper left module."""

    x: int
    y: int
    length: int


@dataclass(frozen=True, slots=True)
class Symbol:
    """A QR code without its quiet zone.

    Attributes:
        version: 1 to 40.
        correction: M restores 15 % of the symbol, Q 25 %.
        side: modules along one side.
        runs: its dark modules.
    """

    version: int
    correction: Correction
    side: int
    runs: tuple[Run, ...]


@lru_cache(maxsize=64)
def symbol(address: str, correction: Correction) -> Symbol:
    """Return the smallest QR code that holds an address which ends in digits.

    The path of an address is lower case, so its front takes a byte a character; the digits of
    the code in a segment of their own take ten bits for three, often a version less.

    Raises:
        segno.DataOverflowError: longer than any QR code can hold.
    """
    front = address.rstrip("0123456789")
    parts = [part for part in (front, address[len(front) :]) if part]
    made = segno.make_qr(
        parts,  # type: ignore[arg-type] # segno takes segments, its types do not say so
        error=correction,
        boost_error=False,
    )
    runs = tuple(_runs(made.matrix))
    return Symbol(int(made.version), correction, len(made.matrix), runs)


def _runs(matrix: tuple[bytearray, ...]) -> Iterator[Run]:
    for y, row in enumerate(matrix):
        x = 0
        for dark, modules in groupby(row):
            length = len(list(modules))
            if dark:
                yield Run(x, y, length)
            x += length
