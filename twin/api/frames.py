"""Where the hub's frames come from: one subscription at the broker, in a thread of its own."""

import asyncio
from collections.abc import Callable
from typing import Protocol
from uuid import uuid4

import structlog
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.config import BrokerAccount
from ingest.live import LIVE_TOPIC

_log = structlog.get_logger()


class FrameReceiver(Protocol):
    """Who gets the frames, in the event loop: the hub."""

    def connected(self) -> None:
        """Frames come from now on."""

    def disconnected(self) -> None:
        """No frames come for a while."""

    def expect_frames(self) -> None:
        """There is a source, which is not connected yet."""

    def take(self, payload: bytes) -> None:
        """Take one frame."""


class FrameSource:
    """Subscribes with QoS 0 and no session: a frame that was missed is read from the store."""

    def __init__(self, account: BrokerAccount) -> None:
        self._account = account
        self._loop: asyncio.AbstractEventLoop | None = None
        self._receiver: FrameReceiver | None = None
        self._client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"citytwin-web-{uuid4().hex[:12]}",
            clean_session=True,
            protocol=MQTTProtocolVersion.MQTTv311,
        )
        self._client.reconnect_delay_set(min_delay=1, max_delay=10)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message

    def start(self, receiver: FrameReceiver) -> None:
        """Connect in the background and keep trying; the caller's event loop gets the frames."""
        self._loop = asyncio.get_running_loop()
        self._receiver = receiver
        receiver.expect_frames()
        self._client.username_pw_set(self._account.username, self._account.password())
        self._client.connect_async(self._account.host, self._account.port, keepalive=30)
        self._client.loop_start()

    async def stop(self) -> None:
        """Disconnect and wait for the thread's end."""
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)
        # paho closes its last sockets when it is freed, which a circle of references would delay.
        self._client.on_connect = self._client.on_subscribe = None
        self._client.on_disconnect = self._client.on_message = None

    def _on_connect(
        self,
        client: Client,
        _userdata: object,
        _flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            _log.error("broker refused the live subscription", reason=str(reason))
            return
        client.subscribe(LIVE_TOPIC, qos=0)

    def _on_subscribe(
        self,
        _client: Client,
        _userdata: object,
        _mid: int,
        reasons: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        if any(reason.is_failure for reason in reasons):
            _log.error("broker refused the live topic", topic=LIVE_TOPIC)
        elif self._receiver is not None:
            self._hand_over(self._receiver.connected)

    def _on_disconnect(
        self,
        _client: Client,
        _userdata: object,
        _flags: DisconnectFlags,
        _reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if self._receiver is not None:
            self._hand_over(self._receiver.disconnected)

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        if self._receiver is not None:
            receiver, payload = self._receiver, bytes(message.payload)
            self._hand_over(lambda: receiver.take(payload))

    def _hand_over(self, call: Callable[[], None]) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(call)
