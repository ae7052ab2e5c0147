"""Answers about keys in use are renewed before they end, so that nobody waits for them."""

import asyncio
from collections.abc import Collection

import pytest

from twin.api.key_ring import LIFE_S, Found, Holder, KeyRing
from twin.api.keys import key_digest
from twin.api.permissions import GRANTS, Role

pytestmark = pytest.mark.anyio

LI = Holder("li", Role.VIEWER, GRANTS[Role.VIEWER])


class Store:
    """A store that lets the key ``a`` in, when its gate is open; or is away."""

    def __init__(self) -> None:
        self.now = 100.0
        self.asked = 0
        self.away = False
        self.gate = asyncio.Event()
        self.gate.set()

    def clock(self) -> float:
        return self.now

    async def ask(self, digests: Collection[bytes]) -> list[Found]:
        self.asked += 1
        await self.gate.wait()
        if self.away:
            raise ConnectionError("the store is away")
        return [Found(digest, LI, None) for digest in digests if digest == key_digest("a")]


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_who_comes_before_an_answer_ends_renews_it_and_does_not_wait() -> None:
    store = Store()
    ring = KeyRing(store.ask, store.clock)
    await ring.holder("a")
    store.now += LIFE_S - 0.1
    store.gate.clear()
    for _ in range(3):
        assert await ring.holder("a") == LI
        await settle()
    assert store.asked == 2
    store.gate.set()
    await settle()
    store.now += 0.2
    assert await ring.holder("a") == LI
    assert store.asked == 2


async def test_a_renewal_that_fails_is_told_only_when_the_answer_has_ended() -> None:
    store = Store()
    ring = KeyRing(store.ask, store.clock)
    await ring.holder("a")
    store.now += LIFE_S - 0.1
    store.away = True
    assert await ring.holder("a") == LI
    await settle()
    store.now += 0.2
    with pytest.raises(ConnectionError, match="away"):
        await ring.holder("a")
    store.away = False
    assert await ring.holder("a") == LI
