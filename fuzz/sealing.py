"""Makes a changed frame whole again; its length and CRC would end every run at the door."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from fuzz.inputs import SEPARATOR
from ingest.decoders.hj212.frame import crc
from ingest.decoders.sl651.frame import HEADER, crc16

_HJ212_LINE: Final = re.compile(rb"##[0-9]{4}([^\r\n]*)[^\r\n]{4}(?=[\r\n]|\Z)")
_LONGEST_HJ212: Final = 9999

_SOH: Final = 0x01
_TEXT_FLAGS: Final = slice(19, 23)
_TEXT_HEADER: Final = 24
_BINARY_FLAGS: Final = slice(11, 13)
_BINARY_HEADER: Final = 14
_LONGEST_SL651: Final = 0xFFF


def sealed_hj212(sent: bytes) -> bytes:
    """Return the input with length and CRC of each frame put right (HJ 212-2017, 6.3)."""
    return _HJ212_LINE.sub(_sealed_line, sent)


def sealed_sl651(sent: bytes) -> bytes:
    """Return the input with length and CRC of each frame put right (SL 651-2014, 6.5.2)."""
    return SEPARATOR.join(_sealed_frame(part) for part in sent.split(SEPARATOR))


SEALED: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "hj212": sealed_hj212,
    "sl651": sealed_sl651,
}
"""By decoder; the others have nothing to put right."""


def _sealed_line(line: re.Match[bytes]) -> bytes:
    data = line[1][:_LONGEST_HJ212]
    return b"##%04d%b%04X" % (len(data), data, crc(data))


def _sealed_frame(frame: bytes) -> bytes:
    if not HEADER.match(frame):
        return frame
    text = frame[0] == _SOH
    header, check = (_TEXT_HEADER, 4) if text else (_BINARY_HEADER, 2)
    body = len(frame) - header - 1 - check
    if not 0 <= body <= _LONGEST_SL651:
        return frame
    measured = _measured(frame, body, text=text)[:-check]
    sum_of_bytes = crc16(measured)
    return measured + (b"%04X" % sum_of_bytes if text else sum_of_bytes.to_bytes(2, "big"))


def _measured(frame: bytes, body: int, *, text: bool) -> bytes:
    """Return a frame whose flags say the length of its body; they keep its direction."""
    measured = bytearray(frame)
    if text:
        direction = int(frame[_TEXT_FLAGS], 16) & 0x8000
        measured[_TEXT_FLAGS] = b"%04X" % (direction | body)
    else:
        direction = int.from_bytes(frame[_BINARY_FLAGS], "big") & 0x8000
        measured[_BINARY_FLAGS] = (direction | body).to_bytes(2, "big")
    return bytes(measured)
