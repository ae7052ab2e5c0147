"""Pictures as PNG (ISO/IEC 15948), without a library of pictures."""

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOUR_TYPES = {3: 2, 4: 6}
_SUB = 1
_LEVEL = 6


def encode(pixels: NDArray[np.uint8]) -> bytes:
    """Return a picture.

    Args:
        pixels: (height, width, 3) red, green, blue, or (height, width, 4) with opacity.
    """
    height, width, channels = pixels.shape
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOUR_TYPES[channels], 0, 0, 0)
    # Each byte less the one of the pixel to its left (filter Sub) packs better.
    rows = np.diff(pixels, axis=1, prepend=np.zeros((height, 1, channels), np.uint8))
    lines = np.empty((height, 1 + width * channels), np.uint8)
    lines[:, 0] = _SUB
    lines[:, 1:] = rows.reshape(height, -1)
    body = zlib.compress(lines.tobytes(), _LEVEL)
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
