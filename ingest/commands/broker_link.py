"""Commands over MQTT: sent at most once, answers acknowledged once they are stored.

Every connection has a client of its own. One that reconnected by itself would send again what it
was not sure about, and a device that forgets what it did would do it twice.
"""

import time
from datetime import UTC, datetime
from functools import partial
from typing import Final
from uuid import uuid4

import structlog
from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from data.commands import MQTT, Order
from ingest.commands import counts
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

_CONFIRM_SECONDS = 5.0
_CONNECT_SECONDS = 2.0
_AGAIN_SECONDS = 1.0
_SURELY_NOT: Final = frozenset({MQTTErrorCode.MQTT_ERR_NO_CONN, MQTTErrorCode.MQTT_ERR_QUEUE_SIZE})


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
        self._account = account
        self._reports = reports
        self._client_id = client_id
        self._client: Client | None = None
        self._next_attempt = 0.0

    def keep_open(self) -> None:
        """Connect if there is no connection; the broker may be away."""
        if self._client is not None and self._client.is_connected():
            return
        if time.monotonic() < self._next_attempt:
            return
        self._next_attempt = time.monotonic() + _AGAIN_SECONDS
        self.close()
        client = self._new_client()
        try:
            client.connect(self._account.host, self._account.port, keepalive=30)
        except OSError as error:
            _log.warning("commands wait for the broker", error=str(error))
            return
        client.loop_start()
        self._client = client

    def close(self) -> None:
        """Disconnect; answers that were not confirmed come again."""
        if self._client is not None:
            self._client.disconnect()
            self._client.loop_stop()
            self._client = None

    def reaches(self, _order: Order) -> bool:
        """Whether the broker is there; whether the device listens only its answer tells."""
        return self._client is not None and self._client.is_connected()

    def reference(self, _order: Order, _now: datetime) -> str:
        """Return the id that the device's answers repeat."""
        return uuid4().hex

    def send(self, order: Order, reference: str, now: datetime) -> Handover:
        """Publish a command and wait until the broker has confirmed it."""
        if self._client is None:
            return Handover(left=False, sentence="not sent: no connection to the broker")
        payload = command_payload(order, reference, now)
        sent = self._client.publish(command_topic(order.address), payload, qos=1)
        if sent.rc in _SURELY_NOT:
            # The client is never connected again, so what it has queued does not leave.
            self.close()
            return Handover(left=False, sentence="not sent: no connection to the broker")
        try:
            sent.wait_for_publish(timeout=_CONFIRM_SECONDS)
        except (RuntimeError, ValueError) as error:
            self.close()
            return Handover(left=None, sentence=f"the broker may not have it: {error}")
        if sent.is_published():
            return Handover(left=True, sentence="the broker has it")
        self.close()
        return Handover(left=None, sentence="the broker did not confirm it; it may have it")

    def _new_client(self) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            clean_session=False,
            protocol=MQTTProtocolVersion.MQTTv311,
            manual_ack=True,
            reconnect_on_failure=False,
        )
        client.connect_timeout = _CONNECT_SECONDS
        client.username_pw_set(self._account.username, self._account.password())
        client.on_connect = self._on_connect
        client.on_message = self._on_message
        return client

    def _on_connect(
        self,
        client: Client,
        _userdata: object,
        _flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            _log.error("broker refused the commands' connection", reason=str(reason))
            return
        client.subscribe(ANSWER_FILTER, qos=1)
        _log.info("commands can be sent")

    def _on_message(self, client: Client, _userdata: object, received: MQTTMessage) -> None:
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
