"""Parked messages are offered again or dropped by those who may, and it is written down."""

from typing import Any

import httpx
import psycopg
import pytest

from tests.postgis.api.district import PASSWORDS, add_parked, add_people
from tests.postgis.api.test_alerts import basic

pytestmark = pytest.mark.anyio

Connection = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture
def parked(district: Connection) -> list[int]:
    """Three parked messages, and an account of each role."""
    add_people(district)
    for topic in ("a", "b", "c"):
        add_parked(district, topic)
    return [row[0] for row in district.execute("SELECT id FROM parked_message ORDER BY id")]


async def post(
    client: httpx.AsyncClient, action: str, body: dict[str, Any], role: str = "administrator"
) -> httpx.Response:
    headers = basic(role, PASSWORDS[role])
    return await client.post(f"/api/v1/parked/{action}", json=body, headers=headers)


async def test_chosen_messages_are_wanted_again(
    client: httpx.AsyncClient, district: Connection, parked: list[int]
) -> None:
    answer = await post(client, "replay", {"ids": parked[:2]})
    assert (answer.status_code, answer.json()) == (200, {"messages": 2})
    assert (await post(client, "replay", {"ids": parked[:2]})).json() == {"messages": 0}
    wanted = district.execute(
        "SELECT id FROM parked_message WHERE replay_wanted_at IS NOT NULL ORDER BY id"
    ).fetchall()
    assert [number for (number,) in wanted] == parked[:2]
    logged = district.execute(
        "SELECT actor, action, subject, detail FROM actor_log WHERE action LIKE 'parked.%'"
    ).fetchall()
    subject = ", ".join(map(str, parked[:2]))
    assert logged == [("administrator", "parked.replay", subject, {"messages": 2})]


async def test_all_can_be_dropped(
    client: httpx.AsyncClient, district: Connection, parked: list[int]
) -> None:
    assert (await post(client, "drop", {"all": True})).json() == {"messages": len(parked)}
    assert district.execute("SELECT count(*) FROM parked_message").fetchall() == [(0,)]


@pytest.mark.parametrize("body", [{}, {"ids": []}, {"ids": [1], "all": True}, {"ids": [0]}])
async def test_a_choice_that_says_nothing_is_refused(
    client: httpx.AsyncClient, parked: list[int], body: dict[str, Any]
) -> None:
    assert parked
    assert (await post(client, "replay", body)).status_code == 422


async def test_who_may_only_look_may_not(
    client: httpx.AsyncClient, district: Connection, parked: list[int]
) -> None:
    for role in ("viewer", "operator"):
        assert (await post(client, "drop", {"all": True}, role)).status_code == 403
    assert district.execute("SELECT count(*) FROM parked_message").fetchall() == [(len(parked),)]
