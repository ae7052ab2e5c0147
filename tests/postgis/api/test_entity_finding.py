"""Entities are found by what is known of them, and pages stay right while data change."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest
from shapely.geometry import Point

from data.registry import ChangeSet, EntityChange, NewName, NewRelation, record
from data.registry.lifecycle import Author, retire
from tests.postgis.api.registering import ENTITIES, read
from tests.postgis.register import (
    AREA,
    BUILDING,
    CAMERA,
    FREE_CAMERA,
    FREE_GAUGE,
    LEVEL_GAUGE,
    REACH,
    ROAD,
    ROAD_GAUGE,
    SUB_DISTRICT,
)
from twin.codes import EntityCode
from twin.codes.beidou import prefixes_covering

pytestmark = pytest.mark.anyio

Connection = psycopg.Connection[tuple[Any, ...]]
LI = Author("li", "survey", "water bureau")
STOREY = 4403118102000001


@pytest.fixture
async def known(client: httpx.AsyncClient, district: Connection) -> httpx.AsyncClient:
    """A client of a district whose building has a storey, an owner and an address."""
    building = EntityChange(
        BUILDING,
        owner="住建局",
        steward="王五",
        address="光明街道松白路10号",
        stage="building",
    )
    with district.transaction():
        record(
            district,
            ChangeSet(
                *LI,
                entities=[building, EntityChange(STOREY, "一层")],
                relations=[NewRelation(STOREY, "part_of", BUILDING, "declared")],
            ),
        )
    return client


async def codes(client: httpx.AsyncClient, **query: str | int) -> list[int]:
    return [int(item["code"]) for item in (await read(client, ENTITIES, **query))["items"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"class": "85"}, [LEVEL_GAUGE, FREE_GAUGE, ROAD_GAUGE]),
        ({"class": "8502"}, [ROAD_GAUGE]),
        ({"owner": "住建局"}, [BUILDING]),
        ({"owner": "住建"}, []),
        ({"steward": "王五"}, [BUILDING]),
        ({"address": "松白路"}, [BUILDING]),
        ({"address": "_"}, []),
        ({"stage": "building"}, [BUILDING]),
        ({"part_of": BUILDING}, [STOREY]),
        ({"part_of": REACH}, []),
        ({"county": "440309"}, []),
        ({"sub_district": SUB_DISTRICT, "class": "86"}, [CAMERA, FREE_CAMERA]),
        ({"community": SUB_DISTRICT}, []),
        ({"class": "85", "q": "积水"}, [ROAD_GAUGE]),
        ({"name": "mqtt:gauge-1"}, [LEVEL_GAUGE]),
        ({"name": f"code:{EntityCode.from_int(REACH).printed()}"}, []),
    ],
)
async def test_conditions_add_up(
    known: httpx.AsyncClient, query: dict[str, str | int], found: list[int]
) -> None:
    assert await codes(known, **query) == found


async def test_what_is_near_a_place_is_found_by_metres(known: httpx.AsyncClient) -> None:
    lon, lat = (await read(known, f"{ENTITIES}/{LEVEL_GAUGE}"))["place"]
    near = {"near": f"{lon},{lat}", "class": "82"}
    assert await codes(known, **near, radius_m=1) == []
    assert await codes(known, **near, radius_m=3) == [REACH]
    about = await codes(known, near=f"{lon},{lat}", radius_m=120)
    assert set(about) == {REACH, LEVEL_GAUGE, CAMERA, AREA, SUB_DISTRICT}


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("near=113.9,22.7", "expected both or none"),
        ("near=113.9&radius_m=5", "expected longitude,latitude"),
        ("near=113.9,95&radius_m=5", "a latitude in ±90"),
        ("at=2026-05-01T00:00:00Z", "expected together with name"),
        ("name=ifc:x", "expected 22"),
        ("name=nonsense:x", "expected one of"),
        ("class=99", "expected a row of the table"),
        ("county=44", "pattern"),
        ("retired=maybe", "'true', 'false' or 'any'"),
        ("stage=ruin", "'planned'"),
    ],
)
async def test_a_condition_that_makes_no_sense_is_refused(
    client: httpx.AsyncClient, query: str, sentence: str
) -> None:
    answer = await client.get(f"{ENTITIES}?{query}")
    assert answer.status_code == 422
    assert sentence in answer.json()["detail"]


async def test_what_is_retired_is_found_only_if_asked_for(
    known: httpx.AsyncClient, district: Connection
) -> None:
    with district.transaction():
        retire(district, LI, [CAMERA])
    assert CAMERA not in await codes(known)
    assert await codes(known, retired="true") == [CAMERA]
    assert CAMERA in await codes(known, retired="any")


async def test_what_has_changed_since_an_instant_is_found(
    known: httpx.AsyncClient, district: Connection
) -> None:
    newest = (await read(known, f"{ENTITIES}/{BUILDING}"))["changed"]["recorded_at"]
    assert await codes(known, changed_since=newest) == []
    with district.transaction():
        retire(district, LI, [CAMERA])
    assert await codes(known, changed_since=newest, retired="any") == [CAMERA]


async def test_a_name_means_what_it_meant_at_the_instant_that_is_asked(
    known: httpx.AsyncClient, district: Connection
) -> None:
    change = datetime(2017, 1, 1, tzinfo=UTC)
    names = [
        NewName(REACH, "asset.old", "7", valid_to=change),
        NewName(ROAD, "asset.old", "7", valid_from=change),
    ]
    with district.transaction():
        record(district, ChangeSet(*LI, names=names))
    before = (change - timedelta(days=1)).isoformat()
    assert await codes(known, name="asset.old:7") == [ROAD]
    assert await codes(known, name="asset.old:7", at=before) == [REACH]
    by_name = f"{ENTITIES}/by-name/asset.old/7"
    assert (await read(known, by_name))["code"] == str(ROAD)
    assert (await read(known, by_name, at=before))["code"] == str(REACH)


async def test_pages_stay_right_while_entities_come_and_go(
    known: httpx.AsyncClient, district: Connection
) -> None:
    everything = await codes(known)
    page = await read(known, ENTITIES, limit=4)
    seen = [int(item["code"]) for item in page["items"]]
    behind, ahead = seen[0], everything[-1] + 1
    with district.transaction():
        retire(district, LI, [behind, everything[5]])
        new = [EntityChange(behind + 1, "behind"), EntityChange(ahead, "ahead")]
        record(district, ChangeSet(*LI, entities=new))
    while page["next"] is not None:
        page = await read(known, ENTITIES, limit=4, cursor=page["next"])
        seen += [int(item["code"]) for item in page["items"]]
    assert seen == [code for code in everything if code != everything[5]] + [ahead]


@pytest.mark.parametrize("code", [REACH, LEVEL_GAUGE, 4403110103999999, 4403098301000000])
async def test_the_printed_form_in_lists_is_that_of_labels(
    client: httpx.AsyncClient, district: Connection, code: int
) -> None:
    with district.transaction():
        record(district, ChangeSet(*LI, entities=[EntityChange(code, "x")]))
    (found,) = (await read(client, ENTITIES, q=str(code)))["items"]
    assert found["printed"] == EntityCode.from_int(code).printed()


async def test_cells_of_the_beidou_grid_find_what_lies_on_both_sides_of_114_degrees_east(
    client: httpx.AsyncClient, district: Connection
) -> None:
    west, east = STOREY + 1, STOREY + 2
    places = {west: Point(499_990, 2_516_742), east: Point(500_010, 2_516_742)}
    entities = [EntityChange(code, "一层", geometry=place) for code, place in places.items()]
    with district.transaction():
        record(district, ChangeSet(*LI, entities=entities))

    async def found(*cells: str) -> set[int]:
        answer = await client.get(ENTITIES, params={"beidou": ",".join(cells), "class": "8102"})
        assert answer.status_code == 200, answer.text
        return {int(item["code"]) for item in answer.json()["items"]}

    assert await found("N49F") == {west}
    assert await found("N50F") == {east}
    both = prefixes_covering(113.999, 22.74, 114.001, 22.76, 5)
    assert {code[:3] for code in both} == {"N49", "N50"}
    assert await found(*sorted(both)[:100]) <= {west, east}
    assert await found("N49F", "N50F") == {west, east}
    wrong = await client.get(ENTITIES, params={"beidou": "N49FZ"})
    assert wrong.status_code == 422
    assert "N49FZ" in wrong.json()["detail"]


async def test_a_list_says_of_an_entity_what_its_document_says(
    known: httpx.AsyncClient,
) -> None:
    for item in (await read(known, ENTITIES))["items"]:
        document = await read(known, f"{ENTITIES}/{item['code']}")
        # A name or relation makes a new version of the document, and only of that.
        assert item.pop("version") <= document["version"]
        assert item == {name: document[name] for name in item}
