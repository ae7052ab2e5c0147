"""The memory of one thing that a camera sees in an area."""

from typing import NamedTuple

from alerts.rules.alert_level import AlertLevel


class Latch(NamedTuple):
    """One thing that a camera sees, as one source of it says.

    Attributes:
        level: what stands while it is raised.
        raised: whether the thing is there.
        ts_us: when that was observed.
        device: code of who said so, 0 for nobody.
    """

    level: AlertLevel
    raised: bool = False
    ts_us: int = 0
    device: int = 0

    @property
    def idle(self) -> bool:
        """Whether there is nothing to remember."""
        return not self.raised

    @property
    def stored(self) -> bool:
        """What the store keeps of it: the part whose change is worth a write."""
        return self.raised
