"""A place lies in the county whose outline holds it; near the outline nobody is sure."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from data.reference.counties import county_boundaries
from spatial.counties import NOWHERE, CountyIndex
from spatial.crs import DISTRICT, WGS84, transform_shapes

DAPENG, LONGGANG = "大鹏新区", "440307"
"""Dapeng New District is a functional area inside Longgang, not a county of GB/T 2260."""


@pytest.fixture(scope="module")
def index() -> CountyIndex:
    rows = county_boundaries()
    return CountyIndex([row.county for row in rows], [row.outline for row in rows])


@pytest.fixture(scope="module")
def districts(shared: Path) -> dict[str, Any]:
    """Outlines of the real file by county code; Dapeng beside Longgang under its name."""
    with (shared / "standards/admin_divisions.csv").open(encoding="utf-8", newline="") as file:
        codes = {
            row["name_zh"]: row["code"] for row in csv.DictReader(file) if row["parent"] == "4403"
        }
    source = shared / "data/gis/shenzhen_districts_wgs84.geojson"
    features = json.loads(source.read_text(encoding="utf-8"))["features"]
    return {
        codes.get(each["properties"]["name"], each["properties"]["name"]): shapely.from_geojson(
            json.dumps(each["geometry"])
        )
        for each in features
    }


def code_of(district: str) -> str:
    """The county of a district of the real file."""
    return LONGGANG if district == DAPENG else district


def lonlat(shapes: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Longitudes and latitudes of points."""
    return shapely.get_x(shapes), shapely.get_y(shapes)


def test_the_outlines_are_a_coverage_without_gaps_or_overlaps() -> None:
    outlines = np.array([row.outline for row in county_boundaries()])
    assert shapely.is_valid(outlines).all()
    assert shapely.coverage_is_valid(outlines)
    assert len(outlines) == 9
    assert [row.county for row in county_boundaries()] == sorted(
        row.county for row in county_boundaries()
    )


def test_every_district_is_within_the_tolerance_of_its_source(districts: dict[str, Any]) -> None:
    assert len(districts) == 10
    for row in county_boundaries():
        parts = [shape for name, shape in districts.items() if code_of(name) == row.county]
        source, own = transform_shapes([shapely.union_all(parts), row.outline], WGS84, DISTRICT)
        assert source.boundary.buffer(row.tolerance_m).covers(own.boundary)
        assert own.boundary.buffer(row.tolerance_m).covers(source.boundary)


def test_a_point_of_every_district_gives_its_county(
    index: CountyIndex, districts: dict[str, Any]
) -> None:
    places = shapely.point_on_surface(np.array(list(districts.values())))
    assert index.county_of(*lonlat(places)).tolist() == [code_of(name) for name in districts]


@pytest.mark.parametrize(
    ("longitude", "latitude"),
    [(114.39, 30.51), (116.95, 40.03), (5.7, 52.07), (114.17, 22.3), (0.0, 0.0), (179.0, -80.0)],
    ids=["Wuhan", "Sanhe", "the Netherlands", "Hong Kong", "the null island", "the far side"],
)
def test_a_place_elsewhere_lies_in_no_county(
    index: CountyIndex, longitude: float, latitude: float
) -> None:
    assert index.county_of([longitude], [latitude]).tolist() == [NOWHERE]
    assert np.isinf(index.boundary_distance_m([longitude], [latitude], 100.0)).all()


def test_of_random_places_only_some_near_a_boundary_are_wrong(
    index: CountyIndex, districts: dict[str, Any]
) -> None:
    chance = np.random.default_rng(440311)
    west, south, east, north = shapely.total_bounds(list(districts.values()))
    east_north = chance.uniform((west, south), (east, north), (40_000, 2))
    places = np.asarray(shapely.points(east_north), dtype=object)
    tree = shapely.STRtree(list(districts.values()))
    at, inside = tree.query(places, predicate="intersects")
    order = np.argsort(at)[:10_000]
    places, inside = places[at[order]], inside[order]
    assert len(places) == 10_000
    true = np.array([code_of(name) for name in districts])[inside]
    wrong = index.county_of(*lonlat(places)) != true
    tolerance_m = county_boundaries()[0].tolerance_m
    near = np.isfinite(index.boundary_distance_m(*lonlat(places), tolerance_m))
    assert wrong.mean() <= 0.005
    assert not (wrong & ~near).any()
    assert wrong.any(), "no place was near a boundary: the tolerance was not tested"


SQUARES = CountyIndex(
    ["440302", "440301"],
    [shapely.box(114.01, 22.5, 114.02, 22.51), shapely.box(114.0, 22.5, 114.01, 22.51)],
)


def test_a_place_on_a_shared_corner_belongs_to_the_lower_code() -> None:
    assert SQUARES.county_of([114.01], [22.5]).tolist() == ["440301"]
    assert SQUARES.boundary_distance_m([114.01], [22.5], 1.0)[0] == pytest.approx(0, abs=1e-3)


def test_a_shape_is_placed_by_a_point_of_its_own() -> None:
    inside = shapely.box(114.002, 22.502, 114.004, 22.504)
    far = shapely.box(115.0, 23.0, 115.1, 23.1)
    line = shapely.LineString([(114.012, 22.502), (114.013, 22.503), (114.014, 22.502)])
    shapes = transform_shapes([inside, far, line, None, shapely.Polygon()], WGS84, DISTRICT)
    assert SQUARES.county_of_shapes(shapes).tolist() == ["440301", "", "440302", "", ""]


@settings(deadline=None)
@given(st.floats(0.0, 0.02), st.floats(0.0, 0.01))
def test_every_place_of_a_coverage_has_a_county(east: float, north: float) -> None:
    # A hair's breadth inside: an edge that is straight in degrees is not quite so in metres.
    longitude, latitude = 114.0 + 1e-6 + east * 0.9999, 22.5 + 1e-6 + north * 0.9998
    assert SQUARES.county_of([longitude], [latitude]).tolist() != [NOWHERE]
