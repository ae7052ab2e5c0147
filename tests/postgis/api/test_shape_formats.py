"""Links, areas and roads as features: GeoJSON and GeoParquet, by name and by Accept."""

import io
from urllib.parse import parse_qsl

import geopandas as gpd
import httpx
import pytest

from tests.postgis.api.conftest import Connection
from tests.postgis.api.district import add_alert
from tests.postgis.register import AREA, LEVEL_GAUGE, REACH, SUB_DISTRICT

pytestmark = pytest.mark.anyio

GEOJSON, PARQUET = "application/geo+json", "application/vnd.apache.parquet"
PLACE = "113.936,22.751"
PATHS: list[tuple[str, dict[str, str]]] = [
    ("links/lines", {"entity": str(LEVEL_GAUGE)}),
    (f"areas/{AREA}/contents", {"near_m": "500"}),
    ("roads/reach", {"place": PLACE, "minutes": "1"}),
    ("roads/nearest", {"place": PLACE, "helper": str(REACH)}),
    ("roads/coverage", {"station": str(REACH), "area": str(SUB_DISTRICT)}),
]


def table(answer: httpx.Response) -> gpd.GeoDataFrame:
    assert answer.headers["content-type"] == PARQUET, answer.text
    found: gpd.GeoDataFrame
    found = gpd.read_parquet(io.BytesIO(answer.content))  # type: ignore[arg-type]  # or a path
    return found


@pytest.mark.parametrize(("path", "query"), PATHS)
async def test_both_forms_hold_the_same(
    client: httpx.AsyncClient, path: str, query: dict[str, str]
) -> None:
    address = f"/api/v1/{path}"
    drawn = await client.get(address, params=query, headers={"Accept": GEOJSON})
    rows = table(await client.get(address, params=query | {"format": "geoparquet"}))

    assert drawn.headers["content-type"] == GEOJSON, drawn.text
    features = drawn.json()["features"]
    assert len(rows) == len(features) > 0
    assert set(rows.columns) - {"geometry"} == set(features[0]["properties"])
    kinds = [one["geometry"] and one["geometry"]["type"] for one in features]
    assert kinds == [shape and shape.geom_type for shape in rows.geometry]
    assert rows.crs == "EPSG:4326"


async def test_contents_as_features_come_in_pages(client: httpx.AsyncClient) -> None:
    query = {"near_m": "5000", "limit": "4", "format": "geoparquet"}
    codes: list[str] = []
    while True:
        answer = await client.get(f"/api/v1/areas/{AREA}/contents", params=query)
        codes += table(answer)["code"].tolist()
        if "link" not in answer.headers:
            break
        address, _, relation = answer.headers["link"].partition(">; ")
        assert relation == 'rel="next"'
        query = dict(parse_qsl(address.removeprefix("<?")))

    whole = await client.get(f"/api/v1/areas/{AREA}/contents", params={"near_m": "5000"})
    assert codes == [one["code"] for one in whole.json()["items"]]
    assert len(codes) > 4


async def test_the_area_of_an_alert_is_a_feature(
    client: httpx.AsyncClient, district: Connection
) -> None:
    alert = add_alert(district)

    document = (await client.get(f"/api/v1/alerts/{alert}/area")).json()
    rows = table(await client.get(f"/api/v1/alerts/{alert}/area?format=geoparquet"))

    assert rows["entity"].tolist() == [str(REACH)]
    assert rows["people_counted"].tolist() == [document["people"]["counted"]]
    assert rows.to_crs("EPSG:4547").area[0] == pytest.approx(document["area_m2"], rel=1e-4)


async def test_a_form_that_there_is_not_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/links/lines", params={"format": "shapefile"})
    assert answer.status_code == 422
