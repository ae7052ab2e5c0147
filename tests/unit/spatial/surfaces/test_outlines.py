"""Outlines cover what stands under a drawing, seen from above."""

import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial.models.surfaces import Drawing, OutlineSource, Shell, gather, measure
from spatial.models.surfaces.drawings import Polygon
from tests.unit.spatial.surfaces.solids import box, fan, house, ring, turned

AREAS = ("Polygon", "MultiPolygon")


def outline(drawing: Drawing) -> tuple[Any, OutlineSource | None]:
    measured = measure(gather([drawing]))
    return measured.outlines[0], measured.outline_sources[0]


def flat(x: float, y: float, right: float, far: float, z: float = 0) -> Polygon:
    """A rectangle that looks up."""
    return [ring((x, y, z), (right, y, z), (right, far, z), (x, far, z))]


def test_ground_surfaces_are_taken_where_there_are_some() -> None:
    shape, source = outline(house((0, 0, 0), (2, 3, 4)))
    assert (shape.area, source) == (6, OutlineSource.GROUND)


def test_ground_surfaces_are_taken_although_the_roof_reaches_over_them() -> None:
    roof = flat(-1, -1, 3, 4, 5)
    shape, source = outline([Shell([flat(0, 0, 2, 3), roof], ["GroundSurface", "RoofSurface"])])
    assert (shape.area, source) == (6, OutlineSource.GROUND)


def test_of_a_watertight_solid_the_underside_is_taken() -> None:
    shape, source = outline([Shell(box((0, 0, 0), (2, 3, 4)))])
    assert (shape.area, source) == (6, OutlineSource.UNDERSIDE)


def test_of_open_surfaces_all_that_are_no_walls_are_taken() -> None:
    shape, source = outline([Shell([flat(0, 0, 2, 2, 9), flat(1, 1, 3, 3, 5)])])
    assert (shape.area, source) == (7, OutlineSource.FACES)


def test_a_straight_fence_is_a_line() -> None:
    fence: Polygon = [ring((0, 0, 0), (5, 0, 0), (5, 0, 2), (0, 0, 2))]
    shape, source = outline([Shell([fence])])
    assert (shape.geom_type, shape.length, source) == ("LineString", 5, OutlineSource.HULL)


def test_walls_around_a_yard_are_their_hull() -> None:
    shape, source = outline([Shell(box((0, 0, 0), (2, 3, 4))[2:])])
    assert (shape.area, source) == (6, OutlineSource.HULL)


def test_outlines_that_nobody_wants_are_not_drawn() -> None:
    surfaces = gather([house((0, 0, 0), (1, 1, 1)), house((0, 0, 0), (2, 2, 2))])
    measured = measure(surfaces, outlines=np.array([False, True]))
    assert (measured.outlines[0], measured.outlines[1].area) == (None, 4)
    assert measured.outline_sources[0] is None


def test_outlines_are_drawn_in_the_plan() -> None:
    surfaces = gather([house((0, 0, 0), (2, 3, 4))])
    moved = replace(surfaces, plan=surfaces.places[:, :2] / 100_000 + [114, 22.5])
    (shape,) = measure(moved).outlines
    assert shape.bounds == pytest.approx((114, 22.5, 114.00002, 22.50003))


def test_triangles_side_by_side_give_one_ring() -> None:
    shape, _ = outline([Shell([*fan(flat(0, 0, 2, 2)), *fan(flat(2, 0, 4, 2, 1))])])
    assert shape.equals(shapely.box(0, 0, 4, 2))


def test_a_ring_of_faces_has_a_hole() -> None:
    sides = [flat(0, 0, 4, 1), flat(3, 1, 4, 3), flat(0, 3, 4, 4), flat(0, 1, 1, 3)]
    corners = [flat(0, 0, 1, 1), flat(1, 0, 3, 1), flat(3, 0, 4, 1)]
    tiles = [*corners, *sides[1:2], *[flat(x, 3, x + 1, 4) for x in range(4)], *sides[3:]]
    shape, _ = outline([Shell(tiles)])
    assert shape.area == pytest.approx(12)
    assert len(shape.interiors) == 1


def test_faces_that_touch_in_a_point_are_two_areas() -> None:
    shape, _ = outline([Shell([flat(0, 0, 1, 1), flat(1, 1, 2, 2)])])
    assert (shape.geom_type, shape.area, shape.is_valid) == ("MultiPolygon", 2, True)


def test_a_hole_that_touches_the_border_stays_a_hole() -> None:
    face = [
        ring((0, 0, 0), (4, 0, 0), (4, 4, 0), (0, 4, 0)),
        ring((0, 0, 0), (1, 3, 0), (3, 1, 0)),
    ]
    shape, _ = outline([Shell([face, flat(4, 0, 5, 4)])])
    assert shape.area == pytest.approx(20 - 4)
    assert shape.is_valid


def test_several_areas_keep_their_own_holes() -> None:
    def holed(x: float) -> Polygon:
        hole = ring((x + 1, 1, 0), (x + 1, 2, 0), (x + 2, 2, 0), (x + 2, 1, 0))
        return [flat(x, 0, x + 3, 3)[0], hole]

    shape, _ = outline([Shell([holed(0), holed(10)])])
    assert shape.area == pytest.approx(16)
    assert [len(part.interiors) for part in shape.geoms] == [1, 1]


@settings(deadline=None)
@given(
    boxes=st.lists(
        st.tuples(*[st.integers(0, 12)] * 2, *[st.integers(1, 6)] * 2), min_size=1, max_size=8
    ),
    triangles=st.booleans(),
    down=st.booleans(),
)
def test_any_rectangles_cover_what_shapely_says(
    boxes: list[tuple[int, int, int, int]], *, triangles: bool, down: bool
) -> None:
    faces = [flat(x, y, x + wide, y + deep, at) for at, (x, y, wide, deep) in enumerate(boxes)]
    if triangles:
        faces = [triangle for face in faces for triangle in fan(face)]
    shape, _ = outline([Shell(turned(faces) if down else faces)])
    expected = shapely.union_all([shapely.box(x, y, x + w, y + d) for x, y, w, d in boxes])
    assert shape.is_valid
    assert shape.area == pytest.approx(expected.area)
    assert shape.symmetric_difference(expected).area == pytest.approx(0, abs=1e-9)


@settings(deadline=None)
@given(
    places=st.lists(
        st.tuples(*[st.integers(0, 6)] * 2, st.integers(0, 3)), min_size=1, max_size=12
    ),
    cut=st.integers(1, 6),
)
def test_any_rings_give_a_valid_outline_or_none(
    places: list[tuple[int, int, int]], cut: int
) -> None:
    rings = [ring(*places[at : at + cut]) for at in range(0, len(places), cut)]
    shape, source = outline([Shell([[each] for each in rings])])
    assert (shape is None) == (source is None)
    if source in (OutlineSource.GROUND, OutlineSource.FACES, OutlineSource.UNDERSIDE):
        assert shape.geom_type in AREAS
    assert shape is None or (shape.is_valid and not shape.is_empty)


def test_a_bow_tie_is_mended() -> None:
    tie: Polygon = [ring((0, 0, 0), (4, 3, 0), (4, 0, 0), (0, 2, 0))]
    shape, _ = outline([Shell([tie])])
    assert shape.is_valid
    assert shape.area > 0


def test_a_tangle_is_its_hull_and_soon_done() -> None:
    chance = np.random.default_rng(1)
    knot = np.column_stack([chance.uniform(0, 1000, (3_000, 2)), np.zeros(3_000)])
    started = time.perf_counter()
    shape, source = outline([Shell([[knot]])])
    assert time.perf_counter() - started < 5
    assert source is OutlineSource.HULL
    assert shape.equals(shapely.MultiPoint(knot[:, :2]).convex_hull)
