"""Whose word counts is set by administrators; what others say waits for a steward's decision."""

from typing import Any

import httpx
import psycopg
import pytest

from tests.postgis.api.registering import ENTITIES, WHY, key_headers, read, refusal, send
from tests.postgis.register import REACH

pytestmark = pytest.mark.anyio

Connection = psycopg.Connection[tuple[Any, ...]]
AUTHORITIES, CONFLICTS = "/api/v1/authorities", "/api/v1/conflicts"
WARNING = f"{AUTHORITIES}/8202/warning_level_m"
BUREAU = {"authority": "water bureau"}


@pytest.fixture
async def administrator(client: httpx.AsyncClient, district: Connection) -> httpx.AsyncClient:
    """An administrator of a district where only the water bureau says how high a reach warns."""
    client.headers.update(key_headers(district, "administrator"))
    await send(client, "PUT", WARNING, BUREAU)
    return client


async def contradict(client: httpx.AsyncClient, value: float) -> Any:  # noqa: ANN401 - JSON
    """Say another warning level than stands and return the conflict that comes of it."""
    body = {"properties": {"warning_level_m": value}, "source": "roads office"}
    done = await send(client, "PATCH", f"{ENTITIES}/{REACH}", body)
    assert done["recorded"]["conflicts"] == 1
    assert done["properties"]["warning_level_m"] == 3.0
    (conflict,) = (await read(client, CONFLICTS, entity=REACH))["items"]
    return conflict


async def test_a_word_against_the_authority_is_shown_and_changes_nothing(
    administrator: httpx.AsyncClient,
) -> None:
    conflict = await contradict(administrator, 2.5)
    told = {name: conflict[name] for name in ("code", "class", "property", "source", "authority")}
    assert told == {
        "code": str(REACH),
        "class": "8202",
        "property": "warning_level_m",
        "source": "roads office",
        "authority": "water bureau",
    }
    assert (conflict["value"], conflict["standing"], conflict["resolution"]) == (2.5, 3.0, None)
    assert conflict["actor"] == "key administrator-of-tests"
    for query in ({"class": "8202"}, {"property": "warning_level_m"}, {"source": "roads office"}):
        assert len((await read(administrator, CONFLICTS, **query))["items"]) == 1
    assert (await read(administrator, CONFLICTS, source="nobody"))["items"] == []


async def test_a_word_that_is_taken_stands_and_is_decided_once(
    administrator: httpx.AsyncClient,
) -> None:
    path = f"{CONFLICTS}/{(await contradict(administrator, 2.5))['id']}"
    taken = await send(administrator, "POST", path, {"resolution": "taken"})
    assert (taken["resolution"], taken["standing"]) == ("taken", 2.5)
    assert taken["resolved_by"] == "key administrator-of-tests"
    reach = await read(administrator, f"{ENTITIES}/{REACH}")
    assert reach["properties"]["warning_level_m"] == 2.5
    sentence = await refusal(administrator, "POST", path, {"resolution": "dismissed"}, 422)
    assert "expected one that is open" in sentence
    assert (await read(administrator, CONFLICTS))["items"] == []
    assert len((await read(administrator, CONFLICTS, state="resolved"))["items"]) == 1


async def test_a_word_that_is_dismissed_leaves_what_stands(
    administrator: httpx.AsyncClient,
) -> None:
    path = f"{CONFLICTS}/{(await contradict(administrator, 2.5))['id']}"
    await send(administrator, "POST", path, {"resolution": "dismissed"})
    reach = await read(administrator, f"{ENTITIES}/{REACH}")
    assert reach["properties"]["warning_level_m"] == 3.0
    unknown = await refusal(administrator, "POST", f"{CONFLICTS}/99", {"resolution": "taken"}, 404)
    assert "not in the register" in unknown


async def test_an_authority_is_told_with_who_named_it_and_can_end(
    administrator: httpx.AsyncClient,
) -> None:
    found = await read(administrator, WARNING)
    assert (found["source"], found["reason"]) == ("water bureau", "survey of May")
    assert (await read(administrator, AUTHORITIES))["items"] == [found]
    ended = await administrator.delete(WARNING, params=WHY)
    assert ended.json() == found
    assert (await administrator.get(WARNING)).status_code == 404
    assert (await administrator.delete(WARNING, params=WHY)).status_code == 404


async def test_authorities_come_page_by_page(administrator: httpx.AsyncClient) -> None:
    for name in ("name", "geometry", "x_own", "width_m"):
        await send(administrator, "PUT", f"{AUTHORITIES}/8202/{name}", BUREAU)
    page = await read(administrator, AUTHORITIES, limit=3)
    rest = await read(administrator, AUTHORITIES, limit=3, cursor=page["next"])
    names = [item["property"] for item in page["items"] + rest["items"]]
    assert names == ["geometry", "name", "warning_level_m", "width_m", "x_own"]
    assert rest["next"] is None


async def test_only_administrators_say_whose_word_counts(
    client: httpx.AsyncClient, district: Connection
) -> None:
    client.headers.update(key_headers(district, "steward"))
    assert "register.authority" in await refusal(client, "PUT", WARNING, BUREAU, 403)
    assert (await client.delete(WARNING, params=WHY)).status_code == 403


async def test_a_property_that_the_class_does_not_have_has_no_authority(
    administrator: httpx.AsyncClient,
) -> None:
    path = f"{AUTHORITIES}/8202/storeys"
    assert "expected one of name, geometry" in await refusal(
        administrator, "PUT", path, BUREAU, 422
    )
