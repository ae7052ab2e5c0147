"""Accounts and keys on a real store: who is let in, who manages them, and what is logged."""

from functools import partial
from typing import Any

import httpx
import psycopg
import pytest
from alembic import command
from fastapi import FastAPI

from data.migrations import _config, migrate
from tests.postgis.api.conftest import Connection
from tests.postgis.api.district import PASSWORDS, add_alert, add_people
from tests.postgis.api.test_alerts import acknowledge, basic
from tests.postgis.api.test_register import items
from twin.api.accounts import add_account, list_accounts
from twin.api.key_ring import KeyRing, ask_store
from twin.api.keys import NewKey, add_api_key, create_api_key, list_keys, revoke_key
from twin.api.names import NameTakenError

pytestmark = pytest.mark.anyio

ACCOUNTS = "/api/v1/people/accounts"
KEYS = "/api/v1/people/keys"


class Clock:
    """A clock that a test moves."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(app: FastAPI) -> Clock:
    """The clock of the service's keys."""
    clock = Clock()
    app.state.keys = KeyRing(partial(ask_store, app.state.pool), clock)
    return clock


@pytest.fixture
def administrator(district: Connection) -> dict[str, str]:
    """Headers of an administrator; each role has an account of its own name."""
    add_people(district)
    return basic("administrator", PASSWORDS["administrator"])


async def status(client: httpx.AsyncClient, headers: dict[str, str]) -> int:
    return (await client.get("/api/v1/me", headers=headers)).status_code


async def refusal(client: httpx.AsyncClient, headers: dict[str, str]) -> str:
    answer = await client.get("/api/v1/me", headers=headers)
    assert answer.status_code == 401
    return str(answer.json()["detail"])


async def test_everybody_is_told_who_they_are(
    client: httpx.AsyncClient, district: Connection
) -> None:
    add_people(district)
    key = add_api_key(district, NewKey("gis", "operator", ("read",)), by="li")
    for headers, expected in (
        ({}, ("anonymous", "viewer", ["read"], "anonymous")),
        (
            basic("operator", PASSWORDS["operator"]),
            (
                "operator",
                "operator",
                ["alert.acknowledge", "alert.handle", "device.command", "read"],
                "local",
            ),
        ),
        ({"X-API-Key": key}, ("key gis", "operator", ["read"], "key")),
    ):
        me = (await client.get("/api/v1/me", headers=headers)).json()
        assert (me["actor"], me["role"], me["permissions"], me["issuer"]) == expected


async def test_a_key_does_what_its_scopes_say_and_no_more(
    client: httpx.AsyncClient, district: Connection
) -> None:
    alert = add_alert(district)
    seeing = {"X-API-Key": add_api_key(district, NewKey("see", "operator", ("read",)), by="li")}
    acting = NewKey("act", "operator", ("alert.acknowledge",))
    blind = {"X-API-Key": add_api_key(district, acting, by="li")}
    refused = await acknowledge(client, alert, seeing)
    assert (refused.status_code, "other scopes" in refused.json()["detail"]) == (403, True)
    assert (await client.get("/api/v1/alerts", headers=seeing)).status_code == 200
    assert (await client.get("/api/v1/alerts", headers=blind)).status_code == 403


async def test_field_crews_acknowledge_and_do_not_close(
    client: httpx.AsyncClient, district: Connection
) -> None:
    alert = add_alert(district)
    crew = {"X-API-Key": create_api_key(district, "crew-3", "field")}
    assert (await acknowledge(client, alert, crew)).status_code == 200
    closed = await acknowledge(client, alert, crew, to="closed", verdict="false", reason="dry")
    assert (closed.status_code, "alert.handle" in closed.json()["detail"]) == (403, True)


async def test_a_revoked_or_expired_key_opens_nothing_after_two_seconds(
    client: httpx.AsyncClient, district: Connection, clock: Clock
) -> None:
    revoked, expired, renewed = (
        {"X-API-Key": add_api_key(district, NewKey(name, "viewer"), by="li")}
        for name in ("revoked", "expired", "renewed")
    )
    for headers in (revoked, expired, renewed):
        assert await status(client, headers) == 200
    revoke_key(district, "revoked", by="li")
    district.execute("UPDATE api_key SET expires_at = now() WHERE name = 'expired'")
    new = {"X-API-Key": create_api_key(district, "renewed", "viewer")}
    assert await status(client, new) == 200
    clock.now += 2.0
    for headers in (revoked, expired, renewed):
        assert await refusal(client, headers) == "unknown, expired or revoked API key"
    assert await status(client, new) == 200


async def test_the_last_use_of_a_key_is_noted_once_a_minute(
    client: httpx.AsyncClient, district: Connection, clock: Clock
) -> None:
    key = {"X-API-Key": add_api_key(district, NewKey("gis", "viewer"), by="li")}
    assert list_keys(district)[0].last_used_at is None
    noted = []
    for age in ("0 s", "59 s", "61 s"):
        earlier = "UPDATE api_key SET last_used_at = last_used_at - %s::interval"
        district.execute(earlier, (age,))
        before = list_keys(district)[0].last_used_at
        clock.now += 2.0
        assert await status(client, key) == 200
        noted.append(list_keys(district)[0].last_used_at != before)
    assert noted == [True, False, True]


async def test_the_store_is_not_asked_about_a_key_that_it_has_just_let_in(
    app: FastAPI, client: httpx.AsyncClient, district: Connection, clock: Clock
) -> None:
    key = {"X-API-Key": add_api_key(district, NewKey("gis", "viewer"), by="li")}
    assert await status(client, key) == 200
    asked = app.state.pool.get_stats()["requests_num"]
    clock.now += 1.9
    for _ in range(10):
        assert await status(client, key) == 200
    assert app.state.pool.get_stats()["requests_num"] == asked


async def test_an_administrator_manages_accounts(
    client: httpx.AsyncClient, administrator: dict[str, str]
) -> None:
    body = {"username": "李雷", "role": "steward", "password": "一二三四五六七八九十十一"}
    made = await client.post(ACCOUNTS, json=body, headers=administrator)
    assert made.status_code == 201, made.text
    assert (made.json()["role"], made.json()["disabled"]) == ("steward", False)
    again = await client.post(ACCOUNTS, json=body, headers=administrator)
    assert (again.status_code, again.json()["detail"]) == (409, "account '李雷': exists")
    assert await status(client, basic("李雷", body["password"])) == 200

    one = f"{ACCOUNTS}/李雷"
    changed = await client.patch(
        one, json={"role": "dispatcher", "disabled": True}, headers=administrator
    )
    assert (changed.json()["role"], changed.json()["disabled"]) == ("dispatcher", True)
    assert await status(client, basic("李雷", body["password"])) == 401
    new = {"disabled": False, "password": "another long password", "unlock": True}
    assert (await client.patch(one, json=new, headers=administrator)).status_code == 200
    assert await status(client, basic("李雷", "another long password")) == 200
    missing = await client.patch(f"{ACCOUNTS}/nobody", json={}, headers=administrator)
    assert missing.status_code == 404


async def test_lists_come_page_by_page_each_once(
    client: httpx.AsyncClient, district: Connection, administrator: dict[str, str]
) -> None:
    for name in ("c", "a", "b"):
        add_api_key(district, NewKey(name, "viewer"), by="li")
    client.headers.update(administrator)
    keys = await items(client, KEYS, limit=2)
    assert [key["name"] for key in keys] == ["a", "b", "c", "tests"]
    assert (keys[0]["prefix"][:3], keys[0]["created_by"]) == ("ct_", "li")
    accounts = await items(client, ACCOUNTS, limit=1)
    assert [account["username"] for account in accounts] == ["administrator", "operator", "viewer"]
    log = await items(client, "/api/v1/people/log", limit=2)
    assert [entry["subject"] for entry in log[:3]] == ["b", "a", "c"]


async def test_an_administrator_makes_a_key_that_is_told_once_and_ends_it(
    client: httpx.AsyncClient, administrator: dict[str, str], clock: Clock
) -> None:
    body = {"name": "gis", "role": "operator", "scopes": ["read"], "days": 30}
    made = await client.post(KEYS, json=body, headers=administrator)
    assert made.status_code == 201, made.text
    assert made.headers["Cache-Control"] == "no-store"
    key = made.json()["key"]
    assert key.startswith(made.json()["prefix"] + "_")
    assert await status(client, {"X-API-Key": key}) == 200
    assert key not in (await client.get(KEYS, headers=administrator)).text
    again = await client.post(KEYS, json=body, headers=administrator)
    assert again.status_code == 409
    ended = await client.delete(f"{KEYS}/gis", headers=administrator)
    assert ended.json()["revoked_at"] is not None
    assert (await client.delete(f"{KEYS}/gis", headers=administrator)).status_code == 404
    clock.now += 2.0
    assert await status(client, {"X-API-Key": key}) == 401
    forever = body | {"days": None}
    anew = (await client.post(KEYS, json=forever, headers=administrator)).json()
    assert (anew["expires_at"], anew["revoked_at"]) == (None, None)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (ACCOUNTS, {"username": "x", "role": "king", "password": "long enough so far"}),
        (ACCOUNTS, {"username": "x", "role": "viewer", "password": "short"}),
        (ACCOUNTS, {"username": "x:y", "role": "viewer", "password": "long enough so far"}),
        (ACCOUNTS, {"username": "\0", "role": "viewer", "password": "long enough so far"}),
        (ACCOUNTS, {"username": "x", "role": "viewer"}),
        (KEYS, {"name": "x", "role": "viewer", "scopes": ["people.manage"]}),
        (KEYS, {"name": "x", "role": "viewer", "scopes": ["fly"]}),
        (KEYS, {"name": "x", "role": "viewer", "days": 0}),
        (KEYS, {"name": "x", "role": "viewer", "days": "30"}),
        (KEYS, {"name": "x y", "role": "viewer"}),
        (KEYS, {"name": "x", "role": "viewer", "more": 1}),
    ],
)
async def test_what_no_account_or_key_can_be_is_refused(
    client: httpx.AsyncClient, administrator: dict[str, str], path: str, body: dict[str, Any]
) -> None:
    answer = await client.post(path, json=body, headers=administrator)
    assert answer.status_code == 422, answer.text
    assert "short" not in answer.text
    assert "long enough" not in answer.text


async def test_only_administrators_see_and_manage_people(
    client: httpx.AsyncClient, administrator: dict[str, str]
) -> None:
    assert await status(client, administrator) == 200
    for headers, expected in (({}, 401), (basic("operator", PASSWORDS["operator"]), 403)):
        for path in (ACCOUNTS, KEYS, "/api/v1/people/log"):
            assert (await client.get(path, headers=headers)).status_code == expected
        body = {"username": "x", "role": "viewer", "password": "long enough so far"}
        made = await client.post(ACCOUNTS, json=body, headers=headers)
        ended = await client.delete(f"{KEYS}/tests", headers=headers)
        assert (made.status_code, ended.status_code) == (expected, expected)


async def test_a_limited_key_cannot_hand_out_more_than_it_holds(
    client: httpx.AsyncClient, district: Connection, administrator: dict[str, str]
) -> None:
    assert administrator
    limited = NewKey("hr", "administrator", ("people.manage", "read"))
    headers = {"X-API-Key": add_api_key(district, limited, by="li")}
    viewer = {"username": "x", "role": "viewer", "password": "long enough so far"}
    assert (await client.post(ACCOUNTS, json=viewer, headers=headers)).status_code == 201
    beyond = await client.post(
        ACCOUNTS, json=viewer | {"username": "y", "role": "operator"}, headers=headers
    )
    assert (beyond.status_code, "does not hold alert.ack" in beyond.json()["detail"]) == (403, True)
    for path, body in (
        (f"{ACCOUNTS}/x", {"role": "administrator"}),
        (f"{ACCOUNTS}/administrator", {"password": "taken over by a key"}),
    ):
        assert (await client.patch(path, json=body, headers=headers)).status_code == 403
    key = {"name": "z", "role": "administrator"}
    assert (await client.post(KEYS, json=key, headers=headers)).status_code == 403


async def test_the_last_administrator_stays(
    client: httpx.AsyncClient, district: Connection, administrator: dict[str, str]
) -> None:
    one = f"{ACCOUNTS}/administrator"
    for body in ({"disabled": True}, {"role": "viewer"}):
        refused = await client.patch(one, json=body, headers=administrator)
        assert (refused.status_code, "last" in refused.json()["detail"]) == (409, True)
    add_account(district, "second", "long enough so far", "administrator", by="li")
    changed = await client.patch(one, json={"role": "viewer"}, headers=administrator)
    assert changed.status_code == 200


async def test_another_sites_page_cannot_manage_people(
    client: httpx.AsyncClient, administrator: dict[str, str]
) -> None:
    foreign = administrator | {"Origin": "http://evil.test"}
    assert (await client.delete(f"{KEYS}/tests", headers=foreign)).status_code == 403
    key = {"name": "z", "role": "viewer"}
    assert (await client.post(KEYS, json=key, headers=foreign)).status_code == 403


async def test_every_change_is_logged_with_who_made_it_and_without_secrets(
    client: httpx.AsyncClient, district: Connection, administrator: dict[str, str]
) -> None:
    change = {"role": "field", "password": "another long password"}
    assert (
        await client.patch(f"{ACCOUNTS}/viewer", json=change, headers=administrator)
    ).status_code == 200
    revoke_key(district, "tests", by="os:li")
    logged = district.execute(
        "SELECT actor, action, subject, detail FROM actor_log ORDER BY id DESC LIMIT 2"
    ).fetchall()
    assert logged == [
        ("os:li", "key.revoke", "tests", {}),
        ("administrator", "account.change", "viewer", {"role": "field", "password": "new"}),
    ]


def test_the_log_is_only_ever_added_to(district: Connection) -> None:
    add_people(district)
    for statement in ("UPDATE actor_log SET actor = 'x'", "DELETE FROM actor_log"):
        with pytest.raises(psycopg.errors.RestrictViolation, match="only ever added to"):
            district.execute(statement)


def test_accounts_and_keys_of_the_first_store_stay_as_they_were(empty_store: str) -> None:
    command.upgrade(_config(empty_store), "0001")
    with psycopg.connect(empty_store) as connection:
        connection.execute("INSERT INTO account VALUES ('li', 'hash', 'operator')")
        connection.execute(
            "INSERT INTO api_key (name, key_digest, role) VALUES ('gis', 'x', 'viewer')"
        )
    migrate(empty_store)
    with psycopg.connect(empty_store) as connection:
        account, key = list_accounts(connection)[0], list_keys(connection)[0]
    assert (account.username, account.role, account.disabled) == ("li", "operator", False)
    assert (key.name, key.scopes, key.expires_at, key.revoked_at) == ("gis", [], None, None)


def test_a_change_that_is_refused_leaves_no_trace(district: Connection) -> None:
    add_people(district)
    before = district.execute("SELECT count(*) FROM actor_log").fetchone()
    with pytest.raises(NameTakenError):
        add_api_key(district, NewKey("tests", "viewer"), by="li")
    assert district.execute("SELECT count(*) FROM actor_log").fetchone() == before
