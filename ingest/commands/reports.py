"""Answers of devices on their way to the store."""

import threading
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from data.commands import Answer

_MOST_WAITING = 10_000


def _nothing() -> None:
    """Stand for the confirmation where a protocol has none."""


class Report(NamedTuple):
    """An answer, and what confirms it to whoever brought it, once it is stored."""

    answer: Answer
    confirm: Callable[[], object] = _nothing


class Reports:
    """Put by any thread, taken by one; what is beyond 10,000 is refused."""

    def __init__(self) -> None:
        self._queue: deque[Report] = deque()
        self._arrived = threading.Condition()

    def put(self, report: Report) -> bool:
        """Add an answer; False if there are too many, and it is left out."""
        with self._arrived:
            if len(self._queue) >= _MOST_WAITING:
                return False
            self._queue.append(report)
            self._arrived.notify()
            return True

    def take(self, wait_seconds: float) -> list[Report]:
        """Return all answers; waits for the first one if there is none."""
        with self._arrived:
            self._arrived.wait_for(lambda: bool(self._queue), wait_seconds)
            taken = list(self._queue)
            self._queue.clear()
            return taken

    def clear(self) -> None:
        """Forget what was not stored; the broker brings it again."""
        with self._arrived:
            self._queue.clear()
