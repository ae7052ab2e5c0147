"""Commands through the whole program: devices that answer late, refuse, answer twice or die."""

import signal
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from data.commands import Value, Wish, approve, read_commands, request
from data.reference.device_types import shipped_types
from ingest.decoders.hj212.frame import build, read_frame
from ingest.decoders.hj212.segment import read_segment
from tests.city.commanded_device import CommandedDevice
from tests.city.conftest import free_port
from tests.city.town import Town, services
from tests.postgis.commands.commanded import AIR_STATION, GATE, MN, PUMP, add_commanded


@pytest.fixture
def gate(town: Town) -> Iterator[CommandedDevice]:
    """A gate on the broker."""
    with psycopg.connect(town.settings.store_url) as connection:
        add_commanded(connection)
    with CommandedDevice(town.settings.accounts["client"], GATE) as device:
        town.until(lambda: device.is_listening, "the gate listens")
        yield device


def command(
    town: Town, name: str, device: int = GATE, answer_s: int = 60, **parameters: Value
) -> int:
    """Ask for a command, approve it, and return its number."""
    now = datetime.now(UTC)
    wish = Wish(device, name, parameters, "storm", 600)
    with psycopg.connect(town.settings.store_url) as connection:
        number = request(connection, wish, actor="li", now=now, types=shipped_types()).id
        connection.execute("UPDATE command SET answer_s = %s WHERE id = %s", (answer_s, number))
        if read_commands(connection, id=number)[0]["state"] == "requested":
            approve(connection, number, actor="wang", note="", now=now)
    return number


def told(town: Town, number: int) -> dict[str, Any]:
    """Return a command with its steps."""
    with psycopg.connect(town.settings.store_url) as connection:
        return read_commands(connection, id=number)[0]


def until_is(town: Town, number: int, state: str) -> dict[str, Any]:
    """Wait until a command is in a state and return it."""
    town.until(lambda: told(town, number)["state"] == state, f"command {number} is {state}")
    return told(town, number)


def until_heard(town: Town, device: CommandedDevice, count: int = 1) -> list[str]:
    """Wait until a device has heard commands and return their ids."""
    town.until(lambda: len(device.heard) >= count, f"the device hears {count} commands")
    return [heard["id"] for heard in device.heard]


def test_a_gate_does_what_it_is_told_and_answers_twice(town: Town, gate: CommandedDevice) -> None:
    town.start_ingest()
    number = command(town, "set_opening", opening=0.5)
    (reference,) = until_heard(town, gate)
    heard = gate.heard[0]
    assert (heard["name"], heard["parameters"], gate.retained) == (
        "set_opening",
        {"opening": 0.5},
        0,
    )
    assert heard["issued_at"] < heard["expires_at"]
    for state in ("accepted", "accepted", "executed", "executed"):
        gate.answer(reference, state, reported={"gate_opening": 0.5})
    until_is(town, number, "executed")
    marker = command(town, "restart")
    until_heard(town, gate, 2)
    gate.answer(gate.heard[1]["id"], "refused", sentence="local mode")
    last = until_is(town, marker, "refused")["steps"][-1]
    assert (last["sentence"], last["actor"]) == ("local mode", f"device {GATE}")
    assert [step["event"] for step in told(town, number)["steps"]] == [
        "request",
        "approve",
        "send",
        "carry",
        "accept",
        "execute",
    ]
    assert town.rows("SELECT name, value FROM device_reported") == [("gate_opening", 0.5)]


def test_wrong_answers_are_left_out_and_a_dead_device_times_out(
    town: Town, gate: CommandedDevice
) -> None:
    town.start_ingest()
    number = command(town, "open", answer_s=3)
    (reference,) = until_heard(town, gate)
    gate.answer("unknown", "executed")
    gate.answer(reference, "executed", to=PUMP)
    gate.answer(reference, "done")
    found = until_is(town, number, "timed out")
    assert [step["event"] for step in found["steps"]][-2:] == ["carry", "time out"]
    gate.answer(reference, "executed", reported={"open": True})
    town.until(lambda: told(town, number)["late_answer"] == "executed", "the late answer is noted")
    assert told(town, number)["state"] == "timed out"
    assert len(gate.heard) == 1


def test_a_killed_ingest_repeats_nothing_and_hears_what_was_answered_meanwhile(
    town: Town, gate: CommandedDevice
) -> None:
    ingest = town.start_ingest()
    number = command(town, "open")
    (reference,) = until_heard(town, gate)
    ingest.send_signal(signal.SIGKILL)
    ingest.wait(10)
    gate.answer(reference, "executed")
    town.start_ingest()
    until_is(town, number, "executed")
    command(town, "close")
    until_heard(town, gate, 2)
    assert [heard["name"] for heard in gate.heard] == ["open", "close"]


def test_a_restart_of_the_broker_repeats_nothing(town: Town, gate: CommandedDevice) -> None:
    town.start_ingest()
    first = command(town, "open")
    until_heard(town, gate)
    services("restart", "mosquitto")
    second = command(town, "close")
    until_heard(town, gate, 2)
    for heard in list(gate.heard):
        town.until(lambda: gate.is_listening, "the gate listens again")
        gate.answer(heard["id"], "executed")
    for number in (first, second):
        until_is(town, number, "executed")
    assert [heard["name"] for heard in gate.heard] == ["open", "close"]


def test_a_station_of_hj_212_is_set_over_its_own_connection(
    town: Town, gate: CommandedDevice
) -> None:
    assert gate.is_listening
    port = free_port()
    (town.state_dir / "citytwin.toml").write_text(
        f'[[stations]]\nname = "air"\nprotocol = "hj212"\nport = {port}\n'
    )
    (town.state_dir / "secrets").mkdir(exist_ok=True)
    access = f'[hj212.{MN}]\nst = "22"\npassword = "123456"\n'
    (town.state_dir / "secrets" / "device_access.toml").write_text(access)
    town.start_ingest()
    number = command(town, "set_interval", AIR_STATION, interval=60)
    with socket.create_connection(("127.0.0.1", port), 10) as logger:
        logger.settimeout(30)
        head = f"ST=22;CN=2011;PW=123456;MN={MN};Flag=4"
        logger.sendall(build(f"QN=20260501120000123;{head};CP=&&DataTime=20260501120000&&"))
        asked = read_segment(read_frame(_line(logger)).text)
        assert (asked.cn, asked.password, asked.mn) == ("1062", "123456", MN)
        assert asked.fields["RtdInterval"] == "60"
        answer = f"QN={asked.qn};ST=91;CN=%s;PW=123456;MN={MN};Flag=4;CP=&&%s=1&&"
        logger.sendall(build(answer % ("9011", "QnRtn")) + build(answer % ("9012", "ExeRtn")))
        found = until_is(town, number, "executed")
    assert [step["sentence"] for step in found["steps"]][-3:] == [
        "handed to the station's connection",
        "ready (QnRtn 1)",
        "done (ExeRtn 1)",
    ]
    assert "123456" not in town.log_of("ingest")


def _line(logger: socket.socket) -> bytes:
    received = b""
    while not received.endswith(b"\r\n"):
        received += logger.recv(4096)
    return received.rstrip(b"\r\n")
