"""Roads over HTTP."""

from typing import Any

import httpx
import pytest
from shapely.geometry import shape

from data.registry import EntityChange
from tests.postgis.api.conftest import Connection
from tests.postgis.roads.test_reach import flood
from tests.postgis.roads.town import at, code, grid, say, section

pytestmark = pytest.mark.anyio

STATION = code("8101", 9)
PUMP = code("2115", 1)
PATH = "/api/v1/roads"


@pytest.fixture(autouse=True)
def town(district: Connection) -> None:
    """The grid south-west of the small district's road, a station, a pump and a key area."""
    say(
        district,
        *grid(),
        EntityChange(STATION, "消防站", at(0, 0).buffer(5)),
        EntityChange(code("8808", 1), "重点区域", at(360, 360).buffer(100)),
        EntityChange(PUMP, "泵车", at(720, 720)),
    )


async def told(client: httpx.AsyncClient, path: str, **asked: object) -> Any:  # noqa: ANN401 - JSON
    answer = await client.get(f"{PATH}{path}", params=asked)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_network_says_what_it_is_made_of(client: httpx.AsyncClient) -> None:
    first, second = await told(client, ""), await told(client, "")
    assert first["built"] is True
    assert second["built"] is False
    assert {name: second[name] for name in ("nodes", "edges", "parts", "left_out")} == {
        "nodes": first["nodes"],
        "edges": first["edges"],
        "parts": 1,
        "left_out": {},
    }


async def test_what_is_reached_grows_with_time(client: httpx.AsyncClient) -> None:
    found = await told(client, "/reach", station=STATION)
    assert [one["minutes"] for one in found["reached"]] == [5, 10, 15]
    areas = [shape(one["land"]).area for one in found["reached"]]
    assert areas == sorted(areas)
    assert found["stations"] == [
        {"code": str(STATION), "name": "消防站", "off_road_m": 0.0, "reason": ""}
    ]


async def test_flooded_roads_are_closed_and_so_are_those_that_are_named(
    client: httpx.AsyncClient, district: Connection
) -> None:
    flood(district, section(0, 1))
    asked = {"station": STATION, "closed": section(0, 3), "minutes": 10}
    found = await told(client, "/reach", **asked)
    assert found["closed"] == [
        {"code": str(section(0, 1)), "reason": "alert 1 (red)"},
        {"code": str(section(0, 3)), "reason": "named"},
    ]
    opened = await told(client, "/reach", station=STATION, flooded=False, minutes=10)
    assert opened["closed"] == []


async def test_shapes_come_as_features_too(client: httpx.AsyncClient) -> None:
    found = await told(client, "/reach", place="113.936,22.749", geojson=True, minutes=[1, 2])
    assert found["type"] == "FeatureCollection"
    assert [one["properties"]["shape"] for one in found["features"]] == ["roads", "land"] * 2


async def test_who_is_nearest_comes_with_a_route(
    client: httpx.AsyncClient, district: Connection
) -> None:
    flood(district, section(0, 1))
    found = await told(client, "/nearest", alert=1, helper_class="2115", helper=STATION)
    assert {one["code"]: one["class"] for one in found["coming"]} == {
        str(STATION): "8101",
        str(PUMP): "2115",
    }
    assert found["unreachable"] == []
    assert found["coming"][-1]["route"]["type"] == "LineString"


async def test_coverage_tells_shares_and_gaps(client: httpx.AsyncClient) -> None:
    found = await told(client, "/coverage", station=STATION, minutes=0.1)
    (area,) = found["areas"]
    assert area["land_m2"]["reached"] == 0
    assert shape(area["gap"]).area > 0
    assert area["people"]["unknown_buildings"] == 0


@pytest.mark.parametrize(
    ("path", "asked", "status", "sentence"),
    [
        ("/reach", {}, 404, "station: expected a code"),
        ("/reach", {"station": STATION + 1}, 404, "expected one in use"),
        ("/reach", {"place": "10,10"}, 422, "place: "),
        ("/reach", {"station": STATION, "minutes": 0}, 422, "minutes"),
        ("/reach", {"station": STATION, "closed": PUMP}, 404, "expected a road (8401)"),
        ("/nearest", {"alert": 5, "helper": PUMP}, 404, "alert 5: not in the store"),
        ("/nearest", {"alert": 5}, 404, "alert 5: not in the store"),
        ("/nearest", {"place": "113.936,22.749"}, 404, "helper: expected a code, or a class (8902"),
        ("/nearest", {"helper": PUMP}, 422, "incident: expected one of"),
        ("/coverage", {"station": STATION, "area": PUMP}, 404, "expected an area in use"),
    ],
)
async def test_what_cannot_be_asked_is_refused(
    client: httpx.AsyncClient, path: str, asked: dict[str, Any], status: int, sentence: str
) -> None:
    answer = await client.get(f"{PATH}{path}", params=asked)
    assert answer.status_code == status
    assert sentence in answer.text
