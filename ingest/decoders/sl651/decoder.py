"""Reads SL 651 frames of water stations; one message may carry several."""

from typing import Final

from ingest.decoders.documents import MAX_PAYLOAD_BYTES
from ingest.decoders.faults import FaultList
from ingest.decoders.sl651.binary_body import read_binary
from ingest.decoders.sl651.elements import Content, functions
from ingest.decoders.sl651.frame import HEADER, Frame, UnreadableFrameError, read_frame, size_at
from ingest.decoders.sl651.groups import MAX_READINGS, Groups
from ingest.decoders.sl651.packets import Assembly
from ingest.decoders.sl651.stream import split
from ingest.decoders.sl651.text_body import read_text
from twin.model import Decoded, Fault, FaultReason, Message, Name, NativeReading

VOCABULARY: Final = "sl651"

_BINARY_HEAD = 8
_TEXT_HEAD = 16
_SHOWN = 12


class Sl651Decoder:
    """Reads what stations send up; what the centre sends down has no readings.

    Packets of one transmission (mode M3) are kept until the last has come: bounded, and told apart
    by source and topic. Names are in the scheme ``sl651``, the address as sent, 10 characters.

    Args:
        whole: each message has all packets of its transmissions, or they will never come; nothing
            is kept from one message to the next, and what is not whole is a fault.
    """

    def __init__(self, *, whole: bool = False) -> None:
        self._whole = whole
        self._assembly = Assembly()

    def decode(self, message: Message) -> Decoded:
        """Return the readings of every frame; a bad one does not harm its neighbours."""
        payload = message.payload
        if len(payload) > MAX_PAYLOAD_BYTES:
            sentence = f"payload of {len(payload)} bytes: expected at most {MAX_PAYLOAD_BYTES}"
            return Decoded(faults=[Fault(FaultReason.TOO_LARGE, sentence)])
        faults = FaultList()
        natives: list[NativeReading] = []
        speaker: Name | None = None
        pieces = _pieces(payload)
        for number, piece in enumerate(pieces, start=1):
            if len(natives) >= MAX_READINGS:
                sentence = f"{len(pieces)} pieces: expected at most {MAX_READINGS} readings in all"
                faults.add(FaultReason.TOO_LARGE, sentence)
                break
            faults.place = f"piece {number}: " if len(pieces) > 1 else ""
            try:
                frame = read_frame(piece)
            except UnreadableFrameError as error:
                faults.add(FaultReason.UNDECODABLE, str(error))
                continue
            speaker = Name("sl651", frame.station)
            natives += self._natives(frame, message, faults)
        if self._whole:
            faults.place = ""
            for sentence in self._assembly.close():
                faults.add(FaultReason.UNDECODABLE, sentence)
        return Decoded(
            natives=natives, vocabulary=VOCABULARY, faults=faults.listed(), speaker=speaker
        )

    def _natives(self, frame: Frame, message: Message, faults: FaultList) -> list[NativeReading]:
        function = functions().get(frame.function)
        if function is None:
            faults.add(
                FaultReason.UNDECODABLE,
                f"function '{frame.function:02X}': expected one of SL 651 table B.1",
            )
            return []
        if frame.down:
            return []
        body = self._joined(frame, message, faults) if frame.packets > 1 else frame.body
        if body is None or function.content not in _READ:
            return []
        return _read(frame, body, message, faults, uniform=function.content is Content.UNIFORM)

    def _joined(self, frame: Frame, message: Message, faults: FaultList) -> bytes | None:
        sender = (message.source, message.mode, message.topic)
        joined = self._assembly.add(sender, frame)
        for sentence in joined.abandoned:
            faults.add(FaultReason.UNDECODABLE, sentence)
        if joined.missing and not self._whole:
            faults.add(FaultReason.UNDECODABLE, _missing(joined.missing, frame.packets))
        return joined.body


_READ: Final = frozenset({Content.ELEMENTS, Content.UNIFORM})


def _pieces(payload: bytes) -> list[bytes]:
    if HEADER.match(payload) and size_at(payload, 0) == len(payload):
        return [payload]
    # Modems put line ends behind frames.
    return [piece for piece in split(payload, final=True)[0] if piece.strip()] or [b""]


def _read(
    frame: Frame, body: bytes, message: Message, faults: FaultList, *, uniform: bool
) -> list[NativeReading]:
    head = _TEXT_HEAD if frame.text else _BINARY_HEAD
    if len(body) < head:
        faults.add(
            FaultReason.UNDECODABLE,
            f"body of {len(body)} bytes: expected at least {head}, serial and time of sending",
        )
        return []
    if frame.text:
        text = body.decode("latin-1")
        groups = Groups(frame.station, text[4:_TEXT_HEAD], message, faults)
        read_text(text[_TEXT_HEAD:], groups)
    else:
        groups = Groups(frame.station, body[2:_BINARY_HEAD].hex(), message, faults)
        read_binary(body[_BINARY_HEAD:], groups, uniform=uniform)
    return groups.natives


def _missing(missing: tuple[int, ...], total: int) -> str:
    shown = ", ".join(map(str, missing[:_SHOWN])) + (", …" if len(missing) > _SHOWN else "")
    return f"transmission without packets {shown}: expected {total} of them"
