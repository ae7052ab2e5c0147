"""Payloads of a ThingsBoard gateway, where the recordings are at hand."""

import json
from pathlib import Path

import pytest

from ingest.decoders.thingsboard import ThingsBoardDecoder
from tests.unit.ingest.decoders.recorded import message_of
from twin.model import Decoded, Name


@pytest.fixture
def decoded(shared: Path) -> list[Decoded]:
    path = shared / "data/telemetry/mqtt/thingsboard_gateway.jsonl"
    sent = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    decoder = ThingsBoardDecoder()
    return [
        decoder.decode(message_of(one["topic"], json.dumps(one["payload"]).encode()))
        for one in sent
    ]


def test_a_gateway_speaks_for_two_devices(decoded: list[Decoded]) -> None:
    first, second = 1_483_228_800_000_000, 1_483_228_801_000_000
    said = [
        (native.device, native.native, native.value, native.observed_us)
        for native in decoded[0].natives
    ]
    a, b = Name("thingsboard", "Device A"), Name("thingsboard", "Device B")
    assert said == [
        (a, "temperature", 42.0, first),
        (a, "humidity", 80.0, first),
        (a, "temperature", 43.0, second),
        (a, "humidity", 82.0, second),
        (b, "temperature", 42.0, first),
        (b, "humidity", 80.0, first),
    ]
    assert not decoded[0].faults


def test_a_connection_has_no_readings(decoded: list[Decoded]) -> None:
    assert not any(decoded[1])
