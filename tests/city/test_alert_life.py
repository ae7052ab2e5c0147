"""From a message on the broker to an alert in the store, on MQTT and over the API, and closed."""

import json
import threading
import time
from pathlib import Path
from typing import Any, Self

import httpx
import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from ingest.publisher import Publisher
from tests.city.town import Town
from tests.postgis.register import AREA, CAMERA, FREE_CAMERA, LEVEL_GAUGE, REACH, ROAD, ROAD_GAUGE

NOW_MS = int(time.time() * 1000)
CLOSED = {"to": "closed", "verdict": "confirmed", "reason": "drained"}
OF_THE_ROAD = {"state": "open", "rule": "road-waterlogging"}


def test_a_level_becomes_an_alert_a_notice_and_a_closed_case(town: Town) -> None:
    town.start_ingest()
    town.start("serve", "--anonymous", "operator")
    with httpx.Client(base_url=town.settings.http_url) as api:
        town.until(lambda: answers(api), "the web service answers")
        walk_a_case(town, api)


def walk_a_case(town: Town, api: httpx.Client) -> None:
    """Raise, see, acknowledge and close an alert of the road."""
    with Notices(town) as notices, town.publisher() as publisher:
        topic = f"citytwin/v1/{ROAD_GAUGE}/telemetry"
        for minute, depth in enumerate((0.02, 0.18, 0.19, 0.31, 0.32, 0.33)):
            reading = {"ts": NOW_MS - 600_000 + minute * 60_000, "depth": depth}
            publisher.send(topic, json.dumps(reading))
        town.until(lambda: len(notices.seen) >= 2, "two notices come")

    topics = [topic for topic, _ in notices.seen]
    assert topics[:2] == [
        f"citytwin/v1/alerts/yellow/{ROAD}",
        f"citytwin/v1/alerts/orange/{ROAD}",
    ]
    alert = api.get("/api/v1/alerts", params=OF_THE_ROAD).json()["items"][0]
    told = {key: alert[key] for key in ("mode", "domain", "level", "entity", "device", "state")}
    assert told == {
        "mode": "actual",
        "domain": "flood",
        "level": "orange",
        "entity": str(ROAD),
        "device": str(ROAD_GAUGE),
        "state": "raised",
    }
    assert (alert["value"], alert["limit"]) == (0.33, 0.27)
    assert "0.33 m" in alert["reason"]
    address = f"/api/v1/alerts/{alert['id']}/transitions"
    seen = api.post(address, json={"to": "acknowledged", "note": "李", "version": alert["version"]})
    assert (seen.status_code, seen.json()["state"]) == (200, "acknowledged")
    again = api.post(address, json={"to": "acknowledged", "note": "", "version": None})
    assert again.status_code == 409
    closed = api.post(address, json=CLOSED)
    assert closed.json()["state"] == "closed"
    history = api.get(address).json()["items"]
    assert {step["actor"] for step in history} >= {"anonymous", "rule road-waterlogging@1"}


@pytest.mark.parametrize("topic", [f"citytwin/v1/{CAMERA}/onvif-ej", "cam01/onvif-ej"])
def test_objects_inside_raises_and_clears_at_the_area_of_its_camera(town: Town, topic: str) -> None:
    town.start_ingest()
    with town.publisher() as publisher:
        send_inside(publisher, topic, "true", 0)
        town.until(lambda: town.ask("SELECT state FROM alert") == "raised", "it is raised")
        assert town.ask("SELECT entity FROM alert") == AREA
        assert town.ask("SELECT device FROM alert") == CAMERA
        assert town.ask("SELECT domain FROM alert") == "safety"
        send_inside(publisher, topic, "false", 20_000)
        town.until(lambda: town.ask("SELECT state FROM alert") == "cleared", "it is cleared")
    assert town.ask("SELECT count(*) FROM video_event") == 2


def test_a_camera_without_a_link_raises_nothing_and_says_why(town: Town) -> None:
    town.start_ingest()
    with town.publisher() as publisher:
        send_inside(publisher, f"citytwin/v1/{FREE_CAMERA}/onvif-ej", "true", 0)
    town.until(lambda: town.ask("SELECT verdict FROM video_event"), "there is a verdict")
    assert "no area" in town.ask("SELECT verdict FROM video_event")
    assert town.ask("SELECT count(*) FROM alert") == 0


def test_a_real_intrusion_capture_raises_and_clears(town: Town, shared: Path) -> None:
    capture = shared / "data" / "video" / "mqtt" / "hanwha_wiseai_ivaarea.jsonl"
    town.start_ingest()
    with town.publisher() as publisher:
        for line in capture.read_text(encoding="utf-8").splitlines():
            message = json.loads(line)
            publisher.send(message["topic"], json.dumps(message["payload"]))
    town.until(lambda: town.ask("SELECT state FROM alert") == "cleared", "it came and went")
    assert town.ask("SELECT count(*) FROM alert_transition WHERE event = 'raised'") == 1


def test_a_hold_ends_without_a_further_message(town: Town) -> None:
    town.start_ingest()
    with town.publisher() as publisher:
        now_ms = int(time.time() * 1000)
        for age_s in (119.5, 118.0):
            payload = {"ts": now_ms - int(age_s * 1000), "depth": 0.2}
            publisher.send(f"citytwin/v1/{ROAD_GAUGE}/telemetry", json.dumps(payload))
    town.until(lambda: town.ask("SELECT state FROM alert") == "raised", "the hold has ended", 20)


def test_timers_survive_a_killed_ingest(town: Town) -> None:
    topic = f"citytwin/v1/{ROAD_GAUGE}/telemetry"
    ingest = town.start_ingest()
    with town.publisher() as publisher:
        publisher.send(topic, json.dumps({"ts": NOW_MS + 3_600_000, "depth": 0.2}))
        town.until(lambda: town.ask("SELECT count(*) FROM rule_state"), "the hold has begun")
        ingest.kill()
        ingest.wait(10)
        town.start_ingest()
        publisher.send(topic, json.dumps({"ts": NOW_MS + 3_600_000 + 120_000, "depth": 0.2}))
    town.until(lambda: town.ask("SELECT state FROM alert") == "raised", "it is raised")


def test_an_exercise_alert_stands_beside_the_actual_one(town: Town) -> None:
    town.start_ingest()
    with Notices(town) as notices, town.publisher() as publisher:
        for account, root in (("exercise", "citytwin/exercise/v1"), ("client", "citytwin/v1")):
            with town.publisher(account) as own:
                payload = {"ts": NOW_MS, "level": 3.3}
                own.send(f"{root}/{LEVEL_GAUGE}/telemetry", json.dumps(payload))
        town.until(lambda: len(notices.seen) == 2, "both notices come")
        publisher.wait_until_confirmed()
    assert sorted(topic for topic, _ in notices.seen) == [
        f"citytwin/exercise/v1/alerts/yellow/{REACH}",
        f"citytwin/v1/alerts/yellow/{REACH}",
    ]
    assert town.ask("SELECT count(DISTINCT mode) FROM alert WHERE state = 'raised'") == 2


def send_inside(publisher: Publisher, root: str, inside: str, later_ms: int) -> None:
    """Send an ONVIF event of an object in a field, as cameras do."""
    at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime((NOW_MS + later_ms) / 1000 - 60))
    payload = {
        "UtcTime": f"{at}.000Z",
        "Source": {"VideoSource": "1", "VideoAnalyticsConfiguration": "1", "Rule": "Zone1"},
        "Data": {"IsInside": inside, "ObjectId": "15"},
    }
    topic = f"{root}/RuleEngine/FieldDetector/ObjectsInside/&1/1/Zone1"
    publisher.send(topic, json.dumps(payload))


def answers(api: httpx.Client) -> bool:
    try:
        return api.get("/readyz").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


class Notices:
    """An outside client that listens to every notice."""

    def __init__(self, town: Town) -> None:
        account = town.settings.accounts["client"]
        self.seen: list[tuple[str, dict[str, Any]]] = []
        self._subscribed = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv311)
        self._client.username_pw_set(account.username, account.password())
        self._client.on_message = self._on_message
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.connect(account.host, account.port)
        self._client.subscribe([("citytwin/v1/alerts/#", 1), ("citytwin/+/v1/alerts/#", 1)])

    def __enter__(self) -> Self:
        self._client.loop_start()
        assert self._subscribed.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        self.seen.append((message.topic, json.loads(message.payload)))
