"""A paho client that reads its socket and acknowledges in large pieces (docs/decisions/0006)."""

import socket
import struct
from collections.abc import Iterator, Sequence
from typing import Any, Never

from paho.mqtt.client import Client
from paho.mqtt.enums import MessageType, MQTTErrorCode
from paho.mqtt.matcher import MQTTMatcher

_PIECE_BYTES = 1 << 16
_PACKETS_AT_ONCE = 200
"""Then what is to be sent has its turn, before more is read."""

_PUBACK = struct.Struct(">BBH")


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

    Three names reach behind paho's public face: ``_create_socket``, ``_packet_queue`` and
    ``_on_message_filtered``. The lock file fixes its version; tests with a real broker prove them.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - as paho takes them
        super().__init__(*arguments, **named)
        self._on_message_filtered = _NoFilters()
        self._buffered: BufferedSocket | None = None

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
            if done != MQTTErrorCode.MQTT_ERR_SUCCESS or not self._holds_more():
                return done
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def ack_all(self, packet_ids: Sequence[int]) -> None:
        """Acknowledge messages of QoS 1 in this order, as so many PUBACK packets in one piece."""
        if packet_ids:
            packets = b"".join([_PUBACK.pack(MessageType.PUBACK, 2, one) for one in packet_ids])
            self._packet_queue(MessageType.PUBACK, packets, packet_ids[-1], 1)

    def _holds_more(self) -> bool:
        return self._buffered is not None and self._buffered.pending() > 0
