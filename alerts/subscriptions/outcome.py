"""What became of an attempt to send, and what a carrier is."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from alerts.subscriptions.subscription import Subscription


class Delivered(NamedTuple):
    """The receiver has it."""


class TryLater(NamedTuple):
    """It may work later; ``after`` is how long the receiver asked us to wait, None for nothing."""

    sentence: str
    after: timedelta | None = None


class Refused(NamedTuple):
    """The receiver will never take this one; others it may."""

    sentence: str


class Gone(NamedTuple):
    """The receiver wants nothing more from us."""

    sentence: str


Outcome = Delivered | TryLater | Refused | Gone


class Letter(NamedTuple):
    """One thing to send.

    Attributes:
        number: by which receivers know a repetition.
        body: as it was planned.
        subjects: what it is about, the threads that it belongs to.
        attempts: that failed before.
    """

    number: str
    body: Mapping[str, Any]
    subjects: list[str]
    attempts: int


class Carrier(Protocol):
    """Sends letters of some kinds of subscription; raises nothing for what a network may do."""

    def send(self, subscription: Subscription, letter: Letter, now: datetime) -> Outcome:
        """Send a letter and wait for the receiver's answer."""
