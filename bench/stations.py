"""Sends frames over 2,000 connections to an echo of answers and to the whole ingest process.

Half of the devices speak HJ 212, half SL 651; each frame has three factors and is confirmed. The
echo only cuts the frames, reads them and answers: what this machine could do if nothing were
stored. Devices, ingest and PostgreSQL share the machine.
"""

import argparse
import asyncio
import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast

import psycopg
import uvloop
from shapely.geometry import Point

from bench.station_devices import address_of, mn_of
from data.migrations import migrate
from data.registry import ChangeSet, EntityChange, NewName, record
from ingest.decoders.times import LOCAL_ZONE
from ingest.stations import Hj212Config, Sl651Config
from ingest.stations.heard import Conversation
from ingest.stations.hj212_conversation import Hj212Conversation
from ingest.stations.setting_up import SetUps
from ingest.stations.sl651_conversation import Sl651Conversation
from ingest.stations.transmissions import Transmissions
from twin.app import settings as app_settings
from twin.app.settings import Settings

_FIRST_CODE = 4403118502100000
_PATIENCE_S = 300.0
_FILES = 8192
_SETTINGS = """
[[stations]]
name = "bench-hj212"
protocol = "hj212"
port = {}

[[stations]]
name = "bench-sl651"
protocol = "sl651"
port = {}
"""


@dataclass(frozen=True)
class Report:
    """Figures of one run; ``ratio`` is ingest by the echo."""

    connections: int
    frames: int
    echo_frames_s: float
    ingest_frames_s: float
    ingest_readings_s: float
    ratio: float
    ingest_cpu_us_a_frame: float
    devices_cpu_us_a_frame: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=2000)
    parser.add_argument("--frames", type=int, default=120_000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--echo", type=int, nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    _open_many_files()
    if options.echo:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_echo(*options.echo))
    report = _measured(options.connections, options.frames // options.connections)
    if options.json:
        print(json.dumps(asdict(report)))
        return
    for name, figure in asdict(report).items():
        print(f"{name:28} {figure:>12,}")


def _measured(connections: int, each: int) -> Report:
    settings = app_settings.load()
    migrate(settings.store_url)
    _register(settings.store_url, connections)
    frames = connections * each
    ports = _free_port(), _free_port()
    with _process(["-m", "bench.stations", "--echo", *map(str, ports)], dict(os.environ)):
        echo = _play(ports, connections, each)
    with tempfile.TemporaryDirectory() as folder, _ingest(settings, Path(folder), ports) as process:
        first = _readings(settings.store_url)
        before = _cpu_s(process.pid)
        ingest = _play(ports, connections, each)
        cpu_s = _cpu_s(process.pid) - before
        stored = _readings(settings.store_url) - first
    if stored != 3 * frames:
        raise ValueError(f"{stored} readings stored: expected {3 * frames}")
    return Report(
        connections=connections,
        frames=frames,
        echo_frames_s=round(frames / echo["seconds"]),
        ingest_frames_s=round(frames / ingest["seconds"]),
        ingest_readings_s=round(3 * frames / ingest["seconds"]),
        ratio=round(echo["seconds"] / ingest["seconds"], 2),
        ingest_cpu_us_a_frame=round(cpu_s / frames * 1e6, 1),
        devices_cpu_us_a_frame=round(ingest["cpu_s"] / frames * 1e6, 1),
    )


def _register(store_url: str, connections: int) -> None:
    entities, names = [], []
    for device in range(connections):
        code = _FIRST_CODE + device
        entities.append(EntityChange(code, f"站 {device}", Point(493_426 + device, 2_516_742)))
        scheme, value = ("sl651", address_of(device)) if device % 2 else ("hj212", mn_of(device))
        names.append(NewName(code, scheme, value))
    with psycopg.connect(store_url) as connection:
        connection.execute("TRUNCATE observation, observation_conflict, series_latest")
        record(connection, ChangeSet("bench", "devices", "bench", entities, names))


def _play(ports: tuple[int, int], connections: int, each: int) -> dict[str, float]:
    """Let the devices send, in a process of their own; all have connected before the clock runs."""
    for port in ports:
        _wait_for_port(port)
    first = datetime.now(LOCAL_ZONE) - timedelta(hours=12)
    done = subprocess.run(  # noqa: S603 - our own program
        [
            *(sys.executable, "-m", "bench.station_devices"),
            *("--hj212-port", str(ports[0]), "--sl651-port", str(ports[1])),
            *("--connections", str(connections), "--frames", str(each)),
            *("--first", f"{first:%Y-%m-%dT%H:%M:%S}"),
        ],
        check=True,
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
    )
    return dict(json.loads(done.stdout))


@contextmanager
def _ingest(
    settings: Settings, folder: Path, ports: tuple[int, int]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run ingest with two servers for stations."""
    (folder / "services.toml").write_text((settings.state_dir / "services.toml").read_text())
    (folder / "citytwin.toml").write_text(_SETTINGS.format(*ports))
    environment = os.environ | {"CITYTWIN_STATE_DIR": str(folder)}
    with _process(["-m", "twin.cli", "ingest"], environment) as process:
        yield process


@contextmanager
def _process(
    arguments: list[str], environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    program = [sys.executable, *arguments]
    process = subprocess.Popen(program, env=environment)  # noqa: S603 - our own program
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


class _Echo(asyncio.Protocol):
    """Answers every frame that it can read, at once."""

    def __init__(self, converse: Callable[[], Conversation]) -> None:
        self._conversation = converse()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way out."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer the frames that are whole."""
        now_us = time.time_ns() // 1000
        answers = [
            heard.confirmation(now_us)
            for heard in self._conversation.receive(data, now_us)
            if heard.confirmation
        ]
        if self._transport is not None:
            self._transport.write(b"".join(answers))


async def _echo(hj212_port: int, sl651_port: int) -> None:
    loop = asyncio.get_running_loop()
    hj212 = Hj212Config(name="echo", protocol="hj212", port=hj212_port)
    sl651 = Sl651Config(name="echo", protocol="sl651", port=sl651_port)
    set_ups, transmissions = SetUps(hj212), Transmissions()
    makers: list[tuple[int, Callable[[], Conversation]]] = [
        (hj212_port, lambda: Hj212Conversation(set_ups)),
        (sl651_port, lambda: Sl651Conversation(sl651, transmissions)),
    ]
    for port, make in makers:
        await loop.create_server(partial(_Echo, make), "127.0.0.1", port, backlog=1024)
    await loop.create_future()


def _readings(store_url: str) -> int:
    with psycopg.connect(store_url) as connection:
        found: Any = connection.execute("SELECT count(*) FROM observation").fetchone()
    return int(found[0])


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_for_port(port: int) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"nobody listens on port {port} after {_PATIENCE_S:g} s")


def _open_many_files() -> None:
    """Raise the number of open files, which child processes inherit."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(_FILES, most), most))


if __name__ == "__main__":
    main()
