"""What the centre sends, and the answers it gets (HJ 212-2017, 6.4, 6.6.5 and annex C)."""

from enum import IntEnum, StrEnum
from typing import Final, NamedTuple, TypeVar

from ingest.decoders.hj212.frame import build
from ingest.decoders.hj212.intervals import (
    checked_minutes,
    checked_realtime,
    checked_timeout,
)
from ingest.decoders.hj212.segment import Segment
from ingest.decoders.hj212.stamps import second_stamp
from ingest.decoders.quoting import quoted

_Code = TypeVar("_Code", bound=IntEnum)

_INTERACTION = "91"
_VERSION_2017: Final = 4
_VERSION_2025: Final = 8
_VERSION_BITS: Final = 0xFC
_ANSWER_WANTED: Final = 1


class Command(StrEnum):
    """Commands that set a device up, and the answers of interaction."""

    SET_TIMEOUT = "1000"
    SET_CLOCK = "1012"
    CLOCK_WANTED = "1013"
    SET_REALTIME_INTERVAL = "1062"
    SET_MINUTE_INTERVAL = "1064"
    REQUEST_ANSWER = "9011"
    EXECUTION_RESULT = "9012"
    NOTICE_ANSWER = "9013"
    DATA_ANSWER = "9014"


class RequestReturn(IntEnum):
    """QnRtn: whether a device will do what it was asked (table 7)."""

    READY = 1
    REFUSED = 2
    WRONG_PASSWORD = 3
    WRONG_MN = 4
    WRONG_ST = 5
    WRONG_FLAG = 6
    WRONG_QN = 7
    WRONG_CN = 8
    WRONG_CRC = 9
    UNKNOWN_ERROR = 100


class ExecutionReturn(IntEnum):
    """ExeRtn: what became of it (table 6)."""

    DONE = 1
    FAILED = 2
    WRONG_CONDITION = 3
    TIMEOUT = 4
    BUSY = 5
    SYSTEM_FAULT = 6
    NO_DATA = 100


class UnreadableAnswerError(ValueError):
    """An answer that says nothing known. Take the request as unanswered."""


class Point(NamedTuple):
    """Whom a request is for: system (ST), password (PW) and number (MN) of a monitoring point.

    Attributes:
        version: of its protocol, as the upper six bits of Flag.
    """

    st: str
    password: str
    mn: str
    version: int = _VERSION_2017


class Answer(NamedTuple):
    """What a device answers to the request of the same number.

    Attributes:
        qn: the request's number.
        command: which answer it is.
        accepted: of a request answer (9011), else None.
        executed: of an execution result (9012), else None.
    """

    qn: str
    command: Command
    accepted: RequestReturn | None = None
    executed: ExecutionReturn | None = None


def data_answer(upload: Segment) -> bytes:
    """Return the frame that confirms an upload: 9014 with its number (annex table C.14).

    A notice, by which a device wants its clock to be set, gets 9013 (annex table C.4).
    """
    number = f"QN={upload.qn};" if upload.qn else ""
    is_notice = upload.cn == Command.CLOCK_WANTED
    command = Command.NOTICE_ANSWER if is_notice else Command.DATA_ANSWER
    return build(
        f"{number}ST={_INTERACTION};CN={command};PW={upload.password};MN={upload.mn};"
        f"Flag={version_of(upload)};CP=&&&&"
    )


def version_of(upload: Segment) -> int:
    """Return the version that a device is spoken to in: its own of 2025, else that of 2017."""
    is_2025 = upload.flag is not None and upload.flag & _VERSION_BITS == _VERSION_2025
    return _VERSION_2025 if is_2025 else _VERSION_2017


def set_timeout(point: Point, qn: str, timeout_s: int, resends: int) -> bytes:
    """Return the request for a time to wait for answers and a count of resends (C.1).

    Raises:
        ImpossibleIntervalError: not 1 to 99999 s, or not 0 to 99 resends.
    """
    checked_timeout(timeout_s, resends)
    return _request(point, qn, Command.SET_TIMEOUT, f"OverTime={timeout_s};ReCount={resends}")


def set_clock(point: Point, qn: str, now_us: int, factor: str = "") -> bytes:
    """Return the request for a clock to be set, the logger's or that of one analyser (C.3).

    Args:
        point: whom it is for.
        qn: number of the request, 17 digits.
        now_us: the time, microseconds since 1970 UTC.
        factor: what the analyser measures; empty for the logger.
    """
    analyser = f"PolId={factor};" if factor else ""
    return _request(point, qn, Command.SET_CLOCK, f"{analyser}SystemTime={second_stamp(now_us)}")


def set_realtime_interval(point: Point, qn: str, seconds: int) -> bytes:
    """Return the request for the interval of real-time data (C.6).

    Raises:
        ImpossibleIntervalError: not 30 to 3600 s.
    """
    items = f"RtdInterval={checked_realtime(seconds)}"
    return _request(point, qn, Command.SET_REALTIME_INTERVAL, items)


def set_minute_interval(point: Point, qn: str, minutes: int) -> bytes:
    """Return the request for the interval of minute data (C.8).

    Raises:
        ImpossibleIntervalError: not 1 to 30 minutes that divide the hour.
    """
    items = f"MinInterval={checked_minutes(minutes)}"
    return _request(point, qn, Command.SET_MINUTE_INTERVAL, items)


def read_answer(segment: Segment) -> Answer | None:
    """Return what a segment answers, None where it is no answer.

    Raises:
        UnreadableAnswerError: an answer without QN, or with a return code that is in no table.
    """
    try:
        command = Command(segment.cn)
    except ValueError:
        return None
    if command < Command.REQUEST_ANSWER:
        return None
    if not segment.qn:
        raise UnreadableAnswerError(f"answer {segment.cn} without QN: expected that of the request")
    if command is Command.REQUEST_ANSWER:
        return Answer(segment.qn, command, accepted=_returned(segment, "QnRtn", RequestReturn))
    if command is Command.EXECUTION_RESULT:
        return Answer(segment.qn, command, executed=_returned(segment, "ExeRtn", ExecutionReturn))
    return Answer(segment.qn, command)


def _returned(segment: Segment, name: str, codes: type[_Code]) -> _Code:
    sent = segment.fields.get(name, "")
    known = {str(code.value): code for code in codes}
    if sent.lstrip("0") not in known:
        raise UnreadableAnswerError(
            f"{name} {quoted(sent)} of answer {segment.cn}: expected {', '.join(known)}"
        )
    return known[sent.lstrip("0")]


def _request(point: Point, qn: str, command: Command, items: str) -> bytes:
    flag = point.version | _ANSWER_WANTED
    return build(
        f"QN={qn};ST={point.st};CN={command};PW={point.password};MN={point.mn};"
        f"Flag={flag};CP=&&{items}&&"
    )
