"""Tiles of tilesets and buildings over HTTP."""

import asyncio
import shutil
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from typer.testing import CliRunner

from tests.postgis.api.served_models.asking import (
    CITY,
    DEM,
    MODELS,
    NAME,
    imported,
    tile_of_dem,
)
from tests.postgis.importing.importer import Importer
from tests.postgis.importing.importer import app as command

pytestmark = pytest.mark.anyio


async def test_every_file_of_a_tileset_is_served_as_it_is(
    client: httpx.AsyncClient, city: Path
) -> None:
    files = (await client.get(f"{CITY}/files")).json()["items"]

    assert len(files) == 8
    for file in files:
        answer = await client.get(file["address"])
        assert answer.status_code == 200, answer.text
        assert answer.content == (city / file["name"]).read_bytes()
        assert answer.headers["content-type"] == file["media_type"]
        assert answer.headers["content-length"] == str(file["size"])
        assert answer.headers["etag"] == f'"{file["digest"]}"'
        assert "immutable" in answer.headers["cache-control"]


@pytest.mark.usefixtures("city")
async def test_tiles_are_found_relative_to_their_tileset(client: httpx.AsyncClient) -> None:
    (entry,) = (await client.get(f"{CITY}/files", params={"entry": "true"})).json()["items"]
    root = await client.get(entry["address"])
    child = root.json()["root"]["content"]["url"]
    beside = root.url.join(child)

    first = await client.get(beside)
    inner = await client.get(root.url.join("tileset3/ll.b3dm"))

    assert (first.status_code, inner.status_code) == (200, 200)
    assert first.headers["cache-control"] == "no-cache"
    assert inner.content[:4] == b"b3dm"


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("said", ["{0}", "*", 'W/{0}, "other"', '"other",{0}'])
async def test_who_has_a_tile_is_told_so(client: httpx.AsyncClient, said: str) -> None:
    first = await client.get(f"{CITY}/tiles/lr.b3dm")

    answer = await client.get(
        f"{CITY}/tiles/lr.b3dm", headers={"If-None-Match": said.format(first.headers["etag"])}
    )

    assert answer.status_code == 304
    assert answer.content == b""
    assert answer.headers["etag"] == first.headers["etag"]


async def test_a_folder_of_a_tileset_may_be_called_tiles(
    client: httpx.AsyncClient, city: Path, importer: Importer
) -> None:
    nested = importer.folder / "nested"
    shutil.copytree(city, nested / "tiles" / "tiles")
    (nested / "tileset.json").write_text(
        (city / "tileset.json").read_text().replace('"url": "', '"url": "tiles/tiles/')
        .replace('"url":"', '"url":"tiles/tiles/')
    )  # fmt: skip
    imported(nested)

    answer = await client.get(f"{MODELS}/nested/tiles/tiles/tiles/lr.b3dm")

    assert answer.status_code == 200
    assert answer.content == (city / "lr.b3dm").read_bytes()


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize(
    "path",
    [
        "none.b3dm",
        "",
        "lr.b3dm/",
        "/lr.b3dm",
        "%2e/lr.b3dm",
        "%2e%2e/services.toml",
        "%2e%2e%2f%2e%2e%2fservices.toml",
        "..%2f..%2fservices.toml",
        "tileset3%2Fll.b3dm",
        "tileset3%5cll.b3dm",
        "tileset3/%2e%2e/lr.b3dm",
        "%2fetc/passwd",
        "/etc/passwd",
        "LR.B3DM",
        "lr.b3dm%00",
        "tiles/lr.b3dm",
        "tiles/" * 150 + "lr.b3dm",
        "%ff",
        "a" * 1200,
    ],
)
async def test_what_is_not_on_the_list_is_not_there(app: FastAPI, path: str) -> None:
    status, body = await raw(app, f"{CITY}/tiles/{path}")

    assert status in ({404, 422} if "%00" in path else {404}), body
    assert b"detail" in body


async def raw(app: FastAPI, target: str) -> tuple[int, bytes]:
    """Ask for exactly this address, which a client would tidy up first."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://twin.test") as client:
        request = client.build_request("GET", "/")
        request.url = request.url.copy_with(raw_path=target.encode())
        answer = await client.send(request)
    return answer.status_code, answer.content


async def test_many_ask_at_once(client: httpx.AsyncClient, city: Path, dem: Path) -> None:
    assert dem.name == "dem.tif"
    z, x, y = tile_of_dem()
    tiles = [f"{CITY}/tiles/{name}" for name in ("ul.b3dm", "ur.b3dm", "tileset3/ll.b3dm")] * 20
    terrain = [f"{DEM}/terrain/{z}/{x}/{y}.png"] * 20

    answers = await asyncio.gather(*map(client.get, tiles + terrain))

    assert [answer.status_code for answer in answers] == [200] * 80
    assert answers[2].content == (city / "tileset3/ll.b3dm").read_bytes()
    assert len({answer.content for answer in answers[60:]}) == 1


@pytest.mark.parametrize("damage", ["deleted", "cut off"])
async def test_a_file_that_is_gone_from_the_disk_is_said_to_be(
    client: httpx.AsyncClient, importer: Importer, city: Path, dem: Path, damage: str
) -> None:
    assert (city.name, dem.name) == ("TilesetOfTilesets", "dem.tif")
    for place in (importer.folder / "models").iterdir():
        if damage == "deleted":
            place.unlink()
        else:
            place.write_bytes(place.read_bytes()[:-1])
    z, x, y = tile_of_dem()
    for address in (
        f"{CITY}/tiles/lr.b3dm",
        f"{DEM}/terrain.json",
        f"{DEM}/terrain/{z}/{x}/{y}.png",
        f"{DEM}/heights?points=114,22",
    ):
        answer = await client.get(address)
        assert answer.status_code == 503, address
        assert answer.json()["detail"].endswith(": import its model again")


async def test_a_building_is_served_as_gltf(
    client: httpx.AsyncClient, importer: Importer, shared: Path
) -> None:
    options = ["--crs", "EPSG:4547", "--county", "440311", "--model", "house"]
    house = str(shared / "data/bim/IfcOpenHouse_IFC4.ifc")
    assert CliRunner().invoke(command, [house, *options]).exit_code == 1
    assert importer.folder.is_dir()

    listed = (await client.get(f"{MODELS}/house/files?kind=scene")).json()["items"]
    building = next(each for each in listed if each["name"] != "rest")
    known = await client.get(building["address"])
    named = await client.get(f"{MODELS}/house/scene.glb", params={"building": building["name"]})
    several = await client.get(f"{MODELS}/house/scene.glb")
    other = await client.get(f"{MODELS}/house/scene.glb?building=none")

    assert known.content == named.content
    assert known.content[:4] == b"glTF"
    assert known.headers["content-type"] == "model/gltf-binary"
    assert "immutable" in known.headers["cache-control"]
    assert (several.status_code, other.status_code) == (404, 404)
    assert "expected one, found several" in several.json()["detail"]
    assert "expected 'none', found none" in other.json()["detail"]


@pytest.mark.parametrize(
    "path",
    ["tiles/a", "files", "terrain.json", "terrain/0/0/0.png", "heights?points=1,1", "scene.glb"],
)
async def test_a_model_that_is_not_there_has_none_of_it(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(f"{MODELS}/none/{path}")
    assert answer.status_code == 404
    assert "expected" in answer.json()["detail"]


@pytest.mark.usefixtures("city")
async def test_a_tileset_is_no_terrain(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{CITY}/terrain.json")
    assert answer.status_code == 404
    assert answer.json()["detail"] == f"model {NAME!r}: expected terrain or imagery (GeoTIFF)"


@pytest.mark.usefixtures("city")
async def test_files_are_listed_page_after_page(client: httpx.AsyncClient) -> None:
    names: list[str] = []
    asked: dict[str, Any] = {"limit": 3}
    while "cursor" not in asked or asked["cursor"] is not None:
        page = (await client.get(f"{CITY}/files", params=asked)).json()
        names += [file["name"] for file in page["items"]]
        asked["cursor"] = page["next"]

    assert len(names) == 8
    assert names == sorted(names)


@pytest.mark.usefixtures("city")
async def test_the_model_itself_is_still_told(client: httpx.AsyncClient, database_url: str) -> None:
    told = (await client.get(CITY)).json()
    imports = (await client.get(f"{CITY}/imports")).json()["items"]

    assert (told["format"], told["counts"]) == ("3D Tiles", {})
    assert imports[0]["counts"]["files_created"] == 8
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT count(*) FROM model_element").fetchone() == (0,)
