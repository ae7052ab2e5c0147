"""Bytes that were fetched ahead come out as they came in, and acknowledgements in their order."""

import gc
import socket
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from ingest.buffered_client import BufferedClient, BufferedSocket


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


def test_a_message_leaves_no_circle_of_objects_behind() -> None:
    client = BufferedClient(CallbackAPIVersion.VERSION2)
    heard: list[bytes | bytearray] = []
    client.on_message = lambda _client, _userdata, message: heard.append(message.payload)
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
