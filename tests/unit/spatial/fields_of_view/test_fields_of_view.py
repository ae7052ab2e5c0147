"""What cameras see of the ground, and what stands in their way."""

import math

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity
from shapely.geometry.base import BaseGeometry

from spatial.fields_of_view import (
    CheckStepError,
    TransformFieldsFirstError,
    fields_of_view,
)

CRS = "EPSG:4547"
EAST, NORTH = 490_000.0, 2_515_000.0
_BY_A_MM = 0.5
"""Square metres that joining pieces to the millimetre may move along the outline of a field."""


def camera(**columns: float | None) -> gpd.GeoDataFrame:
    """A camera that looks north from a pole of 6 m."""
    usual: dict[str, float | None] = {
        "range_m": 100.0,
        "horizontal_deg": 60.0,
        "azimuth_deg": 0.0,
        "height_m": 6.0,
    }
    place = shapely.Point(EAST, NORTH)
    return gpd.GeoDataFrame([usual | columns], geometry=[place], crs=CRS)


def block(x: float, y: float, width: float, depth: float) -> BaseGeometry:
    """A building whose middle lies so far east and north of the camera."""
    west, south = EAST + x - width / 2, NORTH + y - depth / 2
    return shapely.box(west, south, west + width, south + depth)


def standing(*shapes: BaseGeometry | None, height_m: float = 20.0) -> gpd.GeoDataFrame:
    heights = np.full(len(shapes), height_m)
    geometry = np.array([*shapes, None], object)[:-1]
    return gpd.GeoDataFrame({"height_m": heights}, geometry=geometry, crs=CRS)


def field(cameras: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame | None = None) -> BaseGeometry:
    return fields_of_view(cameras, buildings).geometry.iloc[0]


def at(x: float, y: float) -> shapely.Point:
    return shapely.Point(EAST + x, NORTH + y)


def test_a_camera_with_nothing_in_its_way_sees_its_sector() -> None:
    seen = field(camera())
    wedge = math.radians(2.0)
    assert seen.area == pytest.approx(30 * 100**2 * math.sin(wedge) / 2)
    assert seen.covers(at(0, 99))
    assert seen.covers(at(49, 85))
    assert not seen.intersects(at(60, 80))
    assert not seen.intersects(at(0, -1))


def test_a_tilted_camera_sees_from_the_lower_to_the_upper_edge_of_its_picture() -> None:
    seen = field(camera(tilt_deg=40.0, vertical_deg=30.0))
    near, far = 6 / math.tan(math.radians(55)), 6 / math.tan(math.radians(25))
    assert not seen.intersects(at(0, near - 0.1))
    assert seen.covers(at(0, near + 0.1))
    assert seen.covers(at(0, far - 0.1))
    assert not seen.intersects(at(0, far + 0.1))


def test_a_dome_sees_all_round_whatever_its_azimuth_and_tilt() -> None:
    seen = field(camera(turns=True, azimuth_deg=np.nan, tilt_deg=30.0, vertical_deg=20.0))
    assert seen.geom_type == "Polygon"
    assert seen.area == pytest.approx(math.pi * 100**2, rel=0.001)
    assert seen.covers(at(-5, -5))


def test_a_camera_that_looks_all_round_and_down_has_a_blind_spot_at_its_foot() -> None:
    seen = field(camera(horizontal_deg=400.0, tilt_deg=30.0, vertical_deg=60.0))
    assert isinstance(seen, shapely.Polygon)
    assert len(seen.interiors) == 1
    assert not seen.intersects(at(0, 3.4))
    assert seen.covers(at(-3.6, 0))


def test_a_building_higher_than_the_camera_hides_all_behind_it() -> None:
    seen = field(camera(), standing(block(0, 30, 10, 10)))
    assert seen.covers(at(0, 24.9))
    assert not seen.intersects(at(0, 30))
    assert not seen.intersects(at(0, 95))
    assert seen.covers(at(15, 30))


def test_over_a_low_wall_the_ground_is_seen_again_where_the_line_over_it_meets_it() -> None:
    seen = field(camera(), standing(block(0, 20, 60, 1), height_m=2.0))
    again = 20.5 * 6 / (6 - 2)
    assert seen.covers(at(0, 19.4))
    assert not seen.intersects(at(0, 20))
    assert not seen.intersects(at(0, again - 0.2))
    assert seen.covers(at(0, again + 0.2))
    assert seen.is_valid


def test_a_building_of_unknown_height_hides_all_behind_it() -> None:
    seen = field(camera(), standing(block(0, 20, 60, 1), height_m=np.nan))
    assert not seen.intersects(at(0, 90))


def test_a_camera_of_unknown_height_sees_over_nothing() -> None:
    seen = field(camera(height_m=np.nan), standing(block(0, 20, 60, 1), height_m=1.0))
    assert not seen.intersects(at(0, 90))


def test_the_building_that_a_camera_hangs_on_hides_nothing() -> None:
    seen = fields_of_view(camera(), standing(block(0, -4, 10, 10)))
    assert seen["hidden"].iloc[0] == 0.0


def test_a_camera_in_a_courtyard_sees_the_courtyard() -> None:
    yard = block(0, 10, 60, 60).difference(block(0, 10, 40, 40))
    seen = field(camera(), standing(yard))
    assert seen.covers(at(0, 29))
    assert not seen.intersects(at(0, 60))


def test_two_gaps_between_buildings_give_a_field_of_two_parts() -> None:
    walls = standing(block(0, 8, 3, 1), block(-7, 8, 3, 1), block(7, 8, 3, 1))
    seen = field(camera(tilt_deg=25.0, vertical_deg=20.0), walls)
    assert seen.geom_type == "MultiPolygon"
    assert seen.is_valid


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"range_m": np.nan}, "the camera has no range, expected metres"),
        ({"range_m": -5.0}, "its range is not above 0 m"),
        ({"horizontal_deg": np.nan}, "it has no horizontal angle, expected degrees"),
        ({"horizontal_deg": 0.0}, "its horizontal angle is not above 0 degrees"),
        ({"azimuth_deg": np.inf}, "it has no azimuth, expected degrees from north, clockwise"),
        (
            {"tilt_deg": -40.0, "vertical_deg": 30.0},
            "it looks over the ground within its range",
        ),
        (
            {"tilt_deg": 2.0, "vertical_deg": 2.0, "range_m": 50.0},
            "it looks over the ground within its range",
        ),
    ],
)
def test_a_camera_that_sees_no_ground_says_why(columns: dict[str, float], reason: str) -> None:
    table = fields_of_view(camera(**columns), standing(block(0, 30, 10, 10)))
    assert table["reason"].iloc[0] == reason
    assert table.geometry.iloc[0].is_empty
    assert table["area_m2"].iloc[0] == 0.0


@pytest.mark.parametrize("place", [None, shapely.Point(), shapely.box(0, 0, 1, 1)])
def test_a_camera_without_a_place_says_so(place: BaseGeometry | None) -> None:
    cameras = camera().set_geometry(gpd.GeoSeries(np.array([place, None], object)[:1], crs=CRS))
    table = fields_of_view(cameras, standing(block(0, 30, 10, 10)))
    assert table["reason"].iloc[0] == "the camera has no place, expected a point"


def test_buildings_that_are_missing_empty_flat_or_broken_do_no_harm() -> None:
    bow_tie = shapely.Polygon([at(-5, 20), at(5, 30), at(5, 20), at(-5, 30)])
    solid = shapely.force_3d(block(30, 60, 8, 8), 5.0)
    odd = standing(None, shapely.Polygon(), at(0, 5), bow_tie, solid)
    seen = field(camera(), odd)
    assert seen.is_valid
    assert seen.covers(at(0, 15))
    assert not seen.intersects(at(-3, 60))


def test_a_building_without_height_above_the_ground_hides_nothing() -> None:
    seen = fields_of_view(camera(), standing(block(0, 30, 10, 10), height_m=0.0))
    assert seen["hidden"].iloc[0] == 0.0


def test_no_camera_has_no_field() -> None:
    assert len(fields_of_view(camera().iloc[:0], standing(block(0, 30, 10, 10)))) == 0


def test_the_table_keeps_the_index_of_the_cameras() -> None:
    cameras = camera().set_index(np.array(["gate"]))
    assert fields_of_view(cameras).index.tolist() == ["gate"]


def test_tables_in_degrees_or_in_two_systems_are_refused() -> None:
    with pytest.raises(TransformFieldsFirstError, match="expected a metric CRS"):
        fields_of_view(camera().to_crs("EPSG:4490"))
    with pytest.raises(TransformFieldsFirstError, match="expected one CRS"):
        fields_of_view(camera(), standing(block(0, 30, 10, 10)).to_crs("EPSG:4526"))


def test_a_step_of_half_the_view_is_refused() -> None:
    with pytest.raises(CheckStepError, match="45"):
        fields_of_view(camera(), step_deg=45.0)


cameras = st.builds(
    camera,
    range_m=st.floats(5, 200),
    horizontal_deg=st.floats(5, 360),
    azimuth_deg=st.floats(-360, 720),
    height_m=st.floats(0, 30),
    tilt_deg=st.none() | st.floats(0, 80),
    vertical_deg=st.none() | st.floats(10, 90),
    turns=st.booleans(),
)
blocks = st.lists(
    st.builds(block, st.floats(-90, 90), st.floats(-90, 90), st.floats(1, 40), st.floats(1, 40)),
    min_size=1,
    max_size=8,
)
heights = st.floats(0.5, 40)


@given(cameras, blocks, heights)
@settings(max_examples=25, deadline=None)
def test_more_buildings_never_see_more(
    one: gpd.GeoDataFrame, shapes: list[BaseGeometry], height: float
) -> None:
    fewer = field(one, standing(*shapes[: len(shapes) // 2], height_m=height))
    more = field(one, standing(*shapes, height_m=height))
    assert more.difference(fewer).area < _BY_A_MM


@given(cameras, blocks, heights)
@settings(max_examples=25, deadline=None)
def test_a_field_is_valid_and_lies_within_its_range_and_its_sector(
    one: gpd.GeoDataFrame, shapes: list[BaseGeometry], height: float
) -> None:
    seen = field(one, standing(*shapes, height_m=height))
    assert seen.is_valid
    assert seen.difference(field(one)).area < _BY_A_MM
    if not seen.is_empty:
        assert seen.hausdorff_distance(at(0, 0)) <= one["range_m"].iloc[0] + 0.01


@given(cameras, blocks, heights)
@settings(max_examples=25, deadline=None)
def test_what_a_field_shows_no_tall_building_stands_before(
    one: gpd.GeoDataFrame, shapes: list[BaseGeometry], height: float
) -> None:
    seen = field(one.assign(height_m=2.0), standing(*shapes, height_m=height + 2))
    foot = at(0, 0)
    others = [shape for shape in shapes if not shape.covers(foot)]
    # A place in the middle of a field's part; one at its edge may lie in half of a wedge.
    for part in shapely.get_parts(seen):
        place = part.buffer(-4.0)
        if not place.is_empty:
            sight = shapely.LineString([foot, place.representative_point()])
            assert not any(sight.crosses(other) for other in others)


@given(cameras, blocks, heights, st.floats(0, 360))
@settings(max_examples=25, deadline=None)
def test_when_everything_turns_the_field_turns_with_it(
    one: gpd.GeoDataFrame, shapes: list[BaseGeometry], height: float, turn: float
) -> None:
    # All round the wedges begin at north, so that a turn by whole wedges is what can be told.
    turn = round(turn / 2) * 2 if _all_round(one) else turn
    turned = one.assign(azimuth_deg=one["azimuth_deg"] + turn)
    foot = at(0, 0)
    moved = [affinity.rotate(shape, -turn, origin=foot) for shape in shapes]
    straight = field(one, standing(*shapes, height_m=height))
    expected = affinity.rotate(straight, -turn, origin=foot)
    found = field(turned, standing(*moved, height_m=height))
    # An edge that lies on the middle of a wedge to the last bit may fall to either side.
    assert found.symmetric_difference(expected).area <= 0.02 * expected.area + _BY_A_MM


def _all_round(one: gpd.GeoDataFrame) -> bool:
    return bool(one["turns"].iloc[0]) or float(one["horizontal_deg"].iloc[0]) == 360.0
