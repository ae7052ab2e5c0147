"""Where sensors should stand, over HTTP."""

from typing import Any

import httpx
import pytest
from shapely.geometry import Point

from data.registry import ChangeSet, EntityChange, NewRelation, record
from tests.postgis.api.conftest import Connection
from tests.postgis.register import REACH, X, Y

pytestmark = pytest.mark.anyio

MANHOLES = [4403110103000001 + at for at in range(6)]
STATION = 4403118505000001
PATH = "/api/v1/networks/sites"


@pytest.fixture(autouse=True)
def drains(district: Connection) -> None:
    """Six manholes in a row, the last of which flows to the reach that a station measures."""
    entities = [
        EntityChange(code, f"井{at}", Point(X + 50.0 * at, Y - 100.0))
        for at, code in enumerate(MANHOLES)
    ]
    entities.append(EntityChange(STATION, "水质站", Point(X, Y)))
    relations = [
        NewRelation(upper, "flows_to", lower, "test")
        for upper, lower in zip(MANHOLES, [*MANHOLES[1:], REACH], strict=True)
    ]
    relations.append(NewRelation(STATION, "monitors", REACH, "test"))
    with district.transaction():
        record(district, ChangeSet("li", "drains", "test", entities, relations=relations))


async def asked(client: httpx.AsyncClient, **query: Any) -> dict[str, Any]:  # noqa: ANN401
    answer = await client.get(PATH, params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_sensors_are_proposed_beside_the_stations_of_the_register(
    client: httpx.AsyncClient,
) -> None:
    found = await asked(client, count=2)
    assert found["existing"] == [str(REACH)]
    assert found["seen"] == pytest.approx(1.0)
    keys = [sensor["key"] for sensor in found["sensors"]]
    assert [sensor["order"] for sensor in found["sensors"]] == [1, 2]
    assert set(keys) < {str(code) for code in MANHOLES}
    alike = [found["alike"], *(sensor["alike"] for sensor in found["sensors"])]
    assert alike == sorted(alike, reverse=True)


async def test_stations_may_be_left_out_and_sensors_named(client: httpx.AsyncClient) -> None:
    found = await asked(client, count=1, keep="false", existing=[str(MANHOLES[2])])
    assert found["existing"] == [str(MANHOLES[2])]
    assert found["seen"] < found["sensors"][0]["seen"]


async def test_sites_are_drawn(client: httpx.AsyncClient) -> None:
    found = await asked(client, count=1, begin_known_s=120, format="geojson")
    (feature,) = found["features"]
    assert feature["geometry"]["type"] == "Point"
    assert feature["id"] == feature["properties"]["key"]


async def test_what_is_not_there_is_named(client: httpx.AsyncClient) -> None:
    answer = await client.get(PATH, params={"count": 1, "existing": "nowhere"})
    assert answer.status_code == 404
    assert "nowhere" in answer.json()["detail"]
    assert (await client.get(PATH, params={"count": 0})).status_code == 422
    assert (await client.get(PATH)).status_code == 422
