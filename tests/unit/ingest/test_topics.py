"""Which source a topic belongs to."""

import pytest

from ingest.config import default_sources
from ingest.mqtt_source import matches
from twin.model import Mode


@pytest.mark.parametrize(
    ("topic_filter", "topic", "expected"),
    [
        ("citytwin/v1/+/telemetry", "citytwin/v1/4403118501000001/telemetry", True),
        ("citytwin/v1/+/telemetry", "citytwin/v1/telemetry", False),
        ("citytwin/v1/+/telemetry", "citytwin/v1/1/telemetry/x", False),
        ("+/onvif-ej/#", "cam01/onvif-ej/RuleEngine/FieldDetector/ObjectsInside/&1", True),
        ("+/onvif-ej/#", "cam01/onvif-ej", True),
        ("+/onvif-ej/#", "a/cam01/onvif-ej/x", False),
        ("#", "anything/at/all", True),
    ],
)
def test_a_filter_matches_as_the_standard_says(
    topic_filter: str, topic: str, *, expected: bool
) -> None:
    assert matches(topic_filter, topic) is expected


@pytest.mark.parametrize(
    ("topic", "decoder", "mode"),
    [
        ("citytwin/v1/4403118501000001/telemetry", "json", Mode.ACTUAL),
        ("citytwin/exercise/v1/4403118501000001/telemetry", "json", Mode.EXERCISE),
        ("citytwin/backfill/v1/4403118501000001/telemetry", "json", Mode.BACKFILL),
        ("cam01/onvif-ej/VideoSource/MotionAlarm", "onvif", Mode.ACTUAL),
        ("citytwin/v1/4403118601000001/onvif-ej/VideoSource/MotionAlarm", "onvif", Mode.ACTUAL),
        ("citytwin/replay/v1/4403118601000001/onvif-ej/x", "onvif", Mode.REPLAY),
    ],
)
def test_each_topic_belongs_to_exactly_one_source(topic: str, decoder: str, mode: Mode) -> None:
    found = [s for s in default_sources() if any(matches(f, topic) for f in s.filters)]
    assert [(s.decoder, s.mode) for s in found] == [(decoder, mode)]
