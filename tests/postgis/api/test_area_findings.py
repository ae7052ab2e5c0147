"""What is inside areas, over HTTP."""

import httpx
import pytest

from data.registry import EntityChange
from tests.postgis.api.conftest import Connection
from tests.postgis.roads.town import at, code, say

pytestmark = pytest.mark.anyio

ZONE, SITE = code("8806", 1), code("8702", 1)
PATH = "/api/v1/areas"


@pytest.fixture(autouse=True)
def town(district: Connection) -> None:
    """A no-go zone with a construction site in it."""
    say(
        district,
        EntityChange(ZONE, "禁入区", at(5000, 5000).buffer(50)),
        EntityChange(SITE, "工地", at(5000, 5000).buffer(10)),
    )


async def test_what_is_inside_is_listed_with_its_area(client: httpx.AsyncClient) -> None:
    found = (await client.get(f"{PATH}/{ZONE}/inside", params={"class": "8702"})).json()
    (item,) = found["items"]
    assert found["complete"] is True
    assert (item["kind"], item["code"], item["class"], item["how"]) == (
        "entity", str(SITE), "8702", "in",
    )  # fmt: skip
    assert item["area"] == {"code": str(ZONE), "class": "8806", "name": "禁入区"}
    assert (item["longitude"], item["latitude"]) == pytest.approx((113.98, 22.79), abs=0.02)


async def test_encroachments_are_those_since_an_instant(client: httpx.AsyncClient) -> None:
    found = (await client.get(f"{PATH}/encroachments")).json()
    assert [one["code"] for one in found["items"]] == [str(SITE)]
    asked = {"since": "2100-01-01T00:00:00+08:00"}
    assert (await client.get(f"{PATH}/encroachments", params=asked)).json()["items"] == []
    asked = {"area": str(ZONE + 1)}
    assert (await client.get(f"{PATH}/encroachments", params=asked)).json()["items"] == []


async def test_more_than_was_asked_for_is_said_to_be(client: httpx.AsyncClient) -> None:
    found = (await client.get(f"{PATH}/{ZONE}/inside", params={"limit": "1"})).json()
    assert (len(found["items"]), found["complete"]) == (1, True)


async def test_an_unknown_area_is_said_to_be(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{PATH}/{ZONE + 7}/inside")
    assert answer.status_code == 404
    assert "expected one in use" in answer.json()["detail"]
