"""How much of what is to be watched cameras cover."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from spatial.fields_of_view import covered_share, covers

CRS = "EPSG:4547"
FIELDS = gpd.GeoDataFrame(
    index=["west", "east", "blind"],
    geometry=[shapely.box(0, 0, 10, 10), shapely.box(8, 0, 20, 10), shapely.Polygon()],
    crs=CRS,
)
BOW_TIE = shapely.Polygon([(0, 0), (4, 4), (4, 0), (0, 4)])


def targets(*shapes: BaseGeometry | None) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=np.array([*shapes, None], object)[:-1], crs=CRS)


@pytest.mark.parametrize(
    ("shape", "west", "together"),
    [
        (shapely.box(5, 0, 15, 10), 0.5, 1.0),
        (shapely.box(-10, 0, 10, 10), 0.5, 0.5),
        (shapely.LineString([(0, 5), (40, 5)]), 0.25, 0.5),
        (shapely.Point(9, 9), 1.0, 1.0),
        (shapely.MultiPoint([(1, 1), (50, 50)]), 0.5, 0.5),
        (BOW_TIE, 1.0, 1.0),
        (shapely.force_3d(shapely.box(0, 0, 10, 20), 7.0), 0.5, 0.5),
        (shapely.GeometryCollection([shapely.box(0, 0, 4, 4), shapely.Point(30, 30)]), 1.0, 1.0),
        (shapely.Polygon(), 0.0, 0.0),
        (shapely.Point(), 0.0, 0.0),
        (None, 0.0, 0.0),
        (shapely.box(100, 100, 101, 101), 0.0, 0.0),
    ],
)
def test_the_share_of_a_target_is_that_of_its_area_length_or_points(
    shape: BaseGeometry | None, west: float, together: float
) -> None:
    table = covers(FIELDS, targets(shape))
    share = dict(zip(table["field"], table["share"], strict=True))
    assert share.get("west", 0.0) == pytest.approx(west)
    assert covered_share(FIELDS, targets(shape)).tolist() == pytest.approx([together])


def test_what_two_cameras_see_counts_once() -> None:
    both = covered_share(FIELDS, targets(shapely.box(0, 0, 20, 10)))
    assert both.tolist() == [1.0]


def test_a_target_that_is_only_touched_is_not_covered() -> None:
    assert len(covers(FIELDS, targets(shapely.box(20, 0, 30, 10)))) == 0


def test_no_target_and_no_field_give_no_row() -> None:
    assert len(covers(FIELDS, targets())) == 0
    assert covered_share(FIELDS.iloc[:0], targets(shapely.Point(0, 0))).tolist() == [0.0]
