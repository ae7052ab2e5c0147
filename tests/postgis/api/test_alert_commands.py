"""``twin alerts``: a list, one alert with its history, and how often alerts were right."""

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from alerts.handling.writing import UnknownAlertError
from tests.postgis.alerts.acting import close_as
from tests.postgis.api.district import add_alert
from twin.cli.alerts import app

Connection = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture(autouse=True)
def state(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A state folder that leads to the emptied store."""
    lines = ["[store]", f"url = {json.dumps(database_url)}"]
    lines += ["[mqtt]", 'host = "127.0.0.1"', "port = 1", "[mqtt.accounts]"]
    (tmp_path / "services.toml").write_text("\n".join(lines))
    monkeypatch.setenv("CITYTWIN_STATE_DIR", str(tmp_path))


def printed(*arguments: str) -> Any:  # noqa: ANN401 - JSON
    done = CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_alerts_are_listed_shown_and_counted(district: Connection, database_url: str) -> None:
    first, second = add_alert(district, "a"), add_alert(district, "b", "yellow")
    close_as(database_url, first, "false")
    assert [alert["id"] for alert in printed("list")] == [second]
    assert [alert["id"] for alert in printed("list", "--state", "closed")] == [first]
    one = printed("show", str(first))
    assert [step["event"] for step in one["history"]] == ["raised", "closed"]
    assert one["verdict"] == "false"
    counted = printed("precision", "--from", "2026-05-01")
    assert [(row["key"], row["waiting"], row["precision"]) for row in counted] == [
        ("a", 0, 0.0),
        ("b", 1, None),
        ("all", 1, 0.0),
    ]
    plain = CliRunner().invoke(app, ["show", str(second)])
    assert "river-level" in plain.output
    with pytest.raises(UnknownAlertError, match="alert 4711: expected one of twin alerts list"):
        printed("show", "4711")
