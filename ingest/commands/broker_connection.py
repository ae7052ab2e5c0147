"""A connection to the broker that is never connected again by itself.

One that reconnected would send again what it was not sure about, and a device that forgets what it
did would do it twice.
"""

import time
from collections.abc import Callable
from typing import Final

import structlog
from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.commands.carrier import Handover
from ingest.config import BrokerAccount

_log = structlog.get_logger()

_CONFIRM_SECONDS = 5.0
_CONNECT_SECONDS = 2.0
_AGAIN_SECONDS = 1.0
_SURELY_NOT: Final = frozenset({MQTTErrorCode.MQTT_ERR_NO_CONN, MQTTErrorCode.MQTT_ERR_QUEUE_SIZE})


class BrokerConnection:
    """One client after the other, each for one connection.

    Args:
        account: of the ingest process.
        client_id: of all of them.
        hear: takes what comes, in the client's thread, and acknowledges it.
        subscribe: filters that hold from the beginning.
        lasting: whether the broker keeps what comes while we are away.
    """

    def __init__(
        self,
        account: BrokerAccount,
        client_id: str,
        hear: Callable[[Client, MQTTMessage], None],
        subscribe: tuple[str, ...] = (),
        *,
        lasting: bool,
    ) -> None:
        self._account = account
        self._client_id = client_id
        self._hear = hear
        self._filters = subscribe
        self._lasting = lasting
        self._client: Client | None = None
        self._next_attempt = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the broker is there."""
        return self._client is not None and self._client.is_connected()

    def keep_open(self) -> None:
        """Connect if there is no connection; the broker may be away."""
        if self.is_open or time.monotonic() < self._next_attempt:
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
        """Disconnect; what was not acknowledged comes again where the connection is lasting."""
        if self._client is not None:
            self._client.disconnect()
            self._client.loop_stop()
            self._client = None

    def subscribe(self, topic: str) -> None:
        """Hear a topic until this connection ends."""
        if self._client is not None:
            self._client.subscribe(topic, qos=1)

    def unsubscribe(self, topic: str) -> None:
        """Hear a topic no longer."""
        if self._client is not None:
            self._client.unsubscribe(topic)

    def publish(self, topic: str, payload: bytes, qos: int) -> Handover:
        """Publish and wait until it has left, with QoS 1 until the broker has confirmed it."""
        if self._client is None:
            return Handover(left=False, sentence="not sent: no connection to the broker")
        sent = self._client.publish(topic, payload, qos=qos)
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
            clean_session=not self._lasting,
            protocol=MQTTProtocolVersion.MQTTv311,
            manual_ack=True,
            reconnect_on_failure=False,
        )
        client.connect_timeout = _CONNECT_SECONDS
        client.username_pw_set(self._account.username, self._account.password())
        client.on_connect = self._on_connect
        client.on_message = lambda of, _userdata, received: self._hear(of, received)
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
        for topic in self._filters:
            client.subscribe(topic, qos=1)
        _log.info("commands can be sent", client=self._client_id)
