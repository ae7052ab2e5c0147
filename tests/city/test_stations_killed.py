"""Through kill -9 of ingest: every frame of a station is stored, and none twice."""

import random
import signal
import socket
import threading
from collections.abc import Callable

import psycopg
import pytest

from data.registry import ChangeSet, NewName, record
from ingest.stations.records import TornRecordError, read_record
from ingest.stations.segments import found_segments
from tests.city.conftest import free_port
from tests.city.town import Town
from tests.postgis.register import FREE_GAUGE, LEVEL_GAUGE
from tests.unit.ingest.stations.frames import MN, STATION, report, upload

FRAMES = 2400
BURST = 200
WINDOW = 20
SETTINGS = """
[[stations]]
name = "loggers"
protocol = "hj212"
port = {loggers}

[[stations]]
name = "river"
protocol = "sl651"
port = {river}
answers = false
"""


class Logger(threading.Thread):
    """A device of HJ 212: sends a frame until it is confirmed, over as many connections as need be.

    Args:
        port: of the server.
        frames: how many to send.
    """

    def __init__(self, port: int, frames: int) -> None:
        super().__init__(daemon=True)
        self._port = port
        self.waiting = {f"QN={upload(n)[9:26].decode()}".encode(): n for n in range(frames)}
        self.stopping = threading.Event()

    def run(self) -> None:
        """Send until everything is confirmed."""
        while self.waiting and not self.stopping.is_set():
            try:
                with socket.create_connection(("127.0.0.1", self._port), timeout=5) as connection:
                    self._send_over(connection)
            except OSError:
                self.stopping.wait(0.05)

    def _send_over(self, connection: socket.socket) -> None:
        answers = connection.makefile("rb")
        while self.waiting and not self.stopping.is_set():
            some = list(self.waiting.values())[:WINDOW]
            connection.sendall(b"".join(map(upload, some)))
            for _ in some:
                line = answers.readline()
                if b"CN=9014" not in line:
                    return
                self.waiting.pop(line[6:26], None)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_killed_ingest_loses_and_doubles_no_frame(town: Town, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - moments, not secrets
    ports = {"loggers": free_port(), "river": free_port()}
    (town.state_dir / "citytwin.toml").write_text(SETTINGS.format(**ports))
    register(town)
    ingest = town.start_ingest()
    logger = Logger(ports["loggers"], FRAMES)
    logger.start()
    for sent in range(0, FRAMES, BURST):
        send_burst(town, ports["river"], sent)
        if dice.random() < 0.6:
            threading.Event().wait(dice.random() * 0.2)
            ingest.send_signal(signal.SIGKILL)
            ingest.wait(10)
            ingest = town.start_ingest()
    try:
        town.until(lambda: not logger.waiting, "every frame is confirmed", seconds=90)
        town.until(lambda: stored(town, "level") >= FRAMES, "every frame is stored", seconds=90)
    finally:
        logger.stopping.set()
    assert (stored(town, "cod"), stored(town, "level")) == (FRAMES, FRAMES)
    assert town.ask("SELECT count(*) FROM observation_conflict") == 0
    assert town.ask("SELECT count(*) FROM parked_message") == 0


def register(town: Town) -> None:
    """Let the two stations be known."""
    names = [NewName(LEVEL_GAUGE, "sl651", STATION), NewName(FREE_GAUGE, "hj212", MN)]
    with psycopg.connect(town.settings.store_url) as connection:
        record(connection, ChangeSet("test", "names", "test", names=names))


def send_burst(town: Town, port: int, first: int) -> None:
    """Send frames that nobody confirms, and wait until the server has read them.

    What the server has not read when it is killed is lost for a station that sends once.
    """
    before = spooled(town)
    town.until(reachable(port), "the server listens")
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"".join(report(first + n) for n in range(BURST)))
        town.until(lambda: spooled(town) >= before + BURST, "the frames are on disk")


def reachable(port: int) -> Callable[[], bool]:
    def try_it() -> bool:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            return False
        return True

    return try_it


def spooled(town: Town) -> int:
    """Return how many frames were ever written to disk."""
    folder = town.state_dir / "spool" / "river"
    segments = found_segments(folder)
    if not segments:
        return 0
    data, at, number = segments[-1].path.read_bytes(), 0, segments[-1].first
    while at < len(data):
        try:
            at = read_record("river", data, at).end
        except TornRecordError:
            break
        number += 1
    return number


def stored(town: Town, quantity: str) -> int:
    return int(
        town.ask(
            "SELECT count(*) FROM observation o JOIN series s ON s.id = o.series_id"
            " WHERE s.quantity = %s",
            quantity,
        )
    )
