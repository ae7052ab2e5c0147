"""The centre's part of SL 651-2014 on one connection: modes M1 to M4 (6.5.4)."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from ingest.decoders.sl651 import Frame, UnreadableFrameError, confirm, read_frame, refuse, split
from ingest.decoders.sl651.elements import functions
from ingest.stations import metrics
from ingest.stations.config import Sl651Config
from ingest.stations.heard import Heard
from ingest.stations.transmissions import GivenUp, Transmissions
from twin.model import Name

HEARTBEAT: Final = 0x2F
_FIRST_OF_QUERIES: Final = 0x37
_LAST_OF_QUERIES: Final = 0x51
_SERIAL_CHARS: Final = 4
_LONG_BODY: Final = 256


class Sl651Conversation:
    """Confirms reports and gathers transmissions of several packets.

    Args:
        config: of the server.
        transmissions: those of all connections of the server.
    """

    def __init__(self, config: Sl651Config, transmissions: Transmissions) -> None:
        self._config = config
        self._transmissions = transmissions
        self._rest = b""

    @property
    def is_mid_frame(self) -> bool:
        """Whether a frame has begun that is not whole."""
        return bool(self._rest)

    def receive(self, data: bytes, now_us: int) -> list[Heard]:
        """Return what the bytes complete, in order."""
        pieces, self._rest = split(self._rest + data if self._rest else data)
        # Modems put line ends behind frames.
        found: list[Heard] = []
        for piece in pieces:
            if piece.strip():
                found += self._heard(piece, now_us)
        return found

    def tick(self, _now_us: int) -> bytes:
        """Return nothing: stations are asked for packets when they have sent others."""
        return b""

    def _heard(self, piece: bytes, now_us: int) -> Sequence[Heard]:
        try:
            frame = read_frame(piece)
        except UnreadableFrameError:
            return (Heard(piece, piece),)  # the decoder says what is wrong with it
        speaker = Name("sl651", frame.station)
        if frame.down:
            return (Heard(piece, piece, speaker),)
        if frame.packets > 1:
            return self._packet(frame, piece, speaker, now_us)
        return (self._whole(frame, piece, piece, speaker),)

    def _packet(self, frame: Frame, piece: bytes, speaker: Name, now_us: int) -> Sequence[Heard]:
        gathered = self._transmissions.add(frame, piece, now_us)
        if gathered.first is not None:
            heard = self._whole(gathered.first, piece, gathered.frames, speaker)
        else:
            asks = gathered.wanted and self._config.answers
            reply = refuse(frame, gathered.wanted, now_us) if asks else b""
            heard = Heard(piece, b"", speaker, is_answer=_is_answer(frame), reply=reply)
        return (*kept(gathered.given_up, self._config.name), heard)

    def _whole(self, frame: Frame, piece: bytes, payload: bytes, speaker: Name) -> Heard:
        """Return what is to be done with a frame, or with a transmission of which it is the first.

        Reports are confirmed; what else holds readings is not, and is kept on disk.
        """
        function = functions().get(frame.function)
        confirmed = self._config.answers and function is not None and function.confirmed
        if len(frame.body) > _LONG_BODY:  # of a confirm only the serial is needed
            frame = frame._replace(body=frame.body[:_SERIAL_CHARS])
        return Heard(
            piece,
            payload,
            speaker,
            partial(confirm, frame, online=self._config.online) if confirmed else None,
            is_kept=not confirmed and frame.function != HEARTBEAT,
            is_answer=_is_answer(frame),
        )


class Sl651Conversations:
    """Those of all connections of a server, with the transmissions that they share.

    Args:
        config: of the server.
    """

    def __init__(self, config: Sl651Config) -> None:
        self._config = config
        self._transmissions = Transmissions()

    def begin(self) -> Sl651Conversation:
        """Return the conversation of a new connection."""
        return Sl651Conversation(self._config, self._transmissions)

    def overdue(self, now_us: int) -> Sequence[Heard]:
        """Return the packets of transmissions that were not completed in time."""
        return kept(self._transmissions.overdue(now_us), self._config.name)


def kept(given_up: Sequence[GivenUp], server: str) -> list[Heard]:
    """Return what is to be done with transmissions that were given up: kept on disk, and parked."""
    if given_up:
        metrics.REFUSED.labels(server, "incomplete transmission").inc(len(given_up))
    return [Heard(b"", one.frames, Name("sl651", one.station), is_kept=True) for one in given_up]


def _is_answer(frame: Frame) -> bool:
    return _FIRST_OF_QUERIES <= frame.function <= _LAST_OF_QUERIES
