"""What a stranger found odd about views: slips of the pen, cameras at walls, shapes on no map."""

import math

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from spatial.fields_of_view import covered_share, covers, fields_of_view
from tests.unit.spatial.fields_of_view.test_fields_of_view import (
    CRS,
    EAST,
    NORTH,
    at,
    block,
    camera,
    field,
    standing,
)

NARROW = "it sees less than a millimetre of ground in width"
BESIDE, SIZES = st.floats(-80, 80), st.floats(2, 30)


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"range_m": 100_001.0}, "its range is above 100,000 m"),
        ({"range_m": 1e300}, "its range is above 100,000 m"),
        ({"horizontal_deg": 1e-9}, NARROW),
        ({"horizontal_deg": 1e-300}, NARROW),
        ({"range_m": 0.0015, "horizontal_deg": 3.0}, NARROW),
    ],
)
def test_a_slip_of_the_pen_is_no_view_and_says_why(
    columns: dict[str, float | None], reason: str
) -> None:
    table = fields_of_view(camera(**columns), standing(block(0, 30, 10, 10)))
    assert table["reason"].iloc[0] == reason
    assert table.geometry.iloc[0].is_empty


@pytest.mark.parametrize("width", [1e-9, 0.001, 10.0])
def test_a_camera_a_hair_before_a_wall_keeps_what_others_see(width: float) -> None:
    """The wall is met at no distance, and its shadow has no end."""
    both = gpd.GeoDataFrame(
        [camera().iloc[0].drop("geometry"), camera(azimuth_deg=180.0).iloc[0].drop("geometry")],
        geometry=[shapely.Point(EAST, NORTH), shapely.Point(EAST, NORTH - 200)],
        crs=CRS,
    )
    wall = shapely.Polygon([at(-20, 0), at(20, 0), at(20, width), at(-20, width)])
    hair = gpd.GeoDataFrame(
        {"height_m": [20.0]}, geometry=[shapely.affinity.translate(wall, 0, 1e-10)], crs=CRS
    )
    found = fields_of_view(both, hair)
    assert found.geometry.is_valid.all()
    assert found["area_m2"].iloc[1] == pytest.approx(field(camera()).area)


@given(
    st.lists(st.tuples(BESIDE, BESIDE, SIZES, SIZES, st.floats(0.5, 25)), min_size=1, max_size=6),
    st.sampled_from([0.0, 3.0, 6.0, 20.0]),
    st.lists(st.tuples(st.floats(0, 1), st.floats(-180, 180)), min_size=5, max_size=5),
    st.floats(0, 360),
)
@settings(max_examples=60, deadline=None)
def test_a_place_is_in_the_field_if_the_line_of_sight_passes_over_every_roof(
    walls: list[tuple[float, float, float, float, float]],
    eye: float,
    places: list[tuple[float, float]],
    azimuth: float,
) -> None:
    """Each sight is traced by itself, in three dimensions; near edges half a wedge is let pass."""
    shapes = [block(*wall[:4]) for wall in walls]
    heights = [wall[4] for wall in walls]
    table = gpd.GeoDataFrame({"height_m": heights}, geometry=shapes, crs=CRS)
    one = camera(height_m=eye, azimuth_deg=azimuth, horizontal_deg=140.0)
    seen = fields_of_view(one, table, step_deg=0.5).geometry.iloc[0]
    foot = at(0, 0)
    for share, turn in places:
        away, bearing = 100 * math.sqrt(share), math.radians(azimuth + turn)
        place = at(away * math.sin(bearing), away * math.cos(bearing))
        if seen.boundary.distance(place) < 1.5 or away < 1:
            continue
        sight = shapely.LineString([foot, place])
        visible = abs(turn) <= 70 and not any(
            _hides(sight, foot, shape, height, eye)
            for shape, height in zip(shapes, heights, strict=True)
        )
        assert seen.covers(place) == visible


def _hides(
    sight: shapely.LineString,
    foot: shapely.Point,
    shape: BaseGeometry,
    height: float,
    eye: float,
) -> bool:
    met = sight.intersection(shape)
    if met.is_empty or shape.covers(foot):
        return False
    last = max(foot.distance(shapely.Point(place)) for place in shapely.get_coordinates(met))
    return height >= eye or eye * (1 - last / sight.length) < height


def test_one_shape_on_no_map_takes_nothing_from_the_others() -> None:
    odd = [shapely.Point(np.inf, 0), shapely.LinearRing([(1e150, 0), (1e150, 1), (0, 0)]), None]
    fields = gpd.GeoDataFrame(geometry=np.array([shapely.box(0, 0, 10, 10), *odd], object), crs=CRS)
    table = covers(fields, fields)
    assert list(zip(table["field"], table["target"], table["share"], strict=True)) == [(0, 0, 1.0)]
    assert covered_share(fields, fields).tolist() == [1.0, 0.0, 0.0, 0.0]
    seen = fields_of_view(camera(), fields.assign(height_m=20.0))
    assert seen["hidden"].tolist() == [0.0]
