"""Messages as records of a spool's files: length, checksum, arrival, mode, topic, payload."""

import struct
import zlib
from typing import Final, NamedTuple

from twin.model import Message, Mode

_HEAD = struct.Struct("<IIqBH")
_CHECKED_FROM = 8
_MODES: Final = tuple(Mode)
MAX_RECORD_BYTES: Final = 4 << 20


class TornRecordError(ValueError):
    """Bytes that are no whole record. Cut the file there; the machine stopped while writing."""


class Record(NamedTuple):
    """A message and where in its file the next one begins."""

    message: Message
    end: int


def write_record(message: Message) -> bytes:
    """Return the bytes that keep a message; its source is not among them."""
    topic = message.topic.encode()
    tail = topic + message.payload
    head = _HEAD.pack(len(tail), 0, message.received_us, _MODES.index(message.mode), len(topic))
    check = zlib.crc32(tail, zlib.crc32(head[_CHECKED_FROM:]))
    return head[:4] + check.to_bytes(4, "little") + head[_CHECKED_FROM:] + tail


def read_record(source: str, data: bytes | memoryview, start: int) -> Record:
    """Read the record that begins at a place.

    Raises:
        TornRecordError: none is whole there, or its checksum is wrong.
    """
    begin = start + _HEAD.size
    if begin > len(data):
        raise TornRecordError(f"{len(data) - start} bytes: expected {_HEAD.size} of a head")
    size, check, received_us, mode, topic_size = _HEAD.unpack_from(data, start)
    end = begin + size
    if end > len(data) or topic_size > size:
        raise TornRecordError(f"record of {size} bytes: expected all of them in the file")
    if zlib.crc32(data[start + _CHECKED_FROM : end]) != check:
        raise TornRecordError(f"record of {size} bytes: expected its checksum to be {check:08X}")
    topic = bytes(data[begin : begin + topic_size]).decode()
    payload = bytes(data[begin + topic_size : end])
    return Record(Message(source, _MODES[mode], topic, payload, received_us), end)


def size_at(data: bytes | memoryview, start: int) -> int:
    """Return how many bytes the record that begins at a place says that it has, 0 if unknown."""
    if start + _HEAD.size > len(data):
        return 0
    return _HEAD.size + int(_HEAD.unpack_from(data, start)[0])
