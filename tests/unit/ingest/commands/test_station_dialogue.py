"""Commands to a station of SL 651 on a real socket: sent by a carrier, answered by the station."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from data.commands import Event
from ingest.commands import DeviceAccess, Reports, station_carriers
from ingest.commands.carrier import Handover
from ingest.commands.stations import StationCarrier
from ingest.decoders.sl651 import Frame, read_frame
from ingest.decoders.sl651.frame import ENQ, NAK
from tests.unit.ingest.commands.orders import NOW, STATION, order
from tests.unit.ingest.stations.frames import packets_of, report, sl651_frame
from tests.unit.ingest.stations.sockets import Device, Post, until

ACCESS = f'[sl651.{STATION}]\ncentre = 1\npassword = "1234"\n'
HEAD = bytes.fromhex("0000260521110000F1F1" + STATION)


class Scene(NamedTuple):
    """A server, a station that is connected to it, and who gives it commands."""

    post: Post
    station: Device
    carrier: StationCarrier
    reports: Reports

    def send(self, name: str) -> Handover:
        wanted = order(name, "sl651")
        return self.carrier.send(wanted, self.carrier.reference(wanted, NOW), NOW)

    def query(self) -> Frame:
        """Return what the station is asked."""
        return read_frame(self.station.receive(25))


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    secrets = tmp_path / "device_access.toml"
    secrets.write_text(ACCESS)
    post, reports = Post(tmp_path / "spool", "sl651"), Reports()
    (carrier,) = station_carriers([post.server], DeviceAccess(secrets), reports)
    post.start()
    station = Device(post.server.bound_port)
    station.send(report(1, station=STATION))
    post.commit(post.take(1))
    station.receive(25)
    yield Scene(post, station, carrier, reports)
    station.close()
    post.server.stop()


def answered(scene: Scene) -> tuple[str, str, Event, str]:
    (said,) = scene.reports.take(5.0)
    answer = said.answer
    return answer.address, answer.reference, answer.event, answer.sentence


def test_a_clock_is_set_and_the_station_says_so(scene: Scene) -> None:
    assert scene.carrier.reaches(order("set_clock", "sl651"))
    assert scene.send("set_clock").left
    query = scene.query()
    assert (query.down, query.station, query.function, query.end) == (True, STATION, 0x4A, ENQ)
    assert query.body == bytes.fromhex("0000260501120000")
    scene.station.send(sl651_frame(HEAD, function=0x4A, station=STATION))
    assert answered(scene) == (STATION, "4A", Event.EXECUTE, "answered function 4A")


def test_a_station_that_cannot_says_nak(scene: Scene) -> None:
    scene.send("set_clock")
    scene.query()
    scene.station.send(sl651_frame(HEAD, function=0x4A, station=STATION, end=NAK))
    assert answered(scene)[2] is Event.REFUSE


def test_values_of_now_are_an_answer_and_are_stored(scene: Scene) -> None:
    scene.send("read_now")
    assert scene.query().function == 0x37
    values = report(2, function=0x37, station=STATION)
    scene.station.send(values)
    assert answered(scene)[1:3] == ("37", Event.EXECUTE)
    assert scene.post.take(1)[0].message.payload == values
    assert scene.station.is_silent()


def test_an_answer_in_packets_is_heard_packet_by_packet_and_stored_as_one(scene: Scene) -> None:
    scene.send("read_now")
    scene.query()
    at = HEAD + bytes.fromhex("48F0F02605210300")
    packets = packets_of([at, bytes.fromhex("392300010490")], function=0x37, station=STATION)
    scene.station.send(*packets)
    assert scene.post.take(1)[0].message.payload == b"".join(packets)
    assert {said.answer.address for said in scene.reports.take(5.0)} == {STATION}


def test_a_report_in_between_answers_nothing(scene: Scene) -> None:
    scene.send("set_clock")
    scene.query()
    scene.station.send(report(3, station=STATION))
    scene.post.commit(scene.post.take(1))
    assert read_frame(scene.station.receive(25)).function == 0x32
    assert scene.reports.take(0.0) == []


def test_a_station_that_has_died_is_not_reached(scene: Scene) -> None:
    scene.station.close()
    wanted = order("set_clock", "sl651")
    until(lambda: not scene.carrier.reaches(wanted), "the station is gone")
    assert scene.send("set_clock").left is False


def test_a_station_that_reconnects_is_asked_on_its_new_connection(scene: Scene) -> None:
    anew = Device(scene.post.server.bound_port)
    anew.send(report(4, station=STATION))
    scene.post.commit(scene.post.take(1))
    anew.receive(25)
    assert scene.send("set_clock").left
    assert read_frame(anew.receive(25)).end == ENQ
    anew.close()
