"""How far a reading can be trusted, and which checks said so: one int2 in the store."""

from enum import IntEnum, IntFlag

_GRADE_BITS = 2


class Grade(IntEnum):
    """Bits 0 and 1 of a quality."""

    GOOD = 0
    DOUBTFUL = 1
    UNRELIABLE = 2


class Check(IntFlag):
    """Bits 2 to 14 of a quality: each check that had something to say."""

    SOFT_LIMIT = 1 << 2
    HARD_LIMIT = 1 << 3
    DEVICE_FLAG = 1 << 4
    RETAINED = 1 << 5
    STUCK = 1 << 6
    SPIKE = 1 << 7


def quality(grade: Grade, checks: int = 0) -> int:
    """Pack a grade and its checks."""
    return int(grade) | int(checks)


def grade_of(packed: int) -> Grade:
    """Return the grade of a packed quality."""
    return Grade(packed & ((1 << _GRADE_BITS) - 1))


def combine(one: int, other: int) -> int:
    """Return the worse grade of two packed qualities, with the checks of both."""
    mask = (1 << _GRADE_BITS) - 1
    return max(one & mask, other & mask) | (one | other) & ~mask
