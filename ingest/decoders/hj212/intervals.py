"""The intervals that a data logger can be set to (HJ 212-2017, table 4)."""

from typing import Final

MINUTE_S: Final = 60
MINUTES_OF_AN_HOUR: Final = 60
LONGEST_MINUTES: Final = 30
SHORTEST_REALTIME_S: Final = 30
LONGEST_REALTIME_S: Final = 3600
LONGEST_TIMEOUT_S: Final = 99_999
MOST_RESENDS: Final = 99


class ImpossibleIntervalError(ValueError):
    """An interval that no data logger has. Choose one of those that the sentence names."""


def checked_minutes(minutes: int) -> int:
    """Return an interval of minute data (MinInterval).

    Raises:
        ImpossibleIntervalError: not 1 to 30 minutes, or the hour is no multiple of it.
    """
    if not 1 <= minutes <= LONGEST_MINUTES or MINUTES_OF_AN_HOUR % minutes:
        raise ImpossibleIntervalError(
            f"minute interval of {minutes!r} min: expected 1, 2, 3, 4, 5, 6, 10, 12, 15, 20 or 30"
        )
    return minutes


def checked_realtime(seconds: int) -> int:
    """Return an interval of real-time data (RtdInterval) in seconds.

    Raises:
        ImpossibleIntervalError: not 30 to 3600 s.
    """
    if not SHORTEST_REALTIME_S <= seconds <= LONGEST_REALTIME_S:
        raise ImpossibleIntervalError(
            f"real-time interval of {seconds!r} s: expected"
            f" {SHORTEST_REALTIME_S} to {LONGEST_REALTIME_S}"
        )
    return seconds


def checked_timeout(seconds: int, resends: int) -> None:
    """Refuse a time to wait for answers (OverTime) or a count of resends (ReCount).

    Raises:
        ImpossibleIntervalError: not 1 to 99999 s, or not 0 to 99 resends.
    """
    if not (1 <= seconds <= LONGEST_TIMEOUT_S and 0 <= resends <= MOST_RESENDS):
        raise ImpossibleIntervalError(
            f"timeout of {seconds!r} s with {resends!r} resends: expected"
            f" 1 to {LONGEST_TIMEOUT_S} s and 0 to {MOST_RESENDS}"
        )
