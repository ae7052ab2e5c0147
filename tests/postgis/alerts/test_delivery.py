"""Delivery: at least once, in the order of each alert, whatever fails."""

import json
from typing import Any

import psycopg
import pytest

from alerts.delivery import deliver
from tests.postgis.alerts.desk import Desk
from tests.unit.alerts.ruling import Row, batch_of, seen
from twin.model import to_us


class Receiver:
    """Takes notices, after so many failures."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.notices: list[dict[str, Any]] = []

    def publish(self, _topic: str, payload: bytes) -> None:
        if self.failures:
            self.failures -= 1
            raise ConnectionError("broker away")
        self.notices.append(json.loads(payload))

    @property
    def events(self) -> list[str]:
        return [notice["event"] for notice in self.notices]


@pytest.fixture
def now(desk: Desk) -> int:
    """Our clock once an alert was raised, escalated and cleared."""
    desk.take(batch_of([Row(0, 0.2), Row(1, 0.5), Row(2, 0.0)]))
    return to_us(desk.ask("SELECT now()")[0][0])


def test_notices_arrive_in_order_and_are_not_sent_again(desk: Desk, now: int) -> None:
    receiver = Receiver()
    while deliver(desk.connection, receiver.publish, now_us=now):
        pass
    assert receiver.events == ["raised", "escalated", "cleared"]
    assert len({notice["notice"] for notice in receiver.notices}) == 3
    assert receiver.notices[0]["alert"]["level"] == "yellow"
    assert desk.ask("SELECT DISTINCT state FROM outbox") == [("delivered",)]


def test_a_failure_waits_longer_and_holds_back_only_its_own_alert(desk: Desk, now: int) -> None:
    desk.take(batch_of(events=[seen(0, active=True)]))
    receiver = Receiver(failures=1)
    assert deliver(desk.connection, receiver.publish, now_us=now + 500_000) == 0
    assert desk.ask(
        "SELECT attempts, error LIKE '%%broker away%%' FROM outbox ORDER BY id LIMIT 1"
    ) == [(1, True)]
    while deliver(desk.connection, receiver.publish, now_us=now + 900_000):
        pass
    assert [notice["alert"]["rule"] for notice in receiver.notices] == ["intruder"]


def test_every_notice_arrives_after_any_number_of_failures(desk: Desk, now: int) -> None:
    receiver = Receiver(failures=7)
    for round_number in range(20):
        deliver(desk.connection, receiver.publish, now_us=now + round_number * 300_000_000)
    assert receiver.events == ["raised", "escalated", "cleared"]


def test_a_crash_after_sending_sends_again_with_the_same_number(desk: Desk, now: int) -> None:
    receiver = Receiver()

    def publish_and_die(topic: str, payload: bytes) -> None:
        receiver.publish(topic, payload)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deliver(desk.connection, publish_and_die, now_us=now)
    assert deliver(desk.connection, receiver.publish, now_us=now) == 1
    assert receiver.notices[0] == receiver.notices[1]


def test_two_deliverers_do_not_send_the_same_notice(
    desk: Desk, now: int, database_url: str
) -> None:
    receiver = Receiver()
    with psycopg.connect(database_url) as other:

        def publish(topic: str, payload: bytes) -> None:
            assert deliver(other, receiver.publish, now_us=now) == 0
            receiver.publish(topic, payload)

        assert deliver(desk.connection, publish, now_us=now) == 1
    assert receiver.events == ["raised"]
