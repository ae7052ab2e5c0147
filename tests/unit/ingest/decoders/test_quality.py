"""The quality list of every decoder holds what it claims."""

import ast
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from ingest.decoders import DECODERS
from tests.unit.ingest.decoders import (
    test_hj212,
    test_homeassistant,
    test_household_captures,
    test_lorawan_captures,
    test_onvif_captures,
    test_sl651_samples,
    test_sparkplug_recordings,
    test_thingsboard_captures,
)
from tests.unit.ingest.decoders.recorded import all_cases

ROOT = Path(__file__).parents[4]
CLAIMS = {
    "documented",
    "good-and-bad-cases",
    "survives-any-bytes",
    "pure",
    "recorded-real-messages",
}
IMPURE = {"time", "socket", "random", "os", "asyncio", "threading", "psycopg", "paho", "sqlalchemy"}
RECORDED = {
    "onvif": test_onvif_captures,
    "hj212": test_hj212,
    "sl651": test_sl651_samples,
    "sparkplug": test_sparkplug_recordings,
    "chirpstack": test_lorawan_captures,
    "ttn": test_lorawan_captures,
    "thingsboard": test_thingsboard_captures,
    "zigbee2mqtt": test_household_captures,
    "tasmota": test_household_captures,
    "shelly": test_household_captures,
    "homeassistant": test_homeassistant,
}


def _folder(decoder: str) -> Path:
    file = sys.modules[type(DECODERS[decoder]).__module__].__file__
    assert file is not None
    return Path(file).parent


def _claims(decoder: str) -> dict[str, Any]:
    text = (_folder(decoder) / "quality.toml").read_text("utf-8")
    claims: dict[str, Any] = tomllib.loads(text)["checks"]
    return claims


def _imported(folder: Path) -> set[str]:
    trees = [ast.parse(path.read_text("utf-8")) for path in folder.glob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    whole = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    parts = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.split(".")[0] for name in whole | parts}


@pytest.mark.parametrize("decoder", DECODERS)
def test_every_claim_is_made_or_exempt_with_a_reason(decoder: str) -> None:
    claims = _claims(decoder)
    assert claims.keys() == CLAIMS
    for claim in claims.values():
        assert claim == "done" or (claim.keys() == {"exempt"} and len(claim["exempt"]) > 20)


@pytest.mark.parametrize("decoder", DECODERS)
def test_every_decoder_has_a_good_and_a_bad_case(decoder: str) -> None:
    expected = [case.expected for case in all_cases() if case.decoder == decoder]
    assert any(not one.get("faults") for one in expected)
    assert any(one.get("faults") for one in expected)


def test_every_case_belongs_to_a_decoder() -> None:
    assert {case.decoder for case in all_cases()} == set(DECODERS)


@pytest.mark.parametrize("decoder", DECODERS)
def test_no_decoder_knows_a_clock_a_socket_or_a_database(decoder: str) -> None:
    assert not _imported(_folder(decoder)) & IMPURE
    assert not _imported(_folder(decoder).parent) & IMPURE


@pytest.mark.parametrize("decoder", DECODERS)
def test_a_claim_of_recordings_has_a_test_that_reads_them(decoder: str) -> None:
    claimed = _claims(decoder)["recorded-real-messages"] == "done"
    assert claimed == (decoder in RECORDED)
