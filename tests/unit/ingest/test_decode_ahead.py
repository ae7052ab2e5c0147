"""Messages are decoded ahead of the store: in their order, and never more than a batch of them."""

import threading
from collections.abc import Sequence
from typing import Any, cast

import pytest

from ingest.batch import Parcel
from ingest.config import PipelineConfig
from ingest.decode_ahead import DecodeAhead
from ingest.inbox import Inbox, Received
from ingest.pipeline import Ahead, Pipeline
from ingest.throttle import Limits, Throttle
from twin.model import Decoded, FaultReason, Message, Mode, Name, Reading, Request

SECOND_US = 1_000_000
ORIGIN = cast("Any", object())
LEVEL = Reading(Name("code", "4403118501000001"), "level", 1.0, SECOND_US)
ASKED = Request("spBv1.0/g/NCMD/n", b"rebirth")


NO_LIMITS = Limits(rate=0)


class Bench:
    """An inbox, a pipeline without a store, and what was asked of devices."""

    def __init__(self, limits: Limits = NO_LIMITS, batch: int = 1000) -> None:
        self.inbox = Inbox()
        self.asked: list[Request] = []
        config = PipelineConfig(batch_messages=batch, linger_ms=0)
        pipeline = cast("Pipeline", self)
        self.ahead = DecodeAhead(self.inbox, pipeline, self.asked.append, Throttle(limits), config)
        self.broken = False

    def resolve_ahead(self, parcels: Sequence[Parcel]) -> Ahead:
        return Ahead(len(parcels))

    def decode(self, messages: Sequence[tuple[str, Message]]) -> list[Parcel]:
        if self.broken:
            raise LookupError("no such decoder")
        said = {b"who": Decoded(requests=[ASKED]), b"many": Decoded(readings=[LEVEL] * 300)}
        return [Parcel(one, said.get(one.payload, Decoded())) for _, one in messages]

    def send(self, count: int, at_us: int = SECOND_US, payload: bytes = b"") -> None:
        for number in range(count):
            message = Message("s", Mode.ACTUAL, "t", payload or b"%d" % number, at_us + number)
            self.inbox.put(Received("json", message, ORIGIN))

    def taken(self) -> list[int]:
        portions = self.ahead.take(0.0)
        return [int(one.message.payload) for portion in portions for one in portion.received]


def test_messages_are_ready_in_the_order_of_their_arrival() -> None:
    bench = Bench()
    bench.send(700)
    bench.ahead.lay_out_next()
    bench.ahead.lay_out_next()
    assert len(bench.ahead) == 700
    assert bench.taken() == list(range(700))
    assert len(bench.ahead) == 0


def test_what_the_store_cannot_take_yet_waits_in_the_inbox() -> None:
    bench = Bench(batch=600)
    bench.send(2000)
    for _ in range(5):
        bench.ahead.lay_out_next()
    assert len(bench.inbox) == 1400
    assert bench.taken() == list(range(600))
    bench.ahead.lay_out_next()
    assert len(bench.inbox) == 900


def test_large_messages_wait_as_bytes() -> None:
    bench = Bench(batch=2000)
    bench.send(1500, payload=b"many")
    for _ in range(3):
        bench.ahead.lay_out_next()
    assert len(bench.inbox) == 1000
    assert sum(portion.readings for portion in bench.ahead.take(0.0)) == 500 * 300
    bench.ahead.lay_out_next()
    assert len(bench.inbox) == 500


def test_refused_messages_keep_their_place() -> None:
    bench = Bench(Limits(rate=1, after_s=1))
    for second in range(1, 4):
        bench.send(3, second * SECOND_US)
        bench.ahead.lay_out_next()
    portions = bench.ahead.take(0.0)
    parcels = [parcel for portion in portions for parcel in portion.parcels]
    received = [one for portion in portions for one in portion.received]
    reasons = [[fault.reason for fault in parcel.decoded.faults] for parcel in parcels]
    assert [parcel.message for parcel in parcels] == [one.message for one in received]
    assert reasons[:4] == [[], [], [], []]
    assert reasons[4:] != [[]] * 5
    assert {reason for said in reasons for reason in said} == {FaultReason.THROTTLED}
    assert [one.sender for one in bench.ahead.throttled()] == [("s", "t")]


def test_what_a_decoder_wants_to_ask_is_asked() -> None:
    bench = Bench()
    bench.send(1, payload=b"who")
    bench.ahead.lay_out_next()
    assert bench.asked == [ASKED]


def test_we_are_behind_while_more_than_a_batch_waits() -> None:
    bench = Bench(batch=10)
    assert bench.ahead.listen(SECOND_US, connected=True)
    assert not bench.ahead.listen(SECOND_US, connected=False)
    bench.send(10)
    assert not bench.ahead.listen(2 * SECOND_US, connected=True)


def test_a_failure_ends_the_process_instead_of_the_thread() -> None:
    bench = Bench()
    bench.broken = True
    heard: list[BaseException] = []
    told = threading.Event()

    def on_failure(error: BaseException) -> None:
        heard.append(error)
        told.set()

    bench.ahead.start(on_failure)
    bench.send(1)
    assert told.wait(10)
    bench.ahead.stop()
    with pytest.raises(LookupError, match="no such decoder"):
        raise heard[0]
