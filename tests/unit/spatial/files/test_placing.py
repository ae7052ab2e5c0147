"""Shapes come into the metric CRS whole, or not at all and with the reason."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from data.tables import SRID
from spatial.crs import CGCS2000, DISTRICT, WGS84, called, transform_shapes, within_area_of_use
from spatial.files.layer import objects
from spatial.files.placing import Target, place
from spatial.files.sieve import Sieve
from tests.unit.spatial.files.written import HOME, block, near


def placed(
    shapes: list[BaseGeometry | None], source: str = DISTRICT, decimals: int | None = None
) -> tuple[list[BaseGeometry | None], dict[int, str], list[str]]:
    """Shapes placed, reasons by row, warnings."""
    sieve = Sieve(np.arange(1, len(shapes) + 1))
    wkb = objects([None if each is None else shapely.to_wkb(each) for each in shapes])
    found, warnings = place(wkb, source, Target(SRID, decimals), sieve)
    return found.tolist(), dict(sieve.refused()), warnings


def bow_tie(width: float, height: float) -> shapely.Polygon:
    """Two triangles that meet in the middle; its signed area is 0."""
    corners = [(0.0, 0.0), (width, height), (width, 0.0), (0.0, height)]
    return shapely.Polygon([(HOME.x + x, HOME.y + y) for x, y in corners])


@settings(deadline=None)
@given(st.floats(1, 500), st.floats(1, 500))
def test_a_bow_tie_becomes_two_triangles(width: float, height: float) -> None:
    (shape,), refused, warnings = placed([bow_tie(width, height)])
    assert refused == {}
    assert warnings == ["shapes mended: 1 (row 1)"]
    assert shape is not None
    assert shape.is_valid
    assert shape.area == pytest.approx(width * height / 2, rel=1e-6)


def test_a_shape_that_would_change_its_kind_is_refused() -> None:
    spike = shapely.Polygon([(HOME.x, HOME.y), (HOME.x + 5, HOME.y), (HOME.x, HOME.y)])
    (shape,), refused, _ = placed([spike])
    assert shape is None
    assert refused == {1: "polygon has no area: its points lie in one line"}


def test_a_line_that_crosses_itself_is_a_line() -> None:
    loop = shapely.LineString([near(0), near(10), near(10, 10), near(5, -5)])
    (shape,), refused, warnings = placed([loop])
    assert (shape, refused, warnings) == (loop, {}, [])


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        (shapely.LineString([near(0), near(0.0001)]), "line is 0.0001 m long: expected a length"),
        (block(0, 0, 0.005), "polygon of 2.5e-05 m2: expected an area"),
    ],
    ids=["line", "polygon"],
)
def test_what_is_smaller_than_anything_real_is_refused(shape: BaseGeometry, reason: str) -> None:
    assert placed([shape, block()])[1] == {1: reason}


def test_warnings_name_the_first_rows_and_count_the_others() -> None:
    _, _, warnings = placed([bow_tie(5, 5) for _ in range(1_200)])
    assert warnings == ["shapes mended: 1,200 (rows 1, 2, 3, 4, 5 and 1,195 more)"]


def test_measures_and_heights_are_dropped_together() -> None:
    shapes = shapely.from_wkt(
        ["POINT Z (493426 2516742 5)", "POINT M (493426 2516742 5)", "POINT (493426 2516742)"]
    )
    found, _, warnings = placed(list(shapes))
    assert [shapely.get_coordinate_dimension(shape) for shape in found] == [2, 2, 2]
    assert len(set(found)) == 1
    assert warnings == ["heights of vertices dropped, the register keeps plans: 2 (rows 1, 2)"]


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=1, max_size=20))
def test_each_place_is_taken_or_refused_by_the_area_of_use(
    places: list[tuple[float, float]],
) -> None:
    points = list(shapely.points(places))
    found, refused, _ = placed(points, WGS84)
    east, north = np.transpose(places)
    inside = within_area_of_use(east, north, WGS84, DISTRICT)
    assert [shape is not None for shape in found] == inside.tolist()
    assert sorted(refused) == (np.flatnonzero(~inside) + 1).tolist()
    kept = transform_shapes(np.array(points, object)[inside], WGS84, DISTRICT)
    assert [shape for shape in found if shape is not None] == kept.tolist()


@pytest.mark.parametrize(
    ("x", "y"), [(22.7, 113.9), (2_516_742.0, 493_426.0)], ids=["latitude first", "north first"]
)
def test_swapped_coordinates_are_named_as_such(x: float, y: float) -> None:
    source = WGS84 if x < 180 else DISTRICT
    (reason,) = placed([shapely.Point(x, y)], source)[1].values()
    assert reason.endswith("x and y are swapped: give the longitude or easting first")
    assert f"({x!r}, {y!r})" in reason


def test_more_shapes_than_a_piece_keep_their_order() -> None:
    count = 45_000
    shapes: list[BaseGeometry | None] = [near(n / 100) for n in range(count)]
    shapes[20_000] = shapely.Point(0, 0)
    shapes[20_001] = None
    found, refused, _ = placed(shapes)
    assert list(refused) == [20_001]
    shapes[20_000] = None
    assert found == shapes


def test_a_crs_is_called_by_its_number_or_name() -> None:
    assert called("urn:ogc:def:crs:EPSG::4490") == CGCS2000
    assert called('LOCAL_CS["drawing board",UNIT["metre",1]]') == "drawing board"


def test_coordinates_are_rounded_to_a_tenth_of_a_millimetre() -> None:
    nudge = 0.000_04
    (shape,), _, _ = placed([shapely.Point(HOME.x + nudge, HOME.y - nudge)], decimals=4)
    assert shape == shapely.Point(np.round(HOME.x, 4), np.round(HOME.y, 4))


def test_a_sliver_stays_valid_when_it_is_rounded() -> None:
    corners = [(0.0, 0.0), (10.0, 0.000_06), (10.0, 5.0), (5.0, 0.000_04), (0.0, 5.0)]
    sliver = shapely.Polygon([(HOME.x + x, HOME.y + y) for x, y in corners])
    assert sliver.is_valid
    (shape,), refused, warnings = placed([sliver], decimals=4)
    assert (refused, warnings) == ({}, [])
    assert shape is not None
    assert shape.is_valid
    assert shape.area == pytest.approx(sliver.area, abs=0.01)


def test_a_bow_tie_is_mended_and_rounded() -> None:
    (shape,), _, warnings = placed([bow_tie(7, 3.3333)], decimals=4)
    assert warnings == ["shapes mended: 1 (row 1)"]
    places = shapely.get_coordinates(shape)
    assert np.array_equal(places, np.round(places, 4))


@given(
    st.lists(
        st.tuples(st.floats(-1000, 1000), st.floats(-1000, 1000)),
        min_size=2,
        max_size=8,
        unique=True,
    )
)
def test_rounding_again_changes_nothing(places: list[tuple[float, float]]) -> None:
    line = shapely.LineString([(HOME.x + x, HOME.y + y) for x, y in places])
    (once,), refused, _ = placed([line], decimals=4)
    if refused:
        assert line.length < 0.001
        return
    (twice,), _, _ = placed([once], decimals=4)
    assert shapely.to_wkb(once) == shapely.to_wkb(twice)
    assert shapely.hausdorff_distance(once, line) <= 0.0001


def test_rows_that_lie_outside_are_told_what_seems_to_have_happened_to_them() -> None:
    points: list[BaseGeometry | None] = [
        shapely.Point(HOME.x + 38e6 + step, HOME.y) for step in range(3)
    ]

    found, refused, warnings = placed(points)

    assert found == [None, None, None]
    assert set(refused) == {1, 2, 3}
    (warning,) = warnings
    assert warning.startswith("refused: all 3 points, the first (38")
    assert warning.endswith("declare EPSG:4526, or take 38,000,000 from x")


def test_places_beyond_180_degrees_lie_in_an_area_of_use_that_crosses_them() -> None:
    east, north = np.array([175.0, -175.0, 10.0]), np.array([-40.0, -40.0, -40.0])

    assert within_area_of_use(east, north, WGS84, "EPSG:4167").tolist() == [True, True, False]
