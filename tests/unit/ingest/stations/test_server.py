"""The server on real sockets: what it answers when, and what no peer can do to it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY

from ingest.decoders.hj212.frame import build as build_frame
from ingest.decoders.sl651 import Sl651Decoder, read_frame
from ingest.stations import CannotListenError, transmissions
from ingest.stations.hj212_conversation import Hj212Conversation
from tests.unit.ingest.stations.frames import (
    MN,
    STATION,
    answer,
    heartbeat,
    packets_of,
    report,
    upload,
)
from tests.unit.ingest.stations.sockets import Device, Post, until
from twin.model import Message, Name

Build = Callable[..., Post]

DEVICE = Name("hj212", MN)


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    """Make servers that end with the test; each has its spool in the same folder."""
    built: list[Post] = []

    def make(protocol: str = "hj212", **wishes: Any) -> Post:  # noqa: ANN401 - settings
        built.append(Post(tmp_path / "spool", protocol, **wishes).start())
        return built[-1]

    yield make
    for post in built:
        post.server.stop()


@pytest.fixture
def connect() -> Iterator[Callable[[Post], Device]]:
    """Connect devices that are closed with the test."""
    devices: list[Device] = []

    def make(post: Post) -> Device:
        devices.append(Device(post.server.bound_port))
        return devices[-1]

    yield make
    for device in devices:
        device.close()


Connect = Callable[[Post], Device]


def refused(reason: str) -> float:
    labels = {"server": "river", "reason": reason}
    return REGISTRY.get_sample_value("citytwin_station_refused_total", labels) or 0.0


def test_the_answer_goes_out_after_the_commit_and_not_before(
    build: Build, connect: Connect
) -> None:
    post = build()
    device = connect(post)
    device.send(upload(1), upload(2))
    received = post.take(2)
    assert [one.message.topic for one in received] == [f"hj212/river/{MN}"] * 2
    assert received[0].message.payload == upload(1)[:-2]
    assert device.is_silent()

    post.commit(received[:1])
    assert b"QN=20260521110001000;ST=91;CN=9014" in device.line()
    assert device.is_silent()
    post.commit(received[1:])
    assert b"QN=20260521110002000;ST=91;CN=9014" in device.line()


def test_reports_of_sl651_are_confirmed_after_the_commit(build: Build, connect: Connect) -> None:
    post = build("sl651")
    device = connect(post)
    device.send(heartbeat(), report(1))
    received = post.take(2)
    assert {one.message.topic for one in received} == {f"sl651/river/{STATION}"}
    assert device.is_silent()
    post.commit(received)
    assert read_frame(device.receive(25)).body[:2] == b"\0\2"


def test_a_connection_cut_in_the_middle_of_a_frame_stores_nothing_half(
    build: Build, connect: Connect
) -> None:
    post = build()
    device = connect(post)
    device.send(upload(1), upload(2)[:-30])
    received = post.take(1)
    before = refused("cut off")
    device.close()
    until(lambda: refused("cut off") > before, "the cut is counted")
    post.commit(received)

    again = connect(post)
    again.send(upload(2))
    assert [one.message.payload for one in post.take(1)] == [upload(2)[:-2]]
    assert len(post.inbox) == 0


def test_what_was_not_confirmed_is_offered_again_after_a_restart(
    build: Build, connect: Connect
) -> None:
    post = build()
    device = connect(post)
    device.send(*(upload(n, flag=4) for n in range(30)))
    received = post.take(30)
    post.commit(received[:10])
    post.server.stop()

    again = build()
    offered = again.take(20)
    assert [one.message for one in offered] == [one.message for one in received[10:]]
    again.commit(offered)
    again.server.stop()
    assert len(build().inbox) == 0


def test_frames_on_disk_and_confirmed_ones_keep_their_order(build: Build, connect: Connect) -> None:
    post = build()
    device = connect(post)
    count = 6000
    device.send(*(upload(n % 3600, flag=4 if n % 6 else 5) for n in range(count)))
    found: list[Message] = []
    while len(found) < count:
        received = post.take(min(2000, count - len(found)))
        found += [one.message for one in received]
        post.commit(received)
    assert [one.payload for one in found] == [
        upload(n % 3600, flag=4 if n % 6 else 5)[:-2] for n in range(count)
    ]
    arrivals = [one.received_us for one in found]
    assert arrivals == sorted(set(arrivals))


def test_a_store_that_is_away_bounds_what_is_in_memory(build: Build, connect: Connect) -> None:
    post = build(spool_mb=0.2)
    silent = connect(post)
    before = refused("spool full")
    silent.send(*(upload(n % 3600, flag=4) for n in range(6000)))
    until(lambda: refused("spool full") > before + 3000, "the spool is full")
    assert len(post.inbox) < 2000

    device = connect(post)
    device.socket.settimeout(0.5)
    with pytest.raises(TimeoutError):
        device.send(*(upload(n % 3600) for n in range(100_000)))
    assert len(post.inbox) < 6000


def test_reading_goes_on_when_the_store_is_back(build: Build, connect: Connect) -> None:
    post = build()
    device = connect(post)
    device.send(*(upload(n) for n in range(3000)))
    confirmed = 0
    while confirmed < 3000:
        received = post.take(1)
        received += post.inbox.take(2000, 0.0, 0.0)
        post.commit(received)
        confirmed += len(received)
    for _ in range(3000):
        assert b"CN=9014" in device.line()


def test_a_device_that_reconnects_takes_over(build: Build, connect: Connect) -> None:
    post = build()
    hanging, other = connect(post), connect(post)
    other.send(upload(0, mn="OTHER0000000001"))
    hanging.send(upload(1))
    post.take(2)
    anew = connect(post)
    anew.send(upload(2))
    received = post.take(1)
    assert hanging.has_ended()
    post.commit(received)
    assert b"CN=9014" in anew.line()
    assert post.server.send(DEVICE, b"hello\r\n")
    assert anew.line() == b"hello\r\n"
    assert other.is_silent()


def test_a_gateway_keeps_its_other_devices(build: Build, connect: Connect) -> None:
    post = build()
    gateway = connect(post)
    gateway.send(upload(1, mn="A1"), upload(1, mn="B1"))
    moved = connect(post)
    post.take(2)
    moved.send(upload(2, mn="A1"))
    post.take(1)
    assert post.server.send(Name("hj212", "B1"), b"still here\r\n")
    assert gateway.line() == b"still here\r\n"


def test_a_wrong_frame_is_parked_and_not_answered_and_the_next_one_is(
    build: Build, connect: Connect
) -> None:
    post = build()
    device = connect(post)
    device.send(upload(1), b"GET / HTTP/1.1\r\n", upload(2)[:-6] + b"0000\r\n", upload(3))
    received = post.take(4)
    post.commit(received)
    assert b"QN=20260521110001000" in device.line()
    assert b"QN=20260521110003000" in device.line()
    assert [one.message.payload[:3] for one in received] == [b"##0", b"GET", b"##0", b"##0"]
    assert {one.message.topic for one in received} == {f"hj212/river/{MN}"}


def test_a_peer_that_sends_only_rubbish_is_disconnected(build: Build, connect: Connect) -> None:
    post = build()
    device = connect(post)
    before = refused("only rubbish")
    device.send(b"rubbish\r\n" * 1000)
    assert device.has_ended()
    assert refused("only rubbish") == before + 1
    assert len(post.take(20)) == 20
    assert len(post.inbox) == 0


def test_connections_beyond_the_limit_are_refused(build: Build, connect: Connect) -> None:
    post = build(connections=2)
    first, second = connect(post), connect(post)
    for number, device in enumerate((first, second)):
        device.send(upload(number, mn=f"A{number}"))
    post.take(2)
    assert connect(post).has_ended()
    first.close()
    until(lambda: not post.server.reaches(Name("hj212", "A0")), "the first is gone")
    third = connect(post)
    third.send(upload(3, mn="A3"))
    post.take(1)


def test_a_frame_that_takes_too_long_ends_its_connection(build: Build, connect: Connect) -> None:
    post = build(frame_s=0.5)
    device = connect(post)
    before = refused("slow frame")
    device.send(upload(1), upload(2)[:50])
    assert device.has_ended()
    assert refused("slow frame") == before + 1


def test_a_silent_connection_is_closed(build: Build, connect: Connect) -> None:
    post = build(idle_s=0.5)
    device = connect(post)
    assert device.has_ended()
    assert len(post.inbox) == 0


def test_answers_to_requests_are_heard_by_listeners_and_go_the_normal_way(
    connect: Connect, tmp_path: Path
) -> None:
    heard: list[tuple[Name, bytes, int]] = []
    post = Post(tmp_path / "own")
    post.server.listen(lambda speaker, frame, at_us: heard.append((speaker, frame, at_us)))
    post.start()
    device = connect(post)
    said = answer("20260521110000000", "9011", "QnRtn=1")
    device.send(upload(1), said)
    received = post.take(2)
    assert heard == [(DEVICE, said[:-2], received[1].message.received_us)]
    post.server.stop()


def test_packets_that_answer_a_query_are_heard_before_the_last_has_come(
    connect: Connect, tmp_path: Path
) -> None:
    heard: list[bytes] = []
    post = Post(tmp_path / "own", "sl651")
    post.server.listen(lambda _speaker, frame, _at_us: heard.append(frame))
    post.start()
    device = connect(post)
    first, last = packets_of([bytes.fromhex("0000260521110000"), b""], function=0x37)
    device.send(first)
    until(lambda: heard == [first], "the first packet is heard")
    device.send(last)
    assert post.take(1)[0].message.payload == first + last
    assert heard == [first, last]
    post.server.stop()


def test_nothing_can_be_sent_to_a_device_that_is_not_connected(build: Build) -> None:
    server = build().server
    assert not server.reaches(DEVICE)
    assert not server.send(DEVICE, b"hello")


def test_a_device_is_reached_while_it_is_connected(build: Build, connect: Connect) -> None:
    post = build()
    device = connect(post)
    device.send(upload(1))
    post.take(1)
    assert post.server.reaches(DEVICE)
    assert not post.server.reaches(Name("hj212", "A1"))
    device.close()
    until(lambda: not post.server.reaches(DEVICE), "the device is gone")


def test_what_a_server_that_has_ended_is_told_comes_to_nothing(
    build: Build, connect: Connect
) -> None:
    post = build()
    device = connect(post)
    device.send(upload(1))
    received = post.take(1)
    post.server.stop()
    post.commit(received)
    assert not post.server.send(DEVICE, b"hello")
    assert not post.server.reaches(DEVICE)
    post.server.stop()


def test_packets_that_are_never_completed_are_stored_as_they_came(
    build: Build, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transmissions, "_LONGEST_PAUSE_US", 300_000)
    post = build("sl651")
    device = connect(post)
    first, _ = packets_of([bytes.fromhex("0000260521110000"), b""])
    before = refused("incomplete transmission")
    device.send(first)
    device.close()
    (received,) = post.take(1)
    assert received.message.topic == f"sl651/river/{STATION}"
    (fault,) = Sl651Decoder(whole=True).decode(received.message).faults
    assert fault.sentence == "transmission of 2 packets: expected all of them, 1 came"
    assert refused("incomplete transmission") == before + 1
    post.server.stop()
    again = build("sl651").take(1)
    assert again[0].message == received.message


def test_an_upload_without_any_time_is_the_same_when_it_is_sent_again(
    build: Build, connect: Connect
) -> None:
    post = build()
    timeless = b"ST=32;CN=2011;PW=123456;MN=A1;Flag=5;CP=&&w01018-Rtd=36.1&&"
    frame = build_frame(timeless.decode())
    received = []
    for _ in range(2):
        device = connect(post)
        device.send(frame)
        received += post.take(1)
        post.commit(received[-1:])
        assert b"CN=9014" in device.line()
        device.close()
    assert received[0].message == received[1].message


def test_a_full_disk_refuses_a_frame_and_not_its_connection(
    build: Build, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = build(spool_mb=0.002)
    device = connect(post)
    device.send(*(upload(n, flag=4) for n in range(3)))
    post.take(3)

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    before = refused("spool full")
    with monkeypatch.context() as patched:
        patched.setattr("ingest.stations.spool.os.open", full)
        device.send(upload(4, flag=4), upload(5))
        assert [one.message.payload for one in post.take(1)] == [upload(5)[:-2]]
    assert refused("spool full") == before + 1
    device.send(upload(6, flag=4))
    assert [one.message.payload for one in post.take(1)] == [upload(6, flag=4)[:-2]]


def test_a_port_that_is_taken_is_told_at_the_start(build: Build, tmp_path: Path) -> None:
    taken = build()
    other = Post(tmp_path / "other", port=taken.server.bound_port)
    with pytest.raises(CannotListenError, match="'river'"):
        other.start()
    other.server.stop()


def test_a_server_that_breaks_says_so(
    build: Build, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = build()
    failures: list[BaseException] = []
    post.server.report_failure_to(failures.append)
    broken = ZeroDivisionError("a mistake of ours")

    def fail(*_: object) -> None:
        raise broken

    monkeypatch.setattr(Hj212Conversation, "receive", fail)
    device = connect(post)
    device.send(upload())
    until(lambda: failures, "the failure is told")
    assert failures == [broken]
    assert device.has_ended()


def test_a_peer_that_reads_no_answers_is_not_read_either(build: Build, connect: Connect) -> None:
    post = build()
    device = connect(post)
    device.socket.settimeout(1.0)
    sent = 0
    with pytest.raises(TimeoutError):  # noqa: PT012 - how much goes through is the question
        while sent < 200:
            device.send(*(upload(n) for n in range(1000)))
            sent += 1
            post.commit(post.inbox.take(4000, 0.1, 0.01))
    assert sent < 200
