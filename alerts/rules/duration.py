"""Lengths of time as people write them in rule files: ``2min``, ``90s``, ``1h``."""

import re
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer

_UNIT_US = {"d": 86_400_000_000, "h": 3_600_000_000, "min": 60_000_000, "s": 1_000_000}
_LONGEST_US = 3660 * _UNIT_US["d"]
_FORM = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|h|d)", re.ASCII)


def parse_duration(text: object) -> int:
    """Return the microseconds of ``text``; 0 stands for none at all.

    Raises:
        ValueError: not a number with one of the units s, min, h, d, or more than ten years.
    """
    if text == 0 and not isinstance(text, bool):
        return 0
    found = _FORM.fullmatch(text.strip()) if isinstance(text, str) else None
    if not found:
        raise ValueError(f"duration {text!r}: expected a number and s, min, h or d, e.g. '2min'")
    lasts = float(found[1]) * _UNIT_US[found[2]]
    if lasts > _LONGEST_US:
        raise ValueError(f"duration {text!r}: expected at most ten years")
    return round(lasts)


def format_duration(microseconds: int) -> str:
    """Return the duration in the largest unit that needs no fraction, ``2 min`` for example."""
    for unit, size in _UNIT_US.items():
        if microseconds and microseconds % size == 0:
            return f"{microseconds // size} {unit}"
    return f"{microseconds / 1e6:.6f}".rstrip("0").rstrip(".") + " s"


Duration = Annotated[
    int,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str),
]
"""A field of a rule: written as text, kept in microseconds."""
