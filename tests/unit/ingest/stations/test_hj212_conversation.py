"""The centre's part of HJ 212: what is confirmed, what goes to disk, what is asked of devices."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoders.hj212.answers import data_answer
from ingest.decoders.hj212.frame import read_frame
from ingest.decoders.hj212.segment import read_segment
from ingest.stations import Hj212Config
from ingest.stations.heard import Heard
from ingest.stations.hj212_conversation import Hj212Conversation
from ingest.stations.setting_up import SetUps
from tests.unit.ingest.stations.frames import MN, NOW_US, answer, upload
from twin.model import Name

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
