"""Uploads of HJ 212 that do not say by themselves what time they are of."""

from collections import OrderedDict
from hashlib import blake2b
from typing import Final

from ingest.decoders.hj212.packets import FirstPackets
from ingest.decoders.hj212.segment import Segment

_SENT_AGAIN_US: Final = 30_000_000
"""Three times 10 s of waiting (HJ 212-2017, 6.4.1), and the shortest interval of real-time data."""

_MOST: Final = 4096


class Untimed:
    """What a server remembers of them, whichever connection they come on; bounded."""

    def __init__(self) -> None:
        self._first_packets = FirstPackets()
        self._arrivals: OrderedDict[bytes, int] = OrderedDict()
        self._last_us = 0

    def completed(self, frame: bytes, segment: Segment) -> bytes:
        """Return what is stored of a frame: with the time of its message's first packet."""
        return self._first_packets.completed(frame, segment)

    def first_us(self, frame: bytes, segment: Segment, now_us: int) -> int:
        """Return when a frame came for the first time, and 0 where nobody needs to know.

        One that wants an answer and has neither DataTime nor QN counts as of its arrival. The very
        same bytes within 30 s are that frame sent again, and must not become other readings.

        Args:
            frame: as it came.
            segment: what it says.
            now_us: our time.
        """
        if segment.qn or "DataTime" in segment.fields or not segment.wants_answer:
            return 0
        digest = blake2b(frame, digest_size=16).digest()
        first_us = self._arrivals.get(digest, 0)
        if first_us and now_us - first_us < _SENT_AGAIN_US:
            return first_us
        # Never twice the same: it becomes the only time of its readings.
        self._last_us = max(now_us, self._last_us + 1)
        self._arrivals[digest] = self._last_us
        self._arrivals.move_to_end(digest)
        if len(self._arrivals) > _MOST:
            self._arrivals.popitem(last=False)
        return self._last_us
