"""The demo: its storm raises three kinds of alert within two minutes, and Ctrl-C ends it all."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from tests.city.conftest import free_port
from tests.city.town import ROOT
from twin.api.keys import create_api_key

_START_S = 150
_STORM_S = 120


class Demo:
    """``twin up --demo`` on a store of its own."""

    def __init__(self, state_dir: Path, store_url: str) -> None:
        text = (Path(os.environ["CITYTWIN_STATE_DIR"]) / "services.toml").read_text()
        text = re.sub(r'(?m)^url = ".*"$', lambda _: f'url = "{store_url}"', text, count=1)
        (state_dir / "services.toml").write_text(text)
        self.state_dir = state_dir
        self.store_url = store_url
        self.environment = os.environ | {
            "CITYTWIN_STATE_DIR": str(state_dir),
            "CITYTWIN_HTTP_PORT": str(free_port()),
        }
        self.log = state_dir / "up.log"
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "twin.cli", "up", "--demo"],
                cwd=ROOT,
                env=self.environment,
                stdout=output,
                stderr=output,
            )

    def status(self) -> dict[str, Any]:
        """What ``twin status --json`` says."""
        done = subprocess.run(
            [sys.executable, "-m", "twin.cli", "status", "--json"],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def until(self, condition: Any, what: str, seconds: float) -> None:  # noqa: ANN401
        """Wait until something holds, while the demo runs."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, f"{what}: {self.log.read_text()}"
            time.sleep(0.5)


@pytest.fixture
def demo(tmp_path: Path, database_url: str) -> Iterator[Demo]:
    """A demo of the default size."""
    started = Demo(tmp_path, database_url)
    yield started
    if started.process.poll() is None:
        started.process.kill()
        started.process.wait(30)


def test_the_storm_shows_flood_water_quality_and_safety_and_ends_with_ctrl_c(
    demo: Demo, record_property: Callable[[str, object], None]
) -> None:
    demo.until(lambda: "the map: http://" in demo.log.read_text(), "the address", _START_S)
    storm_began = time.monotonic()
    status = demo.status()
    assert status["healthy"], status["problems"]
    assert set(status) == {
        "http",
        "mqtt",
        "database",
        "live",
        "credentials_file",
        "healthy",
        "problems",
    }
    key = json.loads(Path(status["credentials_file"]).read_text())["api_key"]
    with httpx.Client(base_url=status["http"], headers={"Authorization": f"Bearer {key}"}) as api:
        told = demo.state_dir / "demo" / "truth.json"
        demo.until(told.exists, "the truth of the storm", _STORM_S)
        truth = json.loads(told.read_text())
        wanted = {"flood", "water_quality", "safety"}
        demo.until(lambda: wanted <= domains(api), "three kinds of alert", _STORM_S)
        record_property("three_kinds_of_alert_after_s", round(time.monotonic() - storm_began))
        assert {alert["mode"] for alert in alerts(api)} == {"exercise"}
        flooded = {alert["entity"] for alert in alerts(api) if alert["rule"] == "road-waterlogging"}
        assert flooded <= {episode["entity"] for episode in truth["floods"]}
        leak = truth["leak"]["entity"]
        demo.until(lambda: leak in {alert["entity"] for alert in alerts(api)}, "leak", _STORM_S)
        api.headers["Authorization"] = f"Bearer {key_of_a_dispatcher(demo.store_url)}"
        closed = take_the_whole_way(api)
        demo.until(lambda: incident_of(api, closed), "an incident of the closed alert", _STORM_S)
        demo.until(lambda: largest_incident(api) > 1, "alerts of one cause together", _STORM_S)
    with psycopg.connect(demo.store_url) as connection:
        links: dict[str, str] = dict(
            connection.execute(
                "SELECT origin::text, target::text FROM relation"
                " WHERE kind IN ('monitors', 'watches') AND superseded_in IS NULL"
            ).fetchall()
        )
        parked = connection.execute("SELECT sentence FROM parked_message LIMIT 3").fetchall()
    true = {device: thing for device, thing in truth["links"].items() if thing}
    assert sum(links.get(device) == thing for device, thing in true.items()) > 0.95 * len(true)
    assert parked == []

    children = children_of(demo.process.pid)
    assert len(children) == 3
    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(40) == 0
    assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]


def alerts(api: httpx.Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("/api/v1/alerts", params={"limit": 500}).json()["items"]
    return found


def domains(api: httpx.Client) -> set[str]:
    return {alert["domain"] for alert in alerts(api)}


STEPS: tuple[tuple[str, dict[str, object]], ...] = (
    ("acknowledged", {}),
    ("assigned", {"assignee": "crew 3"}),
    ("dispatched", {}),
    ("on_site", {"place": [113.94, 22.75]}),
    ("resolved", {"note": "pumped out"}),
    ("verified", {}),
    ("closed", {"verdict": "confirmed", "reason": "water on the road, pumped out"}),
)


def key_of_a_dispatcher(store_url: str) -> str:
    with psycopg.connect(store_url, autocommit=True) as connection:
        return create_api_key(connection, "dispatcher", "dispatcher")


def take_the_whole_way(api: httpx.Client) -> int:
    """Take an alert of the storm from raised to closed, all over the API, and return it."""
    for alert in alerts(api):
        # What its data have cleared meanwhile cannot be assigned any more: then another one.
        done = [step for step, _ in STEPS if go(api, alert["id"], step)]
        if len(done) == len(STEPS):
            history = api.get(f"/api/v1/alerts/{alert['id']}/transitions").json()["items"]
            happened = [each["event"] for each in history]
            assert happened[0] == "raised"
            assert [event for event in happened if event in dict(STEPS)] == list(dict(STEPS))
            assert api.get(f"/api/v1/alerts/{alert['id']}").json()["verdict"] == "confirmed"
            return int(alert["id"])
    raise AssertionError("no alert could be taken the whole way")


def go(api: httpx.Client, alert: int, step: str) -> bool:
    said = {"to": step, **dict(STEPS)[step]}
    return api.post(f"/api/v1/alerts/{alert}/transitions", json=said).status_code == HTTPStatus.OK


def incident_of(api: httpx.Client, alert: int) -> bool:
    return any(
        alert in {each["alert"] for each in members(api, incident["id"])}
        for incident in incidents(api)
    )


def largest_incident(api: httpx.Client) -> int:
    return max((incident["alerts"] for incident in incidents(api)), default=0)


def incidents(api: httpx.Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("/api/v1/incidents", params={"limit": 500}).json()[
        "items"
    ]
    return found


def members(api: httpx.Client, incident: int) -> list[dict[str, Any]]:
    asked = f"/api/v1/incidents/{incident}/alerts"
    found: list[dict[str, Any]] = api.get(asked, params={"limit": 500}).json()["items"]
    return found


def children_of(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(child) for child in text.split()]
