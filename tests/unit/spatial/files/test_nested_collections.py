"""Collections in collections: taken as deep as data is, refused one by one beyond."""

import json
from pathlib import Path
from typing import Any

import pytest

from spatial.files import inspect

POINT = {"type": "Point", "coordinates": [114, 22.5]}


def nested(depth: int) -> str:
    """A collection in a collection in a collection."""
    start = '{"type":"GeometryCollection","geometries":['
    return f"{start * depth}{json.dumps(POINT)}{']}' * depth}"


def feature(geometry: str) -> str:
    """A feature with this geometry."""
    return f'{{"type":"Feature","properties":{{}},"geometry":{geometry}}}'


@pytest.mark.parametrize("depth", [1, 50, 330, 450, 490, 2_000])
def test_a_bare_collection_of_any_depth_is_taken_or_refused(tmp_path: Path, depth: int) -> None:
    path = tmp_path / "deep.geojson"
    path.write_text(nested(depth), encoding="utf-8")

    found = inspect(path)

    said: list[Any] = [*found.warnings, found.error or ""]
    deep = any("is nested deeper than any data" in each for each in said)
    assert deep is (depth > 50)
    assert deep or found.counts == {"GeometryCollection": 1}


def test_one_shape_that_is_too_deep_takes_no_other_with_it(tmp_path: Path) -> None:
    path = tmp_path / "deep.geojson"
    features = f"{feature(nested(400))},{feature(json.dumps(POINT))}"
    path.write_text(f'{{"type":"FeatureCollection","features":[{features}]}}', encoding="utf-8")

    found = inspect(path)

    assert found.counts == {"Point": 1}
    assert found.warnings == ["row 1 will be refused: its geometry is nested deeper than any data"]
