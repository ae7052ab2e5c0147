"""Transmissions of several packets (mode M3) on their way in, as the frames that came."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from ingest.decoders.documents import MAX_PAYLOAD_BYTES
from ingest.decoders.sl651.frame import ETX, Frame

_MOST_BYTES: Final = 16 << 20
_MOST_BEGUN: Final = 4096
_LONGEST_PAUSE_US: Final = 120_000_000
_ASKED_AT_MOST: Final = 2
"""How often a packet is asked for on average, before a transmission is given up."""


class GivenUp(NamedTuple):
    """A transmission that will not be whole: whose it is, and the packets that came, in order."""

    station: str
    frames: bytes


class Gathered(NamedTuple):
    """What a packet brought.

    Attributes:
        frames: all packets in order, once the last one is here; else empty.
        first: the first of them, which has the serial.
        wanted: the packet to ask for, 0 for none.
        given_up: transmissions that are waited for no longer.
    """

    frames: bytes = b""
    first: Frame | None = None
    wanted: int = 0
    given_up: Sequence[GivenUp] = ()


@dataclass(slots=True)
class _Begun:
    """The packets of one transmission so far."""

    total: int
    packets: dict[int, tuple[bytes, Frame]] = field(default_factory=dict)
    size: int = 0
    has_ended: bool = False
    asked: int = 0
    last_us: int = 0

    def goes_on(self, frame: Frame, raw: bytes, now_us: int) -> bool:
        """Return whether a packet is of this transmission."""
        known = self.packets.get(frame.packet)
        return (
            self.total == frame.packets
            and (known is None or known[0] == raw)
            and now_us - self.last_us < _LONGEST_PAUSE_US
        )


class Transmissions:
    """Those of all connections of a server, one for each station and function; bounded in bytes.

    Whole ones go on, so that all packets are stored together. A station that has sent its last
    packet is asked for those that are missing, one after the other. What is not whole after a pause
    of two minutes is given up.
    """

    def __init__(self) -> None:
        self._begun: OrderedDict[tuple[str, int], _Begun] = OrderedDict()
        self._bytes = 0

    def add(self, frame: Frame, raw: bytes, now_us: int) -> Gathered:
        """Take a packet, at our time."""
        key = (frame.station, frame.function)
        given_up: list[GivenUp] = []
        begun = self._begun.get(key)
        if begun is not None and not begun.goes_on(frame, raw, now_us):
            given_up.append(self._drop(key))
            begun = None
        if begun is None:
            begun = self._begun[key] = _Begun(frame.packets)
        self._begun.move_to_end(key)
        self._take(begun, frame, raw, now_us)
        if len(begun.packets) == begun.total:
            self._drop(key)
            return _whole(begun, given_up)
        if begun.size > MAX_PAYLOAD_BYTES or begun.asked > _ASKED_AT_MOST * begun.total:
            return Gathered(given_up=[*given_up, self._drop(key)])
        while self._bytes > _MOST_BYTES or len(self._begun) > _MOST_BEGUN:
            given_up.append(self._drop(next(iter(self._begun))))
        return Gathered(wanted=_wanted(begun), given_up=given_up)

    def overdue(self, now_us: int) -> Sequence[GivenUp]:
        """Give up those whose last packet came too long ago, and return them."""
        given_up = []
        while self._begun:
            key, longest = next(iter(self._begun.items()))
            if now_us - longest.last_us < _LONGEST_PAUSE_US:
                break
            given_up.append(self._drop(key))
        return given_up

    def _take(self, begun: _Begun, frame: Frame, raw: bytes, now_us: int) -> None:
        begun.last_us = now_us
        begun.has_ended |= frame.packet == frame.packets or frame.end == ETX
        if frame.packet not in begun.packets:
            begun.packets[frame.packet] = (raw, frame)
            begun.size += len(raw)
            self._bytes += len(raw)

    def _drop(self, key: tuple[str, int]) -> GivenUp:
        begun = self._begun.pop(key)
        self._bytes -= begun.size
        return GivenUp(key[0], b"".join(raw for _, (raw, _) in sorted(begun.packets.items())))


def _whole(begun: _Begun, given_up: Sequence[GivenUp]) -> Gathered:
    ordered = [begun.packets[number] for number in range(1, begun.total + 1)]
    return Gathered(b"".join(raw for raw, _ in ordered), ordered[0][1], 0, given_up)


def _wanted(begun: _Begun) -> int:
    if not begun.has_ended:
        return 0
    begun.asked += 1
    return next(number for number in range(1, begun.total + 1) if number not in begun.packets)
