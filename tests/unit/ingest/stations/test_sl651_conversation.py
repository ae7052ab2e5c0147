"""The centre's part of SL 651: modes M1 to M4 as the centre sees them."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoders.sl651 import read_frame
from ingest.stations import Sl651Config
from ingest.stations.heard import Heard
from ingest.stations.sl651_conversation import Sl651Conversation, Sl651Conversations
from ingest.stations.transmissions import Transmissions
from tests.unit.ingest.stations.frames import NOW_US, STATION, heartbeat, packets_of, report
from twin.model import Name

DEVICE = Name("sl651", STATION)
HEAD = bytes.fromhex("0007260521110000F1F1" + STATION + "48F0F02605210300")
ELEMENTS = [HEAD, bytes.fromhex("392300010490"), bytes.fromhex("38121099")]
PACKETS = packets_of(ELEMENTS)
STREAM = report(1) + b"\r\nnoise" + report(2, text=True) + heartbeat() + report(3)[:20]


def talk(*, answers: bool = True, online: bool = True) -> Sl651Conversation:
    config = Sl651Config(name="river", protocol="sl651", port=0, answers=answers, online=online)
    return Sl651Conversation(config, Transmissions())


def only(found: list[Heard]) -> Heard:
    (one,) = found
    return one


def confirmed(heard: Heard) -> bytes:
    assert heard.confirmation is not None
    return heard.confirmation(NOW_US)


@pytest.mark.parametrize("text", [False, True])
def test_a_report_is_confirmed_with_its_serial_in_its_own_coding(*, text: bool) -> None:
    heard = only(talk().receive(report(5, text=text), NOW_US))
    assert (heard.speaker, heard.is_kept) == (DEVICE, False)
    frame = read_frame(confirmed(heard))
    assert (frame.down, frame.text, frame.end) == (True, text, 0x1B)
    body = b"0006260521120000" if text else bytes.fromhex("0006260521120000")
    assert frame.body == body


def test_a_confirm_may_end_the_connection() -> None:
    assert read_frame(confirmed(only(talk(online=False).receive(report(), NOW_US)))).end == 4


def test_recorded_reports_are_confirmed_as_their_centre_did(shared: Path) -> None:
    recorded = {}
    for line in (shared / "standards" / "sl651_samples.txt").read_text().splitlines():
        if line.startswith("S"):
            number, *_, sent, _, _ = line.split("\t")
            recorded[number] = bytes.fromhex(sent)
    for up, down in (("S2", "S3"), ("S6", "S7"), ("S4", "S5"), ("S8", "S9")):
        expected = read_frame(recorded[down])
        talking = talk(online=expected.end == 0x1B)
        got = read_frame(confirmed(only(talking.receive(recorded[up], NOW_US))))
        assert got._replace(body=got.body[:2]) == expected._replace(body=expected.body[:2])


def test_stations_that_only_send_are_kept_on_disk_and_not_answered() -> None:
    heard = only(talk(answers=False).receive(report(), NOW_US))
    assert (heard.is_kept, heard.confirmation) == (True, None)


def test_a_heartbeat_is_neither_answered_nor_kept() -> None:
    heard = only(talk().receive(heartbeat(), NOW_US))
    assert (heard.speaker, heard.is_kept, heard.confirmation) == (DEVICE, False, None)
    assert heard.payload == heartbeat()


@pytest.mark.parametrize("function", [0x37, 0x3A, 0x4A, 0x51])
def test_what_answers_a_query_is_kept_and_told_apart(function: int) -> None:
    heard = only(talk().receive(report(function=function), NOW_US))
    assert (heard.is_answer, heard.is_kept, heard.confirmation) == (True, True, None)


def test_a_wrong_crc_is_nobodys_frame() -> None:
    wrong = report()[:-1] + b"\0"
    heard = talk().receive(wrong + report(1), NOW_US)
    assert [one.speaker for one in heard] == [None, DEVICE]
    assert heard[0].confirmation is None


@given(st.lists(st.integers(0, len(STREAM)), max_size=30))
def test_any_chunks_of_a_stream_give_the_same_frames(cuts: list[int]) -> None:
    places = sorted({0, len(STREAM), *cuts})
    talking = talk()
    heard = [
        one for start, end in pairwise(places) for one in talking.receive(STREAM[start:end], NOW_US)
    ]
    assert [one.frame for one in heard if one.speaker] == [
        report(1), report(2, text=True), heartbeat()
    ]  # fmt: skip
    rubbish = b"".join(one.frame for one in heard if not one.speaker)
    assert rubbish.strip() == b"noise"
    assert talking.is_mid_frame


def test_a_transmission_is_stored_and_confirmed_as_one() -> None:
    talking = talk()
    first, second, last = (only(talking.receive(packet, NOW_US)) for packet in PACKETS)
    assert (first.payload, first.reply, first.confirmation) == (b"", b"", None)
    assert second.payload == b""
    assert last.payload == b"".join(PACKETS)
    assert read_frame(confirmed(last)).body == bytes.fromhex("0007260521120000")


def test_missing_packets_are_asked_for_one_after_the_other() -> None:
    bodies = [*ELEMENTS, *(bytes.fromhex(f"2619{n:06}") for n in range(2))]
    sent = packets_of(bodies)
    talking = talk()
    asked = [only(talking.receive(sent[n], NOW_US)).reply for n in (0, 3)]
    assert asked == [b"", b""]
    wanted = read_frame(only(talking.receive(sent[4], NOW_US)).reply)
    assert (wanted.down, wanted.packet, wanted.packets, wanted.end) == (True, 2, 5, 0x15)
    wanted = read_frame(only(talking.receive(sent[1], NOW_US)).reply)
    assert wanted.packet == 3
    assert only(talking.receive(sent[2], NOW_US)).payload == b"".join(sent)


def test_a_station_that_cannot_give_a_packet_is_not_asked_for_ever() -> None:
    talking = talk()
    replies = [talking.receive(PACKETS[2], NOW_US)[-1].reply for _ in range(20)]
    assert sum(map(bool, replies)) < 20
    assert not all(replies[:8])


def test_a_transmission_goes_on_over_another_connection() -> None:
    config = Sl651Config(name="river", protocol="sl651", port=0)
    transmissions = Transmissions()
    before = Sl651Conversation(config, transmissions)
    after = Sl651Conversation(config, transmissions)
    before.receive(PACKETS[0] + PACKETS[1], NOW_US)
    assert only(after.receive(PACKETS[2], NOW_US)).payload == b"".join(PACKETS)


def test_packets_of_long_ago_are_not_mixed_with_new_ones() -> None:
    talking = talk()
    talking.receive(PACKETS[0], NOW_US)
    later = NOW_US + 600_000_000
    given_up, second = talking.receive(PACKETS[1], later)
    assert (given_up.payload, given_up.is_kept, given_up.reply) == (PACKETS[0], True, b"")
    third = only(talking.receive(PACKETS[2], later))
    assert [one.payload for one in (second, third)] == [b"", b""]
    assert read_frame(third.reply).packet == 1


def test_a_transmission_that_pauses_too_long_is_kept_as_far_as_it_came() -> None:
    conversations = Sl651Conversations(Sl651Config(name="river", protocol="sl651", port=0))
    talking = conversations.begin()
    talking.receive(PACKETS[1] + PACKETS[0], NOW_US)
    assert conversations.overdue(NOW_US + 119_000_000) == []
    (left,) = conversations.overdue(NOW_US + 120_000_000)
    assert (left.payload, left.speaker, left.is_kept) == (PACKETS[0] + PACKETS[1], DEVICE, True)
    assert conversations.overdue(NOW_US + 999_000_000) == []


def test_a_packet_holds_its_transmission_back_and_not_that_of_others() -> None:
    transmissions = Transmissions()
    for number, at_us in enumerate((0, 60_000_000, 100_000_000)):
        station = "0000000001" if number % 2 else STATION
        frame = read_frame(PACKETS[number // 2])._replace(station=station)
        transmissions.add(frame, PACKETS[number // 2], NOW_US + at_us)
    given_up = transmissions.overdue(NOW_US + 190_000_000)
    assert [one.station for one in given_up] == ["0000000001"]


def test_many_stations_that_never_end_are_bounded_in_number() -> None:
    transmissions = Transmissions()
    first = read_frame(PACKETS[0])
    given_up = [
        gone
        for number in range(5000)
        for gone in transmissions.add(
            first._replace(station=f"{number:010}"), PACKETS[0], NOW_US
        ).given_up
    ]
    assert [one.station for one in given_up] == [f"{number:010}" for number in range(5000 - 4096)]


def test_packets_of_stations_that_only_send_are_kept_together() -> None:
    talking = talk(answers=False)
    talking.receive(PACKETS[0] + PACKETS[1], NOW_US)
    heard = only(talking.receive(PACKETS[2], NOW_US))
    assert (heard.payload, heard.is_kept) == (b"".join(PACKETS), True)
