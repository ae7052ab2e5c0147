"""The threads of the ingest process: woken by the store, and they end when they are told to."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from ipaddress import ip_network

from alerts.delivery import keep_delivering
from alerts.subscriptions.config import NoticeConfig
from alerts.subscriptions.running import keep_planning, keep_sending
from tests.postgis.subscriptions.switchboard import Switchboard, publish_nothing
from tests.unit.subscriptions.receiver import receiver

CONFIG = NoticeConfig(allowed_networks=(ip_network("127.0.0.0/8"),))


@contextmanager
def running(stopping: threading.Event, *works: Callable[[], None]) -> Iterator[None]:
    """Run works in threads of their own until the end."""
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopping.set()
        for thread in threads:
            thread.join(timeout=20)
    assert not any(thread.is_alive() for thread in threads)


def test_a_committed_alert_reaches_its_webhook(board: Switchboard, database_url: str) -> None:
    stopping = threading.Event()
    with (
        receiver() as there,
        running(
            stopping,
            partial(keep_planning, database_url, publish_nothing, stopping),
            partial(keep_sending, database_url, CONFIG, stopping),
        ),
    ):
        board.subscribe(target=there.url, group_wait_s=0)
        board.raise_alert()
        board.ask("SELECT pg_notify('citytwin_alerts', '')")
        assert there.came.wait(20)
    assert len(there.got) == 1


def test_the_outbox_is_delivered_at_once_when_the_store_notifies(
    board: Switchboard, database_url: str
) -> None:
    stopping, came = threading.Event(), threading.Event()
    alert = board.raise_alert()

    def publish(_topic: str, _payload: bytes) -> None:
        came.set()

    def now_us() -> int:
        return time.time_ns() // 1000

    with running(stopping, partial(keep_delivering, database_url, publish, stopping, now_us, 1.0)):
        board.ask(
            "INSERT INTO outbox (alert_id, channel, mode, topic, payload) VALUES"
            " (%s, 'mqtt', 'actual', 'x', '{}') RETURNING pg_notify('citytwin_alerts', '')",
            [alert],
        )
        assert came.wait(20)
    assert board.ask("SELECT state FROM outbox") == [("delivered",)]
