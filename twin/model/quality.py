"""How far a reading can be trusted, and which checks said so: one int2 in the store."""

from enum import IntEnum, IntFlag

_GRADE_BITS = 2
GRADE_MASK = (1 << _GRADE_BITS) - 1
FORMER_GRADE_SHIFT = 12
"""Bits 12 and 13 keep the grade that a value had before a person changed it."""


class Grade(IntEnum):
    """Bits 0 and 1 of a quality."""

    GOOD = 0
    DOUBTFUL = 1
    UNRELIABLE = 2


class Check(IntFlag):
    """Bits 2 to 11 of a quality: each check that had something to say."""

    SOFT_LIMIT = 1 << 2
    HARD_LIMIT = 1 << 3
    DEVICE_FLAG = 1 << 4
    RETAINED = 1 << 5
    STUCK = 1 << 6
    SPIKE = 1 << 7
    SENTINEL = 1 << 8
    RATE = 1 << 9
    CLOCK = 1 << 10
    PERSON = 1 << 11


def quality(grade: Grade, checks: int = 0) -> int:
    """Pack a grade and its checks."""
    return int(grade) | int(checks)


def grade_of(packed: int) -> Grade:
    """Return the grade of a packed quality."""
    return Grade(packed & GRADE_MASK)


def combine(one: int, other: int) -> int:
    """Return the worse grade of two packed qualities, with the checks of both."""
    return max(one & GRADE_MASK, other & GRADE_MASK) | (one | other) & ~GRADE_MASK


def flagged(packed: int, grade: Grade) -> int:
    """Return a packed quality as a person changes its grade; the first former grade stays."""
    if not packed & Check.PERSON:
        packed |= Check.PERSON | (packed & GRADE_MASK) << FORMER_GRADE_SHIFT
    return packed & ~GRADE_MASK | grade


def lifted(packed: int) -> int:
    """Return a packed quality as it was before persons changed it."""
    if not packed & Check.PERSON:
        return packed
    former = packed >> FORMER_GRADE_SHIFT & GRADE_MASK
    return packed & ~(GRADE_MASK | Check.PERSON | GRADE_MASK << FORMER_GRADE_SHIFT) | former
