"""Requests of HJ 212 and SL 651, and what stations answer."""

import pytest

from data.commands import Event
from ingest.commands.access import Hj212Access, Sl651Access
from ingest.commands.requests import hj212_answer, hj212_request, sl651_answer, sl651_request
from ingest.decoders.hj212.answers import Point, set_clock, set_realtime_interval
from ingest.decoders.hj212.frame import build
from ingest.decoders.sl651 import frame as sl651_frame
from tests.unit.ingest.commands.orders import MN, NOW, STATION, order
from twin.model import to_us

QN = "20260501120000123"
ACCESS = Hj212Access(st="32", password="100000")  # noqa: S106 - of the standard's example
SL651 = Sl651Access(centre=1, password="1234")  # noqa: S106 - of a test


def test_the_standards_own_request_is_made() -> None:
    made = hj212_request(order("set_interval", "hj212", interval=30), ACCESS, QN, NOW)
    assert made == set_realtime_interval(Point("32", "100000", MN), QN, 30)
    standard = "20160801085857223"
    frame = hj212_request(order("set_interval", "hj212", interval=30), ACCESS, standard, NOW)
    assert frame.endswith(b"CP=&&RtdInterval=30&&1C80\r\n")


def test_a_clock_is_set_to_local_time() -> None:
    made = hj212_request(order("set_clock", "hj212"), ACCESS, QN, NOW)
    assert made == set_clock(Point("32", "100000", MN), QN, to_us(NOW))
    assert b"SystemTime=20260501120000&&" in made


def test_a_sample_is_taken_of_one_factor() -> None:
    made = hj212_request(order("take_sample", "hj212", factor="w01018"), ACCESS, QN, NOW)
    assert b";CN=3012;" in made
    assert b"CP=&&PolId=w01018&&" in made


@pytest.mark.parametrize(
    ("segment", "event", "sentence"),
    [
        ("CN=9011;{};Flag=4;CP=&&QnRtn=1&&", Event.ACCEPT, "ready (QnRtn 1)"),
        ("CN=9011;{};Flag=4;CP=&&QnRtn=3&&", Event.REFUSE, "wrong password (QnRtn 3)"),
        ("CN=9012;{};Flag=4;CP=&&ExeRtn=1&&", Event.EXECUTE, "done (ExeRtn 1)"),
        ("CN=9012;{};Flag=4;CP=&&ExeRtn=5&&", Event.REFUSE, "busy (ExeRtn 5)"),
    ],
)
def test_what_a_logger_answers_becomes_a_step(segment: str, event: Event, sentence: str) -> None:
    text = f"QN={QN};ST=91;" + segment.format(f"PW=100000;MN={MN}")
    answer = hj212_answer(MN, build(text), NOW)
    assert answer is not None
    assert (answer.event, answer.sentence, answer.reference) == (event, sentence, QN)


@pytest.mark.parametrize("command", ["9013", "9014", "2011"])
def test_other_frames_answer_no_command(command: str) -> None:
    text = f"QN={QN};ST=91;CN={command};PW=100000;MN={MN};Flag=4;CP=&&&&"
    assert hj212_answer(MN, build(text), NOW) is None


def test_a_station_is_sent_our_time_and_repeats_the_function() -> None:
    sent = sl651_frame.read_frame(sl651_request(order("set_clock", "sl651"), SL651, NOW))
    assert (sent.down, sent.function, sent.station, sent.centre) == (True, 0x4A, STATION, 1)
    assert sent.body == bytes.fromhex("0000260501120000")
    back = sl651_frame.write_frame(sent._replace(down=False, end=sl651_frame.ETX))
    answer = sl651_answer(STATION, back, NOW)
    assert answer is not None
    assert (answer.event, answer.reference) == (Event.EXECUTE, "4A")
    assert sl651_answer(STATION, sl651_frame.write_frame(sent), NOW) is None


def test_a_station_that_refuses_says_nak() -> None:
    sent = sl651_frame.read_frame(sl651_request(order("read_now", "sl651"), SL651, NOW))
    back = sl651_frame.write_frame(sent._replace(down=False, end=sl651_frame.NAK))
    answer = sl651_answer(STATION, back, NOW)
    assert answer is not None
    assert (answer.event, answer.sentence) == (Event.REFUSE, "answered function 37 with NAK")
