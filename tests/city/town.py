"""A whole CityTwin in a test: real servers, real processes, and a deadline on every wait."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from ingest.publisher import Publisher
from tests.postgis.register import fill_register
from twin.app import settings as app_settings
from twin.app.ingesting import CLIENT_ID
from twin.app.settings import Settings

ROOT = Path(__file__).parents[2]


class Town:
    """One store, the test broker, and the processes that a test starts."""

    def __init__(self, state_dir: Path, store_url: str, http_port: int) -> None:
        self.state_dir = state_dir
        _borrow_services(state_dir, store_url)
        self.environment = {
            "CITYTWIN_STATE_DIR": str(state_dir),
            "CITYTWIN_HTTP_PORT": str(http_port),
        }
        self.settings: Settings = app_settings.load(self.environment)
        self._processes: list[subprocess.Popen[bytes]] = []
        with psycopg.connect(store_url) as connection:
            fill_register(connection)
        forget_session(self.settings)

    def start(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start ``twin NAME`` with its output in a log file of the state folder."""
        log = self.state_dir / f"{name}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "twin.cli", name, *arguments],
                cwd=ROOT,
                env=os.environ | self.environment,
                stdout=output,
                stderr=output,
            )
        self._processes.append(process)
        return process

    def start_ingest(self) -> subprocess.Popen[bytes]:
        """Start ingest and wait until it has subscribed."""
        log = self.state_dir / "ingest.log"
        before = _connections(log)
        process = self.start("ingest")
        self.until(lambda: _connections(log) > before, "ingest connects to the broker")
        return process

    def log_of(self, name: str) -> str:
        """Return what a process has logged."""
        return (self.state_dir / f"{name}.log").read_text(errors="replace")

    def ask(self, query: str, *parameters: object) -> Any:  # noqa: ANN401 - whatever SQL gives
        """Return the first value of a query's first row."""
        with psycopg.connect(self.settings.store_url) as connection:
            row = connection.execute(query.encode(), parameters).fetchone()
        return None if row is None else row[0]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        with psycopg.connect(self.settings.store_url) as connection:
            return connection.execute(query.encode()).fetchall()

    def until(self, condition: Callable[[], object], what: str, seconds: float = 60.0) -> float:
        """Wait until something holds and return how long it took; fail after ``seconds``."""
        started = time.monotonic()
        while not condition():
            waited = time.monotonic() - started
            if waited > seconds:
                logs = {p.name: p.read_text()[-2000:] for p in self.state_dir.glob("*.log")}
                raise AssertionError(f"{what}: not within {seconds:g} s; {logs}")
            time.sleep(0.02)
        return time.monotonic() - started

    @contextmanager
    def publisher(self, account: str = "client") -> Iterator[Publisher]:
        """Give a connected publisher; everything it sent is confirmed at the end."""
        publisher = Publisher(self.settings.accounts[account], f"test-{uuid4().hex[:8]}")
        publisher.start()
        try:
            yield publisher
            publisher.wait_until_confirmed()
        finally:
            publisher.stop()

    def stop(self) -> None:
        """End every process that was started."""
        for process in self._processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self._processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def services(*arguments: str) -> str:
    """Run scripts/services for the servers of this test run."""
    done = subprocess.run(
        [ROOT / "scripts" / "services", *arguments],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.stdout


def service_pid(name: str) -> int:
    """Return the process id of one of the servers."""
    return int(json.loads(services("status", "--json"))[name]["pid"])


def forget_session(settings: Settings) -> None:
    """Make the broker forget what it kept for ingest in an earlier test."""
    account = settings.accounts["ingest"]
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=CLIENT_ID,
        clean_session=True,
        protocol=MQTTProtocolVersion.MQTTv311,
    )
    client.username_pw_set(account.username, account.password())
    client.connect(account.host, account.port)
    client.loop_start()
    deadline = time.monotonic() + 10
    while not client.is_connected() and time.monotonic() < deadline:
        time.sleep(0.01)
    client.disconnect()
    client.loop_stop()


def _borrow_services(state_dir: Path, store_url: str) -> None:
    """Use the running servers, with a database of this test's own."""
    text = (Path(os.environ["CITYTWIN_STATE_DIR"]) / "services.toml").read_text()
    text = re.sub(r'(?m)^url = ".*"$', lambda _: f'url = "{store_url}"', text, count=1)
    (state_dir / "services.toml").write_text(text)


def _connections(log: Path) -> int:
    return log.read_text(errors="replace").count('connected to the broker"') if log.exists() else 0
