"""Networks over HTTP: followed, checked, and asked where a pollution came from."""

import io
from typing import Any

import geopandas as gpd
import httpx
import numpy as np
import pytest
from shapely.geometry import LineString, Point, box

from data.registry import ChangeSet, EntityChange, NewRelation, record
from spatial.crs import WGS84, transform
from tests.postgis.api.conftest import Connection
from tests.postgis.register import REACH, X, Y

pytestmark = pytest.mark.anyio

MANHOLES = [4403110103000001 + at for at in range(4)]
PIPES = [4403118301000001 + at for at in range(4)]
OUTFALL = 4403118302000001
PATH = "/api/v1/networks"


@pytest.fixture(autouse=True)
def drains(district: Connection) -> None:
    """Four manholes in a row, an outfall behind the last, and the reach of the small district.

    The second pipe runs uphill and the third is narrower than what comes before it.
    """
    inverts = [10.0, 9.0, 9.5, 8.0, 7.0]
    diameters = [0.6, 0.6, 0.4, 0.8]
    places = [(X + 50.0 * at, Y - 100.0) for at in range(5)]
    nodes = [*MANHOLES, OUTFALL]
    entities = [
        EntityChange(
            code, f"井{at}", Point(places[at]),
            properties={"invert_m": inverts[at], "ground_m": 12.0} if at < 4 else {},
        )
        for at, code in enumerate(nodes)
    ]  # fmt: skip
    entities += [
        EntityChange(
            code,
            f"管{at}",
            LineString([places[at], places[at + 1]]),
            properties={
                "invert_up_m": inverts[at],
                "invert_down_m": inverts[at + 1],
                "diameter_m": diameters[at],
                "length_m": 50.0,
            },
        )
        for at, code in enumerate(PIPES)
    ]
    relations = [NewRelation(OUTFALL, "drains_to", REACH, "test")]
    for at, code in enumerate(PIPES):
        relations += [
            NewRelation(nodes[at], "flows_to", code, "test"),
            NewRelation(code, "flows_to", nodes[at + 1], "test"),
        ]
    with district.transaction():
        record(district, ChangeSet("li", "drains", "test", entities, relations=relations))


async def asked(client: httpx.AsyncClient, path: str, **query: object) -> dict[str, Any]:
    answer = await client.get(f"{PATH}/{path}", params={k: str(v) for k, v in query.items()})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_the_registers_network_is_listed(client: httpx.AsyncClient) -> None:
    listed = (await client.get(PATH)).json()
    assert listed["items"] == [
        {"name": "register", "format": "register", "nodes": None, "links": 4}
    ]


async def test_water_is_followed_down_to_the_river(client: httpx.AsyncClient) -> None:
    found = await asked(client, "trace", **{"from": MANHOLES[0]})

    assert [node["key"] for node in found["nodes"]] == [
        str(code) for code in (*MANHOLES, OUTFALL, REACH)
    ]
    assert [node["distance_m"] for node in found["nodes"]][:5] == [0.0, 50.0, 100.0, 150.0, 200.0]
    assert found["nodes"][1]["via"] == str(PIPES[0])
    assert found["links"][0]["via"] == f"{MANHOLES[0]} to {MANHOLES[1]}"
    assert found["more_nodes"] == 0


async def test_water_is_followed_up_and_cut_at_the_limit(client: httpx.AsyncClient) -> None:
    found = await asked(client, "trace", **{"from": OUTFALL}, direction="up", limit=2)

    assert [node["key"] for node in found["nodes"]] == [str(OUTFALL), str(MANHOLES[3])]
    assert found["more_nodes"] == 3


async def test_a_node_may_be_named_as_it_is_printed(client: httpx.AsyncClient) -> None:
    printed = (await client.get(f"/api/v1/entities/{OUTFALL}")).json()["printed"]
    found = await asked(client, "outfalls", **{"from": printed})
    assert found["outfalls"] == [str(OUTFALL)]


async def test_the_outfall_of_a_manhole_is_told_with_its_distance(
    client: httpx.AsyncClient,
) -> None:
    found = await asked(client, "outfalls", **{"from": MANHOLES[1]})
    assert (found["nearest"], found["distance_m"]) == (str(OUTFALL), 150.0)


async def test_a_way_has_nodes_and_links_by_turns(client: httpx.AsyncClient) -> None:
    there = await asked(client, "way", **{"from": MANHOLES[2], "to": OUTFALL})
    back = await asked(client, "way", **{"from": OUTFALL, "to": MANHOLES[2]})

    assert [step["key"] for step in there["steps"]] == [
        str(code) for code in (MANHOLES[2], PIPES[2], MANHOLES[3], PIPES[3], OUTFALL)
    ]
    assert there["distance_m"] == 100.0
    assert back["steps"] == []
    assert back["distance_m"] is None


async def test_a_trace_can_be_drawn(client: httpx.AsyncClient) -> None:
    found = await asked(client, "trace", **{"from": MANHOLES[3]}, geojson="true")
    shapes = {feature["id"]: feature["geometry"] for feature in found["features"]}
    assert shapes[str(PIPES[3])]["type"] == "LineString"
    longitude, latitude = shapes[str(OUTFALL)]["coordinates"]
    assert 113.8 < longitude < 114.1
    assert 22.6 < latitude < 22.9


@pytest.mark.parametrize(
    ("path", "query", "rows"),
    [
        ("trace", {"from": MANHOLES[3]}, 5),
        ("way", {"from": MANHOLES[3], "to": OUTFALL}, 3),
        ("way", {"from": OUTFALL, "to": MANHOLES[3]}, 0),
        ("outfalls", {"from": MANHOLES[0]}, 1),
        ("findings", {}, None),
        ("catchment", {"from": OUTFALL}, 1),
        ("isolation", {"link": PIPES[1]}, None),
    ],
)
async def test_every_answer_has_places(
    client: httpx.AsyncClient, path: str, query: dict[str, object], rows: int | None
) -> None:
    asked = {name: str(value) for name, value in query.items()}
    geojson = await client.get(f"{PATH}/{path}", params=asked | {"format": "geojson"})
    accept = {"Accept": "application/json;q=0.5, application/vnd.apache.parquet"}
    parquet = await client.get(f"{PATH}/{path}", params=asked, headers=accept)

    assert geojson.headers["content-type"] == "application/geo+json"
    assert parquet.headers["content-type"] == "application/vnd.apache.parquet"
    table = gpd.read_parquet(io.BytesIO(parquet.content))  # type: ignore[arg-type]  # or a path
    features = geojson.json()["features"]
    assert len(table) == len(features) == (len(features) if rows is None else rows)
    assert table.crs == "EPSG:4326"
    if rows != 0:
        assert table.total_bounds[0] == pytest.approx(113.94, abs=0.1)


async def test_the_catchment_of_a_point_is_that_of_its_pipe(client: httpx.AsyncClient) -> None:
    x, y = transform([X + 75.0], [Y - 102.0], "EPSG:4547", WGS84)

    found = await asked(client, "catchment", lon=x[0], lat=y[0])
    own = await asked(client, "catchment", lon=x[0], lat=y[0], own=True)

    assert (found["node"], found["link"]) == (str(MANHOLES[1]), str(PIPES[1]))
    assert (found["method"], found["distance_m"]) == ("pipe", pytest.approx(2, abs=0.01))
    assert (found["nodes"], own["nodes"]) == (2, 1)
    # As far as the middle to the next manhole, 25 m away: of a disc of 50 m that much.
    slice_m2 = 25 * np.sqrt(50**2 - 25**2) + 50**2 * np.arcsin(0.5)
    assert found["area_m2"] == pytest.approx(50 * 100 + np.pi * 50**2 / 2 + slice_m2, rel=0.01)
    assert own["area_m2"] == pytest.approx(25 * 100 + slice_m2, rel=0.01)
    assert found["geometry"]["type"] == "Polygon"


async def test_the_catchment_of_the_register_counts(
    client: httpx.AsyncClient, district: Connection
) -> None:
    area = EntityChange(4403118303000001, "汇水区", box(X - 60, Y - 150, X + 60, Y - 90))
    drains = [NewRelation(4403118303000001, "drains_to", MANHOLES[1], "test")]
    with district.transaction():
        record(district, ChangeSet("li", "catchment", "test", [area], relations=drains))

    of_node = await asked(client, "catchment", **{"from": OUTFALL})
    x, y = transform([X + 20.0], [Y - 140.0], "EPSG:4547", WGS84)
    of_point = await asked(client, "catchment", lon=x[0], lat=y[0])

    assert of_node["catchments"] == ["4403118303000001"]
    assert of_node["outlined_m2"] == pytest.approx(120 * 60, abs=0.2)
    assert (of_point["node"], of_point["method"]) == (str(MANHOLES[1]), "outline")


async def test_a_pipe_is_cut_off_and_who_is_without_is_told(client: httpx.AsyncClient) -> None:
    found = await asked(client, "isolation", link=PIPES[1])

    assert not found["brings_water"]
    assert found["shut"] == []
    assert found["at_node"] == [{"key": str(MANHOLES[1]), "kind": "junction"}]
    assert [one["key"] for one in found["lost"]] == [str(code) for code in MANHOLES[:2]]
    assert found["sentences"][-1] == "2 nodes lose a way to an outfall"
    assert found["buildings"] == 0


async def test_pipes_lead_downhill_where_that_is_asked(client: httpx.AsyncClient) -> None:
    drawn_so = await asked(client, "outfalls", **{"from": MANHOLES[0]})
    downhill = await asked(client, "outfalls", **{"from": MANHOLES[0]}, by_invert=True)

    assert drawn_so["outfalls"] == [str(OUTFALL)]
    assert downhill["outfalls"] == []  # the second pipe rises


async def test_what_is_odd_is_found(client: httpx.AsyncClient) -> None:
    found = await asked(client, "findings")
    kinds = {(one["kind"], tuple(one["links"])) for one in found["items"]}
    assert ("against_slope", (str(PIPES[1]),)) in kinds
    assert any(kind == "smaller_downstream" and str(PIPES[2]) in keys for kind, keys in kinds)


async def test_a_pipe_under_pressure_may_rise(
    client: httpx.AsyncClient, district: Connection
) -> None:
    known = {"invert_up_m": 9.0, "invert_down_m": 9.5, "length_m": 50.0, "pressure": True}
    with district.transaction():
        change = EntityChange(PIPES[1], properties=known)
        record(district, ChangeSet("li", "a rising main", "test", [change]))

    found = await asked(client, "findings")
    way = await asked(client, "way", **{"from": MANHOLES[1], "to": MANHOLES[2]})

    assert "against_slope" not in {one["kind"] for one in found["items"]}
    assert (way["distance_m"], way["travel_s"]) == (50.0, None)


async def test_a_change_of_the_register_is_followed_at_once(
    client: httpx.AsyncClient, district: Connection
) -> None:
    await asked(client, "outfalls", **{"from": MANHOLES[0]})
    with district.transaction():
        record(district, ChangeSet("li", "why", "test", [EntityChange(PIPES[1], retired=True)]))
    assert (await asked(client, "outfalls", **{"from": MANHOLES[0]}))["outfalls"] == []


async def test_readings_say_where_a_pollution_can_have_come_from(
    client: httpx.AsyncClient,
) -> None:
    pulse = [0.0, 0.0, 4.0, 9.0, 4.0, 0.0, 0.0, 0.0]
    readings = [
        {"node": str(node), "observed_at": f"2026-05-01T08:{minute:02}:00+08:00", "value": value}
        for node, late in ((MANHOLES[2], 0), (OUTFALL, 2))
        for minute, value in enumerate([0.0] * late + pulse)
    ]
    answer = await client.post(f"{PATH}/sources", json={"readings": readings})
    found = answer.json()

    assert answer.status_code == 200, answer.text
    probabilities = [one["probability"] for one in found["items"]]
    assert probabilities == sorted(probabilities, reverse=True)
    assert found["items"][0]["node"] in {str(code) for code in MANHOLES[:3]}
    assert "+08:00" in found["items"][0]["begin_from"] or "Z" in found["items"][0]["begin_from"]
    assert found["sentences"][0]


@pytest.mark.parametrize(
    ("path", "query", "sentence"),
    [
        ("trace", {"from": "nothing"}, "network 'register': no node 'nothing' among 6"),
        ("trace", {"from": "x", "network": "none"}, "expected 'register' or the name of a model"),
        ("isolation", {"link": "nothing"}, "no link 'nothing' among 5: expected one such as"),
        ("catchment", {"lon": "113.8", "lat": "22.7"}, "in no outline and farther than 50 m"),
    ],
)
async def test_what_is_not_there_is_said_to_be(
    client: httpx.AsyncClient, path: str, query: dict[str, str], sentence: str
) -> None:
    answer = await client.get(f"{PATH}/{path}", params=query)
    assert answer.status_code == 404
    assert sentence in answer.json()["detail"]


@pytest.mark.parametrize(
    "query",
    [{}, {"lon": "113.9"}, {"lon": "113.9", "lat": "22.7", "from": "x"}, {"lon": "1", "lat": "2"}],
)
async def test_a_place_that_is_none_is_refused(
    client: httpx.AsyncClient, query: dict[str, str]
) -> None:
    answer = await client.get(f"{PATH}/catchment", params=query)
    assert answer.status_code == 422
    assert "lon and lat" in answer.text


@pytest.mark.parametrize(
    ("instant", "sentence"),
    [
        ("2026-05-01T08:00:00", "expected a zone"),
        ("0001-01-01T00:00:00Z", "expected an instant of our time"),
    ],
)
async def test_readings_of_no_known_instant_are_refused(
    client: httpx.AsyncClient, instant: str, sentence: str
) -> None:
    reading = {"node": str(OUTFALL), "observed_at": instant, "value": 1.0}
    answer = await client.post(f"{PATH}/sources", json={"readings": [reading]})
    assert answer.status_code == 422
    assert sentence in answer.text
