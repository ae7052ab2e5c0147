"""Frames: ``##``, four digits of length, the data segment, a CRC, CR LF (HJ 212-2017, 6.3)."""

import re
from typing import Final, NamedTuple

from ingest.decoders.quoting import quoted

MAX_DATA_BYTES: Final = 1024
"""What the standard allows a data segment; longer ones of up to 9999 are read all the same."""

MAX_WAITING_BYTES: Final = 40_008
"""The longest frame that four digits of length can announce, in UTF-8."""

_HEAD_BYTES = 6
_CRC_BYTES = 4

_BREAK = re.compile(rb"[\r\n]+|(?=##[0-9]{4})")
_HEAD = re.compile(rb"##([0-9]{4})")
_FRAME = re.compile(rb"##([0-9]{4})(.*)([0-9A-Fa-f]{4})", re.DOTALL)


class UnreadableFrameError(ValueError):
    """Bytes that are no whole frame. Park them; only its sender can send it again."""


class FrameTooLongError(ValueError):
    """A data segment that no frame can carry. Send it in several packets."""


class Frame(NamedTuple):
    """A frame that arrived whole: its data segment and its CRC."""

    text: str
    crc: int


def _shifted(register: int) -> int:
    for _ in range(8):
        register = (register >> 1) ^ (0xA001 if register & 1 else 0)
    return register


_TABLE = tuple(_shifted(byte) for byte in range(256))
_HIGH = bytes(entry >> 8 for entry in _TABLE)
_PERIOD_BITS = 64


def crc(data: bytes) -> int:
    """Return the CRC of a data segment (HJ 212-2017, annex A).

    It is not the one of Modbus: the byte meets the register's high half, and the low half is lost.
    What is left is linear, and eight steps of it change nothing: bytes that are a multiple of eight
    places apart are summed first.
    """
    if not data:
        return 0xFFFF
    register = int.from_bytes(data) ^ 0xFF << 8 * (len(data) - 1)
    while register >> _PERIOD_BITS:
        half = -(-register.bit_length() // (2 * _PERIOD_BITS)) * _PERIOD_BITS
        register = register >> half ^ register & (1 << half) - 1
    *first, last = register.to_bytes(_PERIOD_BITS // 8)
    high = 0
    for byte in first:
        high = _HIGH[high ^ byte]
    return _TABLE[high ^ last]


def build(text: str) -> bytes:
    """Return the frame of a data segment, with CR LF.

    Raises:
        FrameTooLongError: more than 1024 bytes of UTF-8.
    """
    data = text.encode("utf-8")
    if len(data) > MAX_DATA_BYTES:
        raise FrameTooLongError(
            f"data segment of {len(data)} bytes: expected at most {MAX_DATA_BYTES}"
        )
    return b"##%04d%b%04X\r\n" % (len(data), data, crc(data))


def split(received: bytes | bytearray) -> tuple[list[bytes], bytes]:
    """Cut what a stream brought so far into frames.

    Nothing is lost but line breaks: rubbish between frames and torn frames are returned among the
    frames, for ``read_frame`` to refuse.

    Returns:
        The frames without their line breaks, and the beginning of one that is still under way, at
        most 40,008 bytes; put what comes next behind it.
    """
    received = bytes(received)
    plain = _plain_frames(received)
    *whole, last = _BREAK.split(received[sum(map(len, plain)) + 2 * len(plain) :])
    frames = plain + [part for piece in whole for part in _parted(piece)]
    end = _end_of_frame(last)
    if end or len(last) > MAX_WAITING_BYTES:
        end = end or len(last)
        frames.append(last[:end])
        last = last[end:]
    return frames, last


def read_frame(frame: bytes) -> Frame:
    """Check a frame and return its data segment.

    The length may count the bytes or, where there is Chinese text, the characters; the CRC may be
    in small letters, and the line break may be absent. Text is UTF-8, or else GB 18030.

    Raises:
        UnreadableFrameError: no frame, or its length or CRC is wrong.
    """
    if not (found := _FRAME.fullmatch(frame.rstrip(b"\r\n"))):
        raise UnreadableFrameError(_formless(frame))
    data = found[2]
    text = _text(data)
    if int(found[1]) not in {len(data), len(text)}:
        raise UnreadableFrameError(
            f"length {found[1].decode()!r} of the frame: expected {len(data):04},"
            " the bytes of its data segment"
        )
    sent, computed = int(found[3], 16), crc(data)
    if sent != computed:
        raise UnreadableFrameError(_miscounted(found[3].decode(), computed, data))
    return Frame(text, sent)


def is_single(received: bytes) -> bool:
    """Return whether these bytes are one frame and nothing else, by its length."""
    head = _HEAD.match(received)
    end = len(received)
    return (
        head is not None
        and _HEAD_BYTES + int(head[1]) + _CRC_BYTES == end
        and not _is_broken(received, 0, end)
    )


def _plain_frames(received: bytes) -> list[bytes]:
    """Return the frames at the beginning that are as long as they say and end with CR LF.

    They are what the search for breaks would find, for a tenth of its time.
    """
    frames = []
    at = 0
    while head := _HEAD.match(received, at):
        end = at + _HEAD_BYTES + int(head[1]) + _CRC_BYTES
        if received[end : end + 2] != b"\r\n" or _is_broken(received, at, end):
            break
        frames.append(received[at:end])
        at = end + 2
    return frames


def _is_broken(received: bytes, start: int, end: int) -> bool:
    """Return whether there may be a break within a frame."""
    return (
        received.find(b"##", start + 2, end) >= 0
        or received.find(b"\r", start, end) >= 0
        or received.find(b"\n", start, end) >= 0
    )


def _parted(piece: bytes) -> list[bytes]:
    """Part a frame from rubbish that stands behind it."""
    head = _HEAD.match(piece)
    if not head or _HEAD_BYTES + int(head[1]) + _CRC_BYTES == len(piece):
        return [piece] if piece.strip() else []
    end = _end_of_frame(piece)
    return [part for part in (piece[:end], piece[end:]) if part.strip()]


def _end_of_frame(piece: bytes) -> int:
    """Return where the frame ends that a piece begins with; 0 if none is whole and right."""
    if not (head := _HEAD.match(piece)):
        return 0
    lengths = [int(head[1])]
    if not piece.isascii():
        data = piece[_HEAD_BYTES:].decode("utf-8", "ignore")
        lengths.append(len(data[: lengths[0]].encode("utf-8")))
    ends = (_HEAD_BYTES + length + _CRC_BYTES for length in lengths)
    return next((end for end in ends if end <= len(piece) and _is_right(piece[:end])), 0)


def _is_right(frame: bytes) -> bool:
    found = _FRAME.fullmatch(frame)
    return found is not None and int(found[3], 16) == crc(found[2])


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("gb18030", "replace")


def _formless(frame: bytes) -> str:
    # Only the first bytes are shown: a password stands further on.
    if _HEAD.match(frame):
        return "frame without CRC: expected four hex digits at its end"
    begin = quoted(frame[:_HEAD_BYTES].decode("utf-8", "replace"))
    return f"frame begins with {begin}: expected ## and four digits of length"


def _miscounted(sent: str, computed: int, data: bytes) -> str:
    sentence = f"CRC {sent!r} of the frame: expected {computed:04X}"
    if int(sent, 16) == _modbus_crc(data):
        return f"{sentence}; the device computes the CRC of Modbus, not that of HJ 212"
    return sentence


def _modbus_crc(data: bytes) -> int:
    register = 0xFFFF
    for byte in data:
        register = (register >> 8) ^ _TABLE[(register ^ byte) & 0xFF]
    return register
