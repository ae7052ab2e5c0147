"""``twin command``: what it asks for, prints and refuses."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from data.commands import approve
from tests.postgis.commands.commanded import GATE, Connection
from twin.cli.orders import app


@pytest.fixture(autouse=True)
def state(
    store: Connection, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A state folder that leads to the store, and two people at the command line."""
    assert not store.closed
    lines = ["[store]", f"url = {json.dumps(database_url)}"]
    lines += ["[mqtt]", 'host = "127.0.0.1"', "port = 1", "[mqtt.accounts]"]
    (tmp_path / "services.toml").write_text("\n".join(lines))
    monkeypatch.setenv("CITYTWIN_STATE_DIR", str(tmp_path))


@pytest.fixture
def is_now(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Say who is at the command line from now on."""
    return lambda name: monkeypatch.setattr("twin.app.actor.command_line_actor", lambda: name)


def twin(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def printed(*arguments: str) -> Any:  # noqa: ANN401 - JSON
    done = twin(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def send(*more: str) -> Any:  # noqa: ANN401 - JSON
    return printed("send", str(GATE), "set_opening", "--reason", "storm", *more)


def test_two_people_move_a_gate_and_both_are_written_down(
    store: Connection, is_now: Callable[[str], None]
) -> None:
    is_now("os:li")
    made = send("--set", "opening=0.5")
    assert (made["state"], made["parameters"]) == ("requested", {"opening": 0.5})
    own = twin("approve", str(made["id"]))
    assert own.exit_code == 2
    assert "expected the approval of another person than os:li" in own.stderr
    is_now("os:wang")
    assert printed("approve", str(made["id"]), "--note", "seen")["state"] == "approved"
    logged = store.execute("SELECT actor, action, subject FROM actor_log ORDER BY id").fetchall()
    assert logged == [
        ("os:li", "command.request", str(GATE)),
        ("os:wang", "command.approve", str(GATE)),
    ]


def test_what_was_not_sent_is_withdrawn_and_shown(store: Connection) -> None:
    number = send("--set", "opening=1")["id"]
    approve(store, number, actor="wang", note="", now=_asked_at(store, number))
    assert printed("withdraw", str(number), "--note", "not needed")["state"] == "withdrawn"
    shown = twin("show", str(number)).stdout
    assert "withdrawn" in shown
    assert "not needed" in shown
    assert [item["id"] for item in printed("list", "--state", "withdrawn")] == [number]
    assert printed("list", "--state", "requested") == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["send", str(GATE), "dance", "--reason", "x"], "command 'dance' to device"),
        (["send", str(GATE), "open", "--reason", " "], "reason ' ': expected why"),
        (["send", str(GATE), "open", "--reason", "x", "--set", "wide"], "expected NAME=VALUE"),
        (["show", "99"], "command 99: not in the store"),
        (["withdraw", "99"], "command 99: not in the store"),
        (["list", "--state", "lost"], "expected one of requested, approved, sent"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(arguments: list[str], sentence: str) -> None:
    done = twin(*arguments)
    assert done.exit_code == 2
    assert sentence in done.stderr


def _asked_at(store: Connection, number: int) -> Any:  # noqa: ANN401 - datetime
    row = store.execute("SELECT requested_at FROM command WHERE id = %s", (number,)).fetchone()
    assert row is not None
    return row[0]
