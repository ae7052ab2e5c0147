"""Messages that real cameras sent, where the recordings are at hand."""

import json
from pathlib import Path

import pytest

from tests.unit.ingest.decoders.recorded import SHARED, decode
from twin.model import Mode, Name, VideoEvent

VIDEO = SHARED / "data" / "video"


def _recording(name: str) -> Path:
    path = VIDEO / name
    if not path.exists():
        pytest.skip(f"recording {name} is not at hand: it lies beside the checkout, not in it")
    return path


def _event(topic: str, payload: bytes) -> VideoEvent:
    decoded = decode("onvif", topic, payload, Mode.REPLAY)
    assert not decoded.faults
    (event,) = decoded.events
    return event


def test_a_hanwha_camera_says_when_an_intrusion_began_and_ended() -> None:
    lines = _recording("mqtt/hanwha_wiseai_ivaarea.jsonl").read_text("utf-8").splitlines()
    sent = [json.loads(line) for line in lines]
    events = [_event(one["topic"], json.dumps(one["payload"]).encode()) for one in sent]
    assert [event.active for event in events] == [True, False]
    assert {event.camera for event in events} == {Name("onvif", "cam01")}
    assert {event.topic for event in events} == {"OpenApp/WiseAI/IvaArea"}
    assert {event.source for event in events} == {"vs-0/intrusion"}
    assert [event.data["ObjectId"] for event in events] == [41808, 41808]


def test_an_axis_camera_names_its_topic_in_the_payload() -> None:
    payload = _recording("mqtt/axis_pir_event.json").read_bytes()
    event = _event("axis7/onvif-ej/anything", payload)
    assert event.topic == "Device/axis:Sensor/PIR"
    assert (event.source, event.active) == ("0", False)
    assert event.observed_us == 1_590_045_190_230_000


@pytest.mark.parametrize(
    ("name", "topic", "source"),
    [
        (
            "core_ex77_onvif_ej.json",
            "MyDevice/onvif-ej/RuleEngine/LineDetector/Crossed/&1/2/MyImportantFence1",
            "1/2/MyImportantFence1",
        ),
        (
            "core_ex83_onvif_ej.json",
            "MyDevice/onvif-ej/Device/Sensor/Temperature/High",
            "temp_001",
        ),
    ],
)
def test_the_examples_of_the_specification_are_momentary_events(
    name: str, topic: str, source: str
) -> None:
    event = _event(topic, _recording(f"onvif-spec/{name}").read_bytes())
    assert (event.camera, event.source) == (Name("onvif", "MyDevice"), source)
    assert event.active is None
