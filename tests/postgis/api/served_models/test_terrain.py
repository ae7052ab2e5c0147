"""Terrain and imagery over HTTP: tiles and heights."""

import io
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import rasterio  # type: ignore[import-untyped]

from tests.postgis.api.served_models.asking import (
    DEM,
    MODELS,
    degrees,
    imported,
    tile_of_dem,
)
from tests.postgis.importing.importer import Importer
from tests.unit.spatial.rasters import written

pytestmark = pytest.mark.anyio


async def test_terrain_that_was_overwritten_on_the_disk_is_said_to_be(
    client: httpx.AsyncClient, importer: Importer, dem: Path
) -> None:
    (place,) = [each for each in (importer.folder / "models").iterdir() if each.name != ".turn"]
    place.write_bytes(b"\1" * place.stat().st_size)

    answer = await client.get(f"{DEM}/heights", params={"points": "114,22"})

    assert answer.status_code == 503
    assert answer.json()["detail"].startswith(f"file {dem.name!r}: ")


@pytest.mark.usefixtures("dem")
async def test_terrain_says_where_it_is_and_how_it_is_written(client: httpx.AsyncClient) -> None:
    told = (await client.get(f"{DEM}/terrain.json")).json()

    assert told["encoding"] == "terrarium"
    assert told["height_datum"] == "EPSG:5737"
    west, south, east, north = told["bounds"]
    assert 113 < west < east < 115
    assert 22 < south < north < 23
    assert (told["minzoom"], told["maxzoom"]) == (0, 17)
    assert "/terrain/{z}/{x}/{y}.png?v=" in told["tiles"][0]


@pytest.mark.filterwarnings("ignore:Dataset has no geotransform")
@pytest.mark.usefixtures("dem")
async def test_a_tile_of_terrain_holds_its_heights(client: httpx.AsyncClient) -> None:
    z, x, y = tile_of_dem()
    address = (await client.get(f"{DEM}/terrain.json")).json()["tiles"][0]

    answer = await client.get(address.format(z=z, x=x, y=y))

    assert answer.headers["content-type"] == "image/png"
    assert "immutable" in answer.headers["cache-control"]
    with rasterio.MemoryFile(io.BytesIO(answer.content)) as file, file.open() as image:
        red, green, blue = (band.astype(float) for band in image.read((1, 2, 3)))
    metres = red * 256 + green + blue / 256 - 32768
    at = heights_within(metres)
    assert 100 - 0.02 * 800 < at.min() < at.max() < 100 + 0.01 * 1200
    again = await client.get(
        address.format(z=z, x=x, y=y), headers={"If-None-Match": answer.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.usefixtures("dem")
@pytest.mark.parametrize(
    ("tile", "status"),
    [("15/0/0", 204), ("0/0/0", 204), ("3/8/0", 404), ("24/0/0", 204), ("25/0/0", 422)],
)
async def test_where_nothing_is_nothing_comes(
    client: httpx.AsyncClient, tile: str, status: int
) -> None:
    answer = await client.get(f"{DEM}/terrain/{tile}.png")
    assert answer.status_code == status, answer.text


@pytest.mark.filterwarnings("ignore:Dataset has no geotransform")
async def test_imagery_is_a_picture_without_heights(
    client: httpx.AsyncClient, importer: Importer
) -> None:
    picture = np.full((3, 400, 600), 200, np.uint8)
    imported(written.write(importer.folder / "photo.tif", picture))
    z, x, y = tile_of_dem()

    told = (await client.get(f"{MODELS}/photo/terrain.json")).json()
    tile = await client.get(f"{MODELS}/photo/terrain/{z}/{x}/{y}.png")
    heights = await client.get(f"{MODELS}/photo/heights", params={"points": "114,22"})

    assert (told["encoding"], told["height_datum"]) == (None, None)
    with rasterio.MemoryFile(io.BytesIO(tile.content)) as file, file.open() as image:
        assert image.count == 4
    assert heights.status_code == 404
    assert heights.json()["detail"] == "file 'photo.tif' is imagery: expected terrain"


@pytest.mark.usefixtures("dem")
async def test_heights_are_those_of_the_ground_and_none_where_there_is_none(
    client: httpx.AsyncClient,
) -> None:
    inside = (written.WEST + 700.0, written.NORTH - 501.0)
    hole = (written.WEST + 50, written.NORTH - 50)
    outside = (written.WEST - 5000, written.NORTH)
    points = [degrees(*place) for place in (inside, hole, outside)]

    asked = ";".join(f"{lon:.9f},{lat:.9f}" for lon, lat in points)
    got = (await client.get(f"{DEM}/heights", params={"points": asked})).json()
    posted = await client.post(f"{DEM}/heights", json={"points": points})

    assert got["height_datum"] == "EPSG:5737"
    assert got["heights_m"][0] == pytest.approx(written.ground(*inside), abs=0.001)
    assert got["heights_m"][1:] == [None, None]
    assert posted.json()["heights_m"][0] == pytest.approx(got["heights_m"][0], abs=1e-4)


@pytest.mark.usefixtures("dem")
@pytest.mark.parametrize(
    "points", ["", "114", "114,22,5", "nan,22", "181,22", "114,91", "1e400,0", "114;22", ";"]
)
async def test_what_is_no_place_is_refused(client: httpx.AsyncClient, points: str) -> None:
    answer = await client.get(f"{DEM}/heights", params={"points": points})
    assert answer.status_code == 422
    assert "'points'" in answer.json()["detail"]


@pytest.mark.usefixtures("dem")
@pytest.mark.parametrize(
    ("count", "status"), [(10_000, 200), (10_001, 422), (0, 422)], ids=["most", "more", "none"]
)
async def test_ten_thousand_places_at_once_and_no_more(
    client: httpx.AsyncClient, count: int, status: int
) -> None:
    answer = await client.post(
        f"{DEM}/heights",
        content=b'{"points":[' + b",".join([b"[9,9]"] * count) + b"]}",
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == status
    if status == 200:
        assert answer.json()["heights_m"] == [None] * count


def heights_within(metres: Any) -> Any:  # noqa: ANN401 - arrays
    return metres[metres > 1]
