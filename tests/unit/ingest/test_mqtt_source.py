"""The subscriber acknowledges what is done, on the connection that delivered it, and no more."""

from pathlib import Path
from typing import Any
from unittest.mock import create_autospec

import numpy as np
import pytest

from ingest.buffered_client import BufferedClient, Published
from ingest.config import BrokerAccount, default_sources
from ingest.handed_in import OUTCOMES_TOPIC, BodyKind, Outcome, topic_of, unpack
from ingest.inbox import Fates, Inbox, Received
from ingest.mqtt_source import MqttSource
from ingest.parking import digest_of
from twin.model import Fault, FaultReason, Mode

TOPIC = b"citytwin/v1/4403118501000001/telemetry"


_NO_FATES = Fates([0], np.zeros(0, dtype=np.bool_), {}, {})


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def source(tmp_path: Path, inbox: Inbox) -> MqttSource:
    """A source whose client talks to nobody."""
    password = tmp_path / "password"
    password.write_text("secret\n")
    account = BrokerAccount(host="127.0.0.1", port=1, username="x", password_file=password)
    made = MqttSource(account, default_sources(), "test", inbox)
    made._client = create_autospec(BufferedClient, instance=True)
    return made


def arrive(source: MqttSource, mid: int, topic: bytes = TOPIC) -> None:
    source._on_published([Published(topic, b"{}", mid, flags=2)])


def confirm(source: MqttSource, taken: list[Received]) -> None:
    source.confirm(list(enumerate(taken)), _NO_FATES)


def acknowledged(source: MqttSource) -> list[Any]:
    client: Any = source._client
    return [
        *(call.args for call in client.ack.call_args_list),
        *((one, 1) for call in client.ack_all.call_args_list for one in call.args[0]),
    ]


def test_messages_are_acknowledged_in_the_order_of_their_receipt(
    source: MqttSource, inbox: Inbox
) -> None:
    for mid in (5, 3, 9):
        arrive(source, mid)
    assert acknowledged(source) == []
    confirm(source, inbox.take(10, 0, 0))
    assert acknowledged(source) == [(5, 1), (3, 1), (9, 1)]


def test_who_waits_for_an_answer_hears_what_became_of_it(source: MqttSource, inbox: Inbox) -> None:
    arrive(source, 5)
    arrive(source, 6, topic_of(Mode.BACKFILL, BodyKind.JSON, "key gauges").encode())
    taken = inbox.take(10, 0, 0)
    fault = Fault(FaultReason.BAD_VALUE, "level null: no value")
    new = np.array([True, True, False])
    source.confirm(list(enumerate(taken)), Fates([0, 1, 3], new, {}, {1: [fault]}))
    client: Any = source._client
    (told,) = client.publish.call_args_list
    assert told.args[0] == OUTCOMES_TOPIC
    outcome = Outcome(digest_of(taken[1].message), 1, 1, [fault])
    assert unpack(told.args[1]) == [outcome]
    assert acknowledged(source) == [(5, 1), (6, 1)]


def test_what_an_earlier_connection_delivered_is_not_acknowledged(
    source: MqttSource, inbox: Inbox
) -> None:
    arrive(source, 5)
    taken = inbox.take(10, 0, 0)
    flags: Any = None
    reason: Any = "lost"
    source._on_disconnect(source._client, None, flags, reason, None)
    confirm(source, taken)
    assert acknowledged(source) == []


def test_a_message_of_no_source_does_not_fill_the_window(source: MqttSource, inbox: Inbox) -> None:
    arrive(source, 5, b"some/former/topic")
    assert acknowledged(source) == [(5, 1)]
    assert inbox.take(10, 0, 0) == []


def test_a_message_is_what_the_packet_said(source: MqttSource, inbox: Inbox) -> None:
    again, kept, unconfirmed = 8 + 2, 2 + 1, 0
    source._on_published(
        [
            Published(TOPIC, b"1", 7, again),
            Published(TOPIC, b"2", 8, kept),
            Published(TOPIC, b"3", 0, unconfirmed),
        ]
    )
    assert [
        (m.payload, m.topic, m.packet_id, m.duplicate, m.retained)
        for m in (received.message for received in inbox.take(9, 0, 0))
    ] == [
        (b"1", TOPIC.decode(), 7, True, False),
        (b"2", TOPIC.decode(), 8, False, True),
        (b"3", TOPIC.decode(), 0, False, False),
    ]


def test_a_topic_that_is_no_text_belongs_to_nobody(source: MqttSource, inbox: Inbox) -> None:
    arrive(source, 5, b"citytwin/v1/\xff/telemetry/x")
    assert (acknowledged(source), len(inbox)) == ([(5, 1)], 0)


def test_no_two_messages_arrive_at_the_same_instant(source: MqttSource, inbox: Inbox) -> None:
    for mid in range(1, 200):
        arrive(source, mid)
    times = [received.message.received_us for received in inbox.take(1000, 0, 0)]
    assert len(set(times)) == len(times) == 199
