"""What a file holds is one document, the same for every format and for a refused file."""

import json
from pathlib import Path
from typing import Any

import pytest

from spatial.files import ChooseMetricCrsError, Target, inspect, read
from tests.unit.spatial.files.written import block, near, write

KEYS = ["format", "schema", "crs", "bounds", "counts", "layers", "warnings", "error"]


def test_a_file_is_described_by_its_layers_and_columns(tmp_path: Path) -> None:
    columns: dict[str, list[Any]] = {
        "名称": ["光明", None],
        "storeys": [3, 4],
        "height_m": [9.5, float("nan")],
    }
    path = write(tmp_path / "blocks.gpkg", [block(), None], columns, geometry_name="shape")
    document = inspect(path).as_dict()
    assert list(document) == KEYS
    assert document["format"] == "GeoPackage"
    assert document["counts"] == {"None": 1, "Polygon": 1}
    assert document["bounds"] == pytest.approx([113.936, 22.749, 113.9361, 22.7491], abs=1e-4)
    (layer,) = document["layers"]
    assert (layer["name"], layer["crs"], layer["rows"]) == ("blocks", "EPSG:4547", 2)
    assert layer["fields"] == [
        {"name": "fid", "type": "integer", "filled": 2, "example": "1"},
        {"name": "名称", "type": "text", "filled": 1, "example": "光明"},
        {"name": "storeys", "type": "integer", "filled": 2, "example": "3"},
        {"name": "height_m", "type": "number", "filled": 1, "example": "9.5"},
    ]
    assert json.loads(json.dumps(document)) == document


def test_a_refused_file_gives_the_same_document(tmp_path: Path) -> None:
    document = inspect(tmp_path / "absent.gpkg").as_dict()
    assert list(document) == KEYS
    assert document["format"] is None
    assert document["layers"] == []
    assert document["error"].startswith("file 'absent.gpkg': there is no ")


def test_a_layer_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "blocks.gpkg", [block()])
    found = inspect(path, layer="roads")
    assert found.format == "GeoPackage"
    assert found.error == ("file 'blocks.gpkg': has no layer 'roads': expected one of ['blocks']")


def test_layers_in_several_crs_have_no_common_one(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg", [near(0)], layer="metres")
    write(path, [near(0)], layer="others", crs="EPSG:4526", append=True)
    found = inspect(path)
    assert [layer.crs for layer in found.layers] == ["EPSG:4547", "EPSG:4526"]
    assert found.crs is None


def test_rows_that_will_be_refused_are_announced(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    features = [{"type": "Feature", "geometry": {"type": "Point", "coordinates": ["1", "2"]}}]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    (warning,) = inspect(path).warnings
    assert warning.startswith("row 1 will be refused: coordinates [['1', '2']]")


@pytest.mark.parametrize("srid", [4326, 4490, 1, 0])
def test_a_target_that_is_not_in_metres_is_the_callers_mistake(tmp_path: Path, srid: int) -> None:
    path = write(tmp_path / "blocks.gpkg", [block()])
    with pytest.raises(ChooseMetricCrsError, match=f"EPSG:{srid} is "):
        read(path, to=Target(srid))
