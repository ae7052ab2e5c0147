"""Models and their elements over HTTP."""

from pathlib import Path

import httpx
import pytest
from shapely.geometry import box

from data.importing import Delivery
from data.models import ModelDelivery, run_model_import
from data.registry import Issued, issue_codes
from spatial.files import Target
from spatial.models import Element, Model
from spatial.models.placing import placed
from tests.postgis.api.conftest import Connection
from tests.postgis.register import X, Y

pytestmark = pytest.mark.anyio

HOUSE = Element(
    key="house",
    native_class="Building",
    klass="8101",
    name="Town Hall",
    shape=box(X, Y, X + 20, Y + 10),
    base_m=12.0,
    top_m=30.5,
    lods=("1",),
    measures={"volume_m3": 3700.0},
    properties={"use": "office"},
)
WALLS = [Element(key=f"wall-{number}", native_class="Wall", parent="house") for number in range(5)]


@pytest.fixture
def hall(district: Connection, database_url: str) -> str:
    """A model in the store; gives its name."""
    model = Model(
        format="CityJSON",
        schema="2.0",
        crs="EPSG:4547",
        height_datum="EPSG:5737",
        elements=lambda _progress: iter([HOUSE, *WALLS]),
        warnings=("made up",),
    )
    delivery = ModelDelivery(
        name="halls/town hall",
        source="survey",
        scheme="model",
        srid=4547,
        delivery=Delivery(actor="li", file="h.json", digest="0" * 64, unread=[], warnings=[]),
    )

    def issue(county: str, klass: str, count: int) -> Issued:
        return issue_codes(district, county, klass, count)

    with Connection.connect(database_url) as connection:
        found = placed(Path("h.json"), model, None, Target(4547, 4))
        run_model_import(connection, model, found, delivery, issue, lambda *_: None)
    return delivery.name


async def test_a_model_is_listed_and_told_with_its_counts(
    client: httpx.AsyncClient, hall: str
) -> None:
    listed = (await client.get("/api/v1/models")).json()
    told = (await client.get(f"/api/v1/models/{hall}")).json()

    assert [model["name"] for model in listed["items"]] == [hall]
    assert listed["next"] is None
    assert told["counts"] == {"Building": 1, "Wall": 5}
    assert (told["format"], told["format_version"]) == ("CityJSON", "2.0")
    assert told["height_datum"] == "EPSG:5737"
    assert told["warnings"] == ["made up"]
    assert told.items() >= listed["items"][0].items()


async def test_the_imports_of_a_model_are_still_found(client: httpx.AsyncClient, hall: str) -> None:
    imports = (await client.get(f"/api/v1/models/{hall}/imports")).json()
    assert [one["file"] for one in imports["items"]] == ["h.json"]


async def test_elements_are_listed_by_class_page_after_page(
    client: httpx.AsyncClient, hall: str
) -> None:
    path, asked = f"/api/v1/models/{hall}/elements", {"native_class": "Wall", "limit": "2"}
    keys: list[str] = []
    for _ in range(3):
        page = (await client.get(path, params=asked)).json()
        keys += [element["key"] for element in page["items"]]
        asked["cursor"] = page["next"]

    assert keys == [wall.key for wall in WALLS]
    assert page["next"] is None


async def test_an_element_says_what_it_is_and_where(client: httpx.AsyncClient, hall: str) -> None:
    answer = await client.get(f"/api/v1/models/{hall}/elements", params={"key": "house"})
    (house,) = answer.json()["items"]

    assert house["class"] == "8101"
    assert house["code"] == house["whole"]
    assert house["code"].startswith("4403118101")
    assert (house["base_m"], house["top_m"], house["lods"]) == (12.0, 30.5, ["1"])
    assert house["measures"] == {"volume_m3": 3700.0}
    assert house["properties"] == {"use": "office"}
    west, south = house["shape"]["coordinates"][0][0]
    assert 113.8 < west < 114.1
    assert 22.6 < south < 22.9


async def test_the_elements_of_an_entity_are_those_of_its_models(
    client: httpx.AsyncClient, hall: str
) -> None:
    found = (await client.get(f"/api/v1/models/{hall}/elements", params={"key": "house"})).json()
    code = found["items"][0]["code"]

    parts = (await client.get(f"/api/v1/entities/{code}/elements")).json()

    assert [part["key"] for part in parts["items"]] == ["house", *(wall.key for wall in WALLS)]
    assert {part["whole"] for part in parts["items"]} == {code}


@pytest.mark.parametrize("path", ["/api/v1/models/none", "/api/v1/models/none/elements"])
async def test_an_unknown_model_is_said_to_be(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 404
    assert answer.json()["detail"] == "model 'none': expected one of GET /api/v1/models"


async def test_a_cursor_of_another_list_is_refused(client: httpx.AsyncClient, hall: str) -> None:
    page = (await client.get(f"/api/v1/models/{hall}/elements", params={"limit": 1})).json()
    answer = await client.get("/api/v1/models", params={"cursor": page["next"]})
    assert answer.status_code == 422
