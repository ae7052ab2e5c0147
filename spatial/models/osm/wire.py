"""Just enough of the protobuf wire format to look at a message before its reader does."""

from collections.abc import Iterator

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5

_FIXED_BYTES = {FIXED64: 8, FIXED32: 4}
_VARINT_BYTES = 10
_MORE = 0x80


class WireFormatError(ValueError):
    """Bytes that are no protobuf message. The file is damaged or of another format."""


def fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yield number and value of each field: an unsigned integer, or the bytes themselves.

    Raises:
        WireFormatError: a field reaches past the end, or has no type that there is.
    """
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, kind = tag >> 3, tag & 7
        if kind == VARINT:
            value, at = _varint(message, at)
            yield number, value
            continue
        if kind == LENGTH:
            length, at = _varint(message, at)
        elif kind in _FIXED_BYTES:
            length = _FIXED_BYTES[kind]
        else:
            raise WireFormatError(f"field {number} has type {kind}: expected 0, 1, 2 or 5")
        if at + length > len(message):
            raise WireFormatError(f"field {number} needs {length:,} bytes past the end")
        yield number, message[at : at + length]
        at += length


def number(message: memoryview, field: int) -> int | None:
    """Return the last integer of a field, None where there is none."""
    found = None
    for each, value in fields(message):
        if each == field and isinstance(value, int):
            found = value
    return found


def pieces(message: memoryview, field: int) -> list[memoryview]:
    """Return the bytes of every field of a number."""
    return [
        value for each, value in fields(message) if each == field and isinstance(value, memoryview)
    ]


def signed(value: int) -> int:
    """Return the number of a ``sint`` field, whose sign is its lowest bit."""
    return (value >> 1) ^ -(value & 1)


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(_VARINT_BYTES):
        if at + shift >= len(message):
            break
        byte = message[at + shift]
        value |= (byte & 0x7F) << (7 * shift)
        if byte < _MORE:
            return value, at + shift + 1
    raise WireFormatError(f"number at byte {at:,} does not end")
