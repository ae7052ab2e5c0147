"""Entities retire, merge, split and get other codes over HTTP, and old codes lead on."""

from typing import Any

import httpx
import psycopg
import pytest

from tests.postgis.api.registering import ENTITIES, WHY, key_headers, read, refusal, send
from tests.postgis.register import BUILDING, LEVEL_GAUGE, REACH, ROAD
from twin.codes import EntityCode

pytestmark = pytest.mark.anyio

Connection = psycopg.Connection[tuple[Any, ...]]
HERE = {"type": "Point", "coordinates": [113.94, 22.75]}
R1 = {"scheme": "asset.water", "value": "R-1"}


@pytest.fixture
async def steward(client: httpx.AsyncClient, district: Connection) -> httpx.AsyncClient:
    client.headers.update(key_headers(district, "steward"))
    return client


async def make(steward: httpx.AsyncClient, klass: str) -> str:
    body = {"class": klass, "county": "440311", "name": "new"}
    return str((await send(steward, "POST", ENTITIES, body, 201))["code"])


async def test_a_retired_entity_is_told_as_such_until_it_is_reinstated(
    steward: httpx.AsyncClient,
) -> None:
    path = f"{ENTITIES}/{LEVEL_GAUGE}"
    gone = await send(steward, "POST", f"{path}/retire", {})
    assert (gone["retired"], gone["relations"]) == (True, [])
    assert (await read(steward, path))["retired"]
    assert (await read(steward, f"{ENTITIES}/by-name/mqtt/gauge-1"))["retired"]
    sentence = await refusal(steward, "PATCH", path, {"name": "x"}, 409)
    assert "is retired: expected one in use" in sentence
    back = await send(steward, "POST", f"{path}/reinstate", {})
    assert not back["retired"]
    assert "in use" in await refusal(steward, "POST", f"{path}/reinstate", {}, 422)


async def test_a_merged_code_leads_to_the_entity_that_stays(steward: httpx.AsyncClient) -> None:
    other = await make(steward, "8202")
    await send(steward, "POST", f"{ENTITIES}/{REACH}/names", {"names": [R1]})
    await send(steward, "POST", f"{ENTITIES}/{other}/merge", {"codes": [str(REACH)]})
    printed = EntityCode.from_int(REACH).printed()
    answer = await steward.get(f"{ENTITIES}/{printed}?geometry=true")
    assert answer.status_code == 307
    assert answer.headers["location"] == f"{ENTITIES}/{other}?geometry=true"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.json()["successors"] == [f"{ENTITIES}/{other}"]
    followed = await steward.get(f"{ENTITIES}/{REACH}", follow_redirects=True)
    assert followed.json()["code"] == other
    itself = await read(steward, f"{ENTITIES}/{REACH}", follow=False)
    assert (itself["code"], itself["retired"]) == (str(REACH), True)
    assert (await read(steward, f"{ENTITIES}/by-name/asset.water/R-1"))["code"] == other
    sentence = await refusal(steward, "PATCH", f"{ENTITIES}/{REACH}", {"name": "x"}, 409)
    assert f"it is {other} now" in sentence
    sentence = await refusal(steward, "POST", f"{ENTITIES}/{REACH}/reinstate", {}, 422)
    assert "its code leads to" in sentence


async def test_a_code_that_only_a_forwarding_record_knows_leads_on(
    steward: httpx.AsyncClient, district: Connection
) -> None:
    district.execute(
        "INSERT INTO entity_forward (old_code, new_code, reason, change_set_id)"
        " SELECT %s, %s, 'renumbered', max(id) FROM change_set",
        (4403098202000077, REACH),
    )
    answer = await steward.get(f"{ENTITIES}/4403098202000077")
    assert answer.headers["location"] == f"{ENTITIES}/{REACH}"


async def test_a_split_code_leaves_the_choice_and_names_go_where_they_were_given(
    steward: httpx.AsyncClient,
) -> None:
    await send(steward, "POST", f"{ENTITIES}/{REACH}/names", {"names": [R1]})
    parts = [{"name": "上段", "geometry": HERE}, {"name": "下段"}]
    body = {"parts": parts, "names": [R1 | {"part": 1}]}
    done = await send(steward, "POST", f"{ENTITIES}/{REACH}/split", body)
    upper, lower = (part["code"] for part in done["items"])
    assert [part["name"] for part in done["items"]] == ["上段", "下段"]
    assert done["recorded"]["created"] == 2
    answer = await steward.get(f"{ENTITIES}/{REACH}")
    assert answer.status_code == 300
    assert answer.json()["successors"] == [f"{ENTITIES}/{upper}", f"{ENTITIES}/{lower}"]
    assert (await read(steward, f"{ENTITIES}/by-name/asset.water/R-1"))["code"] == lower


async def test_a_split_can_keep_an_entity_that_is_there(steward: httpx.AsyncClient) -> None:
    other = await make(steward, "8202")
    body = {"parts": [{"code": other, "owner": "水务局"}, {"name": "下段"}]}
    done = await send(steward, "POST", f"{ENTITIES}/{REACH}/split", body)
    assert (done["items"][0]["code"], done["items"][0]["owner"]) == (other, "水务局")


@pytest.mark.parametrize(
    ("what", "body", "status", "sentence"),
    [
        ("split", {"parts": [{}]}, 422, "at least 2"),
        ("split", {"parts": [{}, {}], "names": [R1 | {"part": 2}]}, 422, "a position in parts"),
        ("split", {"parts": [{}, {}], "names": [R1 | {"part": 0}]}, 422, "a name of entity"),
        ("split", {"parts": [{"code": str(ROAD)}, {}]}, 422, "expected class 8202"),
        ("merge", {"codes": [str(ROAD)]}, 422, "expected class 8202"),
        ("merge", {"codes": []}, 422, "at least 1"),
        ("merge", {"codes": [str(REACH)]}, 422, "expected other entities"),
        ("renumber", {}, 422, "expected class, county or both"),
        ("renumber", {"class": "8202"}, 422, "another county or class"),
        ("renumber", {"class": "8402"}, 422, "guaranteed_level_m"),
        ("names", {"names": []}, 422, "at least 1"),
        ("names", {"names": [{"scheme": "onvif", "value": "cam01"}]}, 409, "it is entity"),
    ],
)
async def test_what_cannot_happen_is_refused_and_changes_nothing(
    steward: httpx.AsyncClient, what: str, body: dict[str, Any], status: int, sentence: str
) -> None:
    before = await read(steward, f"{ENTITIES}/{REACH}")
    assert sentence in await refusal(steward, "POST", f"{ENTITIES}/{REACH}/{what}", body, status)
    assert await read(steward, f"{ENTITIES}/{REACH}") == before


@pytest.mark.parametrize("what", ["retire", "reinstate", "merge", "split", "renumber", "names"])
async def test_what_is_not_in_the_register_cannot_be_changed(
    steward: httpx.AsyncClient, what: str
) -> None:
    bodies: dict[str, Any] = {
        "merge": {"codes": [str(REACH)]},
        "split": {"parts": [{}, {}]},
        "renumber": {"county": "440309"},
        "names": {"names": [R1]},
    }
    path = f"{ENTITIES}/4403118202000099/{what}"
    assert "not in the register" in await refusal(steward, "POST", path, bodies.get(what, {}), 404)


async def test_a_renumbered_entity_is_the_same_under_another_code(
    steward: httpx.AsyncClient,
) -> None:
    path = f"{ENTITIES}/{BUILDING}/renumber"
    done = await send(steward, "POST", path, {"county": "440309"})
    assert done["code"] == "4403098101000001"
    assert (done["name"], done["height_m"]) == ("一号楼", 24.0)
    followed = await steward.get(f"{ENTITIES}/{BUILDING}", follow_redirects=True)
    assert followed.json()["code"] == done["code"]


async def test_a_name_ends_and_stays_in_the_history(steward: httpx.AsyncClient) -> None:
    path = f"{ENTITIES}/{REACH}/names"
    await send(steward, "POST", path, {"names": [R1]})
    ended = await steward.delete(path, params=R1 | WHY)
    assert ended.status_code == 200, ended.text
    assert ended.json()["names"] == []
    again = await steward.delete(path, params=R1 | WHY)
    assert again.status_code == 404
    assert "has no such name" in again.json()["detail"]
    told = (await read(steward, f"{ENTITIES}/{REACH}/history"))["items"]
    assert [item["changes"] for item in told[1:]] == [
        {"name asset.water": [[], ["R-1"]]},
        {"name asset.water": [["R-1"], []]},
    ]
