"""Sending: at least once with one number, in order for each incident, whatever fails."""

import json
import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from random import Random
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.delivery import MOST_ATTEMPTS, deliver
from alerts.subscriptions.config import NoticeConfig
from alerts.subscriptions.deliveries import (
    NotRetriableError,
    Position,
    UnknownDeliveryError,
    list_deliveries,
    read_delivery,
    retry,
)
from alerts.subscriptions.outcome import Delivered, Gone, Outcome, Refused, TryLater
from alerts.subscriptions.planning import plan
from alerts.subscriptions.records import withdraw_subscription
from alerts.subscriptions.sending import send_one
from alerts.subscriptions.webhook import WebhookCarrier
from tests.postgis.subscriptions.switchboard import DAY, Switchboard
from tests.unit.subscriptions.receiver import receiver
from twin.model import to_us

ROOT = Path(__file__).parents[3]
NOBODY = UUID(int=7)

_SENDER = """
import sys, threading
from datetime import timedelta, datetime, timezone
from ipaddress import ip_network
import psycopg
from alerts.subscriptions.config import NoticeConfig
from alerts.subscriptions.sending import send_one
from alerts.subscriptions.webhook import WebhookCarrier
config = NoticeConfig(allowed_networks=(ip_network("127.0.0.0/8"),))
with psycopg.connect(sys.argv[1], autocommit=True) as connection:
    send_one(connection, {"webhook": WebhookCarrier(config)},
             datetime.fromisoformat(sys.argv[2]), timedelta(days=1))
"""


_EMPTY = (
    b"DELETE FROM delivery_subject",
    b"DELETE FROM delivery",
    b"DELETE FROM notice_group",
    b"DELETE FROM alert_transition",
    b"DELETE FROM alert",
    b"DELETE FROM subscription_sending",
    b"DELETE FROM subscription",
)


def test_a_failure_is_tried_again_later_with_the_same_number(board: Switchboard) -> None:
    board.subscribe()
    board.receivers.answers = [TryLater("away"), TryLater("busy", timedelta(seconds=120))]
    board.raise_alert()
    board.turn()
    board.turn(31)
    (number, attempts, error) = board.ask("SELECT notice_id, attempts, error FROM delivery")[0]
    assert (attempts, error) == (1, "away")
    board.turn(2)
    board.turn(100)
    assert board.receivers.told == []
    board.turn(21)
    assert board.receivers.told == [("ops", "new")]
    assert board.receivers.letters[0][1].number == str(number)


def test_a_later_notice_never_overtakes_an_earlier_one_of_its_incident(board: Switchboard) -> None:
    board.subscribe(group_wait_s=0, group_interval_s=0)
    board.receivers.answers = [TryLater("away"), TryLater("away"), TryLater("away")]
    alert = board.raise_alert()
    board.turn(1)
    board.step(alert, "acknowledged")
    board.turn(0.1)
    board.step(alert, "cleared")
    board.turn(0.1)
    assert board.ask("SELECT count(*) FROM delivery")[0][0] == 3
    for _ in range(5):
        board.turn(10)
    assert [reason for _, reason in board.receivers.told] == ["new", "changed", "ended"]


def test_a_target_that_is_away_does_not_hold_back_another(board: Switchboard) -> None:
    board.subscribe("down")
    board.subscribe("up")
    board.receivers.answers = [TryLater("away")]
    board.raise_alert()
    board.turn()
    board.turn(31)
    assert board.receivers.told == [("up", "new")]


def test_what_nobody_takes_is_given_up_and_can_be_tried_again(board: Switchboard) -> None:
    board.subscribe(group_interval_s=0)
    board.receivers.answers = [TryLater("away")] * 400
    alert = board.raise_alert()
    board.turn()
    board.turn(31)
    for _ in range(26):
        board.turn(3600)
    (dead,) = list_deliveries(board.connection, most=10, state="given_up")
    assert dead["error"] == "away"
    board.receivers.answers = []
    board.step(alert, "cleared")
    board.turn()
    board.turn(600)
    assert board.receivers.told == [("ops", "ended")]
    retry(board.connection, dead["id"], board.now)
    board.connection.commit()
    board.turn()
    assert board.receivers.told == [("ops", "ended"), ("ops", "new")]
    with pytest.raises(NotRetriableError, match="'delivered'"):
        retry(board.connection, dead["id"], board.now)
    with pytest.raises(UnknownDeliveryError):
        retry(board.connection, NOBODY, board.now)


@pytest.mark.parametrize(
    ("outcome", "enabled"), [(Refused("answered 422"), True), (Gone("answered 410"), False)]
)
def test_a_refusal_is_a_dead_letter_and_gone_disables(
    board: Switchboard, outcome: Outcome, *, enabled: bool
) -> None:
    number = board.subscribe()
    board.receivers.answers = [outcome]
    board.raise_alert()
    board.turn()
    board.turn(31)
    assert board.ask("SELECT state FROM delivery") == [("given up",)]
    assert board.ask("SELECT enabled, note LIKE '%%410%%' FROM subscription") == [
        (enabled, not enabled)
    ]
    withdraw_subscription(board.connection, number, board.now)


def test_what_did_not_reach_the_broker_is_listed_too(board: Switchboard) -> None:
    alert = board.raise_alert()
    board.ask(
        "INSERT INTO outbox (alert_id, channel, mode, topic, payload, state, error) VALUES"
        " (%s, 'mqtt', 'actual', 'citytwin/v1/alerts/red/1', '{\"event\": \"raised\"}',"
        " 'given up', 'broker away') RETURNING id",
        [alert],
    )
    (dead,) = list_deliveries(board.connection, most=10, state="given_up")
    assert (dead["channel"], dead["reason"], dead["error"]) == ("mqtt", "raised", "broker away")
    retry(board.connection, dead["id"], board.now)
    assert board.ask("SELECT state, attempts FROM outbox") == [("waiting", 0)]


def test_what_the_broker_never_takes_becomes_a_dead_letter(board: Switchboard) -> None:
    alert = board.raise_alert()
    board.ask(
        "INSERT INTO outbox (alert_id, channel, mode, topic, payload, attempts, next_attempt_at)"
        " VALUES (%s, 'mqtt', 'actual', 'x', '{}', %s, %s) RETURNING id",
        [alert, MOST_ATTEMPTS - 1, board.now],
    )

    def refuse(_topic: str, _payload: bytes) -> None:
        raise ConnectionError("broker away")

    assert deliver(board.connection, refuse, now_us=to_us(board.now)) == 0
    assert board.ask("SELECT state, attempts FROM outbox") == [("given up", MOST_ATTEMPTS)]


def test_a_planner_that_dies_in_the_middle_leaves_nothing_half_done(board: Switchboard) -> None:
    board.subscribe()
    board.subscribe("our feed", kind="cap", target="")
    board.raise_alert()
    board.turn()
    board.now += timedelta(seconds=31)

    def die(*_told: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        plan(board.connection, board.now, die)
    assert board.ask("SELECT count(*) FROM delivery") == [(0,)]
    board.turn()
    board.turn(60)
    assert board.receivers.told == [("ops", "new")]


def test_the_list_goes_on_where_a_page_ends(board: Switchboard) -> None:
    board.subscribe(per_minute=100)
    for number in range(5):
        board.raise_alert(f"rule-{number}")
    board.turn()
    board.turn(31)
    first = list_deliveries(board.connection, most=3)
    position = Position(first[-1]["created_at"], first[-1]["id"])
    second = list_deliveries(board.connection, most=3, before=position)
    assert len({row["id"] for row in first + second}) == 5
    assert read_delivery(board.connection, first[0]["id"])["state"] == "delivered"
    assert list_deliveries(board.connection, most=3, subscription=10**9) == []


def test_a_sender_that_is_killed_before_it_commits_sends_again_with_the_same_number(
    board: Switchboard, database_url: str
) -> None:
    with receiver() as there:
        there.hold = threading.Event()
        board.subscribe(target=there.url)
        board.raise_alert()
        board.turn()
        board.now += timedelta(seconds=31)
        plan(board.connection, board.now, board.publish)
        command = [sys.executable, "-c", _SENDER, database_url, board.now.isoformat()]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        first = subprocess.Popen(command, env=environment, cwd=ROOT)
        assert there.came.wait(20)
        first.send_signal(signal.SIGKILL)
        first.wait()
        there.hold.set()
        there.hold = None
        assert board.ask("SELECT state FROM delivery") == [("waiting",)]
        config = NoticeConfig(allowed_networks=(ip_network("127.0.0.0/8"),))
        assert send_one(board.connection, {"webhook": WebhookCarrier(config)}, board.now, DAY)
        assert board.ask("SELECT state FROM delivery") == [("delivered",)]
        one, two = (json.loads(got.body) for got in there.got)
        assert one["notice"] == two["notice"]
        assert one["groups"] == two["groups"]


@settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    database=None,
)
@given(chance=st.randoms(use_true_random=False))
def test_nothing_is_lost_and_nothing_overtakes_under_random_failures(
    board: Switchboard, chance: Random
) -> None:
    for statement in _EMPTY:
        board.connection.execute(statement)
    board.receivers.letters.clear()
    board.subscribe("ops", group_wait_s=0, group_interval_s=0, per_minute=3)
    alerts = [board.raise_alert(f"rule-{number}") for number in range(4)]
    steps = ["acknowledged", "assigned", "resolved", "cleared"]
    for _ in range(15):
        board.receivers.answers = [
            TryLater("away") if chance.random() < 0.5 else Delivered() for _ in range(3)
        ]
        board.step(chance.choice(alerts), chance.choice(steps))
        board.turn(chance.choice([1, 5, 40]))
    board.receivers.answers = []
    for alert in alerts:
        board.step(alert, "closed")
    for _ in range(12):
        board.turn(301)
    heard: dict[str, list[int]] = {}
    last: dict[str, str] = {}
    for _, letter in board.receivers.letters:
        for group in letter.body["groups"]:
            heard.setdefault(group["subject"], []).append(group["version"])
            last[group["subject"]] = group["alerts"][0]["state"]
    assert last == {f"alert:{alert}": "closed" for alert in alerts}
    assert all(versions == sorted(versions) for versions in heard.values())
    assert board.ask("SELECT count(*) FROM delivery WHERE state <> 'delivered'") == [(0,)]
