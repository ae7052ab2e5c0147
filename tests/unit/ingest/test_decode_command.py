"""``twin decode`` says what a capture means, without any service."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from ingest.captures import UnknownProtocolError
from twin.cli.decode import decode

app = typer.Typer()
app.command()(decode)

TOPIC = "citytwin/v1/4403118501000001/telemetry"


@pytest.fixture(autouse=True)
def no_services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYTWIN_STATE_DIR", str(tmp_path / "nothing"))


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    lines = [
        {"topic": TOPIC, "payload": {"ts": "2026-05-01T08:00:00+08:00", "level": 1.5, "depth": 99}},
        {"topic": TOPIC, "payload": {"level": 1.5, "hight": 2}},
        {"topic": TOPIC, "payload": "nonsense"},
    ]
    path = tmp_path / "capture.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return path


def twin_decode(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_every_message_is_one_line_in_the_order_of_the_file(capture: Path) -> None:
    done = twin_decode("json", capture, "--json")
    assert done.exit_code == 1
    first, second, third = map(json.loads, done.stdout.splitlines())
    assert first["message"] == 1
    assert first["device"] == {"scheme": "code", "value": "4403118501000001"}
    assert first["error"] is None
    level, depth = first["readings"]
    assert level == {
        "quantity": "level",
        "native": "level",
        "value": 1.5,
        "unit": "m",
        "observed_at": "2026-05-01T08:00:00+08:00",
        "quality": "good",
        "channel": "",
        "statistic": "instant",
        "period_s": 0,
    }
    assert depth["quality"] == "doubtful"
    assert second["readings"][0]["observed_at"] is None
    assert second["error"] is None
    assert second["warnings"] == [
        "quantity 'hight': expected one of quantities.csv, e.g. level or depth"
    ]
    assert third["readings"] == []
    assert third["device"] is None
    assert "payload is not JSON" in third["error"]


def test_a_file_that_could_be_read_ends_with_zero(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    path.write_text('{"level": 1.5}', encoding="utf-8")
    done = twin_decode("json", path, "--topic", TOPIC)
    assert done.exit_code == 0, done.output
    assert done.stdout == (
        "message 1 code 4403118501000001\n  level  level  1.5 m  no time  good\n"
    )


def test_a_protocol_that_there_is_not_names_those_there_are(tmp_path: Path) -> None:
    done = twin_decode("modbus", tmp_path / "no such file")
    assert isinstance(done.exception, UnknownProtocolError)
    assert str(done.exception).startswith("protocol 'modbus': expected one of json, ")


def test_an_uplink_says_itself_which_network_server_sent_it(tmp_path: Path) -> None:
    path = tmp_path / "uplinks.jsonl"
    of_chirpstack = {
        "time": "2026-05-01T00:00:00Z",
        "deviceInfo": {"devEui": "70b3d57ed0041da2"},
        "fPort": 1,
        "object": {"humidity": 40.5},
    }
    of_the_things_stack = {
        "end_device_ids": {"device_id": "a", "dev_eui": "70B3D57ED0041DA3"},
        "received_at": "2026-05-01T00:00:00Z",
        "uplink_message": {"f_port": 1, "decoded_payload": {"humidity": 41.5}},
    }
    lines = map(json.dumps, (of_chirpstack, of_the_things_stack))
    path.write_text("\n".join(lines), encoding="utf-8")
    done = twin_decode("lorawan", path, "--json")
    assert done.exit_code == 0, done.output
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["device"]["value"] for one in told] == ["70B3D57ED0041DA2", "70B3D57ED0041DA3"]
    assert [one["readings"][0]["value"] for one in told] == [40.5, 41.5]
