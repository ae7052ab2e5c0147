"""The examples of RFC 8428, where they are at hand: three writings, one meaning."""

import json
from pathlib import Path
from typing import Any

import pytest

from ingest.decoders.senml import SenmlDecoder
from ingest.decoders.senml.units import unit_code
from twin.model import Message, Mode, NativeReading

RESOLVED_US = 1_498_780_179_000_000
"""When the authors of the RFC resolved the examples that have no time."""

WRITINGS = [
    "ex1.gen.json", "ex1.gen.xml", "ex2.gen.json", "ex2.gen.xml", "ex3.gen.json", "ex3.gen.xml",
    "ex3.gen.cbor", "ex4.gen.json", "ex5.gen.json", "ex5.gen.xml", "ex5.gen.cbor",
]  # fmt: skip


def _natives(file: Path) -> list[NativeReading]:
    message = Message("test", Mode.REPLAY, "", file.read_bytes(), RESOLVED_US)
    decoded = SenmlDecoder().decode(message)
    assert not decoded.faults
    assert decoded.vocabulary == "senml"
    return list(decoded.natives)


def _as_record(native: NativeReading, has_own_name: bool) -> dict[str, Any]:  # noqa: FBT001
    name = native.device.value + (f":{native.native}" if has_own_name else "")
    observed_us = RESOLVED_US if native.observed_us is None else native.observed_us
    return {"n": name, "u": native.unit, "t": observed_us / 1e6, "v": native.value}


@pytest.mark.parametrize("writing", WRITINGS)
def test_an_example_of_the_rfc_resolves_as_its_authors_resolved_it(
    shared: Path, writing: str
) -> None:
    folder = shared / "data" / "telemetry" / "senml"
    number = writing.partition(".")[0]
    resolved = json.loads((folder / f"{number}.gen.resolved.json").read_text("utf-8"))
    natives = _natives(folder / writing)
    assert [_as_record(native, number in {"ex2", "ex3"}) for native in natives] == [
        record | {"u": unit_code(record["u"])} for record in resolved
    ]


def test_a_resolved_example_says_the_same_as_the_example(shared: Path) -> None:
    folder = shared / "data" / "telemetry" / "senml"
    for number in range(3, 6):
        example = _natives(folder / f"ex{number}.gen.json")
        assert _natives(folder / f"ex{number}.gen.resolved.json") == example


def test_position_and_humidity_of_one_device_stay_apart(shared: Path) -> None:
    natives = _natives(shared / "data" / "telemetry" / "senml" / "ex5.gen.cbor")
    assert {native.device.value for native in natives} == {"urn:dev:ow:10e2073a01080063"}
    assert {native.native for native in natives} == {"%RH", "lon", "lat", "%EL"}
