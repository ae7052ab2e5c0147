"""What the threads of ingest note about their own work, until it is asked for."""

import threading
from typing import NamedTuple


class Span(NamedTuple):
    """What was worst since it was last asked for.

    Attributes:
        delay_s: from the arrival of a message to its commit; None if none was committed.
        waiting: messages that were received and not committed.
    """

    delay_s: float | None
    waiting: int


class Vitals:
    """Any thread may write and read.

    Attributes:
        wanted: is set when somebody should look at once.
    """

    def __init__(self) -> None:
        self.wanted = threading.Event()
        self._lock = threading.Lock()
        self._delay_s: float | None = None
        self._waiting = 0

    def committed(self, delay_s: float) -> None:
        """Take note of the age of the oldest message of a batch at its commit, in seconds."""
        with self._lock:
            self._delay_s = max(self._delay_s or 0.0, delay_s)

    def waits(self, messages: int) -> None:
        """Take note of how many messages wait."""
        with self._lock:
            self._waiting = max(self._waiting, messages)

    def rule_failed(self, _rule: str, _sentence: str) -> None:
        """Take note that a rule was switched off: whoever looks at the rules is to look now."""
        self.wanted.set()

    def take(self) -> Span:
        """Return what was worst, and begin anew."""
        with self._lock:
            span = Span(self._delay_s, self._waiting)
            self._delay_s, self._waiting = None, 0
        return span
