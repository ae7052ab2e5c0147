"""The examples of the specification, as its own library encoded them."""

import json
from pathlib import Path
from typing import Any

import pytest

from ingest.decoders.sparkplug import SparkplugDecoder
from ingest.decoders.sparkplug.commands import rebirth_command
from tests.unit.ingest.decoders.recorded import message_of
from tests.unit.ingest.decoders.test_sparkplug_frames import birth_number_of, payload
from twin.model import Name, NativeReading


def _recording(shared: Path, name: str) -> bytes:
    return (shared / "data" / "telemetry" / "sparkplug" / f"{name}.pb").read_bytes()


def _listed(shared: Path, name: str) -> dict[str, Any]:
    path = shared / "data" / "telemetry" / "sparkplug" / f"{name}.json"
    listed: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return listed


@pytest.mark.parametrize(
    ("topic", "device"),
    [
        ("spBv1.0/Sparkplug B Devices/DBIRTH/Raspberry Pi/Pibrella",
         "Sparkplug B Devices/Raspberry Pi/Pibrella"),
        ("", ""),
    ],
)  # fmt: skip
def test_the_birth_of_the_pibrella_board_has_thirteen_switches(
    shared: Path, topic: str, device: str
) -> None:
    listed = _listed(shared, "spec_ex3")
    decoded = SparkplugDecoder().decode(message_of(topic, _recording(shared, "spec_ex3")))
    assert not decoded.faults
    assert decoded.natives == [
        NativeReading(
            Name("sparkplug", device), one["name"], one["value"], "", one["timestamp"] * 1000
        )
        for one in listed["metrics"]
        if one["dataType"] == "Boolean"
    ]
    assert len(decoded.natives) == 13


@pytest.mark.parametrize("name", ["spec_ex6", "spec_ex8"])
def test_a_command_and_a_death_carry_no_readings(shared: Path, name: str) -> None:
    decoded = SparkplugDecoder().decode(message_of("", _recording(shared, name)))
    assert not (decoded.natives)
    assert not (decoded.faults)


def test_our_rebirth_command_is_the_one_of_the_specification(shared: Path) -> None:
    at_us = _listed(shared, "spec_ex6")["timestamp"] * 1000
    command = rebirth_command("Sparkplug B Devices", "Raspberry Pi", at_us)
    assert command.topic == "spBv1.0/Sparkplug B Devices/NCMD/Raspberry Pi"
    assert command.payload == _recording(shared, "spec_ex6")


def test_the_recorded_death_ends_the_session_of_birth_number_zero_only(shared: Path) -> None:
    decoder = SparkplugDecoder()
    death = message_of("spBv1.0/g/NDEATH/n", _recording(shared, "spec_ex8"))
    for number, ended in ((1, 0), (0, 1)):
        birth = payload(birth_number_of(number), seq=0)
        decoder.take(message_of("spBv1.0/g/NBIRTH/n", birth))
        assert len(decoder.take(death).states) == ended
