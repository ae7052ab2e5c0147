"""A sender of MQTT 3.1.1 messages that costs next to nothing: packets are joined and sent at once.

It takes only what a load needs: QoS 1, and acknowledgements that are counted and not looked at.
"""

import socket
import struct
import time

from ingest.config import BrokerAccount

_CONNECT = 0x10
_PUBLISH_QOS_1 = 0x32
_PUBACK_BYTES = 4
_MOST_UNCONFIRMED = 20_000
_PACKET_IDS = 65_535
_CHUNK = 1 << 16


class Load:
    """One connection; messages are sent in the order in which they are given.

    Args:
        account: of the broker.
        client_id: of this connection.
    """

    def __init__(self, account: BrokerAccount, client_id: str) -> None:
        self._socket = socket.create_connection((account.host, account.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._packet_id = 0
        self._sent = 0
        self._confirmed_bytes = 0
        words = (client_id, account.username, account.password())
        body = _text("MQTT") + bytes((4, 0xC2, 0, 0)) + b"".join(map(_text, words))
        self._socket.sendall(_packet(_CONNECT, body))
        answer = self._socket.recv(4)
        if answer[:2] != b"\x20\x02" or answer[3]:
            raise ConnectionError(f"broker answered {answer.hex()}: expected 20020000")
        self._socket.settimeout(0)

    @property
    def unconfirmed(self) -> int:
        """How many messages the broker has not confirmed yet."""
        return self._sent - self._confirmed_bytes // _PUBACK_BYTES

    def send(self, messages: list[tuple[bytes, bytes]]) -> None:
        """Send (topic, payload) pairs; wait while too many are unconfirmed."""
        packets: list[bytes] = []
        for topic, payload in messages:
            self._packet_id = self._packet_id % _PACKET_IDS + 1
            head = struct.pack(">H", len(topic)) + topic + struct.pack(">H", self._packet_id)
            packets.append(_packet(_PUBLISH_QOS_1, head + payload))
        self._write(b"".join(packets))
        self._sent += len(messages)
        while self.unconfirmed > _MOST_UNCONFIRMED:
            self._read(wait=True)

    def finish(self) -> None:
        """Wait until everything is confirmed, then disconnect."""
        deadline = time.monotonic() + 120
        while self.unconfirmed:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.unconfirmed} messages not confirmed in 120 s")
            self._read(wait=True)
        self._socket.sendall(b"\xe0\x00")
        self.close()

    def close(self) -> None:
        """End the connection, whatever is unconfirmed."""
        self._socket.close()

    def _write(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            try:
                left = left[self._socket.send(left) :]
            except BlockingIOError:
                self._read(wait=True)
            self._read(wait=False)

    def _read(self, *, wait: bool) -> None:
        try:
            if wait:
                time.sleep(0.0005)
            data = self._socket.recv(_CHUNK)
        except BlockingIOError:
            return
        if not data:
            raise ConnectionError("the broker closed the connection")
        self._confirmed_bytes += len(data)


def _packet(kind: int, body: bytes) -> bytes:
    size, length = len(body), bytearray()
    while True:
        size, low = divmod(size, 128)
        length.append(low | (0x80 if size else 0))
        if not size:
            return bytes((kind,)) + bytes(length) + body


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack(">H", len(data)) + data
