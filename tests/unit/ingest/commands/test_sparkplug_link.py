"""The carrier of metric writes: what it sends, and which data it takes for an answer."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from data.commands import Event
from ingest.commands import Handover, Reports, SparkplugLink
from ingest.config import BrokerAccount
from ingest.decoders.sparkplug.metrics import Definitions
from tests.unit.ingest.commands.test_metric_writes import GATE, GATE_BIRTH, births, opening
from tests.unit.ingest.decoders.test_sparkplug_frames import metric, payload

NOW = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
DATA = "spBv1.0/district/DDATA/gates/gate 1"


@dataclass
class Wire:
    """Stands for the connection to the broker."""

    is_open: bool = True
    heard: list[str] = field(default_factory=list)
    published: list[tuple[str, int]] = field(default_factory=list)

    def keep_open(self) -> None:
        self.is_open = True

    def close(self) -> None:
        self.is_open = False

    def subscribe(self, topic: str) -> None:
        self.heard.append(topic)

    def unsubscribe(self, topic: str) -> None:
        self.heard.remove(topic)

    def publish(self, topic: str, sent: bytes, qos: int) -> Handover:
        # Whoever answers at once must be heard.
        assert sent
        assert self.heard
        self.published.append((topic, qos))
        return Handover(left=True, sentence="the broker has it")


class Known:
    """Stands for what the births of devices said."""

    def __init__(self) -> None:
        self.by_device: dict[str, Definitions] = {GATE: births(*GATE_BIRTH)}

    def births_of(self, device: str) -> Definitions | None:
        return self.by_device.get(device)


class Desk:
    """A link without a network."""

    def __init__(self) -> None:
        self.known, self.reports, self.wire = Known(), Reports(), Wire()
        account = BrokerAccount(
            host="127.0.0.1", port=1, username="ingest", password_file=Path("none")
        )
        self.link = SparkplugLink(account, self.known, self.reports)
        self.link._connection = self.wire  # type: ignore[assignment] # it has what is used

    def hear(self, *metrics: bytes, topic: str = DATA, retain: bool = False) -> list[Event]:
        """Have data arrive and return what is made of them."""
        received = MQTTMessage(topic=topic.encode())
        received.payload, received.retain = payload(*metrics, seq=3), retain
        self.link._hear(Client(CallbackAPIVersion.VERSION2), received)
        return [report.answer.event for report in self.reports.take(0)]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_device_whose_birth_was_not_seen_is_not_reached(desk: Desk) -> None:
    assert desk.link.reaches(opening(0.5))
    desk.known.by_device.clear()
    assert not desk.link.reaches(opening(0.5))
    assert desk.link.send(opening(0.5), "r", NOW).left is False
    assert desk.wire.published == []


def test_a_write_is_sent_once_and_answered_once(desk: Desk) -> None:
    assert desk.link.send(opening(0.5), "r", NOW).left
    assert desk.wire.published == [("spBv1.0/district/DCMD/gates/gate 1", 0)]
    assert desk.hear(metric(alias=0, int=400)) == []
    assert desk.hear(metric(alias=0, int=500), topic=f"{DATA} 2") == []
    assert desk.hear(metric(alias=0, int=500), retain=True) == []
    assert desk.hear(metric(alias=0, int=500)) == [Event.EXECUTE]
    assert desk.hear(metric(alias=0, int=500)) == []
    assert desk.wire.heard == []


def test_what_the_metric_cannot_take_does_not_leave(desk: Desk) -> None:
    handover = desk.link.send(opening(0.0005), "r", NOW)
    assert handover.left is False
    assert "expected one of INT32" in handover.sentence
    assert desk.wire.published == []


def test_after_the_connection_was_lost_nothing_old_is_taken_for_an_answer(desk: Desk) -> None:
    desk.link.reaches(opening(0.5))
    desk.link.send(opening(0.5), "r", NOW)
    desk.wire.is_open = False
    desk.link.keep_open()
    assert desk.hear(metric(alias=0, int=500)) == []


def test_bytes_that_are_no_payload_stop_nothing(desk: Desk) -> None:
    desk.link.send(opening(0.5), "r", NOW)
    received = MQTTMessage(topic=DATA.encode())
    received.payload = b"\xff\xff"
    desk.link._hear(Client(CallbackAPIVersion.VERSION2), received)
    assert desk.hear(metric(alias=0, int=500)) == [Event.EXECUTE]
