"""A device on the real broker that hears commands, and answers when and what a test wants."""

import json
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from ingest.config import BrokerAccount


class CommandedDevice:
    """Keeps every command that reaches it, in order.

    Attributes:
        heard: the commands, as sent.
        retained: how many the broker had kept.
    """

    def __init__(self, account: BrokerAccount, code: int) -> None:
        self.heard: list[dict[str, Any]] = []
        self.retained = 0
        self.is_listening = False
        self._topic = f"citytwin/v1/{code}/commands"
        self._account = account
        self._client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"device-{uuid4().hex[:8]}",
            clean_session=False,
            protocol=MQTTProtocolVersion.MQTTv311,
        )
        self._client.username_pw_set(account.username, account.password())
        self._client.on_connect = lambda client, *_: client.subscribe(self._topic, qos=1)
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message

    def __enter__(self) -> Self:
        self._client.connect(self._account.host, self._account.port)
        self._client.loop_start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def answer(self, reference: str, state: str, *, to: int | None = None, **more: object) -> None:
        """Say something of a command, at the device's own topic or another one's."""
        topic = self._topic if to is None else f"citytwin/v1/{to}/commands"
        payload = {"id": reference, "state": state, **more}
        self._client.publish(f"{topic}/answers", json.dumps(payload), qos=1).wait_for_publish(10)

    def _on_subscribe(self, *_: object) -> None:
        self.is_listening = True

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        self.retained += message.retain
        self.heard.append(json.loads(message.payload))
