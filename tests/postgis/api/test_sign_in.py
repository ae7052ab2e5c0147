"""Passwords open accounts; too many wrong ones lock them, and no answer tells who exists."""

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.postgis.api.conftest import Connection
from tests.postgis.api.district import PASSWORDS, add_people
from tests.postgis.api.test_actors import ACCOUNTS, refusal, status
from tests.postgis.api.test_alerts import basic
from twin.api.accounts import AccountChange, change_account, list_accounts

pytestmark = pytest.mark.anyio


async def test_five_failures_lock_an_account_for_a_quarter_of_an_hour(
    client: httpx.AsyncClient, district: Connection
) -> None:
    add_people(district)
    right, wrong = basic("viewer", PASSWORDS["viewer"]), basic("viewer", "wrong")
    for _ in range(5):
        assert await refusal(client, wrong) == "wrong username or password"
    locked = await refusal(client, right)
    assert locked.startswith("account 'viewer' is locked until 20")
    # What is said of a lock must not tell a right guess from a wrong one.
    assert await refusal(client, wrong) == locked
    assert await status(client, basic("operator", PASSWORDS["operator"])) == 200
    assert [account.username for account in list_accounts(district) if account.locked_until] == [
        "viewer"
    ]
    assert district.execute(
        "SELECT actor, subject FROM actor_log WHERE action = 'account.lock'"
    ).fetchall() == [("sign-in", "viewer")]
    district.execute(
        "UPDATE sign_in_failure SET last_at = last_at - interval '901 s',"
        " locked_until = locked_until - interval '901 s'"
    )
    assert await status(client, right) == 200
    assert district.execute("SELECT count(*) FROM sign_in_failure").fetchone() == (0,)


async def test_success_ends_the_row_of_failures(
    client: httpx.AsyncClient, district: Connection
) -> None:
    add_people(district)
    for _ in range(2):
        for _ in range(4):
            assert "wrong" in await refusal(client, basic("viewer", "wrong"))
        assert await status(client, basic("viewer", PASSWORDS["viewer"])) == 200


async def test_guesses_at_the_same_moment_do_not_slip_through(
    client: httpx.AsyncClient, district: Connection
) -> None:
    add_people(district)
    guesses = [basic("viewer", f"guess-{number}") for number in range(30)]
    told = await asyncio.gather(*(refusal(client, guess) for guess in guesses))
    assert sorted(text.startswith("wrong") for text in told) == [False] * 25 + [True] * 5
    assert "locked" in await refusal(client, basic("viewer", PASSWORDS["viewer"]))


async def test_a_page_that_asks_for_many_things_at_once_locks_nobody_out(
    client: httpx.AsyncClient, district: Connection
) -> None:
    add_people(district)
    right = basic("viewer", PASSWORDS["viewer"])
    found = await asyncio.gather(*(status(client, right) for _ in range(20)))
    assert found == [200] * 20


async def test_a_name_that_nobody_has_is_locked_like_any_other(
    client: httpx.AsyncClient, district: Connection
) -> None:
    add_people(district)
    told = {
        name: [await refusal(client, basic(name, "wrong")) for _ in range(6)]
        for name in ("viewer", "nobody")
    }
    assert told["nobody"][:5] == told["viewer"][:5]
    assert told["nobody"][5][:30] == "account 'nobody' is locked unt"
    assert told["viewer"][5][:30] == "account 'viewer' is locked unt"
    logged = district.execute("SELECT subject FROM actor_log WHERE action = 'account.lock'")
    assert logged.fetchall() == [("viewer",)]


async def test_every_refusal_takes_one_verification_so_that_time_tells_nothing(
    app: FastAPI, client: httpx.AsyncClient, district: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_people(district)
    change_account(district, "operator", AccountChange(disabled=True), by="li")
    for _ in range(5):
        await refusal(client, basic("administrator", "wrong"))
    checks = app.state.sign_ins._passwords
    verify, verified = checks.matches, []

    async def counted(stored: str | None, password: str) -> bool:
        verified.append(stored is not None)
        return bool(await verify(stored, password))

    monkeypatch.setattr(checks, "matches", counted)
    for name, password in (
        ("viewer", "wrong"),
        ("nobody", "wrong"),
        ("operator", PASSWORDS["operator"]),
        ("administrator", "wrong"),
        ("administrator", PASSWORDS["administrator"]),
    ):
        verified.clear()
        await refusal(client, basic(name, password))
        assert len(verified) == 1, name


@pytest.mark.parametrize("change", [{"unlock": True}, {"password": "another long password"}])
async def test_an_administrator_ends_a_lock(
    client: httpx.AsyncClient, district: Connection, change: dict[str, Any]
) -> None:
    add_people(district)
    administrator = basic("administrator", PASSWORDS["administrator"])
    for _ in range(5):
        await refusal(client, basic("viewer", "wrong"))
    one = f"{ACCOUNTS}/viewer"
    assert (await client.patch(one, json={}, headers=administrator)).json()["locked_until"]
    opened = await client.patch(one, json=change, headers=administrator)
    assert opened.json()["locked_until"] is None
    password = change.get("password", PASSWORDS["viewer"])
    assert await status(client, basic("viewer", password)) == 200


async def test_failures_of_long_ago_are_forgotten(
    client: httpx.AsyncClient, district: Connection
) -> None:
    for number in range(3):
        assert "wrong" in await refusal(client, basic(f"nobody-{number}", "wrong"))
    district.execute("UPDATE sign_in_failure SET last_at = last_at - interval '901 s'")
    assert "wrong" in await refusal(client, basic("nobody-1", "wrong"))
    left = district.execute("SELECT failures FROM sign_in_failure").fetchall()
    assert left == [(1,)]


async def test_a_disabled_account_ends_at_once_and_comes_back(
    client: httpx.AsyncClient, district: Connection
) -> None:
    add_people(district)
    right = basic("viewer", PASSWORDS["viewer"])
    assert await status(client, right) == 200
    change_account(district, "viewer", AccountChange(disabled=True), by="li")
    assert "disabled" in await refusal(client, right)
    assert await refusal(client, basic("viewer", "wrong")) == "wrong username or password"
    change_account(district, "viewer", AccountChange(disabled=False), by="li")
    assert await status(client, right) == 200
