"""The centre's part of HJ 212-2017 on one connection (6.4, annex C)."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from ingest.decoders.hj212.answers import Command, data_answer
from ingest.decoders.hj212.frame import UnreadableFrameError, split
from ingest.decoders.hj212.segment import Segment, UnreadableSegmentError, read_whole
from ingest.stations.config import Hj212Config
from ingest.stations.heard import Heard
from ingest.stations.setting_up import SetUp, SetUps
from ingest.stations.untimed import Untimed
from twin.codes import InvalidIdentifierError, canonical
from twin.model import Name

_ANSWERS: Final = frozenset(
    {Command.REQUEST_ANSWER, Command.EXECUTION_RESULT, Command.NOTICE_ANSWER}
)
_INTERACTION: Final = "9"
_MOST_SPEAKERS: Final = 2000
"""Devices behind one connection that are known by name; more are only taken and answered."""


class Hj212Conversation:
    """Confirms uploads that want it, and sets devices up that speak for the first time.

    Each packet of a message in several packets is confirmed by itself, as it has its own bit A.

    Args:
        set_ups: what devices shall be set to.
        untimed: what is remembered of uploads without a time of their own.
    """

    def __init__(self, set_ups: SetUps, untimed: Untimed | None = None) -> None:
        self._set_ups = set_ups
        self._untimed = Untimed() if untimed is None else untimed
        self._rest = b""
        self._speakers: dict[str, Name] = {}
        self._going_on: dict[str, SetUp] = {}

    @property
    def is_mid_frame(self) -> bool:
        """Whether a frame has begun that is not whole."""
        return bool(self._rest)

    def receive(self, data: bytes, now_us: int) -> list[Heard]:
        """Return what the bytes complete, in order."""
        frames, self._rest = split(self._rest + data if self._rest else data)
        return [self._heard(frame, now_us) for frame in frames]

    def tick(self, now_us: int) -> bytes:
        """Forget dialogues that are over; nothing is ever sent again."""
        over = [mn for mn, set_up in self._going_on.items() if set_up.is_over(now_us)]
        for mn in over:
            del self._going_on[mn]
        return b""

    def _heard(self, frame: bytes, now_us: int) -> Heard:
        try:
            segment = read_whole(frame)
        except (UnreadableFrameError, UnreadableSegmentError):
            return Heard(frame, frame)  # the decoder says what is wrong with it
        speaker = self._speakers.get(segment.mn) or self._first_words(segment, now_us)
        wants_answer = segment.wants_answer
        return Heard(
            frame,
            frame if segment.packet is None else self._untimed.completed(frame, segment),
            speaker,
            partial(_confirmation, data_answer(segment)) if wants_answer else None,
            is_kept=not wants_answer and not segment.cn.startswith(_INTERACTION),
            is_answer=segment.cn in _ANSWERS,
            reply=self._reply(segment, now_us) if self._going_on else b"",
            first_us=0 if segment.qn else self._untimed.first_us(frame, segment, now_us),
        )

    def _first_words(self, segment: Segment, now_us: int) -> Name | None:
        try:
            speaker = Name("hj212", canonical("hj212", segment.mn))
        except InvalidIdentifierError:
            return None
        # What interaction says of its sender's system (ST 91) is of no use in requests.
        if len(self._speakers) < _MOST_SPEAKERS and not segment.cn.startswith(_INTERACTION):
            self._speakers[segment.mn] = speaker
            if set_up := self._set_ups.begin(segment, now_us):
                self._going_on[segment.mn] = set_up
        return speaker

    def _reply(self, segment: Segment, now_us: int) -> bytes:
        set_up = self._going_on.get(segment.mn)
        if set_up is None:
            return b""
        return set_up.hear(segment, now_us) if set_up.is_begun else set_up.next_request(now_us)


class Hj212Conversations:
    """Those of all connections of a server, and what they know together.

    Args:
        config: of the server.
    """

    def __init__(self, config: Hj212Config) -> None:
        self._set_ups = SetUps(config)
        self._untimed = Untimed()

    def begin(self) -> Hj212Conversation:
        """Return the conversation of a new connection."""
        return Hj212Conversation(self._set_ups, self._untimed)

    def overdue(self, _now_us: int) -> Sequence[Heard]:
        """Return nothing: each packet is stored by itself."""
        return ()


def _confirmation(answer: bytes, _now_us: int) -> bytes:
    return answer
