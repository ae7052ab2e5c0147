"""Reads just enough of Mapbox Vector Tile 2.1 (protocol buffers) to see what a tile holds."""

import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

_VARINT, _FIXED64, _BYTES = 0, 1, 2
_TEXT_VALUE, _DOUBLE_VALUE = 1, 3


class Feature(NamedTuple):
    """One feature: its id, properties and the first point in tile units."""

    id: int
    properties: dict[str, object]
    start: tuple[int, int]


def decode(tile: bytes) -> dict[str, list[Feature]]:
    """Return the features of each layer by the layer's name."""
    layers = [_layer(content) for _, content in _fields(tile)]
    assert len({name for name, _ in layers}) == len(layers), "a layer's name stands twice"
    return dict(layers)


def _layer(data: bytes) -> tuple[str, list[Feature]]:
    fields = list(_fields(data))
    (name,) = (value.decode() for field, value in fields if field == 1)
    keys = [value.decode() for field, value in fields if field == 3]
    values = [_value(value) for field, value in fields if field == 4]
    return name, [_feature(value, keys, values) for field, value in fields if field == 2]


def _feature(data: bytes, keys: list[str], values: list[object]) -> Feature:
    found = dict(_fields(data))
    tags = list(_varints(found[2]))
    pairs = zip(tags[::2], tags[1::2], strict=True)
    _, x, y = list(_varints(found[4]))[:3]
    properties = {keys[key]: values[value] for key, value in pairs}
    return Feature(found[1], properties, (_zigzag(x), _zigzag(y)))


def _value(data: bytes) -> object:
    ((field, value),) = _fields(data)
    if field == _TEXT_VALUE:
        return value.decode()
    return struct.unpack("<d", value)[0] if field == _DOUBLE_VALUE else value


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        if tag & 7 == _VARINT:
            value, at = _varint(data, at)
            yield tag >> 3, value
            continue
        size, at = (8, at) if tag & 7 == _FIXED64 else _varint(data, at)
        assert tag & 7 in (_FIXED64, _BYTES), f"wire type {tag & 7}"
        yield tag >> 3, data[at : at + size]
        at += size


def _varints(data: bytes) -> Iterator[int]:
    at = 0
    while at < len(data):
        value, at = _varint(data, at)
        yield value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while data[at] & 0x80:
        value |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
    return value | data[at] << shift, at + 1


def _zigzag(number: int) -> int:
    return (number >> 1) ^ -(number & 1)
