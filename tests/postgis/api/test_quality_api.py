"""What is expected of series, their calibrations and people's flags, over the API."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest

from tests.postgis.api.district import (
    NOON,
    PASSWORDS,
    add_observations,
    add_people,
    add_series,
)
from tests.postgis.api.test_alerts import basic

pytestmark = pytest.mark.anyio

Connection = psycopg.Connection[tuple[Any, ...]]
REVISION = "SELECT revision FROM quality_state"


@pytest.fixture
def series(district: Connection) -> int:
    """A series of levels, one a minute from noon, and an account of each role."""
    add_people(district)
    number = add_series(district)
    add_observations(district, number, 5)
    return number


class Door:
    """The API as one of its callers sees it."""

    def __init__(self, client: httpx.AsyncClient, series: int, role: str) -> None:
        self._client = client
        self._base = f"/api/v1/series/{series}"
        self._headers = basic(role, PASSWORDS[role])

    async def get(self, path: str, **query: str | int) -> httpx.Response:
        return await self._client.get(self._base + path, params=query, headers=self._headers)

    async def send(self, method: str, path: str, body: dict[str, Any]) -> httpx.Response:
        return await self._client.request(
            method, self._base + path, json=body, headers=self._headers
        )


@pytest.fixture
def door(client: httpx.AsyncClient, series: int) -> Door:
    """The API as an administrator sees it."""
    return Door(client, series, "administrator")


async def test_expectations_are_shown_set_and_taken_back(door: Door, district: Connection) -> None:
    before = (await door.get("/quality")).json()
    assert (before["checks"]["spike"], before["checks"]["rate_hard"]) == (3.0, None)
    assert before["checks"]["hard_max"] == 9000
    assert before["set"] == []

    checks = {"hard_max": 45, "spike": None, "sentinels": [7.5]}
    own = {"checks": checks, "reason": "dam crest"}
    answer = await door.send("PUT", "/quality", own)
    assert answer.status_code == 422, "a soft limit of 1000 m is beyond 45 m"
    own["checks"] = checks = {**checks, "soft_max": 40}
    told = (await door.send("PUT", "/quality", own)).json()
    assert (told["checks"]["hard_max"], told["checks"]["spike"]) == (45, None)
    assert told["checks"]["sentinels"] == [7.5]
    assert [(one["scope"], one["actor"], one["reason"]) for one in told["set"]] == [
        ("series", "administrator", "dam crest")
    ]
    assert (await door.get("/quality")).json() == told

    back = await door.send("PUT", "/quality", {"checks": {}, "reason": "as it was"})
    assert back.json() == before
    assert district.execute(REVISION).fetchall() == [(2,)]
    logged = district.execute(
        "SELECT actor, subject, detail FROM actor_log WHERE action = 'quality.set' ORDER BY id"
    ).fetchall()
    assert [row[:2] for row in logged] == [("administrator", "series of series 1")] * 2
    assert logged[1][2]["before"] == checks


async def test_what_is_set_for_an_entity_holds_for_all_its_series(
    door: Door, district: Connection
) -> None:
    exercise = add_series(district, mode="exercise")
    body = {"scope": "entity", "checks": {"noise": 0.25}, "reason": "calm water"}
    assert (await door.send("PUT", "/quality", body)).status_code == 200
    other = Door(door._client, exercise, "viewer")
    assert (await other.get("/quality")).json()["checks"]["noise"] == 0.25


@pytest.mark.parametrize(
    "checks",
    [
        {"hard_max": "45"},
        {"noise": -1},
        {"hight": 3},
        {"stuck_readings": 1},
        {"soft_min": 5, "soft_max": 4},
        {"rate_soft": 5, "rate_hard": 4},
        {"sentinels": [1] * 101},
    ],
)
async def test_expectations_that_make_no_sense_are_refused(
    door: Door, district: Connection, checks: dict[str, Any]
) -> None:
    answer = await door.send("PUT", "/quality", {"checks": checks, "reason": "test"})
    assert answer.status_code == 422
    assert district.execute("SELECT count(*) FROM quality_setting").fetchall() == [(0,)]


async def test_a_calibration_begins_after_the_last_value(door: Door, district: Connection) -> None:
    assert (await door.get("/calibrations")).json() == {"items": []}
    zero = {"shift": 12.35, "datum": "1985", "reason": "levelled in May"}
    answer = await door.send("PUT", "/calibrations", zero)
    (period,) = answer.json()["items"]
    lead = datetime.fromisoformat(period["from"]) - datetime.now(UTC)
    assert timedelta(0) < lead < timedelta(seconds=10)
    assert (period["scale"], period["shift"], period["datum"], period["to"]) == (
        1.0,
        12.35,
        "1985",
        None,
    )
    early = await door.send("PUT", "/calibrations", zero | {"from": NOON.isoformat()})
    assert early.status_code == 409
    assert "expected a beginning after them" in early.json()["detail"]
    late = NOON + timedelta(minutes=5)
    changed = await door.send(
        "PUT", "/calibrations", {"from": late.isoformat(), "scale": -1, "shift": 5, "reason": "x"}
    )
    (period,) = changed.json()["items"]
    assert (datetime.fromisoformat(period["from"]), period["scale"]) == (late, -1.0)
    logged = district.execute(
        "SELECT detail->>'reason', detail->'before' FROM actor_log"
        " WHERE action = 'calibration.set' ORDER BY id"
    ).fetchall()
    assert [reason for reason, _ in logged] == ["levelled in May", "x"]
    assert logged[1][1][0]["shift"] == 12.35


@pytest.mark.parametrize("wrong", [{"scale": 0}, {"shift": "1"}, {"offset": 1}, {"reason": ""}])
async def test_a_calibration_that_makes_no_sense_is_refused(
    door: Door, wrong: dict[str, Any]
) -> None:
    body = {"shift": 1.0, "reason": "test"} | wrong
    assert (await door.send("PUT", "/calibrations", body)).status_code == 422


async def test_flags_are_set_lifted_and_listed(door: Door, district: Connection) -> None:
    span = {"from": NOON.isoformat(), "to": (NOON + timedelta(minutes=3)).isoformat()}
    body = span | {"grade": "unreliable", "reason": "the probe was cleaned"}
    told = (await door.send("POST", "/flags", body)).json()
    assert (told["values"], told["before"], told["actor"]) == (3, {"good": 3}, "administrator")
    observations = (await door.get("/observations")).json()["items"]
    assert [(one["grade"], one["checks"]) for one in observations[2:]] == [
        ("unreliable", ["person"])
    ] * 3
    lifted = await door.send("POST", "/flags", body | {"grade": "lift"})
    assert lifted.json()["values"] == 3
    observations = (await door.get("/observations")).json()["items"]
    assert [(one["grade"], one["checks"]) for one in observations[2:]] == [("good", [])] * 3

    first = (await door.get("/flags", limit=1)).json()
    assert [one["grade"] for one in first["items"]] == ["lift"]
    second = (await door.get("/flags", limit=1, cursor=first["next"])).json()
    assert second == {"items": [told], "next": None}
    assert district.execute(
        "SELECT count(*) FROM actor_log WHERE action = 'series.flag'"
    ).fetchall() == [(2,)]


@pytest.mark.parametrize(
    "wrong", [{"grade": "bad"}, {"to": NOON.isoformat()}, {"reason": ""}, {"from": "yesterday"}]
)
async def test_a_flag_that_makes_no_sense_is_refused(door: Door, wrong: dict[str, Any]) -> None:
    span = {"from": NOON.isoformat(), "to": (NOON + timedelta(minutes=3)).isoformat()}
    body = span | {"grade": "good", "reason": "test"} | wrong
    assert (await door.send("POST", "/flags", body)).status_code == 422


WRITES: dict[str, tuple[str, dict[str, Any]]] = {
    "/quality": ("PUT", {"checks": {}, "reason": "test"}),
    "/calibrations": ("PUT", {"reason": "test"}),
    "/flags": (
        "POST",
        {"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z", "grade": "good",
         "reason": "test"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("path", list(WRITES))
async def test_who_may_not_write_readings_may_only_look(
    client: httpx.AsyncClient, series: int, path: str
) -> None:
    method, body = WRITES[path]
    for role in ("viewer", "operator"):
        door = Door(client, series, role)
        assert (await door.get(path)).status_code == 200
        assert (await door.send(method, path, body)).status_code == 403


@pytest.mark.parametrize("path", list(WRITES))
async def test_a_series_that_there_is_not_is_said_to_be_none(
    client: httpx.AsyncClient, series: int, path: str
) -> None:
    door = Door(client, series + 1, "administrator")
    method, body = WRITES[path]
    assert (await door.get(path)).status_code == 404
    assert (await door.send(method, path, body)).status_code == 404
