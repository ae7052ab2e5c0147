"""What a program writes in one of the formats comes back as it was."""

import csv
import json
import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from spatial.files import FeatureTable, Target, Wkt, read
from tests.unit.spatial.files.written import HOME, block, near, write

CRS = "EPSG:4547"
Features: TypeAlias = list[tuple[BaseGeometry, str, int, float]]

METRES = st.integers(-5_000, 5_000).map(float)
PLACES = st.builds(near, METRES, METRES)
LINES = st.lists(PLACES, min_size=2, max_size=5, unique_by=lambda p: (p.x, p.y)).map(
    shapely.LineString
)
BLOCKS = st.builds(block, METRES, METRES, st.floats(1, 500))
RINGS = st.builds(
    lambda outer, share: outer.difference(outer.centroid.buffer(share)), BLOCKS, st.floats(0.1, 0.4)
)
PARTS = st.builds(
    lambda one: shapely.MultiPolygon([one, shapely.transform(one, lambda c: c + 1_000)]), BLOCKS
)
# What every one of the formats can say; blanks at the end are none in a dBASE table.
TEXTS = st.text("光明龙华abc,;\"'é0 ", min_size=1, max_size=12).map(lambda text: f"x{text}x")
ROWS = st.tuples(
    TEXTS, st.integers(-(2**31), 2**31 - 1), st.floats(-1e6, 1e6).map(lambda f: round(f, 3))
)


def features(shapes: st.SearchStrategy[Any]) -> st.SearchStrategy[Features]:
    """Rows with a shape of one kind."""
    return st.lists(
        st.tuples(shapes, ROWS).map(lambda pair: (pair[0], *pair[1])), min_size=1, max_size=6
    )


def as_geojson(folder: Path, rows: Features) -> FeatureTable:
    """Written with the old member that names a CRS."""
    member = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4547"}}
    listed = [
        {
            "type": "Feature",
            "geometry": json.loads(shapely.to_geojson(shape)),
            "properties": {"name": name, "n": n, "x": x},
        }
        for shape, name, n, x in rows
    ]
    path = folder / "a.geojson"
    document = {"type": "FeatureCollection", "crs": member, "features": listed}
    path.write_text(json.dumps(document), encoding="utf-8")
    return read(path, to=Target(4547))


def as_csv(folder: Path, rows: Features) -> FeatureTable:
    """Written with shapes as text."""
    path = folder / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["name", "n", "x", "shape"])
        lines.writerows(
            [name, n, x, shapely.to_wkt(shape, rounding_precision=17)] for shape, name, n, x in rows
        )
    return read(path, place=Wkt("shape", CRS), to=Target(4547))


def by_gdal(suffix: str) -> Callable[[Path, Features], FeatureTable]:
    """Written by GDAL."""

    def written(folder: Path, rows: Features) -> FeatureTable:
        shapes, names, numbers, floats = zip(*rows, strict=True)
        columns = {"name": names, "n": numbers, "x": floats}
        options = {"encoding": "UTF-8"} if suffix == ".shp" else {}
        return read(write(folder / f"a{suffix}", shapes, columns, **options), to=Target(4547))

    return written


WAYS = {
    "GeoJSON": as_geojson,
    "CSV": as_csv,
    "GeoPackage": by_gdal(".gpkg"),
    "Shapefile": by_gdal(".shp"),
}


@pytest.mark.parametrize("way", WAYS)
@settings(deadline=None, max_examples=25)
@given(rows=st.one_of(*(features(kind) for kind in (PLACES, LINES, BLOCKS, RINGS, PARTS))))
def test_features_come_back_as_they_were(way: str, rows: Features) -> None:
    with tempfile.TemporaryDirectory() as folder:
        table = WAYS[way](Path(folder), rows)
    assert (table.refused, table.warnings) == ([], [])
    assert table.format == way
    assert table.columns["name"].tolist() == [name for _, name, _, _ in rows]
    assert [int(n) for n in table.columns["n"]] == [n for _, _, n, _ in rows]
    found = [float(x) for x in table.columns["x"]]
    assert all(math.isclose(a, b, abs_tol=1e-9) for a, (*_, b) in zip(found, rows, strict=True))
    for shape, (before, *_) in zip(table.geometry, rows, strict=True):
        assert shapely.equals_exact(shape.normalize(), before.normalize(), 1e-6)


@settings(deadline=None, max_examples=25)
@given(places=st.lists(st.tuples(st.floats(113.7, 114.6), st.floats(22.4, 22.9)), min_size=1))
def test_places_in_degrees_come_out_in_metres(places: list[tuple[float, float]]) -> None:
    points = shapely.points(places)
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder) / "a.gpkg", list(points), crs="EPSG:4490")
        table = read(path, to=Target(4547))
    found = shapely.get_coordinates(table.geometry)
    # A degree of longitude at 22.7 N is 102.7 km, one of latitude 110.7 km.
    flat = (np.array(places) - (114.0, 22.65)) * (102_750, 110_750)
    centre = shapely.Point(500_000, 2_505_777)
    assert np.abs(found - flat - (centre.x, centre.y)).max() < 1_000
    assert not table.refused
    assert HOME.x < 600_000
