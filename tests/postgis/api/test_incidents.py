"""Incidents over the API: listed, handed on, merged and split; rosters kept by people."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import psycopg
import pytest

from alerts.incidents.keeping import Keeper
from tests.emptying import SharedStore
from tests.postgis.alerts.gathered import (
    DISTRICT,
    LAND,
    WELLS,
    end_alert,
    lay_sewers,
    raise_alert,
)
from twin.api.accounts import create_api_key
from twin.api.app import create_app
from twin.api.config import WebConfig

pytestmark = pytest.mark.anyio

Connection = psycopg.Connection[tuple[Any, ...]]
NOW_US = int(datetime(2026, 5, 1, 6, tzinfo=UTC).timestamp() * 1_000_000)
INCIDENTS = "/api/v1/incidents"


@pytest.fixture
def sewers(shared_store: SharedStore, connection: Connection) -> Connection:
    shared_store.fill(lay_sewers)
    return connection


@pytest.fixture
async def desk(
    sewers: Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    """A dispatcher's client; the key of a steward stands in ``steward``."""
    key = create_api_key(sewers, "desk", "dispatcher")
    sewers.commit()
    monkeypatch.setattr("twin.api.store._FIRST_TRANSFORMATION", b"SELECT")
    app = create_app(WebConfig(pool_min=2), store_url=database_url, frames=None)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://twin.test",
            headers={"Authorization": f"Bearer {key}"},
        ) as client,
    ):
        yield client


def keep(sewers: Connection) -> None:
    Keeper().catch_up(sewers, NOW_US)


async def act(
    client: httpx.AsyncClient, action: str, number: int = 1, **more: object
) -> httpx.Response:
    body = {"action": action, **more}
    return await client.post(f"{INCIDENTS}/{number}/transitions", json=body)


async def put(client: httpx.AsyncClient, key: str, code: str, **more: object) -> httpx.Response:
    body = {"name_zh": code, "name_en": code, **more}
    headers = {"Authorization": f"Bearer {key}"}
    return await client.put(f"/api/v1/departments/{code}", json=body, headers=headers)


async def test_an_incident_is_listed_with_its_alerts_and_its_timeline(
    desk: httpx.AsyncClient, sewers: Connection
) -> None:
    rain, well = raise_alert(sewers, LAND, "rain_intensity"), raise_alert(sewers, WELLS[0])
    raise_alert(sewers, WELLS[2], level="blue")
    keep(sewers)
    listed = (await desk.get(INCIDENTS, params={"limit": 1})).json()
    assert [one["alerts"] for one in listed["items"]] == [1]
    rest = (await desk.get(INCIDENTS, params={"cursor": listed["next"]})).json()
    assert [(one["id"], one["root_alert"]) for one in rest["items"]] == [(1, rain)]
    for query, expected in (
        ({"state": "living", "level": "orange"}, [1]),
        ({"state": "closed"}, []),
        ({"domain": "flood", "area": str(DISTRICT)}, [1]),
        ({"department": "nobody"}, []),
    ):
        found = (await desk.get(INCIDENTS, params=query)).json()["items"]
        assert [one["id"] for one in found] == expected, query
    members = (await desk.get(f"{INCIDENTS}/1/alerts")).json()["items"]
    assert [(one["alert"], one["role"]) for one in members] == [
        (rain, "root"),
        (well, "consequence"),
    ]
    assert members[1]["suppressed_by"] == rain
    assert f"follows from alert {rain}" in members[1]["reason"]
    timeline = (await desk.get(f"{INCIDENTS}/1/timeline")).json()["items"]
    assert [(one["event"], one["actor"]) for one in timeline] == [("raised", "twin")]
    for path in (f"{INCIDENTS}/9", f"{INCIDENTS}/9/alerts", f"{INCIDENTS}/9/timeline"):
        assert (await desk.get(path)).status_code == 404


async def test_it_is_handed_on_and_its_owner_stays_until_another_accepts(
    desk: httpx.AsyncClient, sewers: Connection
) -> None:
    steward = create_api_key(sewers, "steward", "steward")
    sewers.commit()
    await put(desk, steward, "city")
    answers = [{"domain": "flood", "area": str(DISTRICT)}]
    made = await put(desk, steward, "water", parent="city", answers_for=answers)
    assert (made.status_code, made.json()["answers_for"][0]["area"]) == (200, str(DISTRICT))
    raise_alert(sewers, WELLS[0])
    keep(sewers)
    accepted = (await act(desk, "accept")).json()
    assert (accepted["department"], accepted["owner"]) == ("water", "key desk")
    offered = (await act(desk, "hand_up", note="too big for us")).json()
    assert (offered["owner"], offered["department"], offered["offered"]) == (
        "key desk",
        "water",
        "city",
    )
    declined = (await act(desk, "return", note="it is yours")).json()
    assert (declined["offered"], declined["department"]) == (None, "water")
    await act(desk, "hand_up")
    taken = (await act(desk, "accept")).json()
    assert (taken["department"], taken["came_from"]) == ("city", "water")
    back = (await act(desk, "return", note="done here")).json()
    assert back["offered"] == "water"
    events = [one["event"] for one in (await desk.get(f"{INCIDENTS}/1/timeline")).json()["items"]]
    assert events == [
        *("raised", "accepted", "handed_up", "returned", "handed_up", "accepted", "returned"),
    ]


async def test_what_is_illegal_is_refused_with_a_sentence(
    desk: httpx.AsyncClient, sewers: Connection
) -> None:
    well = raise_alert(sewers, WELLS[0])
    keep(sewers)
    for action, more, sentence in (
        ("accept", {"version": 9}, "version 9 was seen, but it is at version"),
        ("hand_up", {}, "cannot be handed up"),
        ("hand_down", {}, "'hand_down' needs a department"),
        ("hand_down", {"department": "nobody"}, "expected one of the list"),
        ("return", {"note": "no"}, "is received: 'return' is possible from accepted or offered"),
        ("comment", {}, "needs a note"),
        ("close", {"note": "over"}, "has 1 alerts that stand"),
    ):
        refused = await act(desk, action, **more)
        assert refused.status_code == 409, action
        assert sentence in refused.json()["detail"], refused.json()
    assert (await act(desk, "accept", number=7)).status_code == 404
    end_alert(sewers, well)
    keep(sewers)
    closed = await act(desk, "close", note="the pump runs again")
    assert closed.json()["state"] == "closed"
    assert "is closed" in (await act(desk, "accept")).json()["detail"]


async def test_what_people_merge_and_split_survives_the_keeper(
    desk: httpx.AsyncClient, sewers: Connection
) -> None:
    near = [raise_alert(sewers, well, minute=n) for n, well in enumerate(WELLS[:2])]
    far = raise_alert(sewers, WELLS[2])
    keep(sewers)
    split = await desk.post(f"{INCIDENTS}/1/split", json={"alerts": near[1:], "note": "a burst"})
    assert (split.status_code, split.json()["alerts"]) == (200, 1)
    apart = split.json()["id"]
    merged = await desk.post(f"{INCIDENTS}/1/merge", json={"incident": 2, "note": "one pump"})
    assert merged.json()["alerts"] == 2
    raise_alert(sewers, WELLS[3], minute=9)
    raise_alert(sewers, WELLS[0], minute=9, rule="another")
    keep(sewers)
    rows = sewers.execute("SELECT alert_id, incident_id FROM incident_alert").fetchall()
    held: dict[int, int] = dict(rows)
    assert held[near[0]] == held[far] == 1
    assert held[near[1]] == apart
    listed = (await desk.get(INCIDENTS)).json()["items"]
    assert [one["id"] for one in listed] == [apart, 1]
    again = await desk.post(f"{INCIDENTS}/1/merge", json={"incident": 2})
    assert "went into incident 1" in again.json()["detail"]
    whole = await desk.post(f"{INCIDENTS}/{apart}/split", json={"alerts": [near[1]]})
    assert "not none or all" in whole.json()["detail"]


async def test_a_roster_is_kept_by_those_who_may(
    desk: httpx.AsyncClient, sewers: Connection
) -> None:
    assert (await put(desk, "", "water")).status_code in (401, 403)
    steward = create_api_key(sewers, "steward", "steward")
    sewers.commit()
    assert (await put(desk, steward, "water")).status_code == 200
    above = await put(desk, steward, "water", parent="water")
    assert (above.status_code, "above itself" in above.json()["detail"]) == (422, True)
    assert (await put(desk, steward, "water", parent="moon")).status_code == 422
    headers = {"Authorization": f"Bearer {steward}"}
    shift = {
        "department": "water",
        "person": "li.na",
        "starts_at": "2026-05-01T08:00:00+08:00",
        "ends_at": "2026-05-01T20:00:00+08:00",
    }
    entered = await desk.post("/api/v1/duty", json=shift, headers=headers)
    assert entered.status_code == 201
    at = {"at": "2026-05-01T12:00:00+08:00", "department": "water"}
    assert [s["person"] for s in (await desk.get("/api/v1/duty", params=at)).json()["items"]] == [
        "li.na"
    ]
    wrong = await desk.post(
        "/api/v1/duty", json={**shift, "ends_at": shift["starts_at"]}, headers=headers
    )
    assert "expected the end after the beginning" in wrong.json()["detail"]
    number = entered.json()["id"]
    gone = await desk.delete(f"/api/v1/duty/{number}", headers=headers)
    assert gone.status_code == 204
    assert (await desk.delete(f"/api/v1/duty/{number}", headers=headers)).status_code == 404
