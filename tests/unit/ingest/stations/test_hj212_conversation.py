"""The centre's part of HJ 212: what is confirmed, what goes to disk, what is asked of devices."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoders.hj212 import Hj212Decoder
from ingest.decoders.hj212.answers import data_answer
from ingest.decoders.hj212.frame import build, read_frame
from ingest.decoders.hj212.segment import read_segment
from ingest.stations import Hj212Config
from ingest.stations.heard import Heard
from ingest.stations.hj212_conversation import Hj212Conversation, Hj212Conversations
from ingest.stations.setting_up import SetUps
from tests.unit.ingest.stations.frames import MN, NOW_US, answer, upload
from twin.model import Message, Mode, Name

DEVICE = Name("hj212", MN)
STREAM = (
    upload(1) + b"\r\n" + upload(2, flag=4) + b"rubbish\r\n##0012torn" + upload(3) + upload(4)[:-9]
)


def talk(**wishes: object) -> Hj212Conversation:
    told = {"name": "river", "protocol": "hj212", "port": 0, **wishes}
    return Hj212Conversation(SetUps(Hj212Config.model_validate(told)))


def only(found: list[Heard]) -> Heard:
    (one,) = found
    return one


def read(frame: bytes) -> dict[str, str]:
    segment = read_segment(read_frame(frame).text)
    return {"qn": segment.qn, "cn": segment.cn, "mn": segment.mn, **segment.fields}


def test_an_upload_with_the_answer_bit_is_confirmed_with_its_number() -> None:
    heard = only(talk().receive(upload(7), NOW_US))
    assert (heard.speaker, heard.is_kept, heard.reply) == (DEVICE, False, b"")
    assert heard.confirmation is not None
    expected = data_answer(read_segment(read_frame(upload(7)).text))
    assert heard.confirmation(NOW_US) == expected
    assert read(expected) == {"qn": "20260521110007000", "cn": "9014", "mn": MN}


def test_an_upload_without_the_answer_bit_goes_to_disk() -> None:
    heard = only(talk().receive(upload(flag=4), NOW_US))
    assert (heard.confirmation, heard.is_kept) == (None, True)


def test_a_frame_with_a_wrong_crc_is_neither_confirmed_nor_kept() -> None:
    wrong = upload()[:-6] + b"0000\r\n"
    heard = only(talk().receive(wrong, NOW_US))
    assert heard == Heard(wrong[:-2], wrong[:-2])


def test_each_packet_of_a_message_is_confirmed_by_itself() -> None:
    talking = talk()
    for number in (1, 2, 3):
        packet = upload(number, flag=7, packets=f"PNUM=3;PNO={number};")
        heard = only(talking.receive(packet, NOW_US))
        assert heard.confirmation is not None
        assert heard.payload == packet[:-2]


def further_packet(flag: int = 7) -> bytes:
    """Packet 2 of the message whose packet 1 is ``upload(1, command="2051", …)``."""
    return build(
        f"QN=20260521110001000;ST=32;CN=2051;PW=123456;MN={MN};Flag={flag};PNUM=2;PNO=2;"
        "CP=&&w21003-Avg=1.5,w21003-Flag=N&&"
    )


@pytest.mark.parametrize("flag", [6, 7])
def test_a_further_packet_takes_the_time_that_the_first_one_said(flag: int) -> None:
    conversations = Hj212Conversations(Hj212Config(name="a", protocol="hj212", port=0))
    first = upload(1, command="2051", kind="Avg", flag=flag, packets="PNUM=2;PNO=1;")
    conversations.begin().receive(first, NOW_US)
    heard = only(list(conversations.begin().receive(further_packet(flag), NOW_US)))
    assert heard.frame == further_packet(flag)[:-2]
    message = Message("a", Mode.ACTUAL, "hj212/a", heard.payload, NOW_US)
    decoded = Hj212Decoder().decode(message)
    assert decoded.faults == []
    (reading,) = decoded.natives
    (expected,) = Hj212Decoder().decode(message._replace(payload=first)).natives
    assert (reading.native, reading.value) == ("w21003", 1.5)
    assert reading.observed_us == expected.observed_us
    assert (heard.confirmation is None) == (flag == 6)


def test_a_further_packet_of_another_message_stays_without_a_time() -> None:
    talking = talk()
    talking.receive(upload(2, command="2051", kind="Avg", packets="PNUM=2;PNO=1;"), NOW_US)
    assert only(talking.receive(further_packet(), NOW_US)).payload == further_packet()[:-2]


def test_the_same_upload_without_any_time_counts_once_for_as_long_as_it_may_be_sent_again() -> None:
    timeless = build(f"ST=32;CN=2011;PW=123456;MN={MN};Flag=5;CP=&&w01018-Rtd=36.1&&")
    conversations = Hj212Conversations(Hj212Config(name="a", protocol="hj212", port=0))
    seconds = (0, 10, 29.9, 30, 50, 60)
    first = [
        only(list(conversations.begin().receive(timeless, NOW_US + round(s * 1e6)))).first_us
        for s in seconds
    ]
    assert [at_us - NOW_US for at_us in first] == [0, 0, 0, 30_000_000, 30_000_000, 60_000_000]


def test_two_uploads_without_any_time_never_get_the_same() -> None:
    text = f"ST=32;CN=2011;PW=123456;MN={MN};Flag=5;CP=&&w01018-Rtd="
    heard = talk().receive(build(f"{text}1&&") + build(f"{text}2&&"), NOW_US)
    assert [one.first_us for one in heard] == [NOW_US, NOW_US + 1]


def test_uploads_that_say_a_time_or_want_no_answer_are_never_taken_for_sent_again() -> None:
    talking = talk()
    plain = build(f"ST=32;CN=2011;PW=123456;MN={MN};Flag=4;CP=&&w01018-Rtd=36.1&&")
    for frame in (upload(1), upload(1), plain, plain):
        assert only(talking.receive(frame, NOW_US)).first_us == 0


def test_a_device_that_wants_its_clock_set_gets_the_answer_to_a_notice() -> None:
    notice = build(f"QN=20260521110001000;ST=32;CN=1013;PW=1;MN={MN};Flag=5;CP=&&PolId=w01018&&")
    heard = only(talk().receive(notice, NOW_US))
    assert heard.confirmation is not None
    assert read(heard.confirmation(NOW_US))["cn"] == "9013"


def test_a_device_of_2025_is_answered_and_asked_in_its_version() -> None:
    talking = talk(set_clock=True)
    heard = only(talking.receive(upload(flag=9), NOW_US))
    assert heard.confirmation is not None
    assert b";Flag=8;" in heard.confirmation(NOW_US)
    assert b";Flag=9;" in heard.reply


def test_a_device_that_first_answers_something_is_set_up_with_its_own_system() -> None:
    talking = talk(set_clock=True)
    assert only(talking.receive(answer("20260521110000000", "9015"), NOW_US)).reply == b""
    request = only(talking.receive(upload(), NOW_US)).reply
    assert b";ST=32;CN=1012;" in request


def test_the_name_of_a_device_is_the_same_in_small_letters() -> None:
    assert only(talk().receive(upload(mn=MN.lower()), NOW_US)).speaker == DEVICE


def test_a_frame_without_a_usable_number_of_its_device_is_confirmed_and_nobodys() -> None:
    heard = only(talk().receive(upload(mn="bad*number"), NOW_US))
    assert heard.speaker is None
    assert heard.confirmation is not None


@pytest.mark.parametrize("command", ["9011", "9012", "9013"])
def test_answers_to_requests_are_told_from_data(command: str) -> None:
    heard = only(talk().receive(answer("20260521110000000", command, "QnRtn=1"), NOW_US))
    assert (heard.is_answer, heard.is_kept, heard.confirmation) == (True, False, None)


@given(st.lists(st.integers(0, len(STREAM)), max_size=30))
def test_any_chunks_of_a_stream_give_the_same_frames(cuts: list[int]) -> None:
    places = sorted({0, len(STREAM), *cuts})
    talking = talk()
    frames = [
        heard.frame
        for start, end in pairwise(places)
        for heard in talking.receive(STREAM[start:end], NOW_US)
    ]
    whole = talk()
    assert frames == [heard.frame for heard in whole.receive(STREAM, NOW_US)]
    assert len(frames) == 5
    assert whole.is_mid_frame
    assert talking.is_mid_frame


def test_a_device_is_left_alone_where_nothing_is_wished() -> None:
    talking = talk()
    assert only(talking.receive(upload(1), NOW_US)).reply == b""
    assert only(talking.receive(upload(2), NOW_US)).reply == b""


def test_a_device_is_set_up_one_request_after_the_other() -> None:
    talking = talk(set_clock=True, realtime_interval_s=60, timeout_s=5, resends=3)
    first = only(talking.receive(upload(), NOW_US)).reply
    clock = read(first)
    assert (clock["cn"], clock["SystemTime"]) == ("1012", "20260521120000")

    ready = answer(clock["qn"], "9011", "QnRtn=1")
    assert only(talking.receive(ready, NOW_US)).reply == b""
    done = answer(clock["qn"], "9012", "ExeRtn=1")
    timeout = read(only(talking.receive(done, NOW_US + 5000)).reply)
    assert (timeout["cn"], timeout["OverTime"], timeout["ReCount"]) == ("1000", "5", "3")

    refused = answer(timeout["qn"], "9011", "QnRtn=2")
    interval = read(only(talking.receive(refused, NOW_US + 9000)).reply)
    assert (interval["cn"], interval["RtdInterval"]) == ("1062", "60")
    done = answer(interval["qn"], "9012", "ExeRtn=1")
    assert only(talking.receive(done, NOW_US + 12_000)).reply == b""
    assert only(talking.receive(upload(1), NOW_US + 13_000)).reply == b""


def test_answers_with_another_number_move_nothing() -> None:
    talking = talk(set_clock=True, realtime_interval_s=60)
    talking.receive(upload(), NOW_US)
    stray = answer("20200101000000000", "9012", "ExeRtn=1")
    assert only(talking.receive(stray, NOW_US)).reply == b""


def test_a_device_that_does_not_answer_is_asked_nothing_more() -> None:
    talking = talk(set_clock=True, realtime_interval_s=60)
    clock = read(only(talking.receive(upload(), NOW_US)).reply)
    talking.tick(NOW_US + 11_000_000)
    late = answer(clock["qn"], "9012", "ExeRtn=1")
    assert only(talking.receive(late, NOW_US + 12_000_000)).reply == b""


def test_a_device_that_reconnects_soon_is_not_set_up_again() -> None:
    set_ups = SetUps(
        Hj212Config(name="a", protocol="hj212", port=0, set_clock=True, set_up_again_s=3600)
    )

    def first_reply(at_us: int) -> bytes:
        return only(Hj212Conversation(set_ups).receive(upload(), at_us)).reply

    assert first_reply(NOW_US)
    assert not first_reply(NOW_US + 60_000_000)
    assert first_reply(NOW_US + 3_601_000_000)
