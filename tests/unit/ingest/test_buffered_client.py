"""Bytes that were fetched ahead come out as they came in, and acknowledgements in their order."""

import gc
import select
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from ingest.buffered_client import BufferedClient, BufferedSocket, Published


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two ends of a connection; reading does not wait."""
    one, other = socket.socketpair()
    one.settimeout(0)
    yield one, other
    one.close()
    other.close()


def test_nothing_yet_and_the_end_of_the_stream_are_told_apart(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    here, there = pair
    buffered = BufferedSocket(here)
    with pytest.raises(BlockingIOError):
        buffered.recv(1)
    there.sendall(b"abc")
    assert (buffered.recv(2), buffered.pending()) == (b"ab", 1)
    assert (buffered.recv(9), buffered.pending()) == (b"c", 0)
    there.close()
    assert buffered.recv(1) == b""


@given(sent=st.binary(max_size=200), sizes=st.lists(st.integers(1, 40), min_size=1))
def test_any_pieces_are_the_bytes_that_were_sent(sent: bytes, sizes: list[int]) -> None:
    one, other = socket.socketpair()
    with one, other:
        other.sendall(sent)
        other.shutdown(socket.SHUT_WR)
        buffered = BufferedSocket(one)
        found = b""
        while part := buffered.recv(sizes[len(found) % len(sizes)]):
            found += part
        assert found == sent
        assert buffered.fileno() == one.fileno()


def test_acknowledgements_of_a_batch_are_so_many_packets_in_their_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent: list[bytes] = []
    client = BufferedClient(CallbackAPIVersion.VERSION2)
    monkeypatch.setattr(client, "_packet_queue", lambda _kind, packet, *_: sent.append(packet))
    client.ack_all([5, 258])
    client.ack_all([])
    assert sent == [bytes.fromhex("40020005 40020102")]


class Packets:
    """Packets as a broker sends them, MQTT 3.1.1."""

    PINGRESP = b"\xd0\x00"

    @staticmethod
    def publish(published: Published) -> bytes:
        identifier = struct.pack(">H", published.packet_id) if published.flags & 2 else b""
        body = struct.pack(">H", len(published.topic)) + published.topic + identifier
        body += published.payload
        length, left = b"", len(body)
        while left >= 128:
            length, left = length + bytes([left % 128 + 128]), left // 128
        return bytes([0x30 + published.flags]) + length + bytes([left]) + body


_PUBLISHED = st.tuples(
    st.text("ab/\u6cb3", min_size=1, max_size=90),
    st.integers(0, 200) | st.sampled_from([16_370, 16_390, 70_000]),
    st.integers(1, 65_535),
    st.sampled_from([0, 1, 2, 3, 10, 11]),
)
"""Topic, size of the payload, packet id, flags."""


@given(
    sent=st.lists(_PUBLISHED | st.none(), max_size=12),
    sizes=st.lists(st.integers(1, 5_000), max_size=20),
)
def test_what_a_broker_sends_comes_whole_and_in_order_however_it_is_cut(
    sent: list[tuple[str, int, int, int] | None], sizes: list[int]
) -> None:
    published = [
        one and Published(one[0].encode(), bytes(one[1]), one[2] if one[3] & 2 else 0, one[3])
        for one in sent
    ]
    stream = b"".join(
        Packets.PINGRESP if one is None else Packets.publish(one) for one in published
    )
    with connected() as (client, broker):
        heard: list[Published] = []
        client.on_published = heard.extend
        for size in chain(sizes, repeat(100_000)):
            if not stream:
                break
            part, stream = stream[:size], stream[size:]
            broker.sendall(part)
            while readable(client):
                assert client.loop_read() == MQTTErrorCode.MQTT_ERR_SUCCESS
        assert heard == [one for one in published if one is not None]


def test_most_messages_are_not_read_by_paho(monkeypatch: pytest.MonkeyPatch) -> None:
    slow: list[int] = []
    with connected() as (client, broker):
        heard: list[Published] = []
        client.on_published = heard.extend
        plain = client._handle_publish

        def counted() -> MQTTErrorCode:
            slow.append(1)
            return plain()

        monkeypatch.setattr(client, "_handle_publish", counted)
        broker.sendall(Packets.publish(Published(b"a/b", b"{}", 7, 2)) * 500)
        while readable(client):
            client.loop_read()
    assert len(heard) == 500
    assert len(slow) < 10


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param("3206 0000 0001 7b7d", id="no topic"),
        pytest.param("3204 0003 6161", id="a topic longer than the packet"),
        pytest.param("3205 0003 616161", id="no packet id"),
        pytest.param("3606 0001 61 0001 7b", id="both bits of QoS"),
    ],
)
def test_a_packet_that_breaks_the_standard_is_left_to_paho(broken: str) -> None:
    one, other = socket.socketpair()
    with one, other:
        sound = Packets.publish(Published(b"a", b"x", 1, 2))
        other.sendall(sound + bytes.fromhex(broken) + sound)
        buffered = BufferedSocket(one)
        buffered.recv(0)
        assert buffered.take_published() == [Published(b"a", b"x", 1, 2)]
        assert buffered.take_published() == []
        assert buffered.recv(99).startswith(bytes.fromhex(broken))


@contextmanager
def connected() -> Iterator[tuple[BufferedClient, socket.socket]]:
    """A client as after its connection, and the broker's end."""
    here, there = socket.socketpair()
    with here, there:
        here.settimeout(0)
        there.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 21)
        client = BufferedClient(CallbackAPIVersion.VERSION2, manual_ack=True)
        client._sock = client._buffered = BufferedSocket(here)
        yield client, there
        client._sock = None


def readable(client: BufferedClient) -> bool:
    """Whether paho's loop would read."""
    buffered = client._buffered
    assert buffered is not None
    return buffered.pending() > 0 or bool(select.select([buffered.fileno()], [], [], 0)[0])


def test_a_message_leaves_no_circle_of_objects_behind() -> None:
    client = BufferedClient(CallbackAPIVersion.VERSION2)
    heard: list[Published] = []
    client.on_published = heard.extend
    gc.collect()
    gc.disable()
    try:
        for number in range(100):
            message = MQTTMessage(mid=number, topic=b"a/b/c")
            message.payload = b"x"
            client._handle_on_message(message)
            del message
        assert (len(heard), gc.collect()) == (100, 0)
    finally:
        gc.enable()
