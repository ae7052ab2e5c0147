"""The inbox hands messages over in order, in batches as large as the wait allows."""

import threading
from types import SimpleNamespace
from typing import Any, cast

from ingest.inbox import Inbox, Received
from twin.model import Message, Mode

_NOBODY = cast("Any", SimpleNamespace())


def received(number: int) -> Received:
    return Received("json", Message("test", Mode.ACTUAL, "t", b"%d" % number, number), _NOBODY)


def test_a_batch_that_becomes_full_does_not_wait_longer() -> None:
    inbox = Inbox()

    def put_all() -> None:
        for number in range(1000):
            inbox.put(received(number))

    thread = threading.Thread(target=put_all)
    thread.start()
    found = inbox.take(1000, 60.0, 60.0)
    thread.join()
    assert [one.message.received_us for one in found] == list(range(1000))


def test_the_first_message_ends_the_wait_after_a_batch_too() -> None:
    inbox = Inbox()
    for _ in range(3):
        thread = threading.Timer(0.01, inbox.put, [received(1)])
        thread.start()
        assert len(inbox.take(10, 60.0, 0.0)) == 1
        thread.join()
        inbox.put(received(2))
        assert len(inbox.take(10, 0.0, 0.01)) == 1


def test_an_empty_inbox_gives_nothing_when_the_wait_is_over() -> None:
    assert Inbox().take(10, 0.01, 0.01) == []
