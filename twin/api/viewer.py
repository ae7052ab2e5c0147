"""One connected viewer: what waits for it, in order, and when it is given up."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

_MOST_DELTAS = 8
"""Two seconds of changes; a viewer that is further behind is better served by a snapshot."""

MOST_TEXTS = 10_000
LONGEST_WAIT_S = 30.0


class _Waiting(NamedTuple):
    since: float
    data: str | bytes


class Viewer:
    """A bounded queue that drops frames but never alerts.

    Frames and alerts leave in the order of their numbers. Where frames were dropped, a snapshot
    goes out first, which starts the count anew; alerts that waited follow it.
    """

    def __init__(self) -> None:
        self._queue: deque[_Waiting] = deque()
        self._deltas = 0
        self._behind = True
        self._sending_text_since: float | None = None
        self._wake = asyncio.Event()
        self._wake.set()

    def offer_delta(self, data: bytes, now: float) -> bool:
        """Queue a frame; returns false where it was dropped, to be made up by a snapshot."""
        if not self._behind and self._deltas < _MOST_DELTAS:
            self._deltas += 1
            self._push(data, now)
            return True
        self._queue = deque(item for item in self._queue if isinstance(item.data, str))
        self._deltas = 0
        self._behind = True
        self._wake.set()
        return False

    def offer_text(self, data: str, now: float) -> None:
        """Queue a message that must arrive."""
        self._push(data, now)

    def why_lost(self, now: float) -> str:
        """Return why this viewer has to be given up, empty while it keeps up."""
        texts = len(self._queue) - self._deltas
        if texts > MOST_TEXTS:
            return f"more than {MOST_TEXTS} messages waiting"
        oldest = self._sending_text_since
        if oldest is None and texts:
            oldest = next(item.since for item in self._queue if isinstance(item.data, str))
        if oldest is not None and now - oldest > LONGEST_WAIT_S:
            return f"a message waited longer than {LONGEST_WAIT_S:g} s"
        return ""

    async def next(self, snapshot: Callable[[], bytes]) -> str | bytes:
        """Return what is to be sent next; asking again says that the one before was sent."""
        self._sending_text_since = None
        while not (self._behind or self._queue):
            self._wake.clear()
            await self._wake.wait()
        if self._behind:
            self._behind = False
            return snapshot()
        item = self._queue.popleft()
        if isinstance(item.data, bytes):
            self._deltas -= 1
        else:
            self._sending_text_since = item.since
        return item.data

    def _push(self, data: str | bytes, now: float) -> None:
        self._queue.append(_Waiting(now, data))
        self._wake.set()
