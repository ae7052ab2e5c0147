"""The heartbeat on MQTT: retained, and taken back by the broker where ingest just ends."""

import structlog
from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.config import BrokerAccount

_log = structlog.get_logger()

HEARTBEAT_TOPIC = "citytwin/v1/heartbeat"
OFFLINE = b'{"state":"offline"}'

_KEPT = "$SYS/broker/store/messages/count"
_RETAINED = "$SYS/broker/retained messages/count"
_KEEPALIVE_S = 10
_FAREWELL_S = 2.0


class Herald:
    """A connection of its own, so that a flood of messages holds no heartbeat back.

    Args:
        account: that may write to ``HEARTBEAT_TOPIC``.
        client_id: another one than the subscriber's.
    """

    def __init__(self, account: BrokerAccount, client_id: str) -> None:
        self._account = account
        self._counts: dict[str, int] = {}
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTProtocolVersion.MQTTv311
        )
        self._client.will_set(HEARTBEAT_TOPIC, OFFLINE, qos=1, retain=True)
        self._client.reconnect_delay_set(min_delay=1, max_delay=10)
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message

    @property
    def in_broker(self) -> int | None:
        """How many messages the broker holds for somebody; None where it does not tell."""
        if not self._client.is_connected() or _KEPT not in self._counts:
            return None
        return max(0, self._counts[_KEPT] - self._counts.get(_RETAINED, 0))

    def start(self) -> None:
        """Connect in the background, and keep trying."""
        self._client.username_pw_set(self._account.username, self._account.password())
        self._client.connect_async(self._account.host, self._account.port, keepalive=_KEEPALIVE_S)
        self._client.loop_start()

    def tell(self, payload: bytes) -> None:
        """Send a heartbeat, without waiting; one that cannot be sent now is of no use later."""
        if self._client.is_connected():
            self._client.publish(HEARTBEAT_TOPIC, payload, qos=1, retain=True)

    def stop(self) -> None:
        """Say that ingest has ended, and disconnect."""
        if self._client.is_connected():
            said = self._client.publish(HEARTBEAT_TOPIC, OFFLINE, qos=1, retain=True)
            said.wait_for_publish(_FAREWELL_S)
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(
        self,
        client: Client,
        _userdata: object,
        _flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            _log.error("broker refused the heartbeat's connection", reason=str(reason))
            return
        client.subscribe([(_KEPT, 0), (_RETAINED, 0)])

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        text = bytes(message.payload)
        if text.isdigit():
            self._counts[message.topic] = int(text)
