"""Tables with geometry, and the files that they become."""

import io
import json
from typing import Any

import geopandas as gpd
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box

from spatial.crs import DeclareCrsError
from spatial.feature_tables import Layout, as_geojson, as_geoparquet, framed

LAYOUT: Layout = {
    "key": "text", "length_m": "number", "many": "count", "wet": "flag", "others": "texts",
    "at": "instant", "figures": "object", "people.share": "number",
}  # fmt: skip
ROW = {
    "key": "井1", "length_m": 1.5, "many": 3, "wet": True, "others": ["a", "b"],
    "at": "2026-05-01T08:00:00.5+08:00", "figures": {"rise_m": [1]}, "people": {"share": 0.25},
}  # fmt: skip
EMPTY = {"key": "2", "others": []}
CRS = "EPSG:4547"
X, Y = 493_426.0, 2_516_742.0


def read(body: bytes) -> gpd.GeoDataFrame:
    found: gpd.GeoDataFrame
    found = gpd.read_parquet(io.BytesIO(body))  # type: ignore[arg-type]  # or a path
    return found


def features(table: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(as_geojson(table, key="key"))["features"]
    return found


def test_a_row_becomes_a_feature() -> None:
    table = framed([ROW, EMPTY], [Point(X, Y), None], LAYOUT, CRS)

    full, empty = features(table)

    assert full["id"] == "井1"
    assert full["geometry"]["coordinates"] == pytest.approx([113.936, 22.749], abs=1e-3)
    assert full["properties"] == {
        "key": "井1", "length_m": 1.5, "many": 3, "wet": True, "others": ["a", "b"],
        "at": "2026-05-01T00:00:00.500000Z", "figures": {"rise_m": [1]}, "people_share": 0.25,
    }  # fmt: skip
    assert empty["geometry"] is None
    values = [value for name, value in empty["properties"].items() if name not in EMPTY]
    assert values == [None] * 6


def test_a_row_becomes_one_of_geoparquet() -> None:
    back = read(as_geoparquet(framed([ROW, EMPTY], [Point(X, Y), None], LAYOUT, CRS)))

    assert back.crs == "EPSG:4326"
    assert back["key"].tolist() == ["井1", "2"]
    assert back["others"][0].tolist() == ["a", "b"]
    assert back["figures"][0] == '{"rise_m":[1]}'
    assert back["people_share"][0] == 0.25
    assert back["many"][0] == 3
    assert back.geometry[1] is None


def test_types_do_not_depend_on_the_rows() -> None:
    tables = [framed(rows, [None] * len(rows), LAYOUT, CRS) for rows in ([], [EMPTY], [ROW])]
    schemas = [
        pq.read_schema(io.BytesIO(as_geoparquet(table))).remove_metadata() for table in tables
    ]
    assert schemas[0] == schemas[1] == schemas[2]
    assert schemas[0].names == [*(name.replace(".", "_") for name in LAYOUT), "geometry"]


def test_outer_rings_run_against_the_clock() -> None:
    clockwise = Polygon([(X, Y), (X, Y + 9), (X + 9, Y + 9), (X + 9, Y)])
    table = framed([{"key": "a"}], [clockwise], {"key": "text"}, CRS)
    ring = features(table)[0]["geometry"]["coordinates"][0]
    assert shapely.LinearRing(ring).is_ccw
    assert shapely.is_ccw(read(as_geoparquet(table)).exterior.to_numpy())[0]


def test_a_table_without_a_crs_is_refused() -> None:
    table = gpd.GeoDataFrame({"key": ["a"]}, geometry=[Point(0, 0)])
    with pytest.raises(DeclareCrsError):
        as_geojson(table)
    with pytest.raises(DeclareCrsError):
        as_geoparquet(table)


SHAPES = st.sampled_from(
    [
        None,
        Point(X, Y),
        Point(X, Y, 3.5),
        Point(),
        LineString([(X, Y), (X + 1, Y)]),
        LineString(),
        Polygon(),
        MultiPolygon(),
        MultiPolygon([box(X, Y, X + 1, Y + 1), box(X + 2, Y, X + 3, Y + 1)]),
        Polygon([(X, Y), (X + 2, Y + 2), (X + 2, Y), (X, Y + 2)]),
        box(X, Y, X + 9, Y + 9).difference(box(X + 1, Y + 1, X + 2, Y + 2)),
        shapely.GeometryCollection([Point(X, Y), LineString([(X, Y), (X + 1, Y)])]),
    ]
)


@settings(deadline=None)
@given(st.lists(SHAPES, max_size=6))
def test_shapes_of_every_kind_come_back(shapes: list[Any]) -> None:
    table = framed([{"key": str(at)} for at in range(len(shapes))], shapes, {"key": "text"}, CRS)

    back = read(as_geoparquet(table)).geometry.tolist()
    drawn = [one["geometry"] for one in features(table)]

    kinds = [None if one is None else one.geom_type for one in shapes]
    assert [None if one is None else one.geom_type for one in back] == kinds
    assert [None if one is None else one["type"] for one in drawn] == kinds
    for one, shape in zip(back, shapes, strict=True):
        if shape is not None and not shape.is_empty:
            assert one.has_z == shape.has_z
            assert one.centroid.x == pytest.approx(113.936, abs=1e-3)
