"""What is known of things, over the API and by the command; stale alerts are marked."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from typer.testing import CliRunner

from alerts.rulebook import enforce
from alerts.rules import RuleSet
from tests.postgis.api.district import add_alert
from tests.postgis.api.test_register import items
from tests.postgis.register import LEVEL_GAUGE, REACH, ROAD
from tests.unit.alerts.ruling import level_text, rules_of
from twin.cli.alerts import app

pytestmark = pytest.mark.anyio

Connection = psycopg.Connection[tuple[Any, ...]]
PATH = "/api/v1/alerts/status"


def rules() -> RuleSet:
    return rules_of(
        level_text('entity_classes = ["8402"]'),
        level_text('entity_classes = ["8202"]', name="reach").replace("depth", "level"),
    )


def read(connection: Connection, ago: timedelta) -> int:
    """Enter a reading of the level at the reach, so long ago; return its series."""
    (series,) = connection.execute(
        "INSERT INTO series (entity, quantity, device) VALUES (%s, 'level', %s) RETURNING id",
        [REACH, LEVEL_GAUGE],
    ).fetchall()[0]
    at = datetime.now(UTC) - ago
    connection.execute(
        "INSERT INTO series_latest (series_id, ts, value, quality, received_at)"
        " VALUES (%s, %s, 0.1, 0, %s)",
        [series, at, at],
    )
    with connection.transaction():
        enforce(connection, rules(), actor="test")
    return int(series)


async def test_status_tells_clear_and_unknown_with_counts(
    client: httpx.AsyncClient, district: Connection
) -> None:
    read(district, timedelta(minutes=1))
    found = await items(client, PATH, limit=1)
    assert [(each["entity"], each["state"]) for each in found] == [
        (str(REACH), "clear"),
        (str(ROAD), "unknown"),
    ]
    told = (await client.get(PATH, params={"domain": "flood", "state": "unknown"})).json()
    assert told["counts"]["flood"] == {
        "red": 0, "orange": 0, "yellow": 0, "blue": 0, "unknown": 1, "clear": 1,
    }  # fmt: skip
    (road,) = told["items"]
    assert (road["why"], road["not_set_up"]) == ("depth is not measured", 1)
    one = (await client.get(PATH, params={"entity": str(REACH)})).json()["items"]
    assert one[0]["rules"] == [
        {"rule": "reach", "state": "clear", "since": None, "why": "", "alert": None}
    ]


async def test_a_silent_series_is_unknown(client: httpx.AsyncClient, district: Connection) -> None:
    read(district, timedelta(hours=4))
    told = (await client.get(PATH, params={"entity": str(REACH)})).json()["items"]
    assert told[0]["state"] == "unknown"
    assert "has no reading for three of its intervals" in told[0]["why"]
    assert told[0]["since"] is not None


async def test_what_is_wrong_is_refused(client: httpx.AsyncClient) -> None:
    for query in ({"entity": "17"}, {"state": "purple"}, {"domain": "no"}, {"cursor": "x"}):
        assert (await client.get(PATH, params=query)).status_code == 422


@pytest.mark.parametrize(("minutes", "data"), [(1, "current"), (181, "stale")])
async def test_an_alert_whose_series_is_silent_keeps_standing_and_is_marked(
    client: httpx.AsyncClient, district: Connection, minutes: int, data: str
) -> None:
    alert = add_alert(district, "a")
    series = read(district, timedelta(minutes=minutes))
    district.execute("UPDATE alert SET series_id = %s", [series])
    found = (await client.get(f"/api/v1/alerts/{alert}")).json()
    assert (found["state"], found["data"]) == ("raised", data)
    assert (found["data_stale_since"] is None) == (data == "current")
    steps = (await client.get(f"/api/v1/alerts/{alert}/transitions")).json()["items"]
    assert [step["event"] for step in steps] == ["raised"]


async def test_an_alert_without_a_series_or_that_is_over_says_nothing_of_data(
    client: httpx.AsyncClient, district: Connection
) -> None:
    alert = add_alert(district, "a")
    assert (await client.get(f"/api/v1/alerts/{alert}")).json()["data"] is None
    series = read(district, timedelta(hours=9))
    district.execute("UPDATE alert SET series_id = %s, state = 'cleared'", [series])
    assert (await client.get(f"/api/v1/alerts/{alert}")).json()["data"] is None


def test_the_command_tells_the_same(
    district: Connection, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = ["[store]", f"url = {json.dumps(database_url)}"]
    lines += ["[mqtt]", 'host = "127.0.0.1"', "port = 1", "[mqtt.accounts]"]
    (tmp_path / "services.toml").write_text("\n".join(lines))
    monkeypatch.setenv("CITYTWIN_STATE_DIR", str(tmp_path))
    read(district, timedelta(minutes=1))
    shown = CliRunner().invoke(app, ["status", "--state", "unknown", "--json"])
    told = json.loads(shown.stdout)
    assert [each["entity"] for each in told["items"]] == [str(ROAD)]
    assert told["counts"]["flood"]["clear"] == 1
    plain = CliRunner().invoke(app, ["status", "--entity", str(REACH)]).output
    assert "flood: 1 clear" in plain
