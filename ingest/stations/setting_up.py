"""Setting a device up when it connects: one request after the other (HJ 212-2017, 6.7)."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import structlog

from ingest.decoders.hj212.answers import (
    Answer,
    Command,
    ExecutionReturn,
    Point,
    RequestReturn,
    UnreadableAnswerError,
    read_answer,
    set_clock,
    set_minute_interval,
    set_realtime_interval,
    set_timeout,
    version_of,
)
from ingest.decoders.hj212.segment import Segment
from ingest.decoders.hj212.stamps import request_number
from ingest.stations import metrics
from ingest.stations.config import Hj212Config

_log = structlog.get_logger()

_ANSWER_US: Final = 10_000_000
"""How long a device may take to answer (HJ 212-2017, 6.4.1)."""

_EXECUTION_US: Final = 60_000_000
_REMEMBERED: Final = 20_000


class _Setting(NamedTuple):
    """One request: its name, and how it is made for a point, with a number, at our time."""

    name: str
    request: Callable[[Point, str, int], bytes]


class SetUps:
    """Knows what devices shall be set to, and when each was set up last.

    Args:
        config: of the server.
    """

    def __init__(self, config: Hj212Config) -> None:
        self._server = config.name
        self._settings = tuple(_settings(config))
        self._again_us = round(config.set_up_again_s * 1e6)
        self._done_us: OrderedDict[str, int] = OrderedDict()

    def begin(self, upload: Segment, now_us: int) -> "SetUp | None":
        """Return the dialogue with a device that has just connected; None where none is due."""
        if not self._settings or now_us < self._done_us.get(upload.mn, -self._again_us):
            return None
        self._done_us[upload.mn] = now_us + self._again_us
        self._done_us.move_to_end(upload.mn)
        if len(self._done_us) > _REMEMBERED:
            self._done_us.popitem(last=False)
        point = Point(upload.st, upload.password, upload.mn, version_of(upload))
        return SetUp(self._server, point, iter(self._settings))


class SetUp:
    """The dialogue with one device: request, answer (9011), result (9012), and the next request.

    Nothing is sent twice. A device that does not answer is asked nothing more.

    Args:
        server: who asks, for the log.
        point: whom.
        settings: what is still to be sent.
    """

    def __init__(self, server: str, point: Point, settings: Iterator[_Setting]) -> None:
        self._server = server
        self._point = point
        self._settings = settings
        self._setting = ""
        self._qn = ""
        self._until_us = 0

    @property
    def is_begun(self) -> bool:
        """Whether a request has been sent that is not answered wholly."""
        return bool(self._qn)

    def next_request(self, now_us: int) -> bytes:
        """Return the next request, empty where there is none left."""
        setting = next(self._settings, None)
        if setting is None:
            self._qn = ""
            return b""
        self._setting, self._qn = setting.name, request_number(now_us)
        self._until_us = now_us + _ANSWER_US
        return setting.request(self._point, self._qn, now_us)

    def hear(self, segment: Segment, now_us: int) -> bytes:
        """Take what the device says, and return what is to be sent next."""
        try:
            answer = read_answer(segment)
        except UnreadableAnswerError as error:
            _log.warning("answer of a station not understood", mn=segment.mn, error=str(error))
            return b""
        if answer is None or not self._qn or answer.qn != self._qn:
            return b""
        if answer.accepted is RequestReturn.READY:
            self._until_us = now_us + _EXECUTION_US
            return b""
        self._note(_result_of(answer))
        return self.next_request(now_us)

    def is_over(self, now_us: int) -> bool:
        """Whether nothing more is expected; a device that has not answered in time is noted."""
        if self._qn and now_us >= self._until_us:
            self._note("no answer")
            self._qn = ""
        return not self._qn

    def _note(self, result: str) -> None:
        metrics.SET_UP.labels(self._server, self._setting, result).inc()
        _log.info(
            "station set up",
            server=self._server,
            mn=self._point.mn,
            setting=self._setting,
            result=result,
        )


def _result_of(answer: Answer) -> str:
    if answer.command is Command.REQUEST_ANSWER:
        return f"refused: {answer.accepted.name.lower()}" if answer.accepted else "refused"
    if answer.executed in {None, ExecutionReturn.DONE}:
        return "done"
    return f"failed: {answer.executed.name.lower()}" if answer.executed else "failed"


def _settings(config: Hj212Config) -> Iterator[_Setting]:
    if config.set_clock:
        yield _Setting("clock", set_clock)
    if (timeout_s := config.timeout_s) is not None and (resends := config.resends) is not None:
        yield _Setting("timeout", lambda point, qn, _: set_timeout(point, qn, timeout_s, resends))
    if (seconds := config.realtime_interval_s) is not None:
        yield _Setting(
            "realtime interval", lambda point, qn, _: set_realtime_interval(point, qn, seconds)
        )
    if (minutes := config.minute_interval_min) is not None:
        yield _Setting(
            "minute interval", lambda point, qn, _: set_minute_interval(point, qn, minutes)
        )
