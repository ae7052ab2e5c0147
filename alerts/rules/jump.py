"""A reading beyond a limit that the checks of quality refuse, and what the readings after it say.

A jump that is not the way back and not impossible may be a true extreme as well as a fault: it
must be looked at, and the next reading that can be relied on decides.
"""

from enum import Enum, auto
from math import isnan
from typing import NamedTuple


class Said(Enum):
    """What a reading that can be relied on says of the jump before it."""

    NOTHING = auto()
    CONFIRMED = auto()
    SOUND = auto()


class Jump(NamedTuple):
    """A refused reading beyond a limit.

    Attributes:
        ts_us: observed.
        value: in the stored unit.
        before: the last value before it that can be relied on; NaN where there is none.
        until_us: until when it can be confirmed.
        limit: of values, that it is beyond; None where something else is held against limits.
        above: whether high values are the dangerous ones.
        sound: how many readings in a row did not confirm it.
    """

    ts_us: int
    value: float
    before: float
    until_us: int
    limit: float | None
    above: bool
    sound: int = 0

    def next(self, ts_us: int, value: float, enough: int) -> tuple["Jump | None", Said]:
        """Return what is left of it after a reading of its series that can be relied on.

        Args:
            ts_us: of that reading.
            value: of that reading.
            enough: so many readings in a row that do not confirm it end it.
        """
        if ts_us <= self.ts_us:
            return self, Said.NOTHING
        if self.may_be_confirmed(ts_us) and self._agrees(value):
            return None, Said.CONFIRMED
        if self.sound + 1 >= enough:
            return None, Said.SOUND
        return self._replace(sound=self.sound + 1), Said.NOTHING

    def doubted(self) -> "Jump":
        """Return it after another reading that cannot be relied on."""
        return self._replace(sound=0)

    def may_be_confirmed(self, ts_us: int) -> bool:
        """Return whether it is neither too late for that nor a later reading was against it."""
        return not self.sound and ts_us <= self.until_us

    def _agrees(self, value: float) -> bool:
        """Return whether a value is as dangerous, or nearer to it than to what was before.

        Either way the checks believed it, so it lies within their own noise of one of both.
        """
        if self.limit is not None and (value - self.limit) * (1 if self.above else -1) >= 0:
            return True
        return isnan(self.before) or abs(value - self.value) < abs(value - self.before)
