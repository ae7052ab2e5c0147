"""The numbers in a body: packed BCD, series of bytes, words and the decimals of ASCII (6.6.3)."""

import re
from typing import Final

SERIES_VALUES: Final = 12

_SCALES: Final[tuple[int, ...]] = tuple(10**decimals for decimals in range(8))
_DECIMAL = re.compile(r"[+-]?\d{1,18}(?:\.\d{0,9})?", re.ASCII)


class UnreadableValueError(ValueError):
    """Data that are no number of their layout. Park the message; take its other values."""


def packed_decimal(data: bytes, decimals: int) -> float | None:
    """Return a packed BCD number; None where all digits are F, which means invalid.

    A leading FF byte means minus.

    Raises:
        UnreadableValueError: no data, or other digits than decimal ones.
    """
    digits = data.hex()
    if digits.isdigit():
        return int(digits) / _SCALES[decimals]
    if digits and not digits.strip("f"):
        return None
    if digits.startswith("ff") and digits[2:].isdigit():
        return -int(digits[2:]) / _SCALES[decimals]
    raise UnreadableValueError(f"{digits.upper()!r}: expected BCD digits, or FF and BCD digits")


def decimal_text(text: str) -> float | None:
    """Return a number of the ASCII coding; None for ``M``, which means invalid.

    Raises:
        UnreadableValueError: neither.
    """
    if text == "M":
        return None
    if not _DECIMAL.fullmatch(text):
        raise UnreadableValueError(f"{text[:20]!r}: expected a decimal number, or M for invalid")
    return float(text)


def rain_series(data: bytes) -> list[float | None]:
    """Return 12 amounts in mm from bytes of 0.1 mm; FF means invalid."""
    return [None if byte == 0xFF else byte / 10 for byte in data]  # noqa: PLR2004


def level_series(data: bytes) -> list[float | None]:
    """Return 12 relative levels in cm from words of 1 cm, high byte first; FFFF means invalid."""
    words = (data[at] << 8 | data[at + 1] for at in range(0, len(data), 2))
    return [None if word == 0xFFFF else float(word) for word in words]  # noqa: PLR2004


def step_seconds(data: bytes) -> int:
    """Return a time step of 3 BCD bytes, DDHHmm, in seconds.

    Raises:
        UnreadableValueError: another size, or other digits than decimal ones.
    """
    digits = data.hex()
    if len(digits) != 6 or not digits.isdigit():  # noqa: PLR2004
        raise UnreadableValueError(f"{digits.upper()!r}: expected 3 BCD bytes, DDHHmm")
    days, hours, minutes = int(digits[:2]), int(digits[2:4]), int(digits[4:])
    return (days * 24 + hours) * 3600 + minutes * 60
