"""What the centre sends is what annex C prints, byte by byte; what devices answer is read."""

from pathlib import Path

import pytest

from ingest.decoders.hj212.answers import (
    Answer,
    Command,
    ExecutionReturn,
    Point,
    RequestReturn,
    UnreadableAnswerError,
    data_answer,
    read_answer,
    set_clock,
    set_minute_interval,
    set_realtime_interval,
    set_timeout,
)
from ingest.decoders.hj212.frame import read_frame
from ingest.decoders.hj212.intervals import ImpossibleIntervalError
from ingest.decoders.hj212.segment import read_segment
from ingest.decoders.hj212.stamps import read_stamp, request_number

QN = "20160801085857223"
POINT = Point("32", "123456", "010000A8900016F000169DC0")
AT_US = 1_470_013_137_223_000
ANNEX_C = {
    "C1": set_timeout(POINT, QN, 5, 3),
    "C6": set_clock(POINT, QN, AT_US, "w01018"),
    "C11": set_realtime_interval(POINT, QN, 30),
    "C14": set_minute_interval(POINT, QN, 10),
}


def printed(shared: Path) -> dict[str, bytes]:
    lines = (shared / "standards" / "hj212_samples.txt").read_text("utf-8").splitlines()
    rows = (line.split("\t") for line in lines if not line.startswith("#"))
    return {row[0]: row[6].encode("utf-8") + b"\r\n" for row in rows}


def test_requests_are_those_of_annex_c(shared: Path) -> None:
    frames = printed(shared)
    assert {name: frames[name] for name in ANNEX_C} == ANNEX_C


@pytest.mark.parametrize("name", ["C20", "C21", "C22", "C23", "C58", "C59"])
def test_an_upload_is_answered_with_its_own_number_as_in_annex_c(shared: Path, name: str) -> None:
    answer = printed(shared)[name]
    segment = read_segment(read_frame(answer).text)
    upload = segment._replace(st="32", cn="2051", flag=5)
    assert data_answer(upload) == answer


def test_an_upload_without_a_number_is_answered_without_one() -> None:
    upload = read_segment("ST=32;CN=2011;PW=1;MN=LD130133000015;CP=&&&&")
    assert b"##0051ST=91;CN=9014;PW=1;" in data_answer(upload)


def test_answers_of_annex_c_are_read(shared: Path) -> None:
    frames = printed(shared)
    read = [read_answer(read_segment(read_frame(frames[name]).text)) for name in ("C2", "C3", "C8")]
    assert read == [
        Answer(QN, Command.REQUEST_ANSWER, accepted=RequestReturn.READY),
        Answer(QN, Command.EXECUTION_RESULT, executed=ExecutionReturn.DONE),
        Answer(QN, Command.NOTICE_ANSWER),
    ]


@pytest.mark.parametrize("command", ["1062", "2011", "9015", "0000"])
def test_what_is_no_answer_gives_none(command: str) -> None:
    assert read_answer(read_segment(f"QN={QN};CN={command};CP=&&&&")) is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("CN=9014;CP=&&&&", "answer 9014 without QN: expected that of the request"),
        (
            "QN=1;CN=9012;CP=&&ExeRtn=7&&",
            "ExeRtn '7' of answer 9012: expected 1, 2, 3, 4, 5, 6, 100",
        ),
        (
            "QN=1;CN=9011;CP=&&&&",
            "QnRtn '' of answer 9011: expected 1, 2, 3, 4, 5, 6, 7, 8, 9, 100",
        ),
    ],
)
def test_an_answer_that_says_nothing_known_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(UnreadableAnswerError) as refused:
        read_answer(read_segment(text))
    assert str(refused.value) == sentence


def test_intervals_that_no_logger_has_are_refused() -> None:
    for seconds in (29, 3601):
        with pytest.raises(ImpossibleIntervalError, match="expected 30 to 3600"):
            set_realtime_interval(POINT, QN, seconds)
    for minutes in (0, 7, 60, -10):
        with pytest.raises(ImpossibleIntervalError, match="expected 1, 2, 3, 4, 5, 6, 10"):
            set_minute_interval(POINT, QN, minutes)
    for timeout_s, resends in ((0, 3), (5, -1), (100_000, 3)):
        with pytest.raises(ImpossibleIntervalError, match="expected 1 to 99999 s and 0 to 99"):
            set_timeout(POINT, QN, timeout_s, resends)


def test_a_request_number_is_local_time_in_milliseconds() -> None:
    assert request_number(AT_US) == QN
    assert read_stamp(QN) == AT_US
