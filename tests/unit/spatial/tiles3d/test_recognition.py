"""A tileset is told from other JSON and other archives by its first bytes."""

import json
from pathlib import Path

import pytest

from spatial.files import local_file
from spatial.models.tiles3d.format import TILES_3D


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"asset": {"version": "1.0"}, "geometricError": 1, "root": {}}, True),
        ({"root": {"asset": 1}, "asset": {}}, True),
        ({"asset": {"version": "1.1"}, "schema": {"classes": {"a": {"nodes": []}}}}, True),
        ({"asset": {"version": "2.0"}, "scenes": [], "nodes": []}, False),
        ({"type": "FeatureCollection", "root": 1, "features": []}, False),
        ({"type": "CityJSON", "version": "2.0"}, False),
        ({"properties": {"root": 1, "asset": 2}}, False),
        (["asset", "root"], False),
        ({}, False),
    ],
)
def test_a_tileset_is_told_from_other_json(document: object, *, expected: bool) -> None:
    assert TILES_3D.recognises(json.dumps(document).encode(), ".json") is expected


def test_a_long_start_is_cut_without_harm() -> None:
    document = {"asset": {"version": "1.1"}, "schema": {"text": 'quo"ted' * 20_000}, "root": {}}
    assert TILES_3D.recognises(json.dumps(document).encode()[: local_file.HEAD_BYTES], ".json")


def test_real_models_of_other_formats_are_not_taken(shared: Path) -> None:
    others = [
        path
        for pattern in ("cim/*.json", "gis/*.json", "gis/*.geojson", "gis/*.zip", "gis/*.pbf")
        for path in (shared / "data").glob(pattern)
    ]
    assert len(others) > 10
    for path in others:
        assert not TILES_3D.recognises(local_file.head_of(path), path.suffix), path
