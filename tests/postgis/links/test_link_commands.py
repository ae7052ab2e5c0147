"""``twin link``: what it prints for people and programs, and how it ends."""

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner, Result

from data.registry import EntityChange
from tests.postgis.links.town import GAUGE, OTHER_REACH, REACH, at, build, say
from twin.cli.link import app

Connection = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture(autouse=True)
def town(
    connection: Connection, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Connection:
    """The town, and a state folder that leads to it."""
    build(connection)
    lines = ["[store]", f"url = {json.dumps(database_url)}"]
    lines += ["[mqtt]", 'host = "127.0.0.1"', "port = 1", "[mqtt.accounts]"]
    (tmp_path / "services.toml").write_text("\n".join(lines))
    monkeypatch.setenv("CITYTWIN_STATE_DIR", str(tmp_path))
    return connection


def twin(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def printed(*arguments: str) -> Any:  # noqa: ANN401 - JSON
    done = twin(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_run_links_everything_at_first_and_then_what_changed(town: Connection) -> None:
    would = printed("run", "--dry-run")
    assert (would["everything"], would["added"], would["change_set"]) == (True, 4, None)
    assert printed("run")["added"] == 4
    assert "nothing changes" in twin("run").stderr
    say(town, EntityChange(GAUGE, geometry=at(50, 5)))
    assert "1 devices looked at" in twin("run").stderr
    assert printed("run", "--all")["devices"] == 4


def test_status_says_how_far_links_follow_the_register(town: Connection) -> None:
    before = printed("status")
    assert (before["reached"], before["behind"], before["followed"]) == (0, 1, False)
    assert "nothing follows the register" in twin("status").stderr
    twin("run")
    after = printed("status")
    assert (after["behind"], after["due"], after["lag_s"]) == (0, 0, 0.0)
    say(town, EntityChange(GAUGE, geometry=at(50, 5)))
    assert "1 change sets and 0 devices wait" in twin("status").stderr


def test_list_prints_a_table_or_json() -> None:
    twin("run")
    (link,) = printed("list", "--entity", str(GAUGE))
    assert (link["target"], link["method"]) == (str(REACH), "at")
    table = twin("list", "--method", "at").stdout.splitlines()
    assert (len(table), table[0].split()[0]) == (2, "device")


def test_explain_says_why_in_words() -> None:
    twin("run")
    text = twin("explain", str(GAUGE)).stdout
    assert "50.0 m from its start" in text
    assert f"26.0 m away, and {REACH} is nearer" in text
    assert printed("explain", str(GAUGE))["candidates"][0]["taken"] is True


def test_fix_and_release_act_at_once_and_name_who() -> None:
    twin("run")
    assert printed("fix", str(GAUGE), "--to", str(OTHER_REACH), "--reason", "seen")["added"] == 1
    found = printed("explain", str(GAUGE))
    assert found["links"][0]["target"] == str(OTHER_REACH)
    assert found["links"][0]["fixed_by"].startswith("os:")
    assert "fixed: monitors" in twin("explain", str(GAUGE)).stdout
    printed("fix", str(GAUGE), "--none", "--reason", "a spare")
    assert printed("explain", str(GAUGE))["links"] == []
    printed("release", str(GAUGE), "--reason", "moved")
    assert printed("explain", str(GAUGE))["links"][0]["target"] == str(REACH)


def test_a_fix_needs_one_of_both() -> None:
    done = twin("fix", str(GAUGE), "--reason", "x")
    assert (done.exit_code, "one of both" in done.stderr) == (2, True)
