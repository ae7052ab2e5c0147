"""Questions that many ask at the same time become few, and nobody is told what was before."""

import asyncio
from collections.abc import Collection

import pytest

from twin.api.together import Together

pytestmark = pytest.mark.anyio


class Slow:
    """A store that answers when it is told to, with the double of each even number."""

    def __init__(self) -> None:
        self.asked: list[set[int]] = []
        self.answers = asyncio.Event()

    async def ask(self, keys: Collection[int]) -> dict[int, int]:
        self.asked.append(set(keys))
        await self.answers.wait()
        return {key: key * 2 for key in keys if key % 2 == 0}


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_what_is_asked_while_two_questions_are_under_way_goes_into_the_next() -> None:
    store = Slow()
    together = Together(store.ask)
    waiting = []
    for key in range(6):
        waiting.append(asyncio.create_task(together.about(key)))
        await settle()
    assert store.asked == [{0}, {1}]
    store.answers.set()
    assert await asyncio.gather(*waiting) == [0, None, 4, None, 8, None]
    assert store.asked == [{0}, {1}, {2, 3, 4, 5}]


async def test_what_is_asked_at_the_same_time_is_one_question() -> None:
    store = Slow()
    store.answers.set()
    together = Together(store.ask)
    assert await asyncio.gather(*(together.about(key) for key in (2, 4, 2))) == [4, 8, 4]
    assert store.asked == [{2, 4}]


async def test_a_key_is_asked_about_anew_each_time() -> None:
    store = Slow()
    store.answers.set()
    together = Together(store.ask)
    for _ in range(2):
        assert await together.about(2) == 4
    assert store.asked == [{2}, {2}]


async def test_a_question_has_a_bounded_size() -> None:
    store = Slow()
    store.answers.set()
    together = Together(store.ask)
    await asyncio.gather(*(together.about(key) for key in range(250)))
    assert [len(keys) for keys in store.asked] == [100, 100, 50]


async def test_who_goes_away_does_not_take_the_answer_along() -> None:
    store = Slow()
    together = Together(store.ask)
    first, second = (asyncio.create_task(together.about(2)) for _ in range(2))
    await settle()
    first.cancel()
    store.answers.set()
    assert await second == 4


async def test_what_goes_wrong_is_told_to_all_who_asked_and_to_nobody_after() -> None:
    failing = True

    async def ask(keys: Collection[int]) -> dict[int, int]:
        if failing:
            raise ConnectionError("the store is away")
        return dict.fromkeys(keys, 1)

    together = Together(ask)
    found = await asyncio.gather(*(together.about(key) for key in (1, 2)), return_exceptions=True)
    assert [type(one) for one in found] == [ConnectionError, ConnectionError]
    failing = False
    assert await together.about(1) == 1
