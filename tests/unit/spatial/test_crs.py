"""Coordinates between the systems that the district, its devices and its map use."""

import json
import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial.crs import (
    CGCS2000,
    DISTRICT,
    WEB_MERCATOR,
    WGS84,
    CheckCoordinatesError,
    DeclareCrsError,
    transform,
    transform_shapes,
    transform_table,
)

VECTORS = Path(__file__).parents[4] / "shared" / "standards" / "crs.json"
KNOWN = (
    (113.936, 22.749, 493426.48766, 2516742.69096),
    (114.045, 22.696, 504623.78110, 2510872.74396),
    (114.0, 22.5, 500000.0, 2489167.31108),
)
LONGITUDES = st.floats(112.5, 115.5)
LATITUDES = st.floats(22.0, 45.0)


@pytest.mark.parametrize(("lon", "lat", "east", "north"), KNOWN)
def test_a_known_point_has_its_published_coordinates(
    lon: float, lat: float, east: float, north: float
) -> None:
    x, y = transform(lon, lat, CGCS2000, DISTRICT)
    assert (float(x), float(y)) == pytest.approx((east, north), abs=1e-4)


def test_the_shared_vectors_agree() -> None:
    if not VECTORS.exists():
        pytest.skip(f"no {VECTORS.name}: the shared standards are not beside the checkout")
    rows = json.loads(VECTORS.read_text(encoding="utf-8"))["vectors_E_N_always_xy"]
    checked = 0
    for row in rows:
        for key in ("epsg4547", "epsg4526"):
            if key in row:
                x, y = transform(row["lon"], row["lat"], CGCS2000, f"EPSG:{key[4:]}")
                assert [float(x), float(y)] == pytest.approx(row[key], abs=1e-4)
                checked += 1
    assert checked == 4


# The first call of a thread opens PROJ's database, which may take longer than an example should.
@settings(deadline=None)
@pytest.mark.parametrize("target", [CGCS2000, WGS84, WEB_MERCATOR])
@given(lon=LONGITUDES, lat=LATITUDES)
def test_there_and_back_is_the_same_place(target: str, lon: float, lat: float) -> None:
    x, y = transform(lon, lat, CGCS2000, DISTRICT)
    back = transform(*transform(x, y, DISTRICT, target), target, DISTRICT)
    assert np.hypot(back[0] - x, back[1] - y) < 1e-3


def test_arrays_keep_their_shape() -> None:
    x, y = transform(np.full((2, 3), 113.9), np.full((2, 3), 22.7), WGS84, DISTRICT)
    assert x.shape == y.shape == (2, 3)


@pytest.mark.parametrize(
    ("x", "y", "source"),
    [
        (22.749, 113.936, CGCS2000),
        (116.4, 39.9, WGS84),
        (38493426.5, 2516742.7, DISTRICT),
        (2516742.7, 493426.5, DISTRICT),
        (math.nan, 22.7, CGCS2000),
        (math.inf, 22.7, CGCS2000),
    ],
    ids=["latitude first", "Beijing", "zone prefix", "north first", "NaN", "infinite"],
)
def test_a_point_outside_the_area_of_use_is_refused_by_its_value(
    x: float, y: float, source: str
) -> None:
    good, target = ((113.9, 22.7), DISTRICT)
    if source == DISTRICT:
        good, target = ((490_000.0, 2_516_742.0), CGCS2000)
    with pytest.raises(CheckCoordinatesError) as refused:
        transform([good[0], x], [good[1], y], source, target)
    assert repr(x) in str(refused.value)
    assert " E, " in str(refused.value)


def test_a_store_set_up_for_elsewhere_takes_any_place() -> None:
    x, _ = transform(116.4, 39.9, WGS84, DISTRICT, anywhere=True)
    assert float(x) > 700_000


KINDS = {
    "point": shapely.Point(113.9, 22.7),
    "point with height": shapely.Point(113.9, 22.7, 31.5),
    "empty": shapely.Polygon(),
    "nothing": None,
    "parts": shapely.MultiPolygon([shapely.box(113.9, 22.7, 113.91, 22.71)]),
    "collection": shapely.from_wkt("GEOMETRYCOLLECTION (POINT (113.9 22.7))"),
    "line with height": shapely.LineString([(113.9, 22.7, 1.0), (113.91, 22.7, 2.0)]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_geometry_stays_what_it_is(kind: str) -> None:
    there = transform_shapes([KINDS[kind], KINDS["point"]], WGS84, DISTRICT)
    back = transform_shapes(there, DISTRICT, WGS84)
    assert shapely.get_type_id(there[0]) == shapely.get_type_id(KINDS[kind])
    assert shapely.has_z(there[0]) == shapely.has_z(KINDS[kind])
    if kind not in {"empty", "nothing"}:
        assert shapely.equals_exact(back[0], KINDS[kind], 1e-9)
        assert shapely.get_coordinates(there[0])[0, 0] > 400_000


def test_a_shape_that_reaches_outside_is_refused() -> None:
    with pytest.raises(CheckCoordinatesError, match=r"116\.0"):
        transform_shapes([shapely.box(113.9, 22.7, 116.0, 22.8)], WGS84, DISTRICT)


def test_a_table_is_moved_with_its_index_and_says_its_crs() -> None:
    table = gpd.GeoDataFrame(
        {"code": [7]}, index=[42], geometry=[shapely.Point(114.0, 22.5)], crs=WGS84
    )
    moved = transform_table(table, DISTRICT)
    assert moved.crs == DISTRICT
    assert moved.loc[42, "code"] == 7
    assert moved.geometry.x.iloc[0] == pytest.approx(500_000, abs=1e-3)
    assert table.geometry.x.iloc[0] == 114.0


def test_a_table_without_crs_is_refused() -> None:
    table = gpd.GeoDataFrame({"code": [7]}, geometry=[shapely.Point(114.0, 22.5)])
    with pytest.raises(DeclareCrsError, match="code"):
        transform_table(table, DISTRICT)


def test_threads_do_not_share_a_transformer() -> None:
    lon = np.linspace(113.8, 114.0, 5_000)
    lat = np.full(5_000, 22.75)
    expected = transform(lon, lat, WGS84, DISTRICT)
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: transform(lon, lat, WGS84, DISTRICT), range(20)))
    assert all(np.array_equal(x, expected[0]) for x, _ in results)
