"""Volumes are those of watertight shells, and of nothing else."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial.models.surfaces import Drawing, Shell, gather, measure
from tests.unit.spatial.surfaces.solids import box, corners, each_ring, fan, ring, turned

SIZES = st.floats(0.5, 500)
PLACES = st.floats(-5_000_000, 5_000_000)


def volume(*shells: Shell) -> float:
    return float(measure(gather([shells])).volume_m3[0])


@given(at=st.tuples(PLACES, PLACES, st.floats(-200, 2000)), size=st.tuples(SIZES, SIZES, SIZES))
def test_a_box_anywhere_has_the_product_of_its_sides(
    at: tuple[float, float, float], size: tuple[float, float, float]
) -> None:
    high = [low + side for low, side in zip(at, size, strict=True)]
    measured = measure(gather([[Shell(box(at, high))]]))
    sides = np.array(high) - np.array(at)
    assert measured.volume_m3[0] == pytest.approx(np.prod(sides), rel=1e-6)
    assert measured.area_m2[0] == pytest.approx(
        2 * sum(a * b for a, b in itertools.combinations(sides, 2)), rel=1e-6
    )
    assert (measured.base_m[0], measured.top_m[0]) == (at[2], high[2])


def test_a_box_in_triangles_has_the_same_volume() -> None:
    triangles = [triangle for side in box((0, 0, 0), (2, 3, 4)) for triangle in fan(side)]
    assert volume(Shell(triangles)) == pytest.approx(24)


def test_a_box_turned_inside_out_has_the_same_volume() -> None:
    assert volume(Shell(turned(box((0, 0, 0), (2, 3, 4))))) == pytest.approx(24)


def test_rings_that_repeat_their_first_corner_are_the_same_rings() -> None:
    closed = each_ring(box((0, 0, 0), (2, 3, 4)), lambda _, edge: np.concatenate([edge, edge[:1]]))
    assert volume(Shell(closed)) == pytest.approx(24)


def test_a_cavity_is_taken_away_whichever_way_it_looks() -> None:
    hollow = box((2, 2, 2), (4, 4, 4))
    outside = Shell(box((0, 0, 0), (10, 10, 10)))
    assert volume(outside, Shell(hollow, cavity=True)) == pytest.approx(992)
    assert volume(outside, Shell(turned(hollow), cavity=True)) == pytest.approx(992)


def test_a_tunnel_through_a_box_is_a_hole_in_two_faces() -> None:
    outer, inner = corners((0, 0, 0), (4, 4, 2)), corners((1, 1, 0), (3, 3, 2))
    floor, roof, *walls = box((0, 0, 0), (4, 4, 2))
    inside = turned(box((1, 1, 0), (3, 3, 2))[2:])
    floor = [outer[[0, 3, 2, 1]], inner[[0, 1, 2, 3]]]
    roof = [outer[[4, 5, 6, 7]], inner[[4, 7, 6, 5]]]
    measured = measure(gather([[Shell([floor, roof, *walls, *inside])]]))
    assert measured.volume_m3[0] == pytest.approx(24)
    assert measured.area_m2[0] == pytest.approx(2 * 12 + 4 * 8 + 4 * 4)
    assert measured.outlines[0].area == pytest.approx(12)


def test_two_boxes_in_one_drawing_are_added() -> None:
    assert volume(Shell(box((0, 0, 0), (1, 1, 1))), Shell(box((1, 0, 0), (2, 1, 1)))) == 2


@pytest.mark.parametrize("missing", range(6))
def test_a_box_without_one_of_its_faces_has_no_volume(missing: int) -> None:
    faces = box((0, 0, 0), (2, 3, 4))
    del faces[missing]
    measured = measure(gather([[Shell(faces)]]))
    assert not measured.closed[0]
    assert np.isnan(measured.volume_m3[0])


def test_one_leaking_shell_leaves_the_whole_without_a_volume() -> None:
    leaking = Shell(box((5, 0, 0), (6, 1, 1))[1:])
    assert np.isnan(volume(Shell(box((0, 0, 0), (1, 1, 1))), leaking))


def test_a_face_that_looks_the_wrong_way_leaves_no_volume() -> None:
    faces = box((0, 0, 0), (2, 3, 4))
    faces[0] = turned(faces[:1])[0]
    assert np.isnan(volume(Shell(faces)))


def test_a_face_twice_back_to_back_is_no_volume() -> None:
    face = [ring((0, 0, 0), (1, 0, 0), (1, 1, 0))]
    assert np.isnan(volume(Shell([face, *turned([face])])))


def test_places_within_a_millimetre_cell_close_a_shell() -> None:
    faces = box((0, 0, 0), (2, 3, 4))
    faces[1] = [faces[1][0] + 1e-4]
    assert volume(Shell(faces)) == pytest.approx(24, rel=1e-3)


@pytest.mark.parametrize("drawing", [[], [Shell([])], [Shell([[]])], [Shell([[np.empty((0, 3))]])]])
def test_nothing_drawn_measures_nothing(drawing: Drawing) -> None:
    measured = measure(gather([drawing, [Shell(box((0, 0, 0), (1, 1, 1)))]]))
    assert np.isnan(measured.volume_m3[0])
    assert np.isnan(measured.base_m[0])
    assert measured.area_m2[0] == 0
    assert measured.outlines[0] is None
    assert measured.volume_m3[1] == pytest.approx(1)


def test_no_drawings_at_all_are_measured() -> None:
    measured = measure(gather([]))
    assert len(measured.volume_m3) == len(measured.outlines) == 0


def test_coordinates_beyond_any_map_are_measured_without_a_warning() -> None:
    measured = measure(gather([[Shell(box((-1e300, -1e300, -1e300), (1e300, 1e300, 1e300)))]]))
    assert not np.isfinite(measured.volume_m3[0])


@given(order=st.permutations(range(6)), spins=st.lists(st.integers(0, 3), min_size=6, max_size=6))
def test_order_of_faces_and_first_corner_do_not_matter(order: list[int], spins: list[int]) -> None:
    faces = box((10, 20, 30), (12, 23, 34))
    spun = each_ring(faces, lambda at, edge: np.roll(edge, spins[at], axis=0))
    assert volume(Shell([spun[at] for at in order])) == pytest.approx(24)
