import asyncio
from typing import TYPE_CHECKING, Any, cast

import pytest

from data.reference import entity_classes
from viz.tiles import LAYERS, MAX_ZOOM, MIN_ZOOM, UnknownTileError, tile, tile_json

if TYPE_CHECKING:
    import psycopg

SHENZHEN = (113.7, 22.4, 114.6, 22.9)
NO_STORE = cast("psycopg.AsyncConnection[Any]", None)


@pytest.mark.parametrize(
    ("layer", "z", "x", "y", "culprit"),
    [
        ("roads", 12, 0, 0, "'roads'"),
        ("city", MIN_ZOOM - 1, 0, 0, "zoom 8"),
        ("city", MAX_ZOOM + 1, 0, 0, "zoom 19"),
        ("city", 9, 512, 0, "512/0"),
        ("devices", 9, 0, -1, "0/-1"),
    ],
)
def test_a_tile_that_cannot_exist_is_refused_before_the_store_is_asked(
    layer: str, z: int, x: int, y: int, culprit: str
) -> None:
    with pytest.raises(UnknownTileError, match=culprit):
        asyncio.run(tile(NO_STORE, layer, z, x, y))


@pytest.mark.parametrize("layer", LAYERS)
def test_tile_json_names_every_vector_layer_and_the_revision(layer: str) -> None:
    described = tile_json(layer, bounds=SHENZHEN, revision=7)
    assert described["tilejson"] == "3.0.0"
    assert described["tiles"] == [f"/tiles/{layer}/{{z}}/{{x}}/{{y}}.mvt?v=7"]
    assert described["bounds"] == [113.7, 22.4, 114.6, 22.9]
    assert {entry["id"] for entry in described["vector_layers"]} == {
        drawn.vector_layer for drawn in LAYERS[layer]
    }


def test_tile_json_of_an_unknown_layer_is_refused() -> None:
    with pytest.raises(UnknownTileError, match="expected one of city, devices"):
        tile_json("lakes", bounds=SHENZHEN, revision=1)


def test_only_classes_of_the_reference_table_are_drawn() -> None:
    drawn = {code for entries in LAYERS.values() for entry in entries for code in entry.class_codes}
    assert drawn <= set(entity_classes())


def test_every_device_class_of_the_reference_table_is_drawn() -> None:
    devices = {code for code, row in entity_classes().items() if row.role in {"device", "camera"}}
    assert {code for entry in LAYERS["devices"] for code in entry.class_codes} == devices
