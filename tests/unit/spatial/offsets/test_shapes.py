"""Shapes keep their kind, heights and gaps when GCJ-02 or BD-09 moves their vertices."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from spatial.crs import DISTRICT, WGS84, DeclareCrsError
from spatial.offsets import convert, convert_series, convert_shapes

HOLE = shapely.box(113.91, 22.71, 113.92, 22.72)
KINDS = {
    "point": shapely.Point(113.9, 22.7),
    "point with height": shapely.Point(113.9, 22.7, 31.5),
    "empty point": shapely.Point(),
    "empty polygon": shapely.Polygon(),
    "nothing": None,
    "line with heights": shapely.LineString([(113.9, 22.7, 1.0), (113.95, 22.75, 2.0)]),
    "ring": shapely.LinearRing([(113.9, 22.7), (113.95, 22.7), (113.95, 22.75)]),
    "hole": shapely.box(113.9, 22.7, 113.95, 22.75).difference(HOLE),
    "points": shapely.MultiPoint([(113.9, 22.7), (139.7, 35.7)]),
    "lines": shapely.MultiLineString([[(113.9, 22.7), (114, 23)], [(80, 40), (81, 41)]]),
    "areas": shapely.MultiPolygon([HOLE, shapely.box(100, 30, 101, 31)]),
    "collection": shapely.GeometryCollection([shapely.Point(113.9, 22.7), HOLE]),
    "invalid ring": shapely.Polygon(
        [(113.9, 22.7), (113.95, 22.75), (113.95, 22.7), (113.9, 22.75)]
    ),
    "huge": shapely.LineString(np.linspace((75.0, 20.0), (134.0, 50.0), 30_000)),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("target", ["gcj02", "bd09"])
def test_every_kind_of_geometry_comes_back_as_it_was(kind: str, target: str) -> None:
    there = convert_shapes([KINDS[kind], KINDS["point"]], "wgs84", target)
    back = convert_shapes(there, target, "wgs84")
    assert shapely.get_type_id(there[0]) == shapely.get_type_id(KINDS[kind])
    assert shapely.has_z(there[0]) == shapely.has_z(KINDS[kind])
    if KINDS[kind] is None:
        assert there[0] is None
        return
    assert shapely.equals_exact(back[0], KINDS[kind], 1e-9)
    if not shapely.is_empty(there[0]):
        assert not shapely.equals_exact(there[0], KINDS[kind], 1e-4)


def test_heights_stay() -> None:
    moved = convert_shapes([KINDS["line with heights"]], "wgs84", "gcj02")
    assert shapely.get_coordinates(moved, include_z=True)[:, 2].tolist() == [1.0, 2.0]


def test_vertices_move_as_points_do() -> None:
    moved = shapely.get_coordinates(convert_shapes([KINDS["huge"]], "wgs84", "bd09"))
    x, y = shapely.get_coordinates(KINDS["huge"]).T
    assert np.array_equal(moved, np.column_stack(convert(x, y, "wgs84", "bd09")))


def test_a_column_keeps_its_index_and_says_no_crs_that_it_has_not() -> None:
    column = gpd.GeoSeries(np.array([KINDS["point"], None]), index=[7, 9], name="place", crs=WGS84)
    there = convert_series(column, "wgs84", "gcj02")
    assert there.crs is None
    assert there.index.tolist() == [7, 9]
    assert there.name == "place"
    back = convert_series(there, "gcj02", "wgs84")
    assert back.crs == WGS84
    assert back.iloc[0].equals_exact(KINDS["point"], 1e-9)
    assert back.iloc[1] is None


def test_a_column_in_metres_is_refused() -> None:
    column = gpd.GeoSeries([shapely.Point(493_426, 2_516_742)], name="place", crs=DISTRICT)
    with pytest.raises(DeclareCrsError, match="'place' is in 'EPSG:4547'"):
        convert_series(column, "gcj02", "wgs84")
