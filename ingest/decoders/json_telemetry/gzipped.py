"""Payloads that devices on thin links compress (RFC 1952)."""

import zlib
from typing import Final

from ingest.decoders.documents import MAX_PAYLOAD_BYTES, UnreadableDocumentError
from twin.model import FaultReason

MAGIC: Final = b"\x1f\x8b"

_GZIP_ONLY = 16 + zlib.MAX_WBITS


def unpacked(payload: bytes) -> bytes:
    """Return what a gzip payload holds; never more than 1 MiB is unpacked.

    Raises:
        UnreadableDocumentError: larger than 1 MiB, unpacked or not, damaged, cut off, or with
            other bytes after its end.
    """
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise _too_large(f"gzip payload of {len(payload)} bytes")
    unpacker = zlib.decompressobj(_GZIP_ONLY)
    try:
        content = unpacker.decompress(payload, MAX_PAYLOAD_BYTES + 1)
    except zlib.error as error:
        raise _undecodable(f"payload is damaged gzip ({error}): expected it whole") from error
    if len(content) > MAX_PAYLOAD_BYTES:
        raise _too_large("gzip payload that unpacks to more")
    if not unpacker.eof:
        raise _undecodable(f"gzip payload of {len(payload)} bytes is cut off: expected it whole")
    if unpacker.unused_data:
        raise _undecodable(
            f"{len(unpacker.unused_data)} bytes after the gzip payload: expected one member"
        )
    return content


def _too_large(what: str) -> UnreadableDocumentError:
    return UnreadableDocumentError(
        FaultReason.TOO_LARGE, f"{what}: expected at most {MAX_PAYLOAD_BYTES} bytes"
    )


def _undecodable(sentence: str) -> UnreadableDocumentError:
    return UnreadableDocumentError(FaultReason.UNDECODABLE, sentence)
