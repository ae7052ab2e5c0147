"""Commands over the connections of stations, and the secrets that these need."""

from pathlib import Path

import pytest

from data.commands import Event
from ingest.commands import DeviceAccess, Reports, StationConnections, station_carriers
from ingest.commands.access import AccessError
from ingest.commands.stations import Listener, StationCarrier
from ingest.decoders.hj212.frame import build
from tests.unit.ingest.commands.orders import MN, NOW, order
from twin.model import Name, to_us

SECRET = "s3cr3t"  # noqa: S105 - of a test
GOOD = f'[hj212.{MN.lower()}]\nst = "32"\npassword = "{SECRET}"\n'


class Connections:
    """Stations that keep what they are sent, and are there or not."""

    def __init__(self, protocol: str, *speakers: Name) -> None:
        self.protocol = protocol
        self.speakers = set(speakers)
        self.wire: list[bytes] = []
        self.listeners: list[Listener] = []

    def reaches(self, speaker: Name) -> bool:
        return speaker in self.speakers

    def send(self, speaker: Name, frame: bytes) -> bool:
        if speaker not in self.speakers:
            return False
        self.wire.append(frame)
        return True

    def listen(self, listener: Listener) -> None:
        self.listeners.append(listener)


def carrier(
    connections: StationConnections, folder: Path, text: str = GOOD
) -> tuple[StationCarrier, Reports]:
    path = folder / "device_access.toml"
    path.write_text(text)
    reports = Reports()
    (one,) = station_carriers([connections], DeviceAccess(path), reports)
    return one, reports


def test_a_station_is_reached_while_it_is_connected(tmp_path: Path) -> None:
    connections = Connections("hj212", Name("hj212", MN))
    one, _ = carrier(connections, tmp_path)
    wanted = order("set_clock", "hj212")
    assert one.reaches(wanted)
    connections.speakers.clear()
    assert not one.reaches(wanted)
    assert connections.wire == []


def test_a_frame_goes_out_with_the_secret_of_its_station(tmp_path: Path) -> None:
    connections = Connections("hj212", Name("hj212", MN))
    one, _ = carrier(connections, tmp_path)
    wanted = order("set_clock", "hj212")
    handover = one.send(wanted, one.reference(wanted, NOW), NOW)
    assert handover.left
    assert SECRET not in handover.sentence
    (frame,) = connections.wire
    assert f";PW={SECRET};".encode() in frame


def test_who_went_away_is_not_sent_anything(tmp_path: Path) -> None:
    one, _ = carrier(Connections("hj212"), tmp_path)
    handover = one.send(order("set_clock", "hj212"), "1", NOW)
    assert handover.left is False
    assert handover.sentence == "not sent: the station is not connected any more"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", f"station '{MN}': expected an entry"),
        ("[hj212", "cannot be used"),
        (f'[hj212.{MN}]\nst = "32"\npassword = "{SECRET};CN=1"\n', "cannot be used"),
    ],
)
def test_without_a_right_secret_nothing_is_sent_and_no_secret_is_told(
    tmp_path: Path, text: str, sentence: str
) -> None:
    connections = Connections("hj212", Name("hj212", MN))
    one, _ = carrier(connections, tmp_path, text)
    handover = one.send(order("set_clock", "hj212"), "1", NOW)
    assert handover.left is False
    assert sentence in handover.sentence
    assert SECRET not in handover.sentence
    assert connections.wire == []


def test_a_missing_file_of_secrets_has_no_entries(tmp_path: Path) -> None:
    with pytest.raises(AccessError, match="expected an entry"):
        DeviceAccess(tmp_path / "none.toml").sl651("0012345678")


def test_request_numbers_never_come_twice(tmp_path: Path) -> None:
    one, _ = carrier(Connections("hj212"), tmp_path)
    wanted = order("set_clock", "hj212")
    numbers = [one.reference(wanted, NOW) for _ in range(1500)]
    assert len(set(numbers)) == 1500
    assert numbers[0] == "20260501120000123"


def test_an_answer_of_a_station_is_heard_and_rubbish_is_not(tmp_path: Path) -> None:
    connections = Connections("hj212")
    _, reports = carrier(connections, tmp_path)
    (hear,) = connections.listeners
    text = f"QN=20260501120000123;ST=91;CN=9012;PW=x;MN={MN};Flag=4;CP=&&ExeRtn=1&&"
    hear(Name("hj212", MN.lower()), build(text), to_us(NOW))
    hear(Name("hj212", MN), b"rubbish", to_us(NOW))
    hear(Name("hj212", "no number"), build(text), to_us(NOW))
    (report,) = reports.take(0)
    assert (report.answer.address, report.answer.event) == (MN, Event.EXECUTE)
    assert report.answer.at == NOW
