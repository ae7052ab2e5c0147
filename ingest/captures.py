"""Files of captured messages, cut into the messages that they hold."""

import binascii
import codecs
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import orjson

from ingest.decoders import sl651
from ingest.decoders.hj212.frame import UnreadableFrameError
from ingest.decoders.hj212.packets import FirstPackets
from ingest.decoders.hj212.segment import UnreadableSegmentError, read_whole
from ingest.decoders.quoting import quoted


class UnknownProtocolError(ValueError):
    """A protocol that there is no decoder of. Use one of those named."""


class Captured(NamedTuple):
    """One message of a file: its topic and bytes, or why there are none."""

    topic: str
    payload: bytes
    error: str = ""


Cut = Callable[[bytes], Iterator[Captured]]

_WRAPPED = {"topic", "payload"}
_HEX = b"0123456789abcdefABCDEF"


def text_frames(data: bytes) -> Iterator[Captured]:
    """Yield one message for each line that is neither blank nor a comment."""
    for line in _lines(data):
        yield Captured("", line)


def hj212_frames(data: bytes) -> Iterator[Captured]:
    """Yield one message for each line; further packets have the time that their first one said."""
    first_packets = FirstPackets()
    for captured in text_frames(data):
        try:
            segment = read_whole(captured.payload)
        except (UnreadableFrameError, UnreadableSegmentError):
            yield captured  # the decoder says what is wrong with it
        else:
            payload = first_packets.completed(captured.payload, segment)
            yield captured._replace(payload=payload)


def hex_frames(data: bytes) -> Iterator[Captured]:
    """Yield one message for each line of hexadecimal digits, blanks between them left out.

    A file that is no such text is one binary message.
    """
    if not _is_text(data):
        yield Captured("", data)
        return
    for line in _lines(data):
        yield _unhexed(b"".join(line.split()))


def sl651_frames(data: bytes) -> Iterator[Captured]:
    """Yield one message for each line of hexadecimal digits, or for each frame of a binary file."""
    if _is_text(data):
        yield from hex_frames(data)
        return
    pieces, _ = sl651.split(data, final=True)
    for piece in pieces:
        if piece.strip():
            yield Captured("", piece)


def json_documents(data: bytes) -> Iterator[Captured]:
    """Yield the messages of one JSON document, or of JSON lines.

    ``{"topic": …, "payload": …}`` is a message with its topic, and a list of such objects several;
    anything else is a payload whose topic is not known.
    """
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError:
        for line in data.splitlines():
            if line.strip():
                yield _of_line(line)
        return
    if isinstance(document, list) and document and all(map(_is_wrapped, document)):
        for one in document:
            yield _unwrapped(one)
    else:
        yield _unwrapped(document) if _is_wrapped(document) else Captured("", data)


def any_documents(data: bytes) -> Iterator[Captured]:
    """Yield JSON documents or lines, and anything else (CBOR, XML) as one message."""
    yield from json_documents(data) if data.lstrip()[:1] in {b"{", b"["} else [Captured("", data)]


def binary_payloads(data: bytes) -> Iterator[Captured]:
    """Yield one binary message, one for each line of hexadecimal digits, or of wrapped JSON."""
    if data.lstrip()[:1] in {b"{", b"["} and _is_text(data):
        yield from json_documents(data)
    elif _is_text(data) and set(b"".join(data.split())) <= set(_HEX):
        yield from hex_frames(data)
    else:
        yield Captured("", data)


def _of_line(line: bytes) -> Captured:
    try:
        document = orjson.loads(line)
    except orjson.JSONDecodeError:
        return Captured("", line)
    return _unwrapped(document) if _is_wrapped(document) else Captured("", line)


def _is_wrapped(document: object) -> bool:
    return isinstance(document, dict) and document.keys() >= _WRAPPED


def _unwrapped(document: Any) -> Captured:  # noqa: ANN401 - as JSON has it
    topic, payload = document["topic"], document["payload"]
    if not isinstance(topic, str):
        return Captured("", b"", f"topic {quoted(topic)}: expected a text")
    if isinstance(payload, str):
        return Captured(topic, _bytes_of(payload))
    return Captured(topic, orjson.dumps(payload))


def _bytes_of(payload: str) -> bytes:
    """Return a text payload as it was sent; ``hex:`` and ``base64:`` say that it was binary."""
    kind, _, rest = payload.partition(":")
    try:
        if kind == "hex":
            return bytes.fromhex(rest)
        if kind == "base64":
            return binascii.a2b_base64(rest, strict_mode=True)
    except ValueError:
        return payload.encode()
    return payload.encode()


def _lines(data: bytes) -> Iterator[bytes]:
    """Yield the lines that are neither blank nor comments, which begin with ``#`` and a blank."""
    for line in data.removeprefix(codecs.BOM_UTF8).splitlines():
        if line.strip() not in {b"", b"#"} and not line.startswith(b"# "):
            yield line


def _unhexed(digits: bytes) -> Captured:
    try:
        return Captured("", binascii.unhexlify(digits))
    except binascii.Error:
        shown = quoted(digits.decode("ascii", "replace"))
        return Captured("", b"", f"{shown}: expected pairs of hexadecimal digits")


def _is_text(data: bytes) -> bool:
    if any(byte < 9 for byte in data):  # noqa: PLR2004 - below the tab
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
