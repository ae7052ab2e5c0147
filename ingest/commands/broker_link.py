"""Commands over our own topics: sent at most once, answers acknowledged once they are stored."""

from datetime import UTC, datetime
from functools import partial
from typing import Final
from uuid import uuid4

import structlog
from paho.mqtt.client import Client, MQTTMessage

from data.commands import MQTT, Order
from ingest.commands import counts
from ingest.commands.broker_connection import BrokerConnection
from ingest.commands.carrier import Handover
from ingest.commands.payloads import (
    ANSWER_FILTER,
    UnreadableAnswerError,
    command_payload,
    command_topic,
    read_answer,
)
from ingest.commands.reports import Report, Reports
from ingest.config import BrokerAccount

_log = structlog.get_logger()

CLIENT_ID: Final = "citytwin-commands-0"


class BrokerLink:
    """The carrier of our own topics.

    Args:
        account: of the ingest process.
        reports: where answers go.
        client_id: under which the broker keeps answers while we are away.
    """

    protocol = MQTT

    def __init__(
        self, account: BrokerAccount, reports: Reports, client_id: str = CLIENT_ID
    ) -> None:
        self._reports = reports
        self._connection = BrokerConnection(
            account, client_id, self._hear, (ANSWER_FILTER,), lasting=True
        )

    def keep_open(self) -> None:
        """Connect if there is no connection; the broker may be away."""
        self._connection.keep_open()

    def close(self) -> None:
        """Disconnect; answers that were not confirmed come again."""
        self._connection.close()

    def reaches(self, _order: Order) -> bool:
        """Whether the broker is there; whether the device listens only its answer tells."""
        return self._connection.is_open

    def reference(self, _order: Order, _now: datetime) -> str:
        """Return the id that the device's answers repeat."""
        return uuid4().hex

    def send(self, order: Order, reference: str, now: datetime) -> Handover:
        """Publish a command and wait until the broker has confirmed it."""
        payload = command_payload(order, reference, now)
        return self._connection.publish(command_topic(order.address), payload, qos=1)

    def _hear(self, client: Client, received: MQTTMessage) -> None:
        acknowledge = partial(client.ack, received.mid, received.qos)
        try:
            answer = read_answer(received.topic, bytes(received.payload), datetime.now(UTC))
        except UnreadableAnswerError as error:
            counts.ANSWERS.labels("unreadable").inc()
            _log.warning("answer to a command left out", topic=received.topic, error=str(error))
            acknowledge()
            return
        if not self._reports.put(Report(answer, acknowledge)):
            counts.ANSWERS.labels("flood").inc()
