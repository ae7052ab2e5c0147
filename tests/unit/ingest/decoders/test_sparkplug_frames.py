"""Sparkplug frames of our own making, written byte by byte and checked against the recordings."""

import json
import struct
from pathlib import Path
from typing import Any

import pytest

from ingest.decoders.sparkplug.schema import DataType

NOON_MS = 1_777_550_400_000  # 2026-04-30T12:00:00Z
_MASK = (1 << 64) - 1
_FIELDS = {"name": 1, "alias": 2, "timestamp": 3, "datatype": 4, "is_historical": 5,
           "is_transient": 6, "is_null": 7, "properties": 9, "int": 10, "long": 11, "float": 12,
           "double": 13, "boolean": 14, "string": 15, "bytes": 16, "dataset": 17,
           "template": 18}  # fmt: skip


def varint(number: int) -> bytes:
    rest = number & _MASK
    sent = bytearray()
    while rest > 0x7F:
        sent.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([*sent, rest])


def field(number: int, value: object, kind: str = "") -> bytes:
    match value:
        case bool() | int():
            return varint(number << 3) + varint(value)
        case float() if kind == "float":
            return varint(number << 3 | 5) + struct.pack("<f", value)
        case float():
            return varint(number << 3 | 1) + struct.pack("<d", value)
        case str() | bytes():
            sent = value.encode() if isinstance(value, str) else value
            return varint(number << 3 | 2) + varint(len(sent)) + sent
        case _:
            raise TypeError(f"{value!r}: expected what protobuf has")


def metric(name: str | bytes | None = None, **fields: object) -> bytes:
    """Encode a metric; fields as in _FIELDS, ``ms`` for its time, e.g. ``float=1.5``."""
    given = {"name": name, "timestamp": fields.get("ms", NOON_MS)} | fields
    return b"".join(
        field(number, given[key], key)
        for key, number in _FIELDS.items()
        if given.get(key) is not None
    )


def properties(**named: object) -> bytes:
    keys = b"".join(field(1, key) for key in named)
    return keys + b"".join(field(2, _property(value)) for value in named.values())


def _property(value: object) -> bytes:
    if value is None:
        return field(2, value=True)
    return field(8, value) if isinstance(value, str) else field(3, value)


def payload(*metrics: bytes, seq: int | None = None, ms: int | None = NOON_MS) -> bytes:
    head = b"" if ms is None else field(1, ms)
    tail = b"" if seq is None else field(3, seq)
    return head + b"".join(field(2, one) for one in metrics) + tail


def birth_number_of(number: int) -> bytes:
    return metric("bdSeq", datatype=DataType.UINT64, long=number)


def as_listed(listed: dict[str, Any]) -> bytes:
    """Encode the JSON form that stands beside a recording."""
    datatype = DataType[listed["dataType"].upper()]
    kind = {"Boolean": "boolean", "String": "string", "UInt64": "long"}[listed["dataType"]]
    return metric(
        listed["name"], ms=listed["timestamp"], datatype=datatype, **{kind: listed["value"]}
    )


@pytest.mark.parametrize("name", ["spec_ex3", "spec_ex6", "spec_ex8"])
def test_our_encoder_writes_the_recordings_byte_by_byte(shared: Path, name: str) -> None:
    folder = shared / "data" / "telemetry" / "sparkplug"
    listed = json.loads((folder / f"{name}.json").read_text("utf-8"))
    ours = payload(
        *map(as_listed, listed["metrics"]), seq=listed.get("seq"), ms=listed["timestamp"]
    )
    assert ours == (folder / f"{name}.pb").read_bytes()
