"""Who hands readings in waits for the broker and for ingest, is answered once, and not for ever."""

import asyncio

import pytest

from ingest.handed_in import Outcome, pack
from ingest.parking import digest_of
from twin.api.problems import UnavailableError
from twin.api.readings_door import Door
from twin.model import Fault, FaultReason, Message, Mode

pytestmark = pytest.mark.anyio

TOPIC = "citytwin/v1/http/json/key%20gauges"


class Broker:
    """Takes what a door publishes; the test decides what comes back."""

    def __init__(self, wait_s: float = 5.0) -> None:
        self.sent: list[tuple[str, bytes]] = []
        self.door = Door(self.publish, wait_s)
        self.door.connected()

    def publish(self, topic: str, payload: bytes) -> int:
        self.sent.append((topic, payload))
        return len(self.sent)

    async def hand_in(self, body: bytes) -> "asyncio.Task[Outcome]":
        """Hand a body in and return once it is on its way."""
        before = len(self.sent)
        task = asyncio.create_task(self.door.hand_in(TOPIC, body))
        await asyncio.sleep(0)
        assert len(self.sent) == before + 1
        return task

    def commit(self, body: bytes, stored: int = 1) -> None:
        digest = digest_of(Message("", Mode.ACTUAL, TOPIC, body, 0))
        faults = [Fault(FaultReason.BAD_VALUE, "expected a number")]
        self.door.take(pack([Outcome(bytes(16), 9, 9, []), Outcome(digest, stored, 0, faults)]))


async def test_the_answer_is_the_outcome_of_ones_own_body() -> None:
    broker = Broker()
    task = await broker.hand_in(b"a")
    broker.door.confirmed(1)
    broker.commit(b"other")
    broker.commit(b"a", stored=3)
    outcome = await task
    assert (outcome.stored, outcome.faults[0].sentence) == (3, "expected a number")
    assert broker.sent == [(TOPIC, b"a")]


async def test_an_answer_waits_until_the_broker_holds_ones_own_body() -> None:
    broker = Broker()
    first, second = await broker.hand_in(b"a"), await broker.hand_in(b"a")
    broker.door.confirmed(1)
    broker.commit(b"a")
    assert (await first).stored == 1
    assert not second.done()
    broker.door.confirmed(2)
    assert (await second).stored == 1


async def test_without_a_commit_one_is_told_that_sending_again_does_no_harm() -> None:
    broker = Broker(wait_s=0.01)
    task = await broker.hand_in(b"a")
    with pytest.raises(UnavailableError, match="sending again does no harm"):
        await task
    broker.commit(b"a")


async def test_a_lost_connection_ends_every_waiting() -> None:
    broker = Broker()
    tasks = [await broker.hand_in(body) for body in (b"a", b"a", b"b")]
    broker.door.confirmed(3)
    broker.door.disconnected()
    for task in tasks:
        with pytest.raises(UnavailableError, match="may still be stored"):
            await task
    with pytest.raises(UnavailableError, match="nothing was handed in"):
        await broker.door.hand_in(TOPIC, b"c")
    assert len(broker.sent) == 3


async def test_too_much_is_not_handed_in() -> None:
    broker = Broker()
    large = bytes(1 << 20)
    tasks = [await broker.hand_in(large) for _ in range(65)]
    with pytest.raises(UnavailableError, match="too much"):
        await broker.door.hand_in(TOPIC, b"a")
    broker.door.disconnected()
    assert len(await asyncio.gather(*tasks, return_exceptions=True)) == 65
    broker.door.connected()
    task = await broker.hand_in(b"a")
    task.cancel()


async def test_what_is_no_outcome_is_left_out() -> None:
    broker = Broker()
    task = await broker.hand_in(b"a")
    broker.door.confirmed(1)
    broker.door.take(b"no outcomes")
    broker.commit(b"a")
    assert (await task).stored == 1


async def test_without_a_broker_nothing_is_handed_in() -> None:
    with pytest.raises(UnavailableError, match="the broker is away"):
        await Door(None, 1.0).hand_in(TOPIC, b"a")
    with pytest.raises(UnavailableError, match="did not answer"):
        await Door(None, 1.0).wait_until_open(0.01)
