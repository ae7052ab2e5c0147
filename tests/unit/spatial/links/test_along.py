"""Where a place lies along a line: how far from its start, on which side."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from spatial.links.along import SIDES, locate
from tests.unit.spatial.links.linking import shapes

EASTWARD = shapely.LineString([(0, 0), (100, 0)])
BEND = shapely.LineString([(0, 0), (100, 0), (100, 100)])


def along(line: BaseGeometry | None, x: float, y: float) -> tuple[float, str | None]:
    found = locate(shapes(shapely.Point(x, y)), shapes(line))
    return float(found.distance_m[0]), SIDES[int(found.side[0])]


@pytest.mark.parametrize(
    ("line", "place", "expected"),
    [
        (EASTWARD, (30, 4), (30.0, "left")),
        (EASTWARD, (30, -4), (30.0, "right")),
        (EASTWARD, (30, 0), (30.0, "on")),
        (EASTWARD, (-5, 1), (0.0, "left")),
        (EASTWARD, (105, -1), (100.0, "right")),
        (shapely.reverse(EASTWARD), (30, 4), (70.0, "right")),
        (BEND, (104, 50), (150.0, "right")),
        (BEND, (96, 50), (150.0, "left")),
        (shapely.MultiLineString([[(0, 0), (10, 0)], [(20, 0), (30, 0)]]), (25, 1), (15.0, "left")),
        (shapely.LineString([(0, 0, 5), (100, 0, 9)]), (30, 4), (30.0, "left")),
    ],
)
def test_a_place_beside_a_line(
    line: BaseGeometry, place: tuple[float, float], expected: tuple[float, str]
) -> None:
    assert along(line, *place) == expected


@pytest.mark.parametrize(
    "shape", [None, shapely.Point(0, 0), shapely.box(0, 0, 9, 9), shapely.Polygon()]
)
def test_what_is_no_line_has_no_along(shape: BaseGeometry | None) -> None:
    distance, side = along(shape, 3, 4)
    assert np.isnan(distance)
    assert side is None


@given(start=st.floats(1, 99), off=st.floats(0.01, 40), turn=st.floats(0, 360), left=st.booleans())
def test_a_place_put_beside_a_line_is_found_there_whatever_way_the_line_runs(
    start: float,
    off: float,
    turn: float,
    left: bool,  # noqa: FBT001
) -> None:
    place = shapely.Point(start, off if left else -off)
    way = [shapely.affinity.rotate(each, turn, origin=(0, 0)) for each in (EASTWARD, place)]
    found = locate(shapes(way[1]), shapes(way[0]))
    assert found.distance_m[0] == pytest.approx(start, abs=0.002)
    assert SIDES[int(found.side[0])] == ("left" if left else "right")
