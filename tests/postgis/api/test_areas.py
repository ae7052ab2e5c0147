"""Areas over HTTP, and the area of an alert."""

import httpx
import pytest
from shapely.geometry import box

from data.registry import ChangeSet, EntityChange, NewRelation, record
from tests.postgis.api.conftest import Connection
from tests.postgis.api.district import add_alert
from tests.postgis.register import AREA, BUILDING, REACH, ROAD, X, Y

pytestmark = pytest.mark.anyio

CATCHMENT = 4403118303000001
DRAWN = {
    "geometry": {
        "type": "Polygon",
        "coordinates": [
            [[113.93, 22.74], [113.95, 22.74], [113.95, 22.76], [113.93, 22.76], [113.93, 22.74]]
        ],
    }
}


async def test_what_is_in_an_area_is_listed_with_how_it_lies(client: httpx.AsyncClient) -> None:
    found = (await client.get(f"/api/v1/areas/{AREA}/contents", params={"near_m": 5})).json()
    assert found["next"] is None
    relations = {one["name"]: one["relation"] for one in found["items"]}
    assert relations == {"茅洲河1段": "partly", "河岸摄像机1": "in", "光明街道": "partly"}


async def test_contents_come_in_pages_by_class(client: httpx.AsyncClient) -> None:
    path, asked = f"/api/v1/areas/{AREA}/contents", {"near_m": "5000", "limit": "1", "class": "85"}
    codes: list[str] = []
    while True:
        page = (await client.get(path, params=asked)).json()
        codes += [one["code"] for one in page["items"]]
        if page["next"] is None:
            break
        asked["cursor"] = page["next"]
    assert len(codes) == 3
    assert codes == sorted(codes)


async def test_a_drawn_area_is_as_good_as_a_registered_one(client: httpx.AsyncClient) -> None:
    listed = (await client.post("/api/v1/areas/contents", json=DRAWN)).json()
    told = (await client.post("/api/v1/areas/summary", json=DRAWN)).json()
    assert str(BUILDING) in {one["code"] for one in listed["items"]}
    assert told["counts"]["8101"] == {"inside": 1, "touched": 1}
    assert told["people"] == {"counted": 0, "estimated": 0, "unknown_buildings": 1}


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"geometry": {"type": "Point", "coordinates": [1, 2]}}, "geometry: "),
        ({"geometry": {"type": "Circle"}}, "geometry: "),
        (DRAWN | {"floor_m": 5.0, "ceiling_m": 3.0}, "floor_m 5: expected at most ceiling_m, 3"),
    ],
)
async def test_a_drawn_area_that_is_none_is_refused(
    client: httpx.AsyncClient, body: dict[str, object], sentence: str
) -> None:
    answer = await client.post("/api/v1/areas/summary", json=body)
    assert answer.status_code == 422
    assert sentence in answer.text


async def test_an_unknown_area_is_said_to_be(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/areas/4403118806000009/summary")
    assert answer.status_code == 404
    assert "expected one in use that has an outline" in answer.json()["detail"]


async def test_the_area_of_a_flooded_reach_has_the_catchments_that_drain_into_it(
    client: httpx.AsyncClient, district: Connection
) -> None:
    catchment = EntityChange(CATCHMENT, "汇水区1", box(X, Y + 50, X + 200, Y + 350))
    drains = NewRelation(CATCHMENT, "drains_to", REACH, "test")
    with district.transaction():
        record(district, ChangeSet("li", "why", "test", [catchment], relations=[drains]))
    alert = add_alert(district, "a")

    told = (await client.get(f"/api/v1/alerts/{alert}/area")).json()

    assert told["entity"] == str(REACH)
    assert told["sentence"] == "茅洲河1段 and what drains into it: 1 of its catchments"
    assert told["geometry"]["type"] == "MultiPolygon"
    assert told["area_m2"] > 60_000
    assert told["buildings"] == 1
    first, *_rest, last = told["cap_polygons"][0].split(" ")
    assert first == last
    latitude, longitude = map(float, first.split(","))
    assert 22.6 < latitude < 22.9
    assert 113.8 < longitude < 114.1


async def test_an_alert_at_a_road_reaches_around_it(
    client: httpx.AsyncClient, district: Connection
) -> None:
    alert = add_alert(district, "a")
    district.execute("UPDATE alert SET entity = %s WHERE id = %s", (ROAD, alert))

    told = (await client.get(f"/api/v1/alerts/{alert}/area")).json()

    assert told["sentence"] == "40 m around 松白路1段"
    # A corridor of 300 m by 80 m with round ends.
    assert told["area_m2"] == pytest.approx(300 * 80 + 3.14159 * 40**2, rel=0.02)


async def test_an_unknown_alert_has_no_area(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/alerts/77/area")
    assert answer.status_code == 404
