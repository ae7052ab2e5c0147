"""Entities, series and observations are found, paged and refused with sentences."""

from typing import Any

import httpx
import psycopg
import pytest

from tests.postgis import register
from tests.postgis.api.district import NOON, add_observations, add_series
from twin.codes import EntityCode

pytestmark = pytest.mark.anyio

Connection = psycopg.Connection[tuple[Any, ...]]


async def items(client: httpx.AsyncClient, path: str, **query: str | int) -> list[Any]:
    """Return all items of a list, page by page."""
    found: list[Any] = []
    while True:
        answer = await client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page["items"]) <= int(query.get("limit", 100))
        found += page["items"]
        if page["next"] is None:
            return found
        query = query | {"cursor": page["next"]}


async def codes(client: httpx.AsyncClient, **query: str | int) -> list[int]:
    return [int(item["code"]) for item in await items(client, "/api/v1/entities", **query)]


async def test_entities_come_page_by_page_each_once(
    client: httpx.AsyncClient, district: Connection
) -> None:
    stored = district.execute("SELECT code FROM entity ORDER BY code").fetchall()
    everything = [code for (code,) in stored]
    assert len(everything) > 4
    for limit in (1, 4, 9, 1000):
        assert await codes(client, limit=limit) == everything


async def test_entities_are_found_by_class_name_code_and_identifier(
    client: httpx.AsyncClient,
) -> None:
    gauges = [register.LEVEL_GAUGE, register.FREE_GAUGE]
    assert await codes(client, **{"class": "8501"}) == gauges
    assert await codes(client, q="水位计", limit=1) == gauges
    assert await codes(client, q="%") == []
    assert await codes(client, q=str(register.REACH)) == [register.REACH]
    printed = EntityCode.from_int(register.REACH).printed()
    assert await codes(client, q=printed) == [register.REACH]
    assert await codes(client, name="mqtt:gauge-1") == [register.LEVEL_GAUGE]
    assert await codes(client, name="onvif:gauge-1") == []


async def test_a_box_finds_what_touches_it(client: httpx.AsyncClient, district: Connection) -> None:
    reach = (await client.get(f"/api/v1/entities/{register.REACH}")).json()
    lon, lat = reach["place"]
    around = f"{lon - 1e-5},{lat - 1e-5},{lon + 1e-5},{lat + 1e-5}"
    found = await codes(client, bbox=around)
    assert register.REACH in found
    assert not {register.ROAD, register.BUILDING, register.FREE_GAUGE} & set(found)
    (placed,) = district.execute("SELECT count(geom) FROM entity").fetchone() or (0,)
    assert len(await codes(client, bbox="-180,-90,180,90")) == placed
    assert await codes(client, bbox="0,0,1,1") == []


async def test_an_entity_has_names_relations_and_place(client: httpx.AsyncClient) -> None:
    printed = EntityCode.from_int(register.LEVEL_GAUGE).printed()
    gauge = (await client.get(f"/api/v1/entities/{printed}")).json()
    assert gauge["code"] == str(register.LEVEL_GAUGE)
    assert gauge["printed"] == printed
    assert (gauge["class"], gauge["class_name_zh"]) == ("8501", "水位计")
    assert gauge["names"] == [
        {
            "scheme": "mqtt",
            "value": "gauge-1",
            "code_system": "",
            "valid_from": None,
            "valid_to": None,
        }
    ]
    (link,) = gauge["relations"]
    assert (link["kind"], link["target"], link["origin"]) == ("monitors", str(register.REACH), None)
    assert (link["name"], link["distance_m"]) == ("茅洲河1段", 2.0)
    reach = (await client.get(f"/api/v1/entities/{register.REACH}")).json()
    assert reach["properties"]["warning_level_m"] == 3.0
    assert [row["origin"] for row in reach["relations"]] == [str(register.LEVEL_GAUGE)]
    assert gauge["place"] == pytest.approx([113.937, 22.749], abs=1e-3)


async def test_why_a_sensor_is_unlinked_is_told(
    client: httpx.AsyncClient, district: Connection
) -> None:
    district.execute(
        "INSERT INTO link_refusal (origin, kind, reason, change_set_id)"
        " SELECT %s, 'monitors', 'nearest reach is 2,828 m away', max(id) FROM change_set",
        (register.FREE_GAUGE,),
    )
    gauge = (await client.get(f"/api/v1/entities/{register.FREE_GAUGE}")).json()
    assert gauge["unlinked"] == [{"kind": "monitors", "reason": "nearest reach is 2,828 m away"}]


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("/api/v1/entities/4403118202000009", 404, "not in the register"),
        ("/api/v1/entities/440311-8202-000001-A", 422, "check character is 8"),
        ("/api/v1/entities/x", 422, "expected 16 digits"),
        ("/api/v1/entities?bbox=1,2,3", 422, "expected west,south,east,north"),
        ("/api/v1/entities?nonsense=1", 422, "'nonsense' is unknown: expected one of limit"),
        ("/api/v1/entities/4403118202000001?x=1", 422, "'x' is unknown: expected one of geometry"),
        ("/api/v1/entities?limit=0", 422, "greater than or equal to 1"),
        ("/api/v1/entities?limit=1001", 422, "less than or equal to 1000"),
        ("/api/v1/entities?class=9999", 422, "expected a row of the table"),
        ("/api/v1/entities?q=%00", 422, "without NUL"),
        ("/api/v1/entities?cursor=garbage", 422, "expected 'next'"),
        ("/api/v1/series/999", 404, "not in the store"),
        ("/api/v1/series/999/observations", 404, "not in the store"),
        ("/api/v1/series/99999999999999999999", 422, "less than or equal to 2147483647"),
        ("/api/v1/series/1/observations?from=2026-05-01T00:00:00", 422, "RFC 3339 with a zone"),
        ("/api/v1/alerts/999", 404, "not in the store"),
        ("/api/v1/alerts?cursor=garbage", 422, "expected the 'next'"),
        ("/tiles/nothing/14/1/1.mvt", 404, "expected one of city, devices"),
        ("/tiles/city/14/99999999/1.mvt", 404, "expected 0 to 16383"),
        ("/nowhere", 404, "nothing at '/nowhere'"),
        ("/assets/..%2f..%2fscene.py", 404, "nothing at"),
        ("/assets/%00", 404, "nothing at"),
    ],
)
async def test_what_cannot_be_answered_says_why(
    client: httpx.AsyncClient, path: str, status: int, sentence: str
) -> None:
    answer = await client.get(path)
    assert answer.status_code == status
    assert list(answer.json()) == ["detail"]
    assert sentence in answer.json()["detail"]


async def test_a_series_tells_its_unit_and_latest_value(
    client: httpx.AsyncClient, district: Connection
) -> None:
    level, depth = add_series(district), add_series(district, "depth")
    add_observations(district, level, 3)
    (series,) = await items(client, "/api/v1/series", quantity="level")
    assert (series["id"], series["unit"], series["entity"]) == (level, "m", str(register.REACH))
    latest = series["latest"]
    assert (latest["value"], latest["grade"], latest["checks"]) == (2.0, "doubtful", ["soft_limit"])
    assert latest["quality"] & 3 == 1
    assert (await client.get(f"/api/v1/series/{depth}")).json()["latest"] is None
    assert len(await items(client, "/api/v1/series", device=register.LEVEL_GAUGE, limit=1)) == 2
    assert await items(client, "/api/v1/series", entity=register.ROAD) == []
    assert await items(client, "/api/v1/series", mode="exercise") == []


async def test_observations_come_newest_first_and_from_to(
    client: httpx.AsyncClient, district: Connection
) -> None:
    series = add_series(district)
    add_observations(district, series, 7)
    path = f"/api/v1/series/{series}/observations"
    values = [row["value"] for row in await items(client, path, limit=3)]
    assert values == [6.0, 5.0, 4.0, 3.0, 2.0, 1.0, 0.0]
    span = {"from": "2026-05-01T12:02:00+08:00", "to": "2026-05-01T04:05:00Z"}
    values = [row["value"] for row in await items(client, path, limit=2, **span)]
    assert values == [4.0, 3.0, 2.0]
    newest = (await client.get(path)).json()["items"][0]
    assert newest["observed_at"] == "2026-05-01T04:06:00Z"
    assert newest["received_at"] > NOON.isoformat()


async def test_the_live_index_says_what_each_series_is(
    client: httpx.AsyncClient, district: Connection
) -> None:
    series = add_series(district)
    answer = await client.get("/api/v1/live/index")
    reach, gauge = str(register.REACH), str(register.LEVEL_GAUGE)
    assert answer.json() == {
        "items": [[series, gauge, reach, "level", "m", "actual", ""]],
        "next": None,
    }
