"""Questions of many requests put to the store together."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Generic, TypeVar

Key = TypeVar("Key")
Answer = TypeVar("Answer")

_AT_ONCE = 2
_MOST_TOGETHER = 100


class Together(Generic[Key, Answer]):
    """Asks about many keys at once when many are asked about at the same time.

    Two questions are under way at most, and whatever is asked meanwhile goes into the next: alone
    a key waits for nobody, and in a burst the store has a few questions to plan, send and wake up
    for instead of hundreds. A question begins after everything that it answers was asked, so
    nobody is told what was true before.
    """

    def __init__(self, ask: Callable[[Collection[Key]], Awaitable[Mapping[Key, Answer]]]) -> None:
        self._ask = ask
        self._wanted: set[Key] = set()
        self._next: asyncio.Task[Mapping[Key, Answer]] | None = None
        self._asking = asyncio.Semaphore(_AT_ONCE)

    async def about(self, key: Key) -> Answer | None:
        """Return the answer about a key, None if there is none."""
        if self._next is None or len(self._wanted) >= _MOST_TOGETHER:
            self._wanted = set()
            self._next = asyncio.create_task(self._question(self._wanted))
        self._wanted.add(key)
        # Others wait for the same answer, so a caller who goes away must not take it along.
        return (await asyncio.shield(self._next)).get(key)

    async def _question(self, wanted: set[Key]) -> Mapping[Key, Answer]:
        async with self._asking:
            if self._wanted is wanted:
                self._next = None
            return await self._ask(wanted)
