"""The web process at the broker, in a thread of its own: live frames in, readings handed in."""

import asyncio
import socket
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol
from uuid import uuid4

import structlog
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.config import BrokerAccount
from ingest.handed_in import OUTCOMES_TOPIC
from ingest.live import LIVE_TOPIC

_log = structlog.get_logger()

_MOST_ON_THE_WAY = 200
_SUBSCRIPTIONS = [(LIVE_TOPIC, 0), (OUTCOMES_TOPIC, 1)]


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


class OutcomeReceiver(Protocol):
    """Who hands readings in, in the event loop: the door."""

    def connected(self) -> None:
        """Outcomes come from now on."""

    def disconnected(self) -> None:
        """No outcomes come for a while."""

    def confirmed(self, number: int) -> None:
        """The broker holds the message that ``publish`` gave this number."""

    def take(self, payload: bytes) -> None:
        """Take outcomes."""


class FrameSource:
    """Subscribes without a session: a frame that was missed is read from the store.

    Whoever waits for an outcome that was missed sends again, which does no harm.
    """

    def __init__(self, account: BrokerAccount) -> None:
        self._account = account
        self._loop: asyncio.AbstractEventLoop | None = None
        self._receiver: FrameReceiver | None = None
        self._outcomes: OutcomeReceiver | None = None
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
        self._client.on_publish = self._on_publish
        self._client.on_socket_open = _send_at_once
        self._client.max_inflight_messages_set(_MOST_ON_THE_WAY)

    def start(
        self, receiver: FrameReceiver | None, outcomes: OutcomeReceiver | None = None
    ) -> None:
        """Connect in the background and keep trying; the caller's event loop gets what comes."""
        self._loop = asyncio.get_running_loop()
        self._receiver = receiver
        self._outcomes = outcomes
        if receiver is not None:
            receiver.expect_frames()
        self._client.username_pw_set(self._account.username, self._account.password())
        self._client.connect_async(self._account.host, self._account.port, keepalive=30)
        self._client.loop_start()

    @property
    def is_connected(self) -> bool:
        """Whether the broker takes messages now."""
        return self._client.is_connected()

    def publish(self, topic: str, payload: bytes) -> int:
        """Send a message with QoS 1, without waiting, and return its number."""
        return self._client.publish(topic, payload, qos=1).mid

    async def stop(self) -> None:
        """Disconnect and wait for the thread's end."""
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)
        # paho closes its last sockets when it is freed, which a circle of references would delay.
        self._client.on_connect = self._client.on_subscribe = None
        self._client.on_disconnect = self._client.on_message = None
        self._client.on_publish = None

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
        client.subscribe(_SUBSCRIPTIONS)

    def _on_subscribe(
        self,
        _client: Client,
        _userdata: object,
        _mid: int,
        reasons: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        receivers = (self._receiver, self._outcomes)
        for (topic, _), reason, receiver in zip(_SUBSCRIPTIONS, reasons, receivers, strict=True):
            if reason.is_failure:
                _log.error("broker refused a topic", topic=topic)
            elif receiver is not None:
                self._hand_over(receiver.connected)

    def _on_disconnect(
        self,
        _client: Client,
        _userdata: object,
        _flags: DisconnectFlags,
        _reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        for receiver in (self._receiver, self._outcomes):
            if receiver is not None:
                self._hand_over(receiver.disconnected)

    def _on_publish(
        self,
        _client: Client,
        _userdata: object,
        number: int,
        _reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if self._outcomes is not None:
            self._hand_over(partial(self._outcomes.confirmed, number))

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        receiver = self._outcomes if message.topic == OUTCOMES_TOPIC else self._receiver
        if receiver is not None:
            self._hand_over(partial(receiver.take, bytes(message.payload)))

    def _hand_over(self, call: Callable[[], None]) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(call)


def _send_at_once(_client: Client, _userdata: object, opened: Any) -> None:  # noqa: ANN401 - paho's
    """Let no small packet wait for the confirmation of the one before it, up to 40 ms."""
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
