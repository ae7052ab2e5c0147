"""Stations on real sockets, a real pipeline and a real store: no answer before the commit."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from data.connection import StoreUnavailableError
from data.registry import ChangeSet, NewName, record
from ingest.decoders import DECODERS
from ingest.decoders.hj212.frame import build
from ingest.decoders.sl651 import Sl651Decoder
from ingest.inbox import Inbox
from ingest.pipeline import Pipeline
from ingest.stations import Hj212Config, Sl651Config, StationServer, transmissions
from tests.emptying import SharedStore
from tests.postgis.register import FREE_GAUGE, LEVEL_GAUGE, fill_register
from tests.unit.ingest.stations.frames import MN, NOW_US, STATION, packets_of, report, upload
from tests.unit.ingest.stations.sockets import Device, until

Connection = psycopg.Connection[tuple[Any, ...]]


class House:
    """Two servers and what the runner does with their messages, one batch at a time."""

    def __init__(self, store_url: str, folder: Path) -> None:
        self.store_url = store_url
        self.inbox = Inbox()
        self.hj212 = StationServer(
            Hj212Config(name="loggers", protocol="hj212", port=0), self.inbox, folder / "loggers"
        )
        river = Sl651Config(name="river", protocol="sl651", port=0)
        self.sl651 = StationServer(river, self.inbox, folder / "river")
        decoders = {**DECODERS, river.decoder: Sl651Decoder(whole=True)}
        self.pipeline = Pipeline(store_url, decoders, lambda: NOW_US)

    def one_batch(self, count: int) -> None:
        """Take so many messages, store them, and confirm them."""
        until(lambda: len(self.inbox) >= count, f"{count} messages come")
        received = self.inbox.take(count, 1.0, 0.0)
        parcels = self.pipeline.decode([(one.decoder, one.message) for one in received])
        for _ in range(100):
            try:
                taken = self.pipeline.take(parcels)
                break
            except StoreUnavailableError:
                threading.Event().wait(0.05)
        for server in (self.hj212, self.sl651):
            if done := [pair for pair in enumerate(received) if pair[1].origin is server]:
                server.confirm(done, taken.fates)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with psycopg.connect(self.store_url) as connection:
            return connection.execute(query.encode()).fetchall()

    def stored(self) -> list[tuple[str, float]]:
        """Return quantity and value of every observation."""
        return self.rows(
            "SELECT quantity, value FROM observation JOIN series ON series.id = series_id"
            " ORDER BY 1, 2"
        )


@pytest.fixture
def house(
    shared_store: SharedStore, connection: Connection, database_url: str, tmp_path: Path
) -> Iterator[House]:
    shared_store.fill(fill_register)
    names = [NewName(LEVEL_GAUGE, "sl651", STATION), NewName(FREE_GAUGE, "hj212", MN)]
    record(connection, ChangeSet("test", "names", "test", names=names))
    connection.commit()
    built = House(database_url, tmp_path)
    built.hj212.start()
    built.sl651.start()
    yield built
    built.hj212.stop()
    built.sl651.stop()
    built.pipeline.close()


@pytest.fixture
def connect() -> Iterator[Callable[[StationServer], Device]]:
    devices: list[Device] = []

    def make(server: StationServer) -> Device:
        devices.append(Device(server.bound_port))
        return devices[-1]

    yield make
    for device in devices:
        device.close()


Connect = Callable[[StationServer], Device]


def test_frames_of_both_protocols_are_stored_and_then_confirmed(
    house: House, connect: Connect
) -> None:
    logger, station = connect(house.hj212), connect(house.sl651)
    logger.send(upload(1))
    station.send(report(1))
    until(lambda: len(house.inbox) == 2, "both frames come")
    assert logger.is_silent()
    assert station.is_silent()
    house.one_batch(2)
    assert b"CN=9014" in logger.line()
    assert len(station.receive(25)) == 25
    assert house.stored() == [("cod", 1.5), ("level", 1.5)]


def test_a_frame_that_comes_again_is_confirmed_again_and_stored_once(
    house: House, connect: Connect
) -> None:
    logger = connect(house.hj212)
    for _ in range(2):
        logger.send(upload(1))
        house.one_batch(1)
        assert b"CN=9014" in logger.line()
    assert house.stored() == [("cod", 1.5)]
    assert house.rows("SELECT count(*) FROM observation_conflict") == [(0,)]


def test_an_upload_without_any_time_that_is_sent_again_is_stored_once(
    house: House, connect: Connect
) -> None:
    frame = build(f"ST=32;CN=2011;PW=123456;MN={MN};Flag=5;CP=&&w01018-Rtd=36.1&&")
    for _ in range(2):
        logger = connect(house.hj212)
        logger.send(frame)
        house.one_batch(1)
        assert b"CN=9014" in logger.line()
    assert house.stored() == [("cod", 36.1)]


def test_all_packets_of_a_message_stand_at_the_time_that_the_first_one_says(
    house: House, connect: Connect
) -> None:
    logger = connect(house.hj212)
    head = f"QN=20260521110001000;ST=32;CN=2061;PW=123456;MN={MN};Flag=7;PNUM=2"
    logger.send(
        build(f"{head};PNO=1;CP=&&DataTime=20260521100000;w01018-Avg=36.1&&"),
        build(f"{head};PNO=2;CP=&&w01001-Avg=7.1&&"),
    )
    house.one_batch(2)
    assert logger.line() == logger.line()
    assert house.stored() == [("cod", 36.1), ("ph", 7.1)]
    ((at,),) = house.rows("SELECT DISTINCT ts FROM observation")
    assert at == datetime(2026, 5, 21, 3, tzinfo=UTC)
    assert house.rows("SELECT count(*) FROM parked_message") == [(0,)]


def test_with_the_store_away_nothing_is_confirmed_until_it_is_back(
    house: House, connect: Connect
) -> None:
    logger = connect(house.hj212)
    logger.send(upload(1))
    house.one_batch(1)
    logger.line()
    with psycopg.connect(house.store_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'citytwin ingest' AND datname = current_database()"
        )
    logger.send(upload(2))
    until(lambda: len(house.inbox) == 1, "the frame comes")
    (received,) = house.inbox.take(1, 1.0, 0.0)
    parcels = house.pipeline.decode([(received.decoder, received.message)])
    with pytest.raises(StoreUnavailableError):
        house.pipeline.take(parcels)
    assert logger.is_silent()
    taken = house.pipeline.take(parcels)
    house.hj212.confirm([(0, received)], taken.fates)
    assert b"QN=20260521110002000" in logger.line()
    assert house.stored() == [("cod", 1.5), ("cod", 2.5)]


def test_a_device_that_nobody_knows_is_confirmed_once_its_frame_is_parked(
    house: House, connect: Connect
) -> None:
    logger = connect(house.hj212)
    logger.send(upload(1, mn="STRANGER1"))
    house.one_batch(1)
    assert b"CN=9014" in logger.line()
    parked = house.rows("SELECT source, topic, reason FROM parked_message")
    assert parked == [("loggers", "hj212/loggers/STRANGER1", "unknown device")]


def test_a_wrong_frame_is_parked_with_its_sentence_and_not_confirmed(
    house: House, connect: Connect
) -> None:
    logger = connect(house.hj212)
    logger.send(upload(1)[:-6] + b"0000\r\n", upload(2))
    house.one_batch(2)
    assert b"QN=20260521110002000" in logger.line()
    ((sentence,),) = house.rows("SELECT sentence FROM parked_message")
    assert sentence.startswith("CRC '0000' of the frame")
    assert house.stored() == [("cod", 2.5)]


def test_the_packets_of_a_transmission_are_stored_and_confirmed_together(
    house: House, connect: Connect
) -> None:
    head = bytes.fromhex("0007260521110000F1F1" + STATION + "48F0F02605210300")
    packets = packets_of([head, bytes.fromhex("392300010490"), bytes.fromhex("38121099")])
    station = connect(house.sl651)
    station.send(*packets[:2])
    station.send(report(9))
    house.one_batch(1)
    assert len(station.receive(25)) == 25
    assert ("level", 10.49) not in house.stored()
    station.send(packets[2])
    house.one_batch(1)
    assert station.receive(25)[14:16] == b"\0\7"
    assert ("level", 10.49) in house.stored()
    assert house.rows("SELECT count(*) FROM parked_message") == [(0,)]


def test_the_packets_of_a_transmission_that_never_ends_are_parked_whole(
    house: House, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transmissions, "_LONGEST_PAUSE_US", 300_000)
    head = bytes.fromhex("0007260521110000F1F1" + STATION + "48F0F02605210300")
    first, second, _ = packets_of([head, bytes.fromhex("392300010490"), b""])
    connect(house.sl651).send(first, second)
    house.one_batch(1)
    ((sentence, payload),) = house.rows("SELECT sentence, payload FROM parked_message")
    assert sentence == "transmission of 3 packets: expected all of them, 2 came"
    assert bytes(payload) == first + second
