"""A paho client that reads its socket and acknowledges in large pieces (docs/decisions/0006)."""

import socket
import struct
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, Never

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import MessageType, MQTTErrorCode
from paho.mqtt.matcher import MQTTMatcher

_PIECE_BYTES = 1 << 16
_PACKETS_AT_ONCE = 200
"""Then what is to be sent has its turn, before more is read."""

_PUBACK = struct.Struct(">BBH")
_BEFORE_TOPIC = 5
"""Bytes before the topic, where the length takes two."""
_SEVEN_BITS = 0x7F
_PUBLISH_QOS_0_OR_1 = frozenset(
    MessageType.PUBLISH | flags for flags in range(16) if flags & 0x06 in (0x00, 0x02)
)


class Published(NamedTuple):
    """A PUBLISH packet of MQTT 3.1.1.

    Attributes:
        topic: as bytes, which a broker has checked to be UTF-8.
        payload: the bytes, untouched.
        packet_id: 0 with QoS 0.
        flags: of the fixed header: 8 for a duplicate, 2 for QoS 1, 1 for a retained message.
    """

    topic: bytes
    payload: bytes
    packet_id: int
    flags: int


class BufferedSocket:
    """A socket whose bytes are fetched ahead; like one of TLS, it tells how many it holds."""

    def __init__(self, plain: socket.socket) -> None:
        self._plain = plain
        self._held = b""
        self._at = 0

    def recv(self, most: int) -> bytes:
        """Return up to ``most`` bytes, none at the end of the stream.

        Raises:
            BlockingIOError: nothing has come.
        """
        if self._at == len(self._held):
            self._held, self._at = self._plain.recv(_PIECE_BYTES), 0
        part = self._held[self._at : self._at + most]
        self._at += len(part)
        return part

    def pending(self) -> int:
        """Return how many bytes are held."""
        return len(self._held) - self._at

    def take_published(self) -> list[Published]:
        """Take PUBLISH packets of QoS 0 and 1 that are held whole, up to the first other thing.

        Only between packets; whatever stops it (another kind, the beginning of a packet, one that
        breaks the standard) is left for ``recv``. MQTT 3.1.1, clauses 2.2 and 3.3.
        """
        held, at, end = self._held, self._at, len(self._held)
        taken: list[Published] = []
        while end - at > _BEFORE_TOPIC and (first := held[at]) in _PUBLISH_QOS_0_OR_1:
            length, body = held[at + 1], at + 2
            if length > _SEVEN_BITS:
                more = held[at + 2]
                if more > _SEVEN_BITS:
                    break
                length, body = (length & _SEVEN_BITS) + (more << 7), at + 3
            after, topic = body + length, body + 2
            identified = topic + (held[body] << 8) + held[body + 1]
            payload = identified + (first & 0x02)
            if after > end or payload > after or identified == topic:
                break
            packet_id = (held[identified] << 8) + held[identified + 1] if first & 0x02 else 0
            taken.append(
                Published(held[topic:identified], held[payload:after], packet_id, first & 0x0F)
            )
            at = after
        self._at = at
        return taken

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a socket has
        return getattr(self._plain, name)


class _NoFilters(MQTTMatcher):
    """Callbacks by topic, of which there are none.

    paho's own look for them leaves six objects in a circle for each message, which only the
    collector of cycles takes away.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def iter_match(self, _topic: str) -> Iterator[Never]:
        return iter(())


class BufferedClient(Client):
    """Asks the kernel once for many messages, where paho asks four times for each.

    MQTT 3.1.1 with acknowledgement by hand. ``on_published`` gets what has come, in its order:
    PUBLISH packets that lie whole in the buffer are taken apart here, paho does all the rest.

    Names that reach behind paho's public face: ``_create_socket``, ``_packet_queue``,
    ``_in_packet``, ``_on_message_filtered`` and a message's ``_topic``. The lock file fixes its
    version; tests with a real broker prove them.

    Attributes:
        on_published: called in paho's thread.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - as paho takes them
        super().__init__(*arguments, **named)
        self._on_message_filtered = _NoFilters()
        self._buffered: BufferedSocket | None = None
        self.on_published: Callable[[Sequence[Published]], None] = lambda _published: None
        self.on_message = self._on_slow_message

    def _create_socket(self) -> Any:  # noqa: ANN401 - paho's own type is private
        plain: Any = super()._create_socket()
        # Else a small packet waits up to 40 ms for the confirmation of the one before it.
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffered = BufferedSocket(plain)
        return self._buffered

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:
        """Read what the socket holds, as far as one turn goes."""
        for _ in range(_PACKETS_AT_ONCE):
            done = super().loop_read(max_packets)
            if done != MQTTErrorCode.MQTT_ERR_SUCCESS or self._buffered is None:
                return done
            between_packets = not self._in_packet["command"]
            if between_packets and (published := self._buffered.take_published()):
                self.on_published(published)
            if not self._buffered.pending():
                return done
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _on_slow_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        flags = message.dup << 3 | message.qos << 1 | message.retain
        # Its own ``topic`` raises where the bytes are no UTF-8, which would end paho's thread.
        topic, payload = bytes(message._topic), bytes(message.payload)  # noqa: SLF001
        self.on_published([Published(topic, payload, message.mid, flags)])

    def ack_all(self, packet_ids: Sequence[int]) -> None:
        """Acknowledge messages of QoS 1 in this order, as so many PUBACK packets in one piece."""
        if packet_ids:
            packets = b"".join([_PUBACK.pack(MessageType.PUBACK, 2, one) for one in packet_ids])
            self._packet_queue(MessageType.PUBACK, packets, packet_ids[-1], 1)
