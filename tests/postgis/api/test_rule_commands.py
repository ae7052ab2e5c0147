"""``twin rules``: the store's rules listed, saved, withdrawn, restored and explained."""

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from alerts.rulekeeping.saving import RuleConflictError, UnknownRuleError
from tests.postgis.register import ROAD
from tests.unit.alerts.ruling import level_text, video_text
from twin.cli.rules import app

Connection = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture(autouse=True)
def state(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A state folder that leads to the emptied store."""
    lines = ["[store]", f"url = {json.dumps(database_url)}"]
    lines += ["[mqtt]", 'host = "127.0.0.1"', "port = 1", "[mqtt.accounts]"]
    (tmp_path / "services.toml").write_text("\n".join(lines))
    monkeypatch.setenv("CITYTWIN_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("SUDO_USER", "")


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def printed(*arguments: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads(run(*arguments, "--json"))


def test_files_are_saved_whole_or_not_at_all_and_twice_is_once(
    district: Connection, tmp_path: Path
) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(level_text() + video_text())
    assert printed("save", str(file), "--reason", "agreed") == {
        "saved": ["road", "intruder"],
        "unchanged": [],
    }
    assert printed("save", str(file))["unchanged"] == ["road", "intruder"]
    file.write_text(level_text(version=2) + video_text("modes = ['exercise']"))
    with pytest.raises(RuleConflictError, match="'intruder' version 1: expected version 2"):
        run("save", str(file))
    rows = district.execute("SELECT rule, version FROM rule ORDER BY rule").fetchall()
    assert rows == [("intruder", 1), ("road", 1)]
    one = printed("show", "road")
    assert (one["version"], one["reason"], one["body"]["quantity"]) == (1, "agreed", "depth")
    assert one["changed_by"].startswith("os:")


def test_what_is_withdrawn_is_listed_and_comes_back(district: Connection, tmp_path: Path) -> None:
    assert not district.closed
    file = tmp_path / "mine.toml"
    file.write_text(level_text() + video_text())
    run("save", str(file))
    assert printed("withdraw", "road", "--reason", "puddles")["state"] == "withdrawn"
    assert [row["id"] for row in printed("list", "--withdrawn")] == ["road"]
    assert [row["id"] for row in printed("list")] == ["intruder", "road"]
    assert "withdrawn" in run("list", "--domain", "flood")
    assert printed("restore", "road", "--reason", "no puddles")["state"] == "in force"
    assert "no puddles" in run("show", "road")
    assert printed("show", "road", "--version", "1")["in_force"]
    with pytest.raises(UnknownRuleError, match="'raod': expected one of the list of rules"):
        run("show", "raod")


def test_files_and_what_ships_are_listed_without_a_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITYTWIN_STATE_DIR", str(tmp_path / "nothing"))
    file = tmp_path / "mine.toml"
    file.write_text(level_text())
    assert [row["rule"] for row in printed("list", str(file))] == ["road"]
    assert "river-level" in {row["rule"] for row in printed("list", "--shipped")}
    assert "| `river-level`" in run("list", "--markdown")


def test_an_explanation_is_read_by_people_and_programs(
    district: Connection, tmp_path: Path
) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(level_text())
    run("save", str(file))
    series = "INSERT INTO series (entity, quantity, mode) VALUES (%s, 'depth', 'actual')"
    district.execute(series, [ROAD])
    district.execute("INSERT INTO observation VALUES (1, now() - interval '9 s', 0.1, 64, now())")
    found = printed("explain", "road", str(ROAD))
    assert (found["answer"], found["series"][0]["newest"][0]["checks"]) == ("not raised", ["stuck"])
    lines = run("explain", "road", str(ROAD)).splitlines()
    assert lines[0].startswith(f"road@1 at {ROAD} 松白路1段, ")
    assert lines[1] == "not raised: depth 0.1 m is below 0.15 m (yellow)"
    past = printed("explain", "road", str(ROAD), "--at", "2020-01-01T08:00:00")
    assert (past["answer"], past["at"]) == ("not judged", "2020-01-01T00:00:00Z")
