"""Alerts are listed with their history, and people move them if they may."""

from base64 import b64encode
from typing import Any

import httpx
import psycopg
import pytest

from tests.postgis.api.district import (
    PASSWORDS,
    add_alert,
    add_parked,
    add_people,
    add_series,
    add_transition,
    add_video_events,
)
from tests.postgis.api.test_register import items
from tests.postgis.register import CAMERA, FREE_CAMERA, REACH
from twin.api.accounts import create_account

pytestmark = pytest.mark.anyio

Connection = psycopg.Connection[tuple[Any, ...]]


CLOSED = {"to": "closed", "verdict": "confirmed", "reason": "water stood there"}


def basic(username: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{username}:{password}".encode()).decode()}


async def acknowledge(
    client: httpx.AsyncClient, alert: int, headers: dict[str, str], **body: object
) -> httpx.Response:
    content = {"to": "acknowledged"} | body
    path = f"/api/v1/alerts/{alert}/transitions"
    return await client.post(path, json=content, headers=headers)


async def test_alerts_are_listed_newest_first_and_by_filter(
    client: httpx.AsyncClient, district: Connection
) -> None:
    first = add_alert(district, "a")
    second = add_alert(district, "b", "yellow")
    found = await items(client, "/api/v1/alerts", limit=1)
    assert [alert["id"] for alert in found] == [second, first]
    assert (
        found[0]
        | {
            "mode": "actual",
            "domain": "flood",
            "level": "yellow",
            "entity": str(REACH),
            "entity_name": "茅洲河1段",
            "rule": "b",
            "rule_version": 1,
            "state": "raised",
            "raised_at": "2026-05-01T04:00:00.000Z",
            "cleared_at": None,
            "value": 3.7,
            "limit": 3.6,
            "version": 1,
        }
        == found[0]
    )
    for query, expected in (
        ({"level": "red"}, [first]),
        ({"state": "open", "entity": str(REACH)}, [second, first]),
        ({"state": "closed"}, []),
        ({"domain": "safety"}, []),
        ({"rule": "b", "mode": "actual"}, [second]),
    ):
        found = await items(client, "/api/v1/alerts", **query)
        assert [alert["id"] for alert in found] == expected
    assert (await client.get(f"/api/v1/alerts/{first}")).json()["level"] == "red"


async def test_an_operator_acknowledges_once_and_closes_once(
    client: httpx.AsyncClient, district: Connection
) -> None:
    key = add_people(district)
    alert = add_alert(district)
    headers = {"Authorization": f"Bearer {key}"}
    answer = await acknowledge(client, alert, headers, note="谁在处理", version=1)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["state"], answer.json()["version"]) == ("acknowledged", 2)
    again = await acknowledge(client, alert, headers)
    assert again.status_code == 409
    assert "acknowledged" in again.json()["detail"]
    stale = await acknowledge(client, alert, headers, **CLOSED, version=1)
    assert stale.status_code == 409
    closed = await acknowledge(client, alert, {"X-API-Key": key}, **CLOSED, version=2)
    assert closed.json()["state"] == "closed"
    history = await items(client, f"/api/v1/alerts/{alert}/transitions", limit=2)
    assert [step["event"] for step in history] == ["raised", "acknowledged", "closed"]
    assert (history[1]["actor"], history[1]["note"]) == ("key tests", "谁在处理")
    assert [step["from_state"] for step in history] == [None, "raised", "acknowledged"]


async def test_a_person_signs_in_with_a_password_and_stands_in_the_history(
    client: httpx.AsyncClient, district: Connection
) -> None:
    add_people(district)
    alert = add_alert(district)
    headers = basic("operator", PASSWORDS["operator"])
    assert (await acknowledge(client, alert, headers)).status_code == 200
    history = await items(client, f"/api/v1/alerts/{alert}/transitions")
    assert history[-1]["actor"] == "operator"


async def test_only_operators_may_act(client: httpx.AsyncClient, district: Connection) -> None:
    add_people(district)
    alert = add_alert(district)
    anonymous = await acknowledge(client, alert, {})
    assert anonymous.status_code == 401
    assert "Bearer" in anonymous.headers["WWW-Authenticate"]
    viewer = await acknowledge(client, alert, basic("viewer", PASSWORDS["viewer"]))
    assert (viewer.status_code, "operator" in viewer.json()["detail"]) == (403, True)
    allowed = basic("administrator", PASSWORDS["administrator"])
    assert (await acknowledge(client, alert, allowed)).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer"},
        {"X-API-Key": "wrong"},
        {"X-API-Key": "x" * 5000},
        {"Authorization": "Digest x"},
        {"Authorization": "Basic !"},
        {"Authorization": "Basic " + b64encode(b"no colon").decode()},
        {"Authorization": "Basic " + b64encode(b"\xff:\xff").decode()},
        {"Authorization": "Basic " + b64encode(b"a\0b:c").decode()},
        basic("viewer", "wrong"),
        basic("nobody", "wrong"),
    ],
)
async def test_wrong_credentials_never_count_as_none(
    client: httpx.AsyncClient, district: Connection, headers: dict[str, str]
) -> None:
    add_people(district)
    answer = await client.get("/api/v1/alerts", headers=headers)
    assert answer.status_code == 401
    assert "Basic" in answer.headers["WWW-Authenticate"]


async def test_a_new_password_ends_the_old_one_at_once(
    client: httpx.AsyncClient, district: Connection
) -> None:
    add_people(district)
    signed_in = basic("viewer", PASSWORDS["viewer"])
    assert (await client.get("/api/v1/alerts", headers=signed_in)).status_code == 200
    create_account(district, "viewer", "another password", "viewer")
    assert (await client.get("/api/v1/alerts", headers=signed_in)).status_code == 401
    renewed = basic("viewer", "another password")
    assert (await client.get("/api/v1/alerts", headers=renewed)).status_code == 200


async def test_another_sites_page_cannot_act(
    client: httpx.AsyncClient, district: Connection
) -> None:
    headers = {"X-API-Key": add_people(district)}
    alert = add_alert(district)
    path = f"/api/v1/alerts/{alert}/transitions"
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        body = b'{"to": "acknowledged"}'
        answer = await client.post(path, content=body, headers=headers | {"Content-Type": kind})
        assert answer.status_code == 415
    for origin in ("http://evil.test", "http://twin.test.evil.test", "null", "http://[", ""):
        answer = await acknowledge(client, alert, headers | {"Origin": origin})
        assert answer.status_code == 403
    here = await acknowledge(client, alert, headers | {"Origin": "http://twin.test"})
    assert here.status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"{}",
        b'{"to": "flying"}',
        b'{"to": "closed", "more": 1}',
        b'{"to": "closed", "version": "1"}',
        b'{"to": "closed", "version": 99999999999999999999}',
        b'{"to": "closed", "note": "\\u0000"}',
        b'{"to": "closed", "note": "\\ud800"}',
        b'{"to": "\\ud800"}',
        b'{"\\ud800": 1, "to": "closed"}',
        b'{"to": "closed", "note": "' + b"x" * 2001 + b'"}',
        b"\xff\xfe",
        b"[" * 20_000,
    ],
)
async def test_a_body_that_makes_no_sense_is_refused(
    client: httpx.AsyncClient, district: Connection, body: bytes
) -> None:
    headers = {"X-API-Key": add_people(district), "Content-Type": "application/json"}
    path = f"/api/v1/alerts/{add_alert(district)}/transitions"
    answer = await client.post(path, content=body, headers=headers)
    assert answer.status_code == 422
    assert isinstance(answer.json()["detail"], str)


async def test_a_huge_body_is_refused_before_it_is_read(
    client: httpx.AsyncClient, district: Connection
) -> None:
    headers = {"X-API-Key": add_people(district), "Content-Type": "application/json"}
    path = f"/api/v1/alerts/{add_alert(district)}/transitions"
    answer = await client.post(path, content=b" " * 100_000, headers=headers)
    assert answer.status_code == 413


async def test_a_move_of_no_alert_is_refused(
    client: httpx.AsyncClient, district: Connection
) -> None:
    headers = {"X-API-Key": add_people(district)}
    assert (await acknowledge(client, 999, headers)).status_code == 404
    alert = add_alert(district)
    add_transition(district, alert, "escalated")
    illegal = await acknowledge(client, alert, headers, to="raised")
    assert illegal.status_code == 409


async def test_video_events_of_one_instant_come_page_by_page_each_once(
    client: httpx.AsyncClient, district: Connection
) -> None:
    add_video_events(district, 5)
    found = await items(client, "/api/v1/video-events", camera=CAMERA, limit=2)
    assert sorted(event["data"]["ObjectId"] for event in found) == [0, 1, 2, 3, 4]
    assert found[0]["verdict"].startswith("area")
    assert await items(client, "/api/v1/video-events", camera=FREE_CAMERA) == []


async def test_parked_messages_say_why(client: httpx.AsyncClient, district: Connection) -> None:
    for topic in ("a", "b", "c"):
        add_parked(district, topic)
    found = await items(client, "/api/v1/parked", limit=2)
    assert [message["topic"] for message in found] == ["c", "b", "a"]
    assert (found[0]["bytes"], found[0]["sentence"]) == (5, "expected JSON")


async def test_every_answer_forbids_calls_to_other_hosts(
    client: httpx.AsyncClient, district: Connection
) -> None:
    add_series(district)
    for path in ("/healthz", "/api/v1/series", "/nowhere", "/api/v1/series?x=1", "/"):
        headers = (await client.get(path)).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe-eval" not in policy.replace("wasm-unsafe-eval", "")
        assert "script-src 'self' 'wasm-unsafe-eval';" in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
