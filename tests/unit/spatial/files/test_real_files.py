"""The real files beside the checkout hold what their manifest says."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from spatial.files import Columns, FileRefusedError, Target, inspect, read


@pytest.fixture(scope="module")
def gis(shared: Path) -> Path:
    return shared / "data/gis"


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("wuhan_osm_boundaries.geojson", {"LineString": 1}),
        ("wuhan_osm_buildings.geojson", {"Point": 89, "Polygon": 241}),
        ("wuhan_osm_roads.geojson", {"LineString": 354, "MultiLineString": 20}),
        ("wuhan_osm_water.geojson", {"LineString": 1, "Point": 1, "Polygon": 1}),
        ("sanhe_osm_streets.geojson", {"LineString": 37}),
        ("shenzhen_districts_wgs84.geojson", {"Polygon": 10}),
        ("bubenec.gpkg", {"LineString": 35, "Polygon": 695}),
        ("dutch_addresses_shape_28992.zip", {"Point": 2481}),
        ("station_list.csv", {"None": 79}),
        ("areas.csv", {"None": 2978}),
    ],
)
def test_a_real_file_is_counted_by_kind(gis: Path, name: str, counts: dict[str, int]) -> None:
    found = inspect(gis / name)
    assert found.error is None
    assert found.counts == counts
    assert found.warnings == []
    json.dumps(found.as_dict())


def test_the_manifest_counts_the_same_features(gis: Path) -> None:
    with (gis.parent / "MANIFEST.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file) if row[1].endswith(".geojson")]
    counted = [(row[1], row[-1]) for row in rows if "features=" in row[-1]]
    assert len(counted) == 5
    for path, notes in counted:
        expected = int(notes.partition("features=")[2].split(";")[0])
        assert sum(inspect(gis.parent / path).counts.values()) == expected


@pytest.mark.parametrize(
    ("name", "crs", "bounds"),
    [
        ("wuhan_osm_buildings.geojson", "EPSG:4326", (114.383, 30.5, 114.407, 30.516)),
        ("bubenec.gpkg", "EPSG:3857", (14.398, 50.099, 14.41, 50.108)),
        ("dutch_addresses_shape_28992.zip", "EPSG:28992", (5.67, 52.042, 5.83, 52.124)),
    ],
)
def test_bounds_are_given_in_degrees(
    gis: Path, name: str, crs: str, bounds: tuple[float, float, float, float]
) -> None:
    found = inspect(gis / name)
    assert found.crs == crs
    assert found.bounds == pytest.approx(bounds, abs=0.001)


def test_dutch_addresses_are_taken_in_their_own_crs(gis: Path) -> None:
    table = read(gis / "dutch_addresses_shape_28992.zip", to=Target(28992))
    assert (len(table.rows), table.refused, table.warnings) == (2481, [], [])
    assert (table.crs, table.format, table.layer) == ("EPSG:28992", "Shapefile", "inspireadressen")
    assert table.columns["straatnaam"][0] == "Willinkhuizersteeg"
    assert table.geometry[0].equals(shapely.Point(177_439, 459_274))
    assert table.rows.tolist() == list(range(1, 2482))


def test_dutch_addresses_are_refused_one_by_one_in_shenzhen(gis: Path) -> None:
    table = read(gis / "dutch_addresses_shape_28992.zip", to=Target(4547))
    assert len(table.rows) == 0
    assert [row for row, _ in table.refused] == list(range(1, 2482))
    assert all("outside the area of use of EPSG:4547" in reason for _, reason in table.refused)
    assert "(177439.0, 459274.0)" in table.refused[0].reason


@pytest.mark.parametrize("layer", ["buildings", "plots", "streets", "tessellation"])
def test_a_layer_of_prague_is_taken_in_the_czech_crs(gis: Path, layer: str) -> None:
    table = read(gis / "bubenec.gpkg", layer=layer, to=Target(5514))
    assert (table.refused, table.warnings, table.layer) == ([], [], layer)
    west, south, east, north = shapely.total_bounds(table.geometry)
    assert -744_500 < west < east < -743_000
    assert -1_042_500 < south < north < -1_040_500


def test_a_layer_of_prague_is_refused_in_shenzhen(gis: Path) -> None:
    table = read(gis / "bubenec.gpkg", layer="plots", to=Target(4547))
    assert len(table.refused) == 407


def test_one_of_several_layers_has_to_be_chosen(gis: Path) -> None:
    with pytest.raises(FileRefusedError, match=r"4 layers, choose one of \['buildings', 'plots'"):
        read(gis / "bubenec.gpkg", to=Target(5514))


def test_an_inspected_layer_is_told_alone(gis: Path) -> None:
    found = inspect(gis / "bubenec.gpkg", layer="streets")
    assert [layer.name for layer in found.layers] == ["streets"]
    assert found.counts == {"LineString": 35}


def test_areas_of_wuhan_agree_with_what_their_file_says(gis: Path) -> None:
    table = read(gis / "wuhan_osm_buildings.geojson", to=Target(4547))
    assert (len(table.rows), table.refused, table.warnings) == (330, [], [])
    said = table.columns["area"]
    rings = [
        at for at, shape in enumerate(table.geometry) if shape.geom_type == "Polygon" and said[at]
    ]
    # The tiles count square metres of Web Mercator and clip at their edges.
    flat = np.cos(np.radians(30.51)) ** 2
    ratio = np.array([table.geometry[at].area / (said[at] * flat) for at in rings])
    assert 0.9 < np.median(ratio) < 1.1


def test_stations_of_a_csv_file_stand_where_their_columns_say(gis: Path) -> None:
    place = Columns("longitude", "latitude", "EPSG:4326")
    table = read(gis / "station_list.csv", place=place, to=Target(3857))
    assert (len(table.rows), table.refused) == (79, [])
    assert table.rows[0] == 2
    assert table.columns["traditional_station_identifier"][0] == "16337"
    assert table.geometry[0].x == pytest.approx(15.8913888889 * 111_319.49079, abs=0.01)


@pytest.mark.parametrize("name", ["Helsinki.osm.pbf", "440305_nanshan_gcj02.json"])
def test_what_is_none_of_the_formats_is_refused_with_a_sentence(gis: Path, name: str) -> None:
    error = inspect(gis / name).error
    assert error is not None
    assert "expected" in error
