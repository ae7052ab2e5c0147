"""Messages that the broker keeps: read once, in a bounded time."""

import threading
import time
from collections.abc import Sequence
from typing import Final

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.config import BrokerAccount
from ingest.publisher import NotConfirmedError

MOST_MESSAGES: Final = 100_000

_CONNECT_S: Final = 10.0


class RetainedReader:
    """Asks the broker for what it keeps of some topics, and hears it out.

    Args:
        account: that may read them.
        client_id: of the connection, which has no session.
        filters: of the topics (MQTT 3.1.1, 4.7).
    """

    def __init__(self, account: BrokerAccount, client_id: str, filters: Sequence[str]) -> None:
        self._account = account
        self._filters = filters
        self._kept: dict[str, bytes] = {}
        self._answered = threading.Event()
        self._heard = threading.Event()
        self._refusal = ""
        self._client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=True,
            protocol=MQTTProtocolVersion.MQTTv311,
        )
        self._client.username_pw_set(account.username, account.password())
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message

    def read(self, *, quiet_s: float, most_s: float) -> dict[str, bytes]:
        """Return what is kept, by topic; at most 100,000 messages.

        Args:
            quiet_s: after so long without another one, all have come.
            most_s: to wait in all, after the broker has answered.

        Raises:
            NotConfirmedError: the broker does not answer, or refuses.
        """
        where = f"broker {self._account.host}:{self._account.port}"
        try:
            self._client.connect(self._account.host, self._account.port, keepalive=30)
        except OSError as error:
            raise NotConfirmedError(f"{where} does not answer: {error}") from error
        self._client.loop_start()
        try:
            answered = self._answered.wait(_CONNECT_S)
            if not answered or self._refusal:
                why = self._refusal or f"no answer in {_CONNECT_S:g} s"
                raise NotConfirmedError(f"{where} refused {self._account.username!r}: {why}")
            self._hear_out(quiet_s, time.monotonic() + most_s)
        finally:
            self._client.disconnect()
            self._client.loop_stop()
        return self._kept

    def _hear_out(self, quiet_s: float, deadline: float) -> None:
        while (left := deadline - time.monotonic()) > 0 and len(self._kept) < MOST_MESSAGES:
            self._heard.clear()
            if not self._heard.wait(min(quiet_s, left)):
                return

    def _on_connect(
        self,
        client: Client,
        _userdata: object,
        _flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._refuse(str(reason))
        else:
            client.subscribe([(one, 1) for one in self._filters])

    def _on_subscribe(
        self,
        _client: Client,
        _userdata: object,
        _mid: int,
        reasons: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        if any(reason.is_failure for reason in reasons):
            self._refuse("it may not read there")
        self._answered.set()

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        if message.retain and len(self._kept) < MOST_MESSAGES:
            self._kept[message.topic] = bytes(message.payload)
            self._heard.set()

    def _refuse(self, why: str) -> None:
        self._refusal = why
        self._answered.set()
