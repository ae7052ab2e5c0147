"""Shapes of a file as it draws them, for a look at their coordinates."""

import json
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from spatial.drawing import read_drawing
from spatial.files import FileRefusedError


def test_columns_of_coordinates_are_told_by_their_names(tmp_path: Path) -> None:
    path = tmp_path / "wells.csv"
    path.write_text("名称,经度,纬度\nA,113.9,22.7\nB,x,22.7\n", encoding="utf-8")
    drawing = read_drawing(path)
    assert drawing.crs is None
    assert drawing.shapes[0].equals(shapely.Point(113.9, 22.7))
    assert drawing.rows.tolist() == [2]
    assert "expected a number" in drawing.refused[0].reason


def test_columns_can_be_named(tmp_path: Path) -> None:
    path = tmp_path / "wells.csv"
    path.write_text("a,b\n22.7,113.9\n", encoding="utf-8")
    with pytest.raises(FileRefusedError, match=r"which columns are x and y: name two of \['a'"):
        read_drawing(path)
    assert read_drawing(path, columns=("b", "a")).shapes[0].x == 113.9


def test_layers_of_one_crs_are_read_together(tmp_path: Path) -> None:
    path = tmp_path / "city.gpkg"
    table = gpd.GeoDataFrame({"n": [1]}, geometry=[shapely.Point(5e5, 2.5e6)], crs=4547)
    table.to_file(path, layer="a")
    table.to_file(path, layer="b")
    assert len(read_drawing(path).shapes) == 2
    assert read_drawing(path, layer="b").columns["n"].tolist() == [1]
    table.to_crs(4490).to_file(path, layer="c")
    with pytest.raises(FileRefusedError, match=r"several CRS: choose one of \['a', 'b', 'c'\]"):
        read_drawing(path)
    with pytest.raises(FileRefusedError, match="has no layer 'd'"):
        read_drawing(path, layer="d")


@pytest.mark.parametrize(
    "shape",
    [
        shapely.Point(113.9, 22.7),
        shapely.LineString([(113.9, 22.7), (114, 23)]),
        shapely.box(113, 22, 114, 23).difference(shapely.box(113.1, 22.1, 113.2, 22.2)),
        shapely.MultiPolygon([shapely.box(113, 22, 114, 23)]),
    ],
    ids=lambda shape: str(shape.geom_type),
)
def test_coordinates_without_the_type_of_a_geometry_are_read(
    shape: shapely.Geometry, tmp_path: Path
) -> None:
    path = tmp_path / "district.json"
    coordinates = json.loads(shapely.to_geojson(shape))["coordinates"]
    path.write_text(json.dumps({"name": "x", "coordinates": coordinates}), encoding="utf-8")
    drawing = read_drawing(path)
    assert drawing.shapes[0].equals(shape)
    assert drawing.crs == "EPSG:4326"
    assert "read as GeoJSON" in drawing.warnings[0]


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[]",
        '{"coordinates": []}',
        '{"coordinates": {}}',
        '{"coordinates": [[[[[1]]]]]}',
        '{"coordinates": ["a", "b"]}',
        '{"coordinates": [[1, 2], [3]]}',
        '{"coordinates": [[1, 2]]}',
        '{"coordinates": [1' + "0" * 400 + ", 2]}",
        '{"coordinates": ' + "[" * 90_000,
    ],
    ids=lambda text: str(text)[:30],
)
def test_what_draws_nothing_keeps_the_first_sentence(text: str, tmp_path: Path) -> None:
    path = tmp_path / "district.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileRefusedError, match=r"file 'district\.json': "):
        read_drawing(path)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefusedError, match="there is no"):
        read_drawing(tmp_path / "nothing.gpkg")
    path = tmp_path / "movie.avi"
    path.write_bytes(b"RIFF....AVI ")
    with pytest.raises(FileRefusedError, match="expected one of GeoPackage"):
        read_drawing(path)
