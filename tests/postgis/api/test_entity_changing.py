"""Stewards make and change entities over HTTP; every change is a version with its reason."""

import asyncio
from typing import Any, get_args

import httpx
import psycopg
import pytest

from data.registry import STAGES
from tests.postgis.api.registering import ENTITIES, WHY, key_headers, read, refusal, send
from tests.postgis.register import BUILDING, LEVEL_GAUGE, REACH, ROAD, SUB_DISTRICT
from twin.api.parameters import Stage

pytestmark = pytest.mark.anyio

Connection = psycopg.Connection[tuple[Any, ...]]
HERE = {"type": "Point", "coordinates": [113.94, 22.75]}
BERLIN = {"type": "Point", "coordinates": [13.4, 52.5]}
HOUSE = {"class": "8101", "name": "二号楼", "geometry": HERE}


@pytest.fixture
async def steward(client: httpx.AsyncClient, district: Connection) -> httpx.AsyncClient:
    client.headers.update(key_headers(district, "steward"))
    return client


def test_the_stages_are_those_of_the_register() -> None:
    assert get_args(Stage) == STAGES


async def test_a_made_entity_gets_a_code_of_the_county_it_lies_in(
    steward: httpx.AsyncClient,
) -> None:
    names = [{"scheme": "asset.water", "value": "B-2"}]
    asked = WHY | HOUSE | {"properties": {"storeys": 6}, "names": names, "owner": "住建局"}
    answer = await steward.post(ENTITIES, json=asked)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["code"] == "4403118101000002"
    assert answer.headers["location"] == f"{ENTITIES}/{made['code']}"
    assert answer.headers["etag"] == f'"{made["version"]}"'
    assert (made["stage"], made["retired"], made["owner"]) == ("in use", False, "住建局")
    assert made["place"] == pytest.approx(HERE["coordinates"], abs=1e-7)
    assert made["sub_district"] == str(SUB_DISTRICT)
    assert made["areas"]["sub_district"]["name"] == "光明街道"
    assert made["names"][0]["value"] == "B-2"
    assert made["recorded"]["created"] == 1
    changed = made["changed"]
    assert (changed["actor"], changed["reason"]) == ("key steward-of-tests", "survey of May")
    assert changed["source"] == "register desk"


async def test_codes_follow_one_another_and_are_never_given_twice(
    steward: httpx.AsyncClient,
) -> None:
    made = [(await send(steward, "POST", ENTITIES, HOUSE, 201))["code"] for _ in range(3)]
    assert made == [f"44031181010000{n:02}" for n in (2, 3, 4)]


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        ({"class": "8101"}, 422, "expected one, for there is no geometry"),
        (HOUSE | {"geometry": BERLIN}, 422, "lies outside the area of use of EPSG:4547"),
        (HOUSE | {"geometry": {"type": "Circle"}}, 422, "expected Point, LineString"),
        (HOUSE | {"geometry": {"type": "Point", "coordinates": [22.75, 113.94]}}, 422, "swapped"),
        (HOUSE | {"geometry": {"type": "Point", "coordinates": []}}, 422, "it is empty"),
        (HOUSE | {"properties": {"storeys": "six"}}, 422, "'six', expected an integer"),
        (HOUSE | {"properties": {"colour": "red"}}, 422, "expected one of kind"),
        (HOUSE | {"stage": "ruined"}, 422, "'planned', 'building'"),
        (HOUSE | {"reason": " "}, 422, "reason"),
        (HOUSE | {"class": "9999"}, 422, "expected a row of the table"),
        (HOUSE | {"names": [{"scheme": "ifc", "value": "x"}]}, 422, "22"),
        (HOUSE | {"names": [{"scheme": "nonsense", "value": "x"}]}, 422, "expected one of"),
        (HOUSE | {"names": [{"scheme": "mqtt", "value": "gauge-1"}]}, 409, str(LEVEL_GAUGE)),
        (HOUSE | {"part_of": str(REACH)}, 422, "expected a pair of parts.csv"),
        (HOUSE | {"part_of": "4403118101000099"}, 404, "not in the register"),
        (HOUSE | {"name": "\0"}, 422, "without NUL"),
        (HOUSE | {"valid_from": 5}, 422, "expected a text"),
        (
            HOUSE | {"valid_from": "2026-05-02T00:00:00Z", "valid_to": "2026-05-01T00:00:00Z"},
            422,
            "expected an instant after valid_from",
        ),
        (HOUSE | {"colour": "red"}, 422, "'colour' is unknown"),
    ],
)
async def test_what_cannot_be_made_is_refused_with_a_sentence(
    steward: httpx.AsyncClient, body: dict[str, Any], status: int, sentence: str
) -> None:
    assert sentence in await refusal(steward, "POST", ENTITIES, body, status)


async def test_only_who_keeps_the_register_may_change_it(
    client: httpx.AsyncClient, district: Connection
) -> None:
    assert (await client.post(ENTITIES, json=WHY | HOUSE)).status_code == 401
    client.headers.update(key_headers(district, "operator"))
    answer = await client.post(ENTITIES, json=WHY | HOUSE)
    assert answer.status_code == 403
    assert "register.write" in answer.json()["detail"]


async def test_another_sites_form_cannot_change_anything(steward: httpx.AsyncClient) -> None:
    form = await steward.post(f"{ENTITIES}/{ROAD}/retire", data=WHY)
    assert form.status_code == 415
    elsewhere = {"Origin": "https://elsewhere.example"}
    answer = await steward.post(f"{ENTITIES}/{ROAD}/retire", json=WHY, headers=elsewhere)
    assert answer.status_code == 403


async def test_a_change_leaves_what_it_does_not_name(steward: httpx.AsyncClient) -> None:
    path = f"{ENTITIES}/{REACH}"
    before = await read(steward, path)
    changes = {"owner": "水务局", "properties": {"width_m": 20, "warning_level_m": None}}
    after = await send(steward, "PATCH", path, changes)
    assert after["recorded"]["changed"] == 1
    assert after["properties"] == {"guaranteed_level_m": 3.6, "width_m": 20.0}
    assert after["version"] > before["version"]
    for name in ("name", "place", "height_m", "stage", "address", "names"):
        assert after[name] == before[name]
    emptied = await send(steward, "PATCH", path, {"owner": None, "geometry": None})
    assert (emptied["owner"], emptied["place"]) == ("", None)


async def test_saying_what_stands_leaves_no_trace(steward: httpx.AsyncClient) -> None:
    before = await read(steward, f"{ENTITIES}/{REACH}")
    after = await send(steward, "PATCH", f"{ENTITIES}/{REACH}", {"name": before["name"]})
    assert after["recorded"]["change_set"] is None
    assert after["version"] == before["version"]


async def test_a_change_that_was_decided_on_an_old_version_is_refused(
    steward: httpx.AsyncClient,
) -> None:
    path = f"{ENTITIES}/{REACH}"
    seen = (await steward.get(path)).headers["etag"]
    body = WHY | {"name": "甲段"}
    assert (await steward.patch(path, json=body, headers={"If-Match": seen})).status_code == 200
    body = WHY | {"name": "乙段"}
    late = await steward.patch(path, json=body, headers={"If-Match": seen})
    assert late.status_code == 412
    assert "its version is" in late.json()["detail"]
    assert (await read(steward, path))["name"] == "甲段"
    assert (await steward.patch(path, json=body, headers={"If-Match": "*"})).status_code == 200
    wrong = await steward.patch(path, json=body, headers={"If-Match": "W/x"})
    assert wrong.status_code == 422


async def test_a_name_makes_a_new_version_too(steward: httpx.AsyncClient) -> None:
    path = f"{ENTITIES}/{REACH}"
    seen = (await steward.get(path)).headers["etag"]
    names = {"names": [{"scheme": "asset.water", "value": "R-1"}]}
    await send(steward, "POST", f"{path}/names", names)
    late = await steward.patch(path, json=WHY | {"name": "甲段"}, headers={"If-Match": seen})
    assert late.status_code == 412


async def test_an_entity_moves_by_its_geometry_and_by_its_whole(
    steward: httpx.AsyncClient,
) -> None:
    whole = (await send(steward, "POST", ENTITIES, HOUSE, 201))["code"]
    path = f"{ENTITIES}/{BUILDING}"
    moved = await send(steward, "PATCH", path, {"geometry": HERE, "part_of": whole})
    assert moved["place"] == pytest.approx(HERE["coordinates"], abs=1e-7)
    assert moved["whole"] == {"code": whole, "name": "二号楼"}
    assert (await read(steward, f"{ENTITIES}/{whole}"))["parts"][0]["code"] == str(BUILDING)
    circle = {"part_of": str(BUILDING)}
    sentence = await refusal(steward, "PATCH", f"{ENTITIES}/{whole}", circle, 422)
    assert "a part of itself" in sentence
    free = await send(steward, "PATCH", path, {"part_of": None})
    assert (free["whole"], free["recorded"]["relations"]) == (None, 1)


async def test_the_geometry_comes_back_as_it_was_sent(steward: httpx.AsyncClient) -> None:
    ring = [[113.94, 22.75], [113.941, 22.75], [113.941, 22.751], [113.94, 22.75]]
    shape = {"type": "Polygon", "coordinates": [ring]}
    made = await send(steward, "POST", ENTITIES, HOUSE | {"geometry": shape}, 201)
    assert "geometry" not in made
    told = (await read(steward, f"{ENTITIES}/{made['code']}", geometry=True))["geometry"]
    assert told["type"] == "Polygon"
    for (x, y), sent in zip(told["coordinates"][0], ring, strict=True):
        assert (x, y) == pytest.approx(sent, abs=1e-7)


async def test_what_was_left_out_of_a_geometry_is_told(steward: httpx.AsyncClient) -> None:
    tall = {"type": "Point", "coordinates": [113.94, 22.75, 30.0]}
    made = await send(steward, "POST", ENTITIES, HOUSE | {"geometry": tall}, 201)
    assert made["warnings"] == ["geometry: heights of vertices dropped, the register keeps plans"]


async def test_a_change_waits_for_another_and_says_so_when_it_takes_too_long(
    steward: httpx.AsyncClient, database_url: str
) -> None:
    with psycopg.connect(database_url) as importing:
        importing.execute("UPDATE registry_state SET revision = revision")
        changing = steward.patch(f"{ENTITIES}/{REACH}", json=WHY | {"name": "甲段"})
        answer = await asyncio.wait_for(changing, 20)
    assert answer.status_code == 503
    assert "another change set is being written" in answer.json()["detail"]


async def test_concurrent_changes_follow_one_another(steward: httpx.AsyncClient) -> None:
    path = f"{ENTITIES}/{REACH}"
    changes = [{"properties": {f"x_{n}": n}} for n in range(8)]
    await asyncio.gather(*(send(steward, "PATCH", path, change) for change in changes))
    properties = (await read(steward, path))["properties"]
    assert {f"x_{n}" for n in range(8)} <= set(properties)
    history = await read(steward, f"{path}/history")
    assert len(history["items"]) == 9
