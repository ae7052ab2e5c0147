"""The memory of one limit: reached since when, raised or not, left since when."""

from typing import NamedTuple

from alerts.rules.alert_level import AlertLevel


class Latch(NamedTuple):
    """One level of one series at one rule; or one thing that a camera sees.

    Attributes:
        level: what stands while it is raised.
        since_us: observed since when its limit has been reached, while it waits for its hold.
        raised: whether the level stands.
        clear_since_us: observed since when its limit has been left, while it waits for its end.
        limit: the limit in force; None for what has none.
        value: the last reliable reading that changed it or kept it waiting.
        ts_us: when that was observed.
        device: code of who said so, 0 for nobody.
    """

    level: AlertLevel
    since_us: int | None = None
    raised: bool = False
    clear_since_us: int | None = None
    limit: float | None = None
    value: float | None = None
    ts_us: int = 0
    device: int = 0

    @property
    def idle(self) -> bool:
        """Whether there is nothing to remember."""
        return not self.raised and self.since_us is None

    @property
    def stored(self) -> tuple[int | None, bool, int | None]:
        """What the store keeps of it: the part whose change is worth a write."""
        return self.since_us, self.raised, self.clear_since_us


class Move(NamedTuple):
    """What one reading says to a latch: its limit is reached, or left, or neither."""

    reached: bool
    left: bool
    may_begin: bool
    ts_us: int


class Holds(NamedTuple):
    """How long a limit must be reached to raise, and be left to clear; microseconds."""

    hold_us: int
    clear_hold_us: int


def moved(latch: Latch, move: Move, holds: Holds) -> Latch:
    """Return the latch after a reading; the same object where there is nothing new about it."""
    return _when_raised(latch, move, holds) if latch.raised else _when_low(latch, move, holds)


def _when_raised(latch: Latch, move: Move, holds: Holds) -> Latch:
    if not move.left:
        return latch if latch.clear_since_us is None else latch._replace(clear_since_us=None)
    since = _earlier(latch.clear_since_us, move.ts_us)
    if move.ts_us - since >= holds.clear_hold_us:
        return latch._replace(raised=False, since_us=None, clear_since_us=None)
    return latch._replace(clear_since_us=since)


def _when_low(latch: Latch, move: Move, holds: Holds) -> Latch:
    if not move.reached or (latch.since_us is None and not move.may_begin):
        return latch if latch.since_us is None else latch._replace(since_us=None)
    since = _earlier(latch.since_us, move.ts_us)
    if move.ts_us - since >= holds.hold_us:
        return latch._replace(raised=True, since_us=None)
    return latch._replace(since_us=since)


def _earlier(since_us: int | None, ts_us: int) -> int:
    # A device whose clock once ran ahead must not make its next readings wait for that time.
    return ts_us if since_us is None else min(since_us, ts_us)
