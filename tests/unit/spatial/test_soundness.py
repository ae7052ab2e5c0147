"""Shapes are made sound one by one: what cannot be mended is None, nothing around it is lost."""

import numpy as np
import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from spatial.soundness import FARTHEST, areal, mended, somewhere, stands
from tests.unit.spatial.kinds import MAKERS, column

BOX = shapely.box(0, 0, 10, 10)


def one(shape: BaseGeometry | None) -> BaseGeometry | None:
    found = mended(column([BOX, shape]))
    assert found[0].equals(BOX)
    return found[1]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    "shape",
    [
        None,
        shapely.Polygon(),
        shapely.Point(np.nan, 0),
        shapely.Point(np.inf, 0),
        shapely.Point(2 * FARTHEST, 0),
        shapely.LinearRing([(1e150, 0), (1e150, 0), (1e150, 10)]),
    ],
)
def test_what_lies_nowhere_is_none(shape: BaseGeometry | None) -> None:
    assert one(shape) is None
    assert somewhere(column([shape])).tolist() == [False]
    assert stands(column([shape])).tolist() == [None]


def test_a_line_that_is_drawn_twice_is_as_long_as_once() -> None:
    there_and_back = one(shapely.LineString([(0, 0), (10, 0), (0, 0)]))
    assert there_and_back is not None
    assert there_and_back.length == 10


def test_members_of_a_collection_that_overlap_have_the_area_of_both_together() -> None:
    both = one(shapely.GeometryCollection([BOX, shapely.box(5, 0, 15, 10)]))
    assert both is not None
    assert both.area == 150


def test_the_area_of_a_collection_is_without_its_lines_and_points() -> None:
    (found,) = areal(mended(column([MAKERS["mixed"](0.0, 0.0, 9.0)])))
    assert found.geom_type in {"Polygon", "MultiPolygon"}
    nested = shapely.GeometryCollection([shapely.GeometryCollection([BOX, shapely.Point(30, 30)])])
    (found,) = areal(mended(column([nested])))
    assert found.equals(BOX)


def test_a_shape_stands_at_a_point_of_its_own() -> None:
    ring = shapely.Polygon(BOX.exterior, [shapely.box(1, 1, 9, 9).exterior])
    (spot,) = stands(column([ring]))
    assert ring.intersects(spot)
    assert shapely.Point(3, 4).equals(stands(column([shapely.Point(3, 4)]))[0])
