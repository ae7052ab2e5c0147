"""The live frame: changed values of many series packed for the wire (docs/live.md)."""

import struct
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_HEADER = struct.Struct("<4sBBHIId")
_MAGIC = b"CTLF"
_VERSION = 1
_ROW_BYTES = 4 + 4 + 4 + 1


class InvalidFrameError(ValueError):
    """Bytes that are not a live frame. Ask for a snapshot."""


class FrameKind(IntEnum):
    """What the rows of a frame are."""

    DELTA = 0
    SNAPSHOT = 1


class Frame(NamedTuple):
    """Values of n series; all columns have n elements.

    Attributes:
        kind: whether it holds what changed or everything.
        seq: grows by one from frame to frame of one sender.
        series_id: uint32[n].
        ts_us: int64[n], microseconds since 1970 UTC (whole seconds on the wire).
        value: float32[n].
        grade: uint8[n], 0 good, 1 doubtful, 2 unreliable.
    """

    kind: FrameKind
    seq: int
    series_id: NDArray[np.uint32]
    ts_us: NDArray[np.int64]
    value: NDArray[np.float32]
    grade: NDArray[np.uint8]


def pack(frame: Frame) -> bytes:
    """Return the bytes of a frame; times are cut to whole seconds."""
    count = len(frame.series_id)
    base_s = int(frame.ts_us[0]) // 1_000_000 if count else 0
    offset_s = (frame.ts_us // 1_000_000 - base_s).astype("<i4")
    header = _HEADER.pack(
        _MAGIC, _VERSION, frame.kind, 0, frame.seq & 0xFFFFFFFF, count, base_s * 1000.0
    )
    columns = (
        frame.series_id.astype("<u4"),
        offset_s,
        frame.value.astype("<f4"),
        frame.grade.astype("u1"),
    )
    return header + b"".join(column.tobytes() for column in columns)


def unpack(data: bytes) -> Frame:
    """Read the bytes of a frame.

    Raises:
        InvalidFrameError: wrong magic, version or length.
    """
    if len(data) < _HEADER.size:
        raise InvalidFrameError(f"frame of {len(data)} bytes: expected at least {_HEADER.size}")
    magic, version, kind, _, seq, count, base_ms = _HEADER.unpack_from(data)
    if magic != _MAGIC or version != _VERSION:
        raise InvalidFrameError(f"frame starts with {data[:5]!r}: expected {_MAGIC!r} version 1")
    if len(data) != _HEADER.size + count * _ROW_BYTES:
        raise InvalidFrameError(f"frame of {len(data)} bytes: expected {count} rows in it")
    start = _HEADER.size
    series_id = np.frombuffer(data, "<u4", count, start)
    offset_s = np.frombuffer(data, "<i4", count, start + 4 * count)
    value = np.frombuffer(data, "<f4", count, start + 8 * count)
    grade = np.frombuffer(data, "u1", count, start + 12 * count)
    ts_us = (offset_s.astype(np.int64) * 1_000_000) + int(base_ms * 1000)
    return Frame(FrameKind(kind), seq, series_id, ts_us, value, grade)
