"""The API keys in use, kept for two seconds so that not every request asks the store."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import NamedTuple

from psycopg.rows import DictRow
from psycopg.sql import SQL

from twin.api.keys import key_digest
from twin.api.permissions import Permission, Role, permissions_of
from twin.api.store import Pool, rows

LIFE_S = 2.0
"""How long a revoked key may still open something."""

_RENEWED_S = 0.5
"""How long before their end the answers about keys in use are renewed."""

_MOST = 10_000
_LONGEST_KEY = 200

# Rows that another process is just noting are left to it: nobody waits and nobody deadlocks.
_ASK = SQL("""
    WITH due AS (
        SELECT id FROM api_key
        WHERE key_digest = ANY(%(digests)s)
          AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
          AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
        FOR UPDATE SKIP LOCKED
    ), noted AS (UPDATE api_key k SET last_used_at = now() FROM due WHERE k.id = due.id)
    SELECT key_digest, name, role, scopes, extract(epoch FROM expires_at - now())::float8 AS left_s
    FROM api_key
    WHERE key_digest = ANY(%(digests)s)
      AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())""")


class Holder(NamedTuple):
    """Who holds a key, and what the key may do."""

    name: str
    role: Role
    permissions: frozenset[Permission]


class Found(NamedTuple):
    """A key that the store let in, by its digest, and the seconds until it ends by itself."""

    digest: bytes
    holder: Holder
    left_s: float | None


class _Known(NamedTuple):
    holder: Holder
    until: float


_Answer = dict[bytes, _Known]
Ask = Callable[[Collection[bytes]], Awaitable[Iterable[Found]]]


class KeyRing:
    """Says who holds a key, by an answer of the store that is never older than two seconds.

    One question is under way at a time, and whatever is asked meanwhile goes into the next. When
    an answer grows old, those about all keys that were used meanwhile are renewed together, while
    the old ones still count, so that nobody waits. Keys that the store does not let in are not
    kept at all.
    """

    def __init__(self, ask: Ask, clock: Callable[[], float], most: int = _MOST) -> None:
        self._ask = ask
        self._clock = clock
        self._most = most
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self._used: set[bytes] = set()
        self._wanted: set[bytes] = set()
        self._next: asyncio.Task[_Answer] | None = None
        self._renewal: asyncio.Task[_Answer] | None = None
        self._asking = asyncio.Lock()

    def __len__(self) -> int:
        return len(self._known)

    async def holder(self, key: str) -> Holder | None:
        """Return who holds a key; None if it is unknown, expired or revoked."""
        if len(key) > _LONGEST_KEY:
            return None
        digest = key_digest(key)
        known = self._known.get(digest)
        left_s = 0.0 if known is None else known.until - self._clock()
        if left_s <= 0:
            if known is not None:
                self._take_used()
            known = (await self._answer_about(digest)).get(digest)
        elif left_s < _RENEWED_S:
            self._renew(digest)
        if known is None:
            return None
        self._used.add(digest)
        return known.holder

    def _take_used(self) -> None:
        self._wanted |= self._used
        self._used = set()

    def _renew(self, digest: bytes) -> None:
        """Ask about the keys in use before their answers end, unless that is under way."""
        if self._next is not None or not (self._renewal is None or self._renewal.done()):
            return
        self._take_used()
        self._wanted.add(digest)
        self._renewal = self._next = asyncio.create_task(self._question())
        self._renewal.add_done_callback(_leave_to_the_next)

    async def _answer_about(self, digest: bytes) -> _Answer:
        self._wanted.add(digest)
        if self._next is None:
            self._next = asyncio.create_task(self._question())
        # Others wait for the same answer, so a caller who goes away must not take it along.
        return await asyncio.shield(self._next)

    async def _question(self) -> _Answer:
        async with self._asking:
            asked, self._wanted, self._next = self._wanted, set(), None
            # The answer's age counts from here: what is revoked from now on may not be in it.
            now = self._clock()
            answer = {key.digest: _known(key, now) for key in await self._ask(asked)}
            for digest in asked:
                self._known.pop(digest, None)
            self._known.update(answer)
            while len(self._known) > self._most:
                self._used.discard(self._known.popitem(last=False)[0])
            return answer


async def ask_store(pool: Pool, digests: Collection[bytes]) -> list[Found]:
    """Return those of the keys that the store lets in, and note that they are used."""
    found = await rows(pool, _ASK, {"digests": list(digests)})
    return [Found(row["key_digest"], _holder(row), row["left_s"]) for row in found]


def _holder(row: DictRow) -> Holder:
    role = Role.named(row["role"])
    return Holder(row["name"], role, permissions_of(role, row["scopes"]))


def _known(key: Found, asked_at: float) -> _Known:
    life = LIFE_S if key.left_s is None else min(LIFE_S, key.left_s)
    return _Known(key.holder, asked_at + life)


def _leave_to_the_next(renewal: asyncio.Task[_Answer]) -> None:
    """Let go of what went wrong: who comes when the answers have ended asks and is told."""
    if not renewal.cancelled():
        renewal.exception()
