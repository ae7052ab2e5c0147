"""Commands to Sparkplug devices: metrics written once, answered by the devices' own data."""

from datetime import UTC, datetime
from typing import Final, NamedTuple, Protocol
from uuid import uuid4

import structlog
from paho.mqtt.client import Client, MQTTMessage

from data.commands import SPARKPLUG, Answer, Event, Order
from ingest.commands import counts
from ingest.commands.broker_connection import BrokerConnection
from ingest.commands.carrier import Handover
from ingest.commands.metric_writes import MetricWrite, is_answered, metric_write
from ingest.commands.reports import Report, Reports
from ingest.config import BrokerAccount
from ingest.decoders.sparkplug.commands import UnsendableValueError
from ingest.decoders.sparkplug.metrics import Definitions
from ingest.decoders.sparkplug.schema import UnreadablePayloadError, read_payload
from twin.model import to_us

_log = structlog.get_logger()

CLIENT_ID: Final = "citytwin-commands-sparkplug"

_KEPT_US: Final = 3600 * 1_000_000
"""How long an answer is waited for: one that is late is still noted."""


class Births(Protocol):
    """What the births of devices said."""

    def births_of(self, device: str) -> Definitions | None:
        """Return the metrics of a live device, None where its birth was not seen."""
        ...


class _Awaited(NamedTuple):
    """A metric that was written, and the command that did it."""

    write: MetricWrite
    address: str
    reference: str
    sent_us: int


class SparkplugLink:
    """The carrier of metric writes; it connects when the first one is wanted.

    A device has one command at a time. Only what comes while the connection lasts answers: data
    that the broker had kept may be older than the command.

    Args:
        account: of the ingest process.
        births: of the devices.
        reports: where answers go.
    """

    protocol = SPARKPLUG

    def __init__(self, account: BrokerAccount, births: Births, reports: Reports) -> None:
        self._births = births
        self._reports = reports
        self._connection = BrokerConnection(account, CLIENT_ID, self._hear, lasting=False)
        self._awaited: dict[str, _Awaited] = {}
        self._is_wanted = False

    def keep_open(self) -> None:
        """Connect if there is no connection and somebody wants one."""
        if self._is_wanted and not self._connection.is_open:
            self._awaited.clear()
            self._connection.keep_open()

    def close(self) -> None:
        """Disconnect; whoever answers now is not heard."""
        self._connection.close()
        self._awaited.clear()

    def reaches(self, order: Order) -> bool:
        """Whether the broker is there and the device's birth is known."""
        self._is_wanted = True
        return self._connection.is_open and self._births.births_of(order.address) is not None

    def reference(self, _order: Order, _now: datetime) -> str:
        """Return a number of our own; devices do not know it."""
        return uuid4().hex

    def send(self, order: Order, reference: str, now: datetime) -> Handover:
        """Write a metric, with QoS 0 as the standard has it (Sparkplug B 3.0, 6.4.23)."""
        births = self._births.births_of(order.address)
        if births is None:
            return Handover(left=False, sentence="not sent: the device has said goodbye")
        try:
            write = metric_write(order, births, to_us(now))
        except UnsendableValueError as error:
            return Handover(left=False, sentence=f"not sent: {error}")
        self._forget_old(to_us(now))
        self._awaited[write.topic] = _Awaited(write, order.address, reference, to_us(now))
        self._connection.subscribe(write.topic)
        return self._connection.publish(write.command.topic, write.command.payload, qos=0)

    def _forget_old(self, now_us: int) -> None:
        for topic, awaited in list(self._awaited.items()):
            if now_us - awaited.sent_us > _KEPT_US:
                self._forget(topic)

    def _forget(self, topic: str) -> None:
        self._awaited.pop(topic, None)
        self._connection.unsubscribe(topic)

    def _hear(self, client: Client, received: MQTTMessage) -> None:
        client.ack(received.mid, received.qos)
        awaited = self._awaited.get(received.topic)
        if awaited is None or received.retain:
            return
        births = self._births.births_of(awaited.address)
        try:
            payload = read_payload(bytes(received.payload))
        except UnreadablePayloadError as error:
            counts.ANSWERS.labels("unreadable").inc()
            _log.warning("data of a commanded device left out", error=str(error))
            return
        if births is None or not is_answered(awaited.write, payload, births):
            return
        self._forget(received.topic)
        self._put(awaited)

    def _put(self, awaited: _Awaited) -> None:
        sentence = f"metric {awaited.write.metric!r} is {awaited.write.value!r}"
        answer = Answer(
            SPARKPLUG,
            awaited.address,
            awaited.reference,
            Event.EXECUTE,
            sentence,
            {},
            datetime.now(UTC),
        )
        if not self._reports.put(Report(answer)):
            counts.ANSWERS.labels("flood").inc()
