"""Messages in several packets of which only the first says the time (HJ 212-2017, 6.3.2)."""

import re
from collections import OrderedDict
from typing import Final, NamedTuple

from ingest.decoders.hj212.frame import build
from ingest.decoders.hj212.segment import Segment

_MOST: Final = 4096
_PLAIN = re.compile(r"[0-9A-Za-z]{1,32}")


class MessageKey(NamedTuple):
    """What all packets of a message share: the point's number, the request's, and the command."""

    mn: str
    qn: str
    cn: str


def key_of(segment: Segment) -> MessageKey:
    """Return which message a packet is of."""
    return MessageKey(segment.mn, segment.qn, segment.cn)


def says_time(segment: Segment) -> bool:
    """Whether a segment is a first packet that the others may take their time from."""
    return segment.packet == 1 and "DataTime" in segment.fields


def lacks_time(segment: Segment) -> bool:
    """Whether a segment is a further packet that leaves its time to the first one."""
    return (segment.packet or 0) > 1 and "DataTime" not in segment.fields


class FirstPackets:
    """Remembers the times that first packets say; bounded."""

    def __init__(self) -> None:
        self._times: OrderedDict[MessageKey, str] = OrderedDict()

    def completed(self, frame: bytes, segment: Segment) -> bytes:
        """Return what the decoder shall read of a frame.

        A further packet without DataTime has another frame put before it, which repeats that of
        the first one and no values: so it can be read by itself, now and later. Every other frame
        stays as it is.

        Args:
            frame: as it came.
            segment: what it says.
        """
        if segment.packet is None:
            return frame
        if says_time(segment):
            self._remember(key_of(segment), segment.fields["DataTime"])
        elif lacks_time(segment) and (time := self._times.get(key_of(segment))):
            return _first(segment, time) + frame
        return frame

    def _remember(self, key: MessageKey, time: str) -> None:
        if not all(map(_PLAIN.fullmatch, (*key, time))):
            return
        self._times[key] = time
        self._times.move_to_end(key)
        if len(self._times) > _MOST:
            self._times.popitem(last=False)


def _first(segment: Segment, time: str) -> bytes:
    return build(
        f"QN={segment.qn};CN={segment.cn};MN={segment.mn};PNUM={segment.packets or segment.packet};"
        f"PNO=1;CP=&&DataTime={time}&&"
    )
