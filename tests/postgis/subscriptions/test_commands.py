"""``twin deliveries`` and ``twin cap``: what they print, change and refuse."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from alerts.cap.received import signals_in_force
from alerts.subscriptions.outcome import Refused
from tests.postgis.subscriptions.switchboard import NOON, Switchboard
from tests.unit.cap.rainstorm import rainstorm
from twin.cli import cap, deliveries

app = typer.Typer()
app.add_typer(deliveries.app, name="deliveries")
app.add_typer(cap.app, name="cap")


@pytest.fixture(autouse=True)
def state(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A state folder that leads to the emptied store."""
    lines = ["[store]", f"url = {json.dumps(database_url)}"]
    lines += ["[mqtt]", 'host = "127.0.0.1"', "port = 1", "[mqtt.accounts]"]
    (tmp_path / "services.toml").write_text("\n".join(lines))
    monkeypatch.setenv("CITYTWIN_STATE_DIR", str(tmp_path))


def twin(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def printed(*arguments: str) -> Any:  # noqa: ANN401 - JSON
    done = twin(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.fixture
def dead(board: Switchboard) -> str:
    """The number of a notice that its receiver refused."""
    board.subscribe()
    board.receivers.answers = [Refused("answered 422")]
    board.raise_alert()
    board.turn()
    board.turn(31)
    return str(board.ask("SELECT notice_id::text FROM delivery")[0][0])


def test_dead_letters_are_listed_and_tried_again(board: Switchboard, dead: str) -> None:
    (found,) = printed("deliveries", "list", "--state", "given_up")
    assert (found["id"], found["error"], found["state"]) == (dead, "answered 422", "given_up")
    assert "answered 422" in twin("deliveries", "list").stdout
    assert printed("deliveries", "retry", "--all") == {"retried": 1}
    assert printed("deliveries", "list", "--state", "given_up") == []
    assert printed("deliveries", "retry", dead) == {"retried": 1}
    board.turn(1)
    assert board.ask("SELECT action FROM actor_log") == [("delivery.retry",)] * 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("list", "--state", "lost"), "waiting, delivered, given_up"),
        (("retry",), "one of the two"),
        (("retry", "17"), "expected a number"),
        (("retry", "0d3a7c0e-7f1b-4b6e-9f3a-52f8a4f0a001"), "expected one of the list"),
    ],
)
def test_what_is_not_there_is_a_sentence(arguments: tuple[str, ...], sentence: str) -> None:
    done = twin("deliveries", *arguments)
    assert done.exit_code == 2
    assert sentence in done.stderr


def test_a_message_is_read_and_kept(board: Switchboard, tmp_path: Path) -> None:
    file = tmp_path / "rainstorm.xml"
    file.write_bytes(rainstorm())
    told = printed("cap", "read", str(file))
    assert (told["messages"][0]["level"], told["kept"]) == ("red", None)
    assert told["messages"][0]["signals"][0]["area"]["type"] == "Polygon"
    assert [printed("cap", "read", str(file), "--keep")["kept"] for _ in range(2)] == [1, 0]
    assert [one.level for one in signals_in_force(board.connection, NOON)] == [4]
    assert "暴雨" in twin("cap", "read", str(file)).stdout


def test_what_is_no_message_is_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_bytes(b"<html/>")
    done = twin("cap", "read", str(file))
    assert (done.exit_code, "expected a CAP alert" in done.stderr) == (2, True)
    assert twin("cap", "read", str(tmp_path / "absent")).exit_code == 1
    assert twin("cap", "read", "http://127.0.0.1:1/feed").exit_code == 1
