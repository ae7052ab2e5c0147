"""What a stranger found odd about linking: other times and storeys, gaps in rivers, bad shapes."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from spatial.links import SIDES, explain, link
from spatial.links.along import locate
from spatial.links.covering import shares
from tests.unit.spatial.links.linking import RULES, Rule, code, entities, shapes, targets

VIEW = shapely.box(-50, -50, 50, 50)


def test_a_view_covers_nothing_that_is_never_there_with_the_camera() -> None:
    camera = entities(("8601", shapely.Point(0, 0)))._replace(valid_to=np.array([100]))
    road = entities(("8402", shapely.box(-5, 1, 5, 9)))._replace(valid_from=np.array([100]))
    links = link(camera, road, RULES, views=shapes(VIEW))
    assert len(links.found.device) == 0
    (seen,) = explain(camera, road, RULES, shapes(VIEW))
    assert (seen.taken, seen.sentence) == (False, "is not there at the same time as the device")


@pytest.mark.parametrize("near", [10.2, 10.7], ids=["within the limit", "beyond the limit"])
@pytest.mark.parametrize("other", ["height", "time"])
def test_what_cannot_be_meant_is_no_rival(near: float, other: str) -> None:
    device = entities(("8509", shapely.Point(9.9, 5)))._replace(base_m=np.array([1.0]))
    storeys = entities(("8102", shapely.box(0, 0, 10, 10)), ("8102", shapely.box(near, 0, 20, 10)))
    storeys = storeys._replace(base_m=np.array([0.0, 0.0]), top_m=np.array([3.0, 3.0]))
    rule = [RULES[5]]
    assert link(device, storeys, rule).found.rival.tolist() == [code("8102", 2)]
    if other == "height":
        storeys = storeys._replace(base_m=np.array([0.0, 3.0]), top_m=np.array([3.0, 6.0]))
    else:
        device = device._replace(valid_from=np.array([100]))
        storeys = storeys._replace(valid_to=np.array([200, 100]))
    found = link(device, storeys, rule).found
    assert (found.rival.tolist(), found.confidence.tolist()) == ([0], [1.0])


def test_a_rule_whose_limit_is_nothing_links_what_stands_inside() -> None:
    rule = Rule("8502", "8402", "monitors", "inside", 0.0)
    found = link(
        entities(("8502", shapely.Point(1, 1))), entities(("8402", shapely.box(0, 0, 5, 5))), [rule]
    ).found
    assert found.confidence.tolist() == [1.0]


@given(
    gap=st.floats(1, 500),
    turned=st.booleans(),
    ahead=st.floats(0, 20),
    off=st.floats(0.5, 20),
    left=st.booleans(),
)
def test_beside_the_end_of_a_part_the_side_is_that_of_this_part(
    gap: float,
    turned: bool,  # noqa: FBT001
    ahead: float,
    off: float,
    left: bool,  # noqa: FBT001
) -> None:
    """Two parts eastwards, the second one to the north-west of the first."""
    lines = shapely.MultiLineString([[(0, 0), (100, 0)], [(-gap, 200), (100 - gap, 200)]])
    way = 1.0 if left else -1.0
    place = (
        shapely.Point(-gap - ahead, 200 + way * off)
        if turned
        else shapely.Point(100 + ahead, way * off)
    )
    found = locate(shapes(place), shapes(lines))
    assert SIDES[int(found.side[0])] == ("left" if left else "right")
    assert found.distance_m[0] == pytest.approx(100)


def test_a_line_that_is_nowhere_or_empty_has_no_along_and_takes_none_from_others() -> None:
    good = shapely.LineString([(0, 0), (10, 0)])
    bad = [shapely.LineString(), shapely.MultiLineString(), None]
    bad += [shapely.LineString([(0, 0), (np.inf, 0)]), shapely.LineString([(1e300, 0), (0, 1e300)])]
    places = shapes(*[shapely.Point(4, 1)] * 6)
    found = locate(places, shapes(good, *bad))
    assert np.isnan(found.distance_m).tolist() == [False, *[True] * 5]
    assert [SIDES[side] for side in found.side.tolist()] == ["left", *[None] * 5]


@pytest.mark.parametrize(
    "thing",
    [
        shapely.LineString([(0, 0), (10, 0), (0, 0)]),
        shapely.MultiLineString([[(0, 0), (10, 0)], [(0, 0), (10, 0)]]),
        shapely.GeometryCollection([shapely.box(0, 0, 10, 10), shapely.box(5, 0, 15, 10)]),
        shapely.Polygon([(0, 0), (9, 9), (9, 0), (0, 9)]),
        shapely.LinearRing([(0, 0), (9, 0), (9, 9)]),
    ],
)
def test_what_is_seen_wholly_has_a_share_of_one(thing: BaseGeometry) -> None:
    assert shares(shapes(VIEW), shapes(thing)).tolist() == [1.0]


def test_one_shape_that_cannot_be_mended_takes_no_link_from_the_others() -> None:
    devices = entities(
        ("8502", shapely.Point(5, 5)),
        ("8502", shapely.LinearRing([(1e150, 0), (1e150, 1), (0, 0)])),
    )
    things = entities(("8402", shapely.box(0, 0, 9, 9)), ("8402", shapely.Point(np.inf, 0)))
    links = link(devices, things, RULES)
    assert targets(links, "monitors") == [code("8402", 1)]
    assert [row.device for row in links.unlinked] == [code("8502", 2)]
