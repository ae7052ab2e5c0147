"""Tiles as PostGIS makes them of a small register."""

import asyncio
import math
from typing import Any

import psycopg
import pytest
from pyproj import Transformer
from shapely.geometry import LineString, Point, box

from data.registry import ChangeSet, EntityChange, record
from tests.postgis.viz.vector_tile import Feature, decode
from viz.scene import district_bounds
from viz.tiles import tile

X, Y = 493_426.0, 2_516_742.0
SUB_DISTRICT, RIVER, RESERVOIR = 4403118803000001, 4403118201000001, 4403118203000001
LOW_HOUSE, TOWER = 4403118101000001, 4403118101000002
PIPE, MANHOLE, GAUGE, CAMERA = (
    4403118301000001,
    4403110103000001,
    4403118501000001,
    4403118601000001,
)
TO_DEGREES = Transformer.from_crs(4547, 4326, always_xy=True)

Store = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture
def district_url(database_url: str, connection: Store) -> str:
    """A store with one entity of each kind, all within a kilometre."""
    entities = [
        EntityChange(SUB_DISTRICT, "光明街道", box(X - 900, Y - 900, X + 900, Y + 900)),
        EntityChange(RIVER, "茅洲河", LineString([(X - 800, Y), (X + 800, Y + 20)])),
        EntityChange(RESERVOIR, "碧眼水库", Point(X + 300, Y - 300).buffer(150)),
        EntityChange(LOW_HOUSE, "一号楼", box(X + 40, Y + 40, X + 60, Y + 60), 9.0),
        EntityChange(TOWER, "二号楼", box(X + 80, Y + 40, X + 110, Y + 70), 120.0),
        EntityChange(PIPE, "管段1", LineString([(X, Y + 20), (X + 90, Y + 20)])),
        EntityChange(MANHOLE, "雨水井1", Point(X, Y + 20)),
        EntityChange(GAUGE, "水位计1", Point(X + 10, Y + 2)),
        EntityChange(CAMERA, "摄像机1", Point(X + 12, Y + 5)),
    ]
    record(connection, ChangeSet("test", "a small district", "test", entities, [], []))
    connection.commit()
    return database_url


def test_a_near_tile_holds_every_kind_in_its_layer(district_url: str) -> None:
    layers = decode(fetch(district_url, "city", 15))
    assert {name: ids(features) for name, features in layers.items()} == {
        "sub_district": {SUB_DISTRICT},
        "label": {SUB_DISTRICT, RESERVOIR} & ids(layers["label"]),
        "water": {RIVER, RESERVOIR} & ids(layers["water"]),
        "building": {LOW_HOUSE, TOWER},
        "drainage": {PIPE, MANHOLE},
    }
    assert RIVER in ids(layers["water"])


def test_a_feature_carries_code_class_name_and_height(district_url: str) -> None:
    buildings = decode(fetch(district_url, "city", 15))["building"]
    tower = next(feature for feature in buildings if feature.id == TOWER)
    assert tower.properties == {
        "code": str(TOWER),
        "class": "8101",
        "name": "二号楼",
        "height": 120.0,
    }


@pytest.mark.parametrize(
    ("zoom", "expected"), [(9, set()), (10, {TOWER}), (13, {TOWER}), (14, {LOW_HOUSE, TOWER})]
)
def test_far_away_only_towers_are_drawn(district_url: str, zoom: int, expected: set[int]) -> None:
    layers = decode(fetch(district_url, "city", zoom))
    assert ids(layers.get("building", [])) == expected


def test_a_point_lies_where_the_map_projection_puts_it(district_url: str) -> None:
    (gauge,) = decode(fetch(district_url, "devices", 12))["device"]
    expected = [part % 1 * 4096 for part in fractional_tile(12, X + 10, Y + 2)]
    assert list(gauge.start) == pytest.approx(expected, abs=1)


def test_cameras_appear_closer_than_sensors(district_url: str) -> None:
    assert ids(decode(fetch(district_url, "devices", 12))["device"]) == {GAUGE}
    assert ids(decode(fetch(district_url, "devices", 13))["device"]) == {GAUGE, CAMERA}


def test_what_is_retired_is_not_drawn(district_url: str, connection: Store) -> None:
    connection.execute("UPDATE entity SET retired = true WHERE code = %s", [GAUGE])
    connection.commit()
    assert fetch(district_url, "devices", 12) == b""


def test_each_name_stands_in_one_tile_only(district_url: str) -> None:
    column, row = (math.floor(part) for part in fractional_tile(15, X, Y))
    around = [(column + dx, row + dy) for dx in (-2, -1, 0, 1, 2) for dy in (-2, -1, 0, 1, 2)]
    tiles = [decode(fetch(district_url, "city", 15, place)) for place in around]
    named = [feature.id for layers in tiles for feature in layers.get("label", [])]
    assert sorted(named) == [RESERVOIR, SUB_DISTRICT]


def test_a_tile_of_the_ocean_is_empty(district_url: str) -> None:
    assert fetch(district_url, "city", 15, (0, 0)) == b""


def test_bounds_hold_every_sub_district(district_url: str) -> None:
    bounds = asyncio.run(read_bounds(district_url))
    assert bounds is not None
    west, south, east, north = bounds
    for dx, dy in ((-900, -900), (900, 900), (-900, 900), (900, -900)):
        longitude, latitude = TO_DEGREES.transform(X + dx, Y + dy)
        assert west - 1e-9 <= longitude <= east + 1e-9
        assert south - 1e-9 <= latitude <= north + 1e-9


def test_an_empty_register_has_no_bounds(database_url: str) -> None:
    assert asyncio.run(read_bounds(database_url)) is None


def fetch(url: str, layer: str, z: int, place: tuple[int, int] | None = None) -> bytes:
    """Return the tile at ``place``, or the one with the district's middle in it."""
    column, row = place or [math.floor(part) for part in fractional_tile(z, X + 50, Y + 40)]

    async def ask() -> bytes:
        async with await psycopg.AsyncConnection.connect(url) as opened:
            return await tile(opened, layer, z, column, row)

    return asyncio.run(ask())


async def read_bounds(url: str) -> tuple[float, float, float, float] | None:
    async with await psycopg.AsyncConnection.connect(url) as opened:
        return await district_bounds(opened)


def fractional_tile(z: int, x: float, y: float) -> tuple[float, float]:
    """Return column and row of a place in the district's CRS, by the textbook formula."""
    longitude, latitude = TO_DEGREES.transform(x, y)
    column = (longitude + 180) / 360 * 2**z
    row = (1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2 * 2**z
    return column, row


def ids(features: list[Feature]) -> set[int]:
    return {feature.id for feature in features}
