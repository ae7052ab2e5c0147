"""Semantic surfaces are counted and measured by their type."""

import pytest

from spatial.models.surfaces import Patch, Shell, gather, measure
from tests.unit.spatial.surfaces.solids import box, house, ring


def test_polygons_are_counted_and_measured_by_meaning() -> None:
    (patches,) = measure(gather([house((0, 0, 0), (2, 3, 4))])).meanings
    assert patches == {
        "GroundSurface": Patch(1, 6),
        "RoofSurface": Patch(1, 6),
        "WallSurface": Patch(4, 40),
    }


def test_holes_are_taken_from_the_area() -> None:
    floor = [
        ring((0, 0, 0), (0, 4, 0), (4, 4, 0), (4, 0, 0)),
        ring((1, 1, 0), (2, 1, 0), (2, 2, 0), (1, 2, 0)),
    ]
    (patches,) = measure(gather([[Shell([floor], ["GroundSurface"])]])).meanings
    assert patches["GroundSurface"].area_m2 == pytest.approx(15)


def test_polygons_without_a_meaning_are_in_no_patch() -> None:
    said = [None, "RoofSurface", None, None, None, None]
    (patches,) = measure(gather([[Shell(box((0, 0, 0), (2, 3, 4)), said)]])).meanings
    assert patches == {"RoofSurface": Patch(1, 6)}


def test_drawings_do_not_share_their_patches() -> None:
    first, second, third = measure(
        gather([house((0, 0, 0), (1, 1, 1)), [], house((0, 0, 0), (2, 2, 2))])
    ).meanings
    assert (first["RoofSurface"], second, third["RoofSurface"]) == (Patch(1, 1), {}, Patch(1, 4))
