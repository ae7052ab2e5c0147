"""Web fonts in WOFF 1.0 (W3C Recommendation of 2012), unpacked to the font inside."""

import struct
import zlib
from typing import NamedTuple

_HEADER = struct.Struct(">4sIIHHI")
_ENTRY = struct.Struct(">4s4I")
_HEADER_BYTES = 44
_OPEN_TYPE_HEADER = struct.Struct(">IHHHH")
_OPEN_TYPE_ENTRY = struct.Struct(">4s3I")


class InvalidFontError(ValueError):
    """A font file that cannot be read. Build the viewer's assets again with scripts/setup."""


class _Table(NamedTuple):
    tag: bytes
    checksum: int
    data: bytes


def unpack(woff: bytes) -> bytes:
    """Return the TrueType or OpenType font of a WOFF 1.0 file.

    Raises:
        InvalidFontError: not WOFF 1.0, or broken.
    """
    try:
        signature, flavor, length, count, *_ = _HEADER.unpack_from(woff)
        if signature != b"wOFF" or length != len(woff):
            raise InvalidFontError(f"font begins with {signature!r}: expected a whole 'wOFF'")
        tables = [_table(woff, _HEADER_BYTES + at * _ENTRY.size) for at in range(count)]
    except (struct.error, zlib.error) as error:
        raise InvalidFontError(f"font of {len(woff)} bytes: {error}") from error
    return _assembled(flavor, tables)


def _table(woff: bytes, at: int) -> _Table:
    tag, offset, packed, plain, checksum = _ENTRY.unpack_from(woff, at)
    data = woff[offset : offset + packed]
    if packed < plain:
        data = zlib.decompress(data, bufsize=plain)
    if len(data) != plain:
        raise InvalidFontError(f"table {tag!r}: {len(data)} bytes, expected {plain}")
    return _Table(tag, checksum, data)


def _assembled(flavor: int, tables: list[_Table]) -> bytes:
    # OpenType 1.9, table directory: sizes for a binary search, which nobody needs but all check.
    selector = max(len(tables), 1).bit_length() - 1
    reach = 16 << selector
    head = _OPEN_TYPE_HEADER.pack(flavor, len(tables), reach, selector, 16 * len(tables) - reach)
    offset = len(head) + _OPEN_TYPE_ENTRY.size * len(tables)
    entries, bodies = [], []
    for table in tables:
        entries.append(_OPEN_TYPE_ENTRY.pack(table.tag, table.checksum, offset, len(table.data)))
        bodies.append(table.data + bytes(-len(table.data) % 4))
        offset += len(bodies[-1])
    return b"".join((head, *entries, *bodies))
