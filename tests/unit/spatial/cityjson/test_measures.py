"""What is drawn of a CityObject, at every nesting, is measured and outlined."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.spatial.cityjson.documents import (
    BOX,
    KINDS,
    building,
    corners,
    one,
    shifted,
    solid,
    surfaces,
)

VALUES = [0, 1, 2, 2, 2, 2]
TWO = [*corners(), *corners(2000)]
HOLLOW = [*corners(size=4000), *corners(1000, 1000, 1000)]
SECOND = shifted(BOX, 8)


def drawn(
    kind: str, boundaries: list[Any], values: list[Any] | None = None, lod: object = "2"
) -> dict[str, Any]:
    semantics = {} if values is None else {"semantics": {"surfaces": KINDS, "values": values}}
    return {"type": kind, "lod": lod, "boundaries": boundaries, **semantics}


def test_a_solid_has_volume_height_and_footprint(tmp_path: Path) -> None:
    element = one(tmp_path, building(solid()))
    assert element.measures == pytest.approx(
        {"volume_m3": 1, "height_m": 1, "surface_area_m2": 6, "footprint_area_m2": 1}
    )
    assert (element.base_m, element.top_m, element.lods) == (0, 1, ("2",))
    assert element.shape is not None
    assert element.shape.bounds == (85000, 447000, 85001, 447001)
    assert element.properties["measured.outline"] == "faces that look down of Solid of LoD 2"


@pytest.mark.parametrize(
    ("geometry", "vertices", "volume", "walls"),
    [
        (drawn("MultiSurface", BOX, VALUES), corners(), 1, 4),
        (drawn("CompositeSurface", BOX, VALUES), corners(), 1, 4),
        (drawn("Solid", [BOX], [VALUES]), corners(), 1, 4),
        (drawn("Solid", [BOX, SECOND], [VALUES, None]), HOLLOW, 63, 4),
        (drawn("Solid", [BOX, SECOND], [VALUES, VALUES]), HOLLOW, 63, 8),
        (drawn("MultiSolid", [[BOX], [SECOND]], [[VALUES], None]), TWO, 2, 4),
        (drawn("MultiSolid", [[BOX], [SECOND]], [[VALUES], [None]]), TWO, 2, 4),
        (drawn("CompositeSolid", [[BOX], [SECOND]], [[VALUES], [VALUES]]), TWO, 2, 8),
        (drawn("MultiSolid", [[BOX, SECOND]], [[VALUES, VALUES]]), HOLLOW, 63, 8),
    ],
)
def test_semantics_are_counted_at_every_nesting(
    tmp_path: Path, geometry: dict[str, Any], vertices: list[Any], volume: float, walls: int
) -> None:
    element = one(tmp_path, building(geometry), vertices=vertices)
    assert element.measures["volume_m3"] == pytest.approx(volume)
    assert element.measures["wall_surface_count"] == walls
    assert "measured.notes" not in element.properties


@pytest.mark.parametrize("values", [None, [None], [[None] * 6]])
def test_null_stands_for_all_that_is_nested_in_it(tmp_path: Path, values: object) -> None:
    semantics = {"surfaces": KINDS, "values": values}
    element = one(tmp_path, building(solid(semantics=semantics)))
    assert "roof_surface_count" not in element.measures
    assert element.measures["volume_m3"] == pytest.approx(1)


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ([0, 1, 2], 3),
        ([0, 1, 2, 2, 2, 2, 2, 2], 2),
        ([0, 1, 2, 2, 2, 7], 1),
        ([[0], 1, -1, 2, 2], 3),
    ],
)
def test_wrong_semantic_values_are_noted(tmp_path: Path, values: object, wrong: int) -> None:
    semantics = {"surfaces": KINDS, "values": values}
    element = one(tmp_path, building(surfaces(semantics=semantics)))
    assert element.properties["measured.notes"] == [
        f"{wrong} of its semantic values point to no polygon or no surface"
    ]
    assert element.measures["volume_m3"] == pytest.approx(1)


def test_types_of_an_extension_keep_their_plus(tmp_path: Path) -> None:
    semantics = {"surfaces": [{"type": "+ThermalSurface"}, 7], "values": [0, 1, None, 0, 0, 0]}
    element = one(tmp_path, building(surfaces(semantics=semantics)))
    assert element.measures["+thermal_surface_count"] == 4


def test_the_most_detailed_geometry_is_measured_and_all_are_listed(tmp_path: Path) -> None:
    vertices = [*corners(), *corners(size=2000)]
    element = one(
        tmp_path, building(solid("1.2"), solid("2.2", 8), solid("1.3")), vertices=vertices
    )
    assert element.lods == ("1.2", "2.2", "1.3")
    assert element.measures["volume_m3"] == pytest.approx(8)
    assert element.properties["measured.lod"] == "2.2"


def test_lod_4_is_measured_only_where_there_is_no_other(tmp_path: Path) -> None:
    vertices = [*corners(), *corners(size=2000)]
    both = one(tmp_path, building(solid("4", 8), solid("1")), vertices=vertices)
    assert both.measures["volume_m3"] == pytest.approx(1)
    alone = one(tmp_path, building(solid("4", 8)), vertices=vertices)
    assert alone.measures["volume_m3"] == pytest.approx(8)


def test_a_footprint_of_lod_0_outlines_a_solid_without_meanings(tmp_path: Path) -> None:
    vertices = [*corners(), *corners(size=2000)]
    flat = drawn("MultiSurface", [[[8, 9, 10, 11]]], lod="0.1")
    element = one(tmp_path, building(flat, solid("1.2")), vertices=vertices)
    assert element.shape is not None
    assert element.shape.area == pytest.approx(4)
    assert element.measures["volume_m3"] == pytest.approx(1)
    assert "MultiSurface of LoD 0.1" in str(element.properties["measured.outline"])


def test_meanings_come_from_the_geometry_that_has_some(tmp_path: Path) -> None:
    semantics = {"surfaces": KINDS, "values": VALUES}
    same = one(tmp_path, building(solid(), surfaces(semantics=semantics)))
    assert (same.measures["volume_m3"], same.measures["roof_surface_count"]) == (1, 1)
    assert "measured.surfaces" not in same.properties
    other = one(tmp_path, building(solid("2"), surfaces("1", semantics=semantics)))
    assert other.measures["roof_surface_count"] == 1
    open_box = drawn("MultiSurface", BOX[:2], [0, 1], lod="1")
    third = one(tmp_path, building(solid("2"), open_box))
    assert third.properties["measured.surfaces"] == "MultiSurface of LoD 1"


def test_a_leaking_body_has_the_volume_of_a_lesser_solid(tmp_path: Path) -> None:
    leaking = drawn("MultiSurface", BOX[1:], lod="2")
    element = one(tmp_path, building(leaking, solid("1")))
    assert element.measures["volume_m3"] == pytest.approx(1)
    assert element.properties["measured.volume"] == "Solid of LoD 1"


@pytest.mark.parametrize(
    ("kind", "boundaries", "expected"),
    [
        ("MultiPoint", [0], "Point"),
        ("MultiPoint", [0, 1], "MultiPoint"),
        ("MultiLineString", [[0, 1, 5]], "LineString"),
        ("MultiLineString", [[0, 1], [2, 3]], "MultiLineString"),
        ("MultiLineString", [[0, 1], [2]], "LineString"),
    ],
)
def test_points_and_lines_are_what_they_are(
    tmp_path: Path, kind: str, boundaries: list[Any], expected: str
) -> None:
    element = one(tmp_path, {"type": "Road", "geometry": [drawn(kind, boundaries, lod="0")]})
    assert element.shape is not None
    assert element.shape.geom_type == expected
    assert element.base_m == 0
    assert "volume_m3" not in element.measures


def test_areas_are_preferred_to_lines(tmp_path: Path) -> None:
    line = drawn("MultiLineString", [[0, 1]], lod="0")
    area = drawn("MultiSurface", [[[0, 1, 2, 3]]], lod="1")
    element = one(tmp_path, {"type": "Road", "geometry": [line, area]})
    assert element.shape is not None
    assert element.shape.geom_type == "Polygon"


@pytest.mark.parametrize("geometry", [None, [], [drawn("MultiSurface", [])], [drawn("Solid", [])]])
def test_what_draws_nothing_has_no_shape(tmp_path: Path, geometry: object) -> None:
    element = one(tmp_path, {"type": "Building", "geometry": geometry})
    assert (element.shape, element.base_m, element.measures.get("volume_m3")) == (None, None, None)


@pytest.mark.parametrize("member", ["geographicalExtent", "bbox"])
def test_the_said_extent_is_taken_where_nothing_is_drawn(tmp_path: Path, member: str) -> None:
    element = one(tmp_path, {"type": "Building", member: [85000, 447000, 1, 85002, 447003, 5]})
    assert element.shape is not None
    assert (element.shape.area, element.base_m, element.top_m) == (6, 1, 5)
    assert element.properties["measured.outline"] == "geographicalExtent"
    drawn_too = one(tmp_path, building(solid(), **{member: [0, 0, 0, 1, 1, 1]}))
    assert drawn_too.properties["measured.geometry"] == "Solid"


def test_a_ring_of_two_corners_is_noted(tmp_path: Path) -> None:
    element = one(tmp_path, building(drawn("MultiSurface", [*BOX, [[0, 1]]])))
    assert element.properties["measured.notes"] == [
        "1 of its rings have fewer than 3 corners and bound nothing"
    ]
