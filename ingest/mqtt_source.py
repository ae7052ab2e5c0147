"""The subscriber: takes messages from the broker and tells it only when they are done.

MQTT 3.1.1, because for version 5 paho builds an object for the properties of each message and
falls behind; QoS 1, a session that outlives the process, and acknowledgement by hand.
"""

import threading
import time
from collections import Counter
from collections.abc import Sequence

import structlog
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest import metrics
from ingest.buffered_client import BufferedClient, Published
from ingest.config import BrokerAccount, SourceConfig
from ingest.handed_in import OUTCOMES_TOPIC, Outcome, pack
from ingest.inbox import Fates, Inbox, Received
from ingest.parking import digest_of
from twin.model import Message

_log = structlog.get_logger()

_TOPICS_REMEMBERED = 200_000
_DUPLICATE, _RETAINED = 0x08, 0x01
_UNCONFIRMED_WAITING = 50_000
"""How many QoS 0 messages may wait; the broker's in-flight window bounds the others."""


class MqttSource:
    """Subscribes to every configured source and queues what comes, without ever blocking."""

    def __init__(
        self,
        account: BrokerAccount,
        sources: tuple[SourceConfig, ...],
        client_id: str,
        inbox: Inbox,
    ) -> None:
        self._account = account
        self._sources = sources
        self._answered = frozenset(source.name for source in sources if source.answered)
        self._inbox = inbox
        self._by_topic: dict[bytes, tuple[str, SourceConfig | None]] = {}
        self._received = {one.name: metrics.RECEIVED.labels(one.name) for one in sources}
        self._last_us = 0
        self._connection = 0
        self._session_present = False
        self._connection_lock = threading.Lock()
        self.connected = threading.Event()
        self._client = BufferedClient(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=False,
            protocol=MQTTProtocolVersion.MQTTv311,
            manual_ack=True,
        )
        self._client.username_pw_set(account.username, account.password())
        self._client.reconnect_delay_set(min_delay=1, max_delay=10)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_published = self._on_published

    def start(self) -> None:
        """Connect in a thread of its own; keep trying while the broker is away."""
        self._client.connect_async(self._account.host, self._account.port, keepalive=30)
        self._client.loop_start()

    def stop(self) -> None:
        """Disconnect; what was not acknowledged comes again at the next start."""
        self._client.disconnect()
        self._client.loop_stop()

    def confirm(self, done: Sequence[tuple[int, Received]], fates: Fates) -> None:
        """Tell the broker, in order of receipt, that messages are stored, and who waits for it.

        A message of an earlier connection is left out: the broker delivers it again, and its
        packet id may mean another message by now.
        """
        with self._connection_lock:
            here = self._connection
            ids = [one.message.packet_id for _, one in done if one.receipt == here]
            self._client.ack_all([packet_id for packet_id in ids if packet_id])
        answered = self._answered
        waited_for = [one for one in done if one[1].message.source in answered]
        if waited_for:
            outcomes = [
                Outcome(digest_of(received.message), *fates.of(place))
                for place, received in waited_for
            ]
            # Not waiting: whoever does not hear of it sends again, which does no harm.
            self._client.publish(OUTCOMES_TOPIC, pack(outcomes), qos=1)

    def publish(self, topic: str, payload: bytes, qos: int = 0) -> None:
        """Send a message; with QoS 1 it returns once the broker has confirmed it.

        Raises:
            ConnectionError: the broker did not take or confirm it.
        """
        sent = self._client.publish(topic, payload, qos=qos)
        if qos == 0:
            return
        try:
            sent.wait_for_publish(timeout=10)
        except (RuntimeError, ValueError) as error:
            raise ConnectionError(f"message to {topic!r} not sent: {error}") from error
        if not sent.is_published():
            raise ConnectionError(f"message to {topic!r} not confirmed in 10 s")

    def _on_connect(
        self,
        client: Client,
        _userdata: object,
        flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            _log.error("broker refused the connection", reason=str(reason))
            return
        with self._connection_lock:
            self._connection += 1
        self._session_present = flags.session_present
        filters = [(topic, 1) for source in self._sources for topic in source.filters]
        client.subscribe(filters)

    def _on_subscribe(
        self,
        _client: Client,
        _userdata: object,
        _mid: int,
        reasons: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        filters = [topic for source in self._sources for topic in source.filters]
        for topic, reason in zip(filters, reasons, strict=False):
            if reason.is_failure:
                _log.error("broker refused a subscription", filter=topic, reason=str(reason))
        # Not before: in a new session what is published until here is for nobody.
        self.connected.set()
        _log.info("connected to the broker", session_present=self._session_present)

    def _on_disconnect(
        self,
        _client: Client,
        _userdata: object,
        _flags: DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        # No acknowledgement of the old connection may slip into the next one.
        with self._connection_lock:
            self._connection += 1
        self.connected.clear()
        _log.warning("disconnected from the broker", reason=str(reason))

    def _on_published(self, published: Sequence[Published]) -> None:
        taken = [one for each in published if (one := self._taken(each)) is not None]
        for name, count in Counter(one.message.source for one in taken).items():
            self._received[name].inc(count)
        self._inbox.put_all(taken)

    def _taken(self, published: Published) -> Received | None:
        raw_topic, payload, packet_id, flags = published
        topic, source = self._by_topic.get(raw_topic) or self._address_of(raw_topic)
        if source is None:
            # A session may hold a subscription of an earlier configuration; left unacknowledged,
            # its messages would fill the in-flight window and stop all others.
            metrics.LEFT_OUT.labels("no source").inc()
            self._client.ack_all([packet_id] if packet_id else [])
            return None
        if not packet_id and len(self._inbox) > _UNCONFIRMED_WAITING:
            metrics.LEFT_OUT.labels("flood").inc()
            return None
        # Never twice the same time, since it may become a reading's only one.
        self._last_us = received_us = max(time.time_ns() // 1000, self._last_us + 1)
        message = Message(
            source.name,
            source.mode,
            topic,
            payload,
            received_us,
            packet_id,
            flags & _DUPLICATE != 0,
            flags & _RETAINED != 0,
        )
        return Received(source.decoder, message, self, self._connection)

    def _address_of(self, raw_topic: bytes) -> tuple[str, SourceConfig | None]:
        if len(self._by_topic) >= _TOPICS_REMEMBERED:
            self._by_topic.clear()
        topic = raw_topic.decode("utf-8", "replace")
        found = next((s for s in self._sources if any(matches(f, topic) for f in s.filters)), None)
        self._by_topic[raw_topic] = topic, found
        return topic, found


def matches(topic_filter: str, topic: str) -> bool:
    """Whether a topic falls under a subscription's filter (MQTT 3.1.1, 4.7)."""
    wanted, levels = topic_filter.split("/"), topic.split("/")
    if wanted[-1] == "#":
        wanted, levels = wanted[:-1], levels[: len(wanted) - 1]
    if len(wanted) != len(levels):
        return False
    return all(want in {"+", level} for want, level in zip(wanted, levels, strict=True))
