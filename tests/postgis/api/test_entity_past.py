"""What entities were, what they are made of, and which names mean them."""

from collections.abc import Sequence
from typing import Any

import httpx
import psycopg
import pytest
from shapely.geometry import Point

from data.registry import ChangeSet, EntityChange, NewName, NewRelation, record
from data.registry.lifecycle import Author, retire
from tests.postgis.api.registering import ENTITIES, key_headers, read, send
from tests.postgis.register import BUILDING, CAMERA, LEVEL_GAUGE, REACH, ROAD, SUB_DISTRICT, X, Y

pytestmark = pytest.mark.anyio

Connection = psycopg.Connection[tuple[Any, ...]]
LI = Author("li", "survey of May", "water bureau")
STOREY = 4403118102000001
SPACE = 4403118103000001


@pytest.fixture
async def steward(client: httpx.AsyncClient, district: Connection) -> httpx.AsyncClient:
    client.headers.update(key_headers(district, "steward"))
    return client


def change(
    district: Connection,
    *entities: EntityChange,
    names: Sequence[NewName] = (),
    relations: Sequence[NewRelation] = (),
) -> None:
    with district.transaction():
        told = ChangeSet(*LI, entities=entities, names=names, relations=relations)
        record(district, told)


async def recorded_at(client: httpx.AsyncClient, code: int) -> str:
    return str((await read(client, f"{ENTITIES}/{code}"))["changed"]["recorded_at"])


async def test_any_past_instant_can_be_asked_for(
    client: httpx.AsyncClient, district: Connection
) -> None:
    path = f"{ENTITIES}/{BUILDING}"
    before = await read(client, path)
    at = await recorded_at(client, BUILDING)
    far = Point(X + 40_000, Y)
    name = NewName(BUILDING, "asset", "B-1")
    change(
        district,
        EntityChange(BUILDING, "旧楼", far, properties={"storeys": 7}),
        EntityChange(SUB_DISTRICT, "新名街道"),
        names=[name],
    )
    now = await read(client, path)
    assert (now["name"], now["properties"], len(now["names"])) == ("旧楼", {"storeys": 7}, 1)
    assert now["sub_district"] is None
    then = await read(client, path, as_of=at)
    assert {**then, "areas": None} == {**before, "areas": None}
    assert then["sub_district"] == str(SUB_DISTRICT)
    shape = (await read(client, path, as_of=at, geometry=True))["geometry"]
    assert shape["type"] == "Polygon"
    answer = await client.get(path, params={"as_of": "2000-01-01T00:00:00Z"})
    assert answer.status_code == 404
    assert "not in the register at 2000" in answer.json()["detail"]


async def test_a_retired_entity_can_be_asked_for_as_it_was(
    client: httpx.AsyncClient, district: Connection
) -> None:
    at = await recorded_at(client, LEVEL_GAUGE)
    with district.transaction():
        retire(district, LI, [LEVEL_GAUGE])
    then = await read(client, f"{ENTITIES}/{LEVEL_GAUGE}", as_of=at)
    assert not then["retired"]
    assert [relation["target"] for relation in then["relations"]] == [str(REACH)]


async def test_every_change_says_who_when_why_and_what_became_what(
    client: httpx.AsyncClient, district: Connection
) -> None:
    change(district, EntityChange(REACH, "甲段", properties={"width_m": 20.0}))
    first, second = (await read(client, f"{ENTITIES}/{REACH}/history"))["items"]
    assert (first["actor"], second["actor"]) == ("test", "li")
    assert (second["reason"], second["source"]) == ("survey of May", "water bureau")
    assert second["changes"] == {"name": ["茅洲河1段", "甲段"], "width_m": [None, 20.0]}
    assert first["recorded_at"] < second["recorded_at"]
    unknown = await client.get(f"{ENTITIES}/4403118202000099/history")
    assert unknown.status_code == 404


async def test_two_moments_differ_by_what_changed_between_them(
    client: httpx.AsyncClient, district: Connection
) -> None:
    path = f"{ENTITIES}/differences"
    at = await recorded_at(client, BUILDING)
    change(district, EntityChange(BUILDING, height_m=30.0), EntityChange(ROAD, owner="交通局"))
    found = await read(client, path, **{"from": at})
    assert [(item["code"], item["changes"]) for item in found["items"]] == [
        (str(BUILDING), {"height_m": [24.0, 30.0]}),
        (str(ROAD), {"owner": ["", "交通局"]}),
    ]
    moments = {"from": found["before"], "to": found["after"]}
    assert await read(client, path, **moments) == found
    only = await read(client, path, **moments, **{"class": "8402"})
    assert [item["code"] for item in only["items"]] == [str(ROAD)]
    assert len((await read(client, path, **{"from": 0}))["items"]) == 10
    backwards = await client.get(path, params={"from": found["after"], "to": found["before"]})
    assert backwards.status_code == 422


async def test_the_pages_of_a_difference_keep_to_its_moments(
    client: httpx.AsyncClient, district: Connection
) -> None:
    path = f"{ENTITIES}/differences"
    first = await read(client, path, **{"from": 0}, limit=6)
    change(district, EntityChange(LEVEL_GAUGE + 50, "later"))
    rest = await read(client, path, **{"from": 0}, limit=100, cursor=first["next"])
    assert rest["after"] == first["after"]
    assert len(first["items"] + rest["items"]) == 10


async def test_parts_come_with_their_wholes_page_by_page(
    client: httpx.AsyncClient, district: Connection
) -> None:
    wholes = {STOREY: BUILDING, STOREY + 1: BUILDING, SPACE: STOREY}
    change(
        district,
        *(EntityChange(code, f"part {code}") for code in wholes),
        relations=[
            NewRelation(part, "part_of", whole, "declared") for part, whole in wholes.items()
        ],
    )
    path = f"{ENTITIES}/{BUILDING}/parts"
    page = await read(client, path, limit=2)
    found = page["items"] + (await read(client, path, cursor=page["next"]))["items"]
    assert {int(item["code"]): int(item["whole"]) for item in found} == wholes
    assert [item["level"] for item in found] == [1, 1, 2]
    assert len((await read(client, path, levels=1))["items"]) == 2
    assert (await read(client, f"{ENTITIES}/{ROAD}/parts"))["items"] == []
    assert (await client.get(f"{ENTITIES}/4403118202000099/parts")).status_code == 404


async def test_an_entity_is_read_by_its_name_in_any_written_form(
    client: httpx.AsyncClient, district: Connection
) -> None:
    change(district, names=[NewName(LEVEL_GAUGE, "deveui", "70B3D57ED0051234")])
    path = f"{ENTITIES}/by-name/deveui/70-b3-d5-7e-d0-05-12-34"
    assert (await read(client, path))["code"] == str(LEVEL_GAUGE)
    gauge = await client.get(f"{ENTITIES}/by-name/mqtt/gauge-1?geometry=true")
    assert gauge.json()["geometry"]["type"] == "Point"
    assert gauge.headers["etag"]
    assert (await client.get(f"{ENTITIES}/by-name/mqtt/nobody")).status_code == 404
    assert (await client.get(f"{ENTITIES}/by-name/ifc/x")).status_code == 422


async def test_a_name_may_have_slashes(client: httpx.AsyncClient, district: Connection) -> None:
    change(district, names=[NewName(ROAD, "osm", "way/123")])
    assert (await read(client, f"{ENTITIES}/by-name/osm/way/123"))["code"] == str(ROAD)
    assert (await read(client, f"{ENTITIES}/by-name/osm/way%2F123"))["code"] == str(ROAD)


async def test_a_name_of_two_tables_leaves_the_choice(
    client: httpx.AsyncClient, district: Connection
) -> None:
    names = [
        NewName(ROAD, "division", "440309", "GB/T 2260"),
        NewName(REACH, "division", "440309", "before 2011"),
    ]
    change(district, names=names)
    path = f"{ENTITIES}/by-name/division/440309"
    answer = await client.get(path)
    assert answer.status_code == 300
    assert len(answer.json()["successors"]) == 2
    assert (await read(client, path, code_system="before 2011"))["code"] == str(REACH)


async def test_a_thousand_names_are_resolved_at_once(steward: httpx.AsyncClient) -> None:
    asked = [
        {"scheme": "mqtt", "value": "gauge-1"},
        {"scheme": "onvif", "value": "cam01"},
        {"scheme": "code", "value": f"{REACH}"},
        {"scheme": "mqtt", "value": "nobody"},
        {"scheme": "ifc", "value": "x"},
    ]
    answer = await steward.post(f"{ENTITIES}/resolve", json={"names": asked * 200})
    assert answer.status_code == 200, answer.text
    items = answer.json()["items"]
    assert len(items) == 1000
    assert [item["codes"] for item in items[:5]] == [
        [str(LEVEL_GAUGE)],
        [str(CAMERA)],
        [str(REACH)],
        [],
        [],
    ]
    assert "expected 22" in items[4]["problem"]
    assert items[0]["problem"] is None


async def test_a_schema_says_what_a_class_can_have(client: httpx.AsyncClient) -> None:
    schema = await read(client, "/api/v1/classes/8202/schema")
    assert schema["properties"]["warning_level_m"]["type"] == "number"
    assert (await client.get("/api/v1/classes/9999/schema")).status_code == 422


async def test_the_imports_of_a_model_are_told(
    client: httpx.AsyncClient, district: Connection
) -> None:
    with district.transaction():
        told = ChangeSet(*LI, [EntityChange(ROAD, "a")], model="roads/松白路", file="roads.gpkg")
        record(district, told)
    found = (await read(client, "/api/v1/models/roads/松白路/imports"))["items"]
    assert [(item["file"], item["counts"]["changed"]) for item in found] == [("roads.gpkg", 1)]
    assert (await client.get("/api/v1/models/none/imports")).status_code == 404


async def test_a_body_may_be_as_large_as_an_outline(
    steward: httpx.AsyncClient, district: Connection
) -> None:
    assert not district.closed
    ring = [[113.9 + n * 1e-6, 22.7] for n in range(9000)]
    shape = {"type": "Polygon", "coordinates": [[*ring, [113.905, 22.71], ring[0]]]}
    body = {"class": "8203", "county": "440311", "geometry": shape}
    made = await send(steward, "POST", ENTITIES, body, 201)
    assert made["place"] is not None
