"""What carries commands to devices: one for each protocol."""

from datetime import datetime
from typing import NamedTuple, Protocol

from data.commands import Order


class Handover(NamedTuple):
    """Whether a command left.

    Attributes:
        left: True once the broker or the connection took it, False if it surely did not leave,
            None if nobody knows.
        sentence: what happened, for the command's history.
    """

    left: bool | None
    sentence: str


class Carrier(Protocol):
    """Sends commands over one protocol, each at most once."""

    protocol: str

    def reaches(self, order: Order) -> bool:
        """Whether a command could be sent now."""
        ...

    def reference(self, order: Order, now: datetime) -> str:
        """Return what the device's answers will carry of this command, sent now."""
        ...

    def send(self, order: Order, reference: str, now: datetime) -> Handover:
        """Send a command that is marked as sent, once; what goes wrong is in the handover."""
        ...
