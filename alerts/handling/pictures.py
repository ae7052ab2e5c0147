"""Which kind of picture some bytes are, by what stands in them and not by what they are called."""

from typing import Literal

MediaType = Literal["image/jpeg", "image/png", "image/webp"]

_JPEG = b"\xff\xd8\xff"
_PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
_RIFF = b"RIFF"
_WEBP = (b"WEBPVP8 ", b"WEBPVP8L", b"WEBPVP8X")
_LEAST_BYTES = 32


class NoPictureError(ValueError):
    """Bytes that are no JPEG, PNG or WebP. Send the picture itself, in one of these."""


def media_type_of(content: bytes) -> MediaType:
    """Return the media type of a picture.

    The signatures are those of ITU-T T.81 B.1.1.3 (SOI and another marker), of the PNG
    specification (third edition, 5.2 and 5.3) and of RFC 9649, 2.4.

    Raises:
        NoPictureError: it is none.
    """
    if len(content) >= _LEAST_BYTES:
        if content.startswith(_JPEG):
            return "image/jpeg"
        if content.startswith(_PNG):
            return "image/png"
        if content.startswith(_RIFF) and content[8:16] in _WEBP:
            return "image/webp"
    raise NoPictureError(
        f"{len(content)} bytes that begin with {content[:8]!r}: expected a JPEG, PNG or WebP"
    )
