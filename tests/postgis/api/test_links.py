"""Links over the API: listed, drawn, explained, fixed by stewards, released."""

from typing import Any

import httpx
import psycopg
import pytest

from data.links import run_links
from tests.postgis.api.registering import key_headers, read, refusal, send
from tests.postgis.links.town import BUILDING, CAMERA, GAUGE, OTHER_REACH, REACH, build

pytestmark = pytest.mark.anyio

Connection = psycopg.Connection[tuple[Any, ...]]
LINKS = "/api/v1/links"


@pytest.fixture
def district(database_url: str) -> Any:  # noqa: ANN401 - a generator of a connection
    """A connection that commits by itself to a store with a linked town."""
    with psycopg.connect(database_url) as connection:
        build(connection)
        run_links(connection)
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
async def steward(client: httpx.AsyncClient, district: Connection) -> httpx.AsyncClient:
    client.headers.update(key_headers(district, "steward"))
    return client


async def test_links_are_listed_page_by_page(client: httpx.AsyncClient) -> None:
    first = await read(client, LINKS, limit=3)
    second = await read(client, LINKS, limit=3, cursor=first["next"])
    assert (len(first["items"]), len(second["items"]), second["next"]) == (3, 1, None)
    assert len({link["id"] for link in [*first["items"], *second["items"]]}) == 4


async def test_links_are_found_by_entity_method_and_confidence(client: httpx.AsyncClient) -> None:
    (gauge,) = (await read(client, LINKS, entity=str(GAUGE)))["items"]
    assert (gauge["target"], gauge["method"], gauge["side"]) == (str(REACH), "at", "left")
    (reach,) = (await read(client, LINKS, entity=REACH, relation="monitors"))["items"]
    assert reach == gauge
    assert len((await read(client, LINKS, method="inside"))["items"]) == 3
    weak = (await read(client, LINKS, confidence_below="0.8"))["items"]
    assert all(link["confidence"] < 0.8 for link in weak)
    assert gauge["id"] in {link["id"] for link in weak}


@pytest.mark.parametrize(
    "query", [{"method": "guessed"}, {"confidence_below": 2}, {"entity": "17"}, {"colour": "red"}]
)
async def test_a_condition_that_there_is_not_is_refused(
    client: httpx.AsyncClient, query: dict[str, str]
) -> None:
    answer = await client.get(LINKS, params=query)
    assert answer.status_code == 422


async def test_links_are_drawn_as_lines_from_the_device(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{LINKS}/lines", params={"entity": str(GAUGE)})
    assert answer.headers["content-type"] == "application/geo+json"
    (feature,) = answer.json()["features"]
    start, end = feature["geometry"]["coordinates"]
    assert feature["properties"]["target"] == str(REACH)
    assert start[0] == pytest.approx(end[0], abs=1e-6)
    assert (start[1] - end[1]) * 111_000 == pytest.approx(4, abs=0.2)


async def test_an_explanation_has_candidates_and_reasons(client: httpx.AsyncClient) -> None:
    found = await read(client, f"{LINKS}/{GAUGE}")
    assert (found["name"], found["class_name"]) == ("水位计1", "water level gauge")
    assert [one["taken"] for one in found["candidates"]] == [True, False]
    assert found["links"][0]["since"] is not None
    missing = await client.get(f"{LINKS}/{GAUGE + 90}")
    assert missing.status_code == 404


async def test_a_steward_fixes_a_link_and_releases_it(steward: httpx.AsyncClient) -> None:
    path = f"{LINKS}/{GAUGE}"
    fixed = await send(steward, "POST", f"{path}/fix", {"target": str(OTHER_REACH)})
    (link,) = fixed["links"]
    assert (link["target"], link["method"]) == (str(OTHER_REACH), "by a person")
    assert link["fixed_by"] == "key steward-of-tests"
    assert fixed["fixes"][0]["reason"] == "survey of May"
    none = await send(steward, "POST", f"{path}/fix", {"target": None})
    assert (none["links"], none["fixes"][0]["target"]) == ([], None)
    assert none["unlinked"][0]["reason"].startswith("to none of these, said key steward")
    released = await send(steward, "POST", f"{path}/release", {})
    assert released["links"][0]["target"] == str(REACH)
    assert "nobody has fixed it" in await refusal(steward, "POST", f"{path}/release", {}, 422)


async def test_a_fix_that_makes_no_sense_is_refused(steward: httpx.AsyncClient) -> None:
    async def sentence(code: int, body: dict[str, Any], status: int) -> str:
        return await refusal(steward, "POST", f"{LINKS}/{code}/fix", body, status)

    assert "sensor or camera" in await sentence(BUILDING, {"target": str(REACH)}, 422)
    assert "not in the register" in await sentence(GAUGE, {"target": str(REACH + 90)}, 404)
    odd = {"target": str(REACH), "relation": "flows_to"}
    assert "expected one of monitors" in await sentence(GAUGE, odd, 422)


async def test_who_may_not_change_the_register_fixes_nothing(
    client: httpx.AsyncClient, district: Connection
) -> None:
    path = f"{LINKS}/{CAMERA}/fix"
    await refusal(client, "POST", path, {"target": None}, 401)
    client.headers.update(key_headers(district, "operator"))
    await refusal(client, "POST", path, {"target": None}, 403)
