"""A key is asked of the store every two seconds at most, and never believed for longer."""

import asyncio
from collections.abc import Collection

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.api.key_ring import LIFE_S, Found, Holder, KeyRing
from twin.api.keys import key_digest
from twin.api.permissions import GRANTS, Role

pytestmark = pytest.mark.anyio


class Store:
    """A store that counts questions, with the keys that it lets in and when they end."""

    def __init__(self, *keys: str) -> None:
        self.ends: dict[str, float | None] = dict.fromkeys(keys)
        self.asked: list[int] = []
        self.now = 100.0
        self.gate: asyncio.Event | None = None

    def clock(self) -> float:
        return self.now

    async def ask(self, digests: Collection[bytes]) -> list[Found]:
        self.asked.append(len(digests))
        found = [
            Found(
                key_digest(key),
                Holder(key, Role.VIEWER, GRANTS[Role.VIEWER]),
                None if end is None else end - self.now,
            )
            for key, end in self.ends.items()
            if key_digest(key) in digests and (end is None or end > self.now)
        ]
        if self.gate is not None:
            await self.gate.wait()
        return found


async def name_of(ring: KeyRing, key: str) -> str | None:
    holder = await ring.holder(key)
    return None if holder is None else holder.name


async def until_asked(store: Store) -> None:
    while not store.asked:  # noqa: ASYNC110 - what is waited for has no event of its own
        await asyncio.sleep(0)


async def test_many_requests_of_many_keys_are_one_question_every_two_seconds() -> None:
    keys = [f"key-{number}" for number in range(200)]
    store = Store(*keys)
    ring = KeyRing(store.ask, store.clock)
    for key in keys:
        assert await name_of(ring, key) == key
    assert store.asked == [1] * 200
    for _ in range(10):
        store.now += LIFE_S
        for key in keys * 5:
            assert await name_of(ring, key) == key
    assert store.asked[200:] == [200] * 10


async def test_a_revoked_key_opens_nothing_after_two_seconds() -> None:
    store = Store("a", "b")
    ring = KeyRing(store.ask, store.clock)
    assert await name_of(ring, "a") == "a"
    del store.ends["a"]
    store.now += LIFE_S - 0.001
    assert await name_of(ring, "a") == "a"
    store.now += 0.001
    assert await name_of(ring, "a") is None
    assert await name_of(ring, "b") == "b"


async def test_an_answer_counts_from_when_it_was_asked_for() -> None:
    store = Store("a")
    store.gate = asyncio.Event()
    ring = KeyRing(store.ask, store.clock)
    slow = asyncio.create_task(name_of(ring, "a"))
    await until_asked(store)
    store.now += 1.5
    store.gate.set()
    assert await slow == "a"
    del store.ends["a"]
    store.now += 0.6
    assert await name_of(ring, "a") is None


async def test_a_key_ends_by_itself_at_its_instant() -> None:
    store = Store("a")
    store.ends["a"] = store.now + 0.5
    ring = KeyRing(store.ask, store.clock)
    assert await name_of(ring, "a") == "a"
    store.now += 0.5
    assert await name_of(ring, "a") is None


async def test_wrong_keys_are_never_kept() -> None:
    store = Store("a")
    ring = KeyRing(store.ask, store.clock, most=10)
    assert await name_of(ring, "a") == "a"
    for number in range(100):
        assert await name_of(ring, f"wrong-{number}") is None
    assert await name_of(ring, "x" * 5000) is None
    assert len(ring) == 1
    assert await name_of(ring, "a") == "a"
    assert store.asked == [1] * 101


async def test_there_is_a_bound_on_what_is_kept() -> None:
    keys = [f"key-{number}" for number in range(30)]
    store = Store(*keys)
    ring = KeyRing(store.ask, store.clock, most=10)
    for key in keys:
        assert await name_of(ring, key) == key
    assert len(ring) == 10
    store.now += LIFE_S
    assert await name_of(ring, keys[-1]) == keys[-1]
    assert store.asked[-1] <= 10


async def test_nothing_is_asked_about_a_key_that_nobody_uses() -> None:
    store = Store("a", "b")
    ring = KeyRing(store.ask, store.clock)
    for key in ("a", "b"):
        assert await name_of(ring, key) == key
    for _ in range(3):
        store.now += LIFE_S
        assert await name_of(ring, "a") == "a"
    assert store.asked == [1, 1, 2, 1, 1]


async def test_keys_that_come_while_a_question_is_under_way_go_into_the_next() -> None:
    keys = [f"key-{number}" for number in range(100)]
    store = Store(*keys)
    store.gate = asyncio.Event()
    ring = KeyRing(store.ask, store.clock, most=10)
    coming = [asyncio.create_task(name_of(ring, keys[0]))]
    await until_asked(store)
    coming += [asyncio.create_task(name_of(ring, key)) for key in [*keys[1:], "wrong"]]
    await asyncio.sleep(0)
    store.gate.set()
    assert await asyncio.gather(*coming) == [*keys, None]
    assert store.asked == [1, 100]


async def test_a_caller_who_goes_away_takes_nobodys_answer_along() -> None:
    store = Store("a")
    store.gate = asyncio.Event()
    ring = KeyRing(store.ask, store.clock)
    gone, waiting = (asyncio.create_task(name_of(ring, "a")) for _ in range(2))
    await until_asked(store)
    gone.cancel()
    store.gate.set()
    assert await waiting == "a"


async def test_a_store_that_is_away_is_told_to_everybody_and_asked_again() -> None:
    store = Store("a")

    async def ask(digests: Collection[bytes]) -> list[Found]:
        if not store.asked:
            store.asked.append(0)
            raise ConnectionError
        return await store.ask(digests)

    ring = KeyRing(ask, store.clock)
    told = await asyncio.gather(*(ring.holder("a") for _ in range(3)), return_exceptions=True)
    assert [type(error) for error in told] == [ConnectionError] * 3
    assert await name_of(ring, "a") == "a"


async def test_requests_at_the_same_moment_share_one_renewal() -> None:
    store = Store("a", "b")
    ring = KeyRing(store.ask, store.clock)
    for key in ("a", "b"):
        await name_of(ring, key)
    store.now += LIFE_S
    found = await asyncio.gather(*(name_of(ring, key) for key in "ab" * 20))
    assert found == ["a", "b"] * 20
    assert store.asked == [1, 1, 2]


@given(
    st.lists(
        st.tuples(st.sampled_from(["use", "revoke", "make", "wait"]), st.sampled_from("abc")),
        max_size=60,
    )
)
def test_whatever_happens_no_key_opens_anything_two_seconds_after_its_end(
    steps: list[tuple[str, str]],
) -> None:
    async def live() -> None:
        store = Store("a", "b", "c")
        ring = KeyRing(store.ask, store.clock, most=2)
        ended: dict[str, float] = {}
        for step, key in steps:
            if step == "wait":
                store.now += 0.7
            elif step == "revoke" and key in store.ends:
                del store.ends[key]
                ended[key] = store.now
            elif step == "make":
                store.ends[key] = None
                ended.pop(key, None)
            elif step == "use":
                found = await name_of(ring, key)
                if key not in ended:
                    assert found == key
                elif store.now - ended[key] >= LIFE_S:
                    assert found is None

    asyncio.run(live())
