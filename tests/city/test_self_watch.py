"""The system watches itself: its own readings, and who says that ingest is dead when it is."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from shapely.geometry import Point

from data.registry import ChangeSet, EntityChange, record
from ingest.self_watch.herald import HEARTBEAT_TOPIC
from tests.city.conftest import free_port
from tests.city.town import Town
from tests.postgis.register import X, Y

COUNTY = 4403118805000001
SETTINGS = """
[ingest]
tick_seconds = 0.2
watch_seconds = 0.5
heartbeat_seconds = 0.2

[web]
ingest_silent_s = 1.5
"""
_ALERTS = (
    "SELECT id, entity, level, state, cleared_at IS NOT NULL FROM alert"
    " WHERE rule = 'system-silent' ORDER BY id"
)


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Iterator[Town]:
    """A district with its county, looked at often."""
    (tmp_path / "citytwin.toml").write_text(SETTINGS)
    built = Town(tmp_path, database_url, free_port())
    county = EntityChange(COUNTY, "光明区", Point(X, Y).buffer(5000))
    with psycopg.connect(database_url) as connection:
        record(connection, ChangeSet("test", "the county", "test", [county]))
    yield built
    built.stop()


class Monitor:
    """What a monitoring system hears of the heartbeat."""

    def __init__(self, town: Town) -> None:
        account = town.settings.accounts["client"]
        self.heard: dict[str, Any] = {}
        self._client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"monitor-{town.state_dir.name[-8:]}",
            protocol=MQTTProtocolVersion.MQTTv311,
        )
        self._client.username_pw_set(account.username, account.password())
        self._client.on_connect = lambda client, *_rest: client.subscribe(HEARTBEAT_TOPIC, 1)
        self._client.on_message = self._on_message
        self._client.connect(account.host, account.port)
        self._client.loop_start()

    def stop(self) -> None:
        """Hear no more."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        self.heard = json.loads(message.payload)


@pytest.fixture
def monitor(town: Town) -> Iterator[Monitor]:
    """A monitoring system that listens."""
    listening = Monitor(town)
    yield listening
    listening.stop()


def health(town: Town) -> dict[str, Any]:
    """Return what the API says of the system; nothing while it does not answer."""
    try:
        port = town.environment["CITYTWIN_HTTP_PORT"]
        answer = httpx.get(f"http://127.0.0.1:{port}/api/v1/health")
    except httpx.TransportError:
        return {}
    found: dict[str, Any] = answer.json() if answer.status_code == httpx.codes.OK else {}
    return found


def figures(town: Town, part: str) -> set[str]:
    """Return the quantities that a part has shown."""
    parts = {one["part"]: one for one in health(town).get("parts", [])}
    return {figure["quantity"] for figure in parts.get(part, {}).get("figures", [])}


def test_a_killed_ingest_is_told_by_the_web_process_until_it_is_back(
    town: Town, monitor: Monitor
) -> None:
    town.start("serve")
    ingest = town.start_ingest()
    own = {"processing_delay", "queue_length", "disk_used", "messages_parked", "messages_refused"}
    town.until(lambda: own <= figures(town, "ingest"), "ingest tells of itself")
    town.until(lambda: figures(town, "delivery") == {"notices_waiting", "notice_age"}, "delivery")
    town.until(lambda: figures(town, "web") == {"memory_used"}, "the web process tells of itself")
    town.until(lambda: monitor.heard.get("state") == "online", "a heartbeat on MQTT")
    assert health(town)["ingest"]["state"] == "running"
    assert town.rows(_ALERTS) == []

    ingest.send_signal(signal.SIGKILL)
    ingest.wait(10)
    town.until(lambda: monitor.heard == {"state": "offline"}, "the broker says the last will")
    town.until(lambda: len(town.rows(_ALERTS)) == 1, "the alert is raised")
    told = health(town)
    assert told["status"] == "down"
    assert told["problems"][0].startswith("ingest is not running: its last sign of life was ")
    code = {part["part"]: int(part["entity"]) for part in told["parts"]}["ingest"]
    assert [row[1:] for row in town.rows(_ALERTS)] == [(code, "orange", "raised", False)]
    notices = "SELECT payload->>'event' FROM outbox ORDER BY id"
    assert ("raised",) in town.rows(notices)

    town.start_ingest()
    town.until(lambda: [row[3] for row in town.rows(_ALERTS)] == ["cleared"], "it is cleared")
    town.until(lambda: health(town)["ingest"]["state"] == "running", "it is running")
    town.until(lambda: monitor.heard.get("state") == "online", "the heart beats again")
    assert health(town)["status"] != "down"
