"""The files of a spool: each begins with the number of its first record, which is its name."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import structlog

from ingest.stations.records import MAX_RECORD_BYTES, TornRecordError, read_record, size_at
from twin.model import Message

_log = structlog.get_logger()

_SUFFIX: Final = ".records"
_DIGITS: Final = 20
_CHUNK_BYTES: Final = 1 << 20


@dataclass(slots=True)
class Segment:
    """A file of records.

    Attributes:
        path: where it is.
        first: number of its first record.
        size: bytes of its whole records.
    """

    path: Path
    first: int
    size: int = 0

    @classmethod
    def named(cls, folder: Path, first: int) -> Self:
        """Return the segment whose first record has a number, still without records."""
        return cls(folder / f"{first:0{_DIGITS}}{_SUFFIX}", first)


def found_segments(folder: Path) -> list[Segment]:
    """Return the segments of a folder in the order of their records."""
    paths = sorted(folder.glob("[0-9]" * _DIGITS + _SUFFIX))
    return [Segment(path, int(path.stem), path.stat().st_size) for path in paths]


def cut_torn_end(segment: Segment) -> int:
    """Cut off what follows the last whole record, and return the number of the next one."""
    data = memoryview(segment.path.read_bytes())
    at, number = 0, segment.first
    while at < len(data):
        try:
            at = read_record("", data, at).end
        except TornRecordError as error:
            _log.warning("spool cut at its end", file=segment.path.name, error=str(error))
            os.truncate(segment.path, at)
            break
        number += 1
    segment.size = at
    return number


class SegmentReader:
    """Reads the records of a segment one after the other, also while it grows.

    Args:
        source: the name that messages are given.
        segment: what to read.
        at: the place of the first record to read.
    """

    def __init__(self, source: str, segment: Segment, at: int = 0) -> None:
        self._source = source
        self._segment = segment
        self._at = self._chunk_at = at
        self._chunk = b""
        self._file = -1

    def next(self) -> Message | None:
        """Return the next message, None at the end.

        Raises:
            TornRecordError: the file is damaged here.
        """
        if self._at >= self._segment.size:
            return None
        try:
            record = read_record(self._source, self._chunk, self._at - self._chunk_at)
        except TornRecordError:
            # It may only stand across the end of what was loaded: once more from its beginning.
            self._load()
            record = read_record(self._source, self._chunk, 0)
        self._at = self._chunk_at + record.end
        return record.message

    def close(self) -> None:
        """Close the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _load(self) -> None:
        if self._file < 0:
            self._file = os.open(self._segment.path, os.O_RDONLY)
        self._chunk_at = self._at
        self._chunk = os.pread(self._file, _CHUNK_BYTES, self._at)
        wanted = size_at(self._chunk, 0)
        if len(self._chunk) < wanted <= MAX_RECORD_BYTES:
            self._chunk = os.pread(self._file, wanted, self._at)
