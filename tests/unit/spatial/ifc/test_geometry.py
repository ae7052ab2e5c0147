"""Outlines cover what meshes cover, and geometry that fails harms nothing else."""

import multiprocessing
import os
import signal
import threading
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from spatial.models import Element, silent
from spatial.models.ifc.mesh import Floats, Ints, Mesh
from spatial.models.ifc.meshing import Limits, Meshing
from spatial.models.ifc.opening import opened
from spatial.models.ifc.outline import Covered, covered
from spatial.models.ifc.reading import open_model
from tests.unit.spatial.ifc.written import HOUSE, file_of, model

FACES = np.array(
    [
        (0, 2, 1), (0, 3, 2), (4, 5, 6), (4, 6, 7), (0, 1, 5), (0, 5, 4),
        (1, 2, 6), (1, 6, 5), (2, 3, 7), (2, 7, 6), (3, 0, 4), (3, 4, 7),
    ],
    np.int32,
)  # fmt: skip
"""Twelve triangles of a box, counter-clockwise from outside."""


def box(low: Floats, size: Floats) -> Floats:
    """Return the eight corners of a box."""
    unit = np.array(
        [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0), (0, 0, 1), (1, 0, 1), (1, 1, 1), (0, 1, 1)]
    )
    return np.asarray(low + unit * size, np.float64)


def mesh(points: Floats, faces: Ints) -> Mesh:
    """Return a mesh of a product without colours."""
    edges = np.concatenate([faces[:, :2], faces[:, 1:]]) if len(faces) else np.empty((0, 2))
    none = np.full(len(faces), -1, np.int32)
    return Mesh(1, points, faces, edges.astype(np.int32), none, np.empty((0, 4)))


def outline(found: Covered | None) -> shapely.geometry.base.BaseGeometry:
    """Return the outline of what is covered."""
    assert found is not None
    assert found.outline is not None
    return shapely.from_wkb(found.outline)


coordinates = st.tuples(*[st.floats(-1000, 1000)] * 3)
sizes = st.tuples(*[st.floats(0.01, 100)] * 3)


@given(low=coordinates, size=sizes)
def test_a_box_covers_its_floor_and_holds_its_volume(
    low: tuple[float, float, float], size: tuple[float, float, float]
) -> None:
    found = covered(mesh(box(np.array(low), np.array(size)), FACES), np.eye(4))
    assert found is not None
    assert outline(found).area == pytest.approx(size[0] * size[1], abs=0.05)
    assert found.volume_m3 == pytest.approx(np.prod(size), rel=1e-6)
    assert (found.base_m, found.top_m) == pytest.approx((low[2], low[2] + size[2]))


@given(
    boxes=st.lists(st.tuples(coordinates, sizes), min_size=1, max_size=6),
    turned=st.lists(st.booleans(), min_size=72, max_size=72),
)
def test_an_outline_is_the_union_however_the_triangles_are_turned(
    boxes: list[tuple[tuple[float, float, float], tuple[float, float, float]]], turned: list[bool]
) -> None:
    points = np.concatenate([box(np.array(low), np.array(size)) for low, size in boxes])
    faces = np.concatenate([FACES + 8 * at for at in range(len(boxes))]).astype(np.int32)
    flips = np.array(turned[: len(faces)])
    faces[flips] = faces[flips][:, ::-1]
    expected = shapely.union_all(
        [shapely.box(low[0], low[1], low[0] + size[0], low[1] + size[1]) for low, size in boxes]
    )
    found = outline(covered(mesh(points, faces), np.eye(4)))
    assert found.is_valid
    assert found.symmetric_difference(expected).area < 0.01 * len(boxes) * 10


def test_a_terrain_is_covered_as_a_whole() -> None:
    across, along = np.meshgrid(np.arange(40.0), np.arange(30.0))
    points = np.column_stack([across.ravel(), along.ravel(), np.sin(across).ravel()])
    corner = (np.arange(29)[:, None] * 40 + np.arange(39)).ravel()
    low = np.column_stack([corner, corner + 1, corner + 41])
    high = np.column_stack([corner, corner + 41, corner + 40])
    found = covered(mesh(points, np.concatenate([low, high]).astype(np.int32)), np.eye(4))
    assert outline(found).equals(shapely.box(0, 0, 39, 29))
    assert found is not None
    assert found.volume_m3 is None


def test_a_sheet_that_stands_is_a_line() -> None:
    points = np.array([(0, 0, 0), (4, 3, 0), (4, 3, 2), (0, 0, 2)], np.float64)
    faces = np.array([(0, 1, 2), (0, 2, 3)], np.int32)
    found = outline(covered(mesh(points, faces), np.eye(4)))
    assert found.geom_type == "LineString"
    assert found.length == pytest.approx(5)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_mesh_that_is_not_finite_covers_nothing(bad: float) -> None:
    points = box(np.zeros(3), np.ones(3))
    points[3, 1] = bad
    assert covered(mesh(points, FACES), np.eye(4)) is None


def test_a_mesh_without_points_covers_nothing() -> None:
    nothing = mesh(np.empty((0, 3)), np.empty((0, 3), np.int32))
    assert covered(nothing, np.eye(4)) is None


def _itself(each: Mesh) -> int:
    return each.product


def _dies_at(product: int, each: Mesh) -> int:
    if each.product == product:
        os.kill(os.getpid(), signal.SIGKILL)
    return each.product


def _hangs_at(product: int, each: Mesh) -> int:
    if each.product == product:
        threading.Event().wait()
    return each.product


LIMITS = Limits(silence_s=1.0, product_s=1.0, losses=2)


@pytest.fixture
def rooms(tmp_path: Path) -> Path:
    """A house of five rooms."""
    more = [
        f"#{at}=IFCSPACE('0room0000000000000000{at}',$,'{at}',$,$,#10,#45,$,.ELEMENT.,$,$);"
        for at in range(90, 94)
    ]
    return file_of(tmp_path, model(*HOUSE, *more))


def test_every_product_is_computed_once(rooms: Path) -> None:
    meshing = Meshing(opened(rooms).file, _itself, LIMITS)
    assert sorted(meshing.run([46, 90, 91, 92, 93], silent)) == [46, 90, 91, 92, 93]
    assert meshing.failed == {}


def test_a_product_that_kills_the_library_is_the_only_one_lost(rooms: Path) -> None:
    meshing = Meshing(opened(rooms).file, partial(_dies_at, 91), LIMITS)
    assert sorted(meshing.run([46, 90, 91, 92, 93], silent)) == [46, 90, 92, 93]
    assert meshing.failed == {91: "the geometry library died (-9)"}


def test_a_product_that_never_ends_is_the_only_one_lost(rooms: Path) -> None:
    meshing = Meshing(opened(rooms).file, partial(_hangs_at, 92), LIMITS)
    assert sorted(meshing.run([46, 90, 91, 92, 93], silent)) == [46, 90, 91, 93]
    assert meshing.failed == {92: "the geometry library did not end within 1 s"}


def test_after_too_many_losses_the_rest_is_left_alone(rooms: Path) -> None:
    limits = LIMITS._replace(losses=1)
    meshing = Meshing(opened(rooms).file, partial(_dies_at, 46), limits)
    made = list(meshing.run([46, 90, 91, 92, 93], silent))
    assert set(made) | set(meshing.failed) == {46, 90, 91, 92, 93}
    assert meshing.failed[46] == "the geometry library died (-9)"


def test_the_child_is_gone_when_nobody_listens_any_more(rooms: Path) -> None:
    running = Meshing(opened(rooms).file, _itself, LIMITS).run([46, 90], silent)
    next(running)
    running.close()  # type: ignore[attr-defined]
    assert multiprocessing.active_children() == []


def test_real_alignments_that_hang_the_library_are_left_out(shared: Path) -> None:
    model_of = open_model(shared / "data/bim/Quadri_Railway_STN01.ifc")
    found = [each for each in model_of.elements(silent) if isinstance(each, Element)]
    assert len(found) == 35
    failed = {each.native_class for each in found if "geometry_failed" in each.properties}
    assert failed == {"IfcAlignmentHorizontal"}  # its curve is of two dimensions


def test_what_is_drawn_and_cannot_be_made_says_so(tmp_path: Path) -> None:
    lines = (
        "#90=IFCSHAPEREPRESENTATION(#11,'Body','SweptSolid',(#91));",
        "#91=IFCEXTRUDEDAREASOLID($,#9,#7,2.5);",
        "#92=IFCPRODUCTDEFINITIONSHAPE($,$,(#90));",
        "#93=IFCWALL('0wa110000000000000000W',$,'Wall',$,$,#10,#92,$,$);",
    )
    path = file_of(tmp_path, model(*HOUSE, *lines))
    found = [each for each in open_model(path).elements(silent) if isinstance(each, Element)]
    failed = {each.name: each.properties.get("geometry_failed") for each in found}
    assert str(failed.pop("Wall")).startswith("the geometry library makes nothing of it")
    assert set(failed.values()) == {None}
