"""Transmissions of several packets (mode M3), joined again (SL 651-2014, 6.5.2 table 17)."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import NamedTuple

from ingest.decoders.documents import MAX_PAYLOAD_BYTES
from ingest.decoders.sl651.frame import ETX, Frame


class Joined(NamedTuple):
    """What is known of a transmission after a packet.

    Attributes:
        body: of all packets, None while some are missing. Only the first packet carries the serial.
        missing: the packets to ask for, once the last one has come.
        abandoned: sentences on transmissions given up for good, whose packets are lost.
    """

    body: bytes | None
    missing: tuple[int, ...]
    abandoned: tuple[str, ...]


@dataclass(slots=True)
class _Held:
    """The packets of one transmission by their index; ``last`` is the one that completed it."""

    total: int
    packets: dict[int, bytes] = field(default_factory=dict)
    size: int = 0
    last: int = 0


class Assembly:
    """Holds the packets of unfinished transmissions, one for each sender, station and function.

    A transmission stays until the sender's next one takes its place, so that a packet sent again
    is known. One of more than 1 MiB is given up.

    Args:
        max_transmissions: the oldest goes when there are more.
        max_bytes: the same, of all packets together.
    """

    def __init__(self, max_transmissions: int = 256, max_bytes: int = 16 << 20) -> None:
        self._held: dict[Hashable, _Held] = {}
        self._max_transmissions = max_transmissions
        self._max_bytes = max_bytes
        self._bytes = 0

    def add(self, sender: Hashable, frame: Frame) -> Joined:
        """Take a packet; the one that completes a transmission gives its body, each time it comes.

        Args:
            sender: what tells senders apart whose stations have the same address.
            frame: one packet of several.
        """
        key = (sender, frame.station, frame.function)
        abandoned: list[str] = []
        held = self._held.get(key)
        if held and not _continues(held, frame):
            abandoned += self._drop(key)
            held = None
        if held is None:
            held = self._held[key] = _Held(frame.packets)
        if frame.packet not in held.packets:
            held.packets[frame.packet] = frame.body
            held.size += len(frame.body)
            self._bytes += len(frame.body)
            if len(held.packets) == held.total:
                held.last = frame.packet
        if held.size > MAX_PAYLOAD_BYTES:
            return Joined(None, (), (*abandoned, *self._drop(key)))
        joined = _joined(held, frame)
        return Joined(*joined, (*abandoned, *self._make_room()))

    def close(self) -> list[str]:
        """Give up what is not whole, and return a sentence for each transmission."""
        return [sentence for key in tuple(self._held) for sentence in self._drop(key)]

    def _make_room(self) -> list[str]:
        abandoned: list[str] = []
        while len(self._held) > self._max_transmissions or self._bytes > self._max_bytes:
            abandoned += self._drop(next(iter(self._held)))
        return abandoned

    def _drop(self, key: Hashable) -> list[str]:
        held = self._held.pop(key)
        self._bytes -= held.size
        if held.last and held.size <= MAX_PAYLOAD_BYTES:
            return []
        if held.size > MAX_PAYLOAD_BYTES:
            return [f"transmission of {held.size} bytes: expected at most {MAX_PAYLOAD_BYTES}"]
        return [
            f"transmission of {held.total} packets: expected all of them, {len(held.packets)} came"
        ]


def _continues(held: _Held, frame: Frame) -> bool:
    known = held.packets.get(frame.packet, frame.body)
    return held.total == frame.packets and known == frame.body


def _joined(held: _Held, frame: Frame) -> tuple[bytes | None, tuple[int, ...]]:
    if frame.packet == held.last:
        return b"".join(held.packets[index] for index in range(1, held.total + 1)), ()
    if held.last:
        return None, ()
    if frame.packet != held.total and frame.end != ETX:
        return None, ()
    missing = (index for index in range(1, held.total + 1) if index not in held.packets)
    return None, tuple(missing)
