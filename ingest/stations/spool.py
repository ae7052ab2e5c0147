"""Frames on disk until they are stored: for devices that send once and wait for no answer.

A record is written before its frame counts as taken, so that it outlives the process; it is synced
within about a second, so that a power cut costs the frames of that second at most.
"""

import fcntl
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from ingest.stations.records import MAX_RECORD_BYTES, TornRecordError, write_record
from ingest.stations.segments import Segment, SegmentReader, cut_torn_end, found_segments
from ingest.stations.syncing import Syncer
from twin.model import Message

_log = structlog.get_logger()

_SEGMENT_BYTES: Final = 8 << 20
_SEGMENTS: Final = 16
_MARK = struct.Struct("<QI")  # number, checksum


class SpoolFullError(Exception):
    """No room for another frame. Bring the store back, or give the spool more megabytes."""


class SpoolInUseError(Exception):
    """Another process uses the same spool. Stop it, or give this one another state folder."""


class Spool:
    """Messages of one source, numbered in the order of their arrival; used by one thread.

    Args:
        folder: has the files; made where it does not exist.
        source: the name that messages are given when they are read again.
        limit_bytes: what all files may have together.
        failed: is told when the disk does not take what was written.

    Attributes:
        end: number of the next message to come.
        fed: number of the next message to be read.
        mark: number of the first message that is not settled.
        size: bytes of all files.
    """

    def __init__(
        self,
        folder: Path,
        source: str,
        limit_bytes: int,
        failed: Callable[[BaseException], None],
    ) -> None:
        self._folder = folder
        self._source = source
        self._limit_bytes = limit_bytes
        self._segment_bytes = min(_SEGMENT_BYTES, limit_bytes // _SEGMENTS)
        self._syncer = Syncer(failed)
        self._writing = -1
        self._segments: list[Segment] = []
        self.end = self.fed = self.mark = self.size = 0

    def open(self) -> None:
        """Find what an earlier process left: from ``mark`` on it is read once more.

        Raises:
            SpoolInUseError: another process has it open.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock()
        self._mark_file = os.open(self._folder / "mark", os.O_RDWR | os.O_CREAT, 0o600)
        marked = self._read_mark()
        self._segments = found_segments(self._folder)
        self.end = max(marked, cut_torn_end(self._segments[-1]) if self._segments else 0)
        self._begin_segment()
        self.size = sum(segment.size for segment in self._segments)
        self.mark = max(marked, self._segments[0].first)
        self._reading = 0
        self._reader = SegmentReader(self._source, self._segments[0])
        self._drop_settled()
        self.fed = self._segments[0].first
        while self.fed < self.mark and self.next() is not None:
            pass
        self._syncer.start()

    @property
    def is_behind(self) -> bool:
        """Whether there are messages that nobody has read."""
        return self.fed < self.end

    @property
    def waiting(self) -> int:
        """How many messages are not settled."""
        return self.end - self.mark

    def append(self, message: Message) -> int:
        """Write a message and return its number.

        Raises:
            SpoolFullError: no room within the limit, or on the disk.
        """
        record = write_record(message)
        if self.size + len(record) > self._limit_bytes or len(record) > MAX_RECORD_BYTES:
            raise SpoolFullError(
                f"record of {len(record)} bytes for a spool of {self.size}: expected at most"
                f" {self._limit_bytes}"
            )
        try:
            if self._segments[-1].size >= self._segment_bytes:
                self._begin_segment()
            self._write(self._segments[-1], record)
        except OSError as error:
            raise SpoolFullError(f"spool in {str(self._folder)!r}: {error}") from error
        self.end += 1
        return self.end - 1

    def pass_over(self) -> None:
        """Do not read what has been appended so far; somebody has it already."""
        self.fed = self.end
        self._turn_to(len(self._segments) - 1, self._segments[-1].size)

    def next(self) -> tuple[int, Message] | None:
        """Return the next message that was not read, with its number; None if there is none."""
        while self.fed < self.end:
            try:
                message = self._reader.next()
            except TornRecordError as error:
                self._give_up(error)
                message = None
            if message is not None:
                self.fed += 1
                return self.fed - 1, message
            self._read_on()
        return None

    def settle(self, number: int) -> None:
        """Note that all messages before this number are stored."""
        self.mark = number
        digits = number.to_bytes(8, "little")
        os.pwrite(self._mark_file, _MARK.pack(number, zlib.crc32(digits)), 0)
        self._drop_settled()

    def close(self) -> None:
        """Sync and close everything."""
        self._syncer.finished(self._writing)
        self._syncer.stop()
        self._reader.close()
        os.close(self._mark_file)
        os.close(self._lock_file)

    def _lock(self) -> None:
        self._lock_file = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._lock_file)
            raise SpoolInUseError(
                f"spool {str(self._folder)!r}: expected no other process in it"
            ) from error

    def _read_mark(self) -> int:
        data = os.pread(self._mark_file, _MARK.size, 0)
        if len(data) != _MARK.size:
            return 0
        number, check = _MARK.unpack(data)
        return int(number) if zlib.crc32(data[:8]) == check else 0

    def _begin_segment(self) -> None:
        segment = Segment.named(self._folder, self.end)
        writing = os.open(segment.path, os.O_RDWR | os.O_CREAT, 0o600)
        if self._segments and self._segments[-1].first == self.end:
            self._segments.pop()  # has no record; the file is used now
        if self._writing >= 0:
            self._syncer.finished(self._writing)
        self._writing = writing
        self._segments.append(segment)

    def _write(self, segment: Segment, record: bytes) -> None:
        # At a place, not at the end: the next record covers what a full disk took in part.
        written = os.pwrite(self._writing, record, segment.size)
        if written != len(record):
            raise OSError(f"{written} of {len(record)} bytes, expected all")
        self._syncer.written(self._writing)
        segment.size += written
        self.size += written

    def _turn_to(self, index: int, at: int) -> None:
        self._reader.close()
        self._reading = index
        self._reader = SegmentReader(self._source, self._segments[index], at)

    def _read_on(self) -> None:
        if self._reading + 1 == len(self._segments):
            self.fed = self.end
            return
        self._turn_to(self._reading + 1, 0)
        self.fed = self._segments[self._reading].first

    def _give_up(self, error: TornRecordError) -> None:
        segment = self._segments[self._reading]
        _log.error(
            "spool damaged, the rest of a file is left out",
            file=str(segment.path),
            first_left_out=self.fed,
            error=str(error),
        )

    def _drop_settled(self) -> None:
        while len(self._segments) > 1 and self._segments[1].first <= self.mark:
            if not self._reading:
                self._turn_to(1, 0)
            segment = self._segments.pop(0)
            self._reading -= 1
            self.size -= segment.size
            self._syncer.remove(segment.path)
