"""Sending messages to the broker as a device would: QoS 1, with a bounded number on the way."""

import threading

from paho.mqtt.client import Client, ConnectFlags
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.config import BrokerAccount

_MOST_ON_THE_WAY = 1000


class NotConfirmedError(ConnectionError):
    """The broker did not confirm a message in time. Check the broker and send again."""


class Publisher:
    """One publishing client; ``send`` waits when too many messages are on their way."""

    def __init__(self, account: BrokerAccount, client_id: str, patience_s: float = 60.0) -> None:
        self._account = account
        self._patience_s = patience_s
        self._room = threading.BoundedSemaphore(_MOST_ON_THE_WAY)
        self._connected = threading.Event()
        self._refusal = ""
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTProtocolVersion.MQTTv311
        )
        self._client.username_pw_set(account.username, account.password())
        self._client.max_inflight_messages_set(_MOST_ON_THE_WAY)
        self._client.on_connect = self._on_connect
        self._client.on_publish = self._on_publish

    def start(self) -> None:
        """Connect.

        Raises:
            NotConfirmedError: the broker does not answer or refuses the account.
        """
        where = f"broker {self._account.host}:{self._account.port}"
        try:
            self._client.connect(self._account.host, self._account.port, keepalive=30)
        except OSError as error:
            raise NotConfirmedError(f"{where} does not answer: {error}") from error
        self._client.loop_start()
        if not self._connected.wait(self._patience_s) or self._refusal:
            raise NotConfirmedError(f"{where} refused {self._account.username!r}: {self._refusal}")

    def send(self, topic: str, payload: str | bytes) -> None:
        """Send a message; it is confirmed later.

        Raises:
            NotConfirmedError: the messages before it are not confirmed.
        """
        if not self._room.acquire(timeout=self._patience_s):
            raise NotConfirmedError(
                f"{_MOST_ON_THE_WAY} messages not confirmed in {self._patience_s:g} s"
            )
        self._client.publish(topic, payload, qos=1)

    def wait_until_confirmed(self) -> None:
        """Return once every message so far is confirmed.

        Raises:
            NotConfirmedError: one is not.
        """
        taken = 0
        try:
            for _ in range(_MOST_ON_THE_WAY):
                if not self._room.acquire(timeout=self._patience_s):
                    raise NotConfirmedError(f"messages not confirmed in {self._patience_s:g} s")
                taken += 1
        finally:
            for _ in range(taken):
                self._room.release()

    def stop(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(
        self,
        _client: Client,
        _userdata: object,
        _flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._refusal = str(reason) if reason.is_failure else ""
        self._connected.set()

    def _on_publish(
        self,
        _client: Client,
        _userdata: object,
        _mid: int,
        _reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._room.release()
