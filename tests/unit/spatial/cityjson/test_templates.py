"""A template is drawn once and placed wherever an instance points."""

from pathlib import Path
from typing import Any

import pytest
import shapely

from spatial.models.cityjson import templates
from tests.unit.spatial.cityjson.documents import (
    KINDS,
    corners,
    document,
    one,
    read,
    reason,
    solid,
    surfaces,
)

TEMPLATES = {"templates": [solid("3")], "vertices-templates": corners(size=1)}
TWICE = [2, 0, 0, 10, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1]
ON_ITS_SIDE = [1, 0, 0, 0, 0, 0, -1, 0, 0, 1, 0, 0, 0, 0, 0, 1]


def tree(**members: object) -> dict[str, Any]:
    instance = {"type": "GeometryInstance", "template": 0, "boundaries": [6], **members}
    return {"type": "SolitaryVegetationObject", "geometry": [instance]}


def test_an_instance_stands_where_its_vertex_is(tmp_path: Path) -> None:
    element = one(tmp_path, tree(), geometry_templates=TEMPLATES)
    assert element.shape is not None
    assert element.shape.bounds == (85001, 447001, 85002, 447002)
    assert (element.base_m, element.top_m, element.lods) == (1, 2, ("3",))
    assert element.measures["volume_m3"] == pytest.approx(1)


def test_the_matrix_sizes_and_moves_it(tmp_path: Path) -> None:
    element = one(tmp_path, tree(transformationMatrix=TWICE), geometry_templates=TEMPLATES)
    assert element.shape is not None
    assert element.shape.bounds == (85011, 447001, 85013, 447003)
    assert element.measures["volume_m3"] == pytest.approx(8)


def test_the_matrix_turns_it(tmp_path: Path) -> None:
    tall = {"templates": [solid()], "vertices-templates": [[x, y, z * 5] for x, y, z in corners(size=1)]}  # fmt: skip  # noqa: E501
    turned = tree(transformationMatrix=ON_ITS_SIDE)
    element = one(tmp_path, turned, geometry_templates=tall)
    assert element.measures["height_m"] == pytest.approx(1)
    assert element.measures["footprint_area_m2"] == pytest.approx(5)


def test_semantics_of_a_template_are_counted(tmp_path: Path) -> None:
    said = {"surfaces": KINDS, "values": [0, 1, 2, 2, 2, 2]}
    member = {**TEMPLATES, "templates": [solid(), surfaces(semantics=said)]}
    element = one(tmp_path, tree(template=1), geometry_templates=member)
    assert element.measures["wall_surface_count"] == 4


CASES: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"template": "a"}, TEMPLATES, "template is 'a': expected its number"),
    ({"template": 3}, TEMPLATES, "template 3: there is none: the file has 1, counted from 0"),
    ({"template": -1}, TEMPLATES, "template -1: there is none: the file has 1, counted from 0"),
    ({}, {}, "template 0: there is none: the file has 0, counted from 0"),
    ({"boundaries": []}, TEMPLATES, "an instance has boundaries []: expected one vertex"),
    ({"boundaries": [8]}, TEMPLATES, "points to vertex 8: the file has 8, counted from 0"),
    ({"boundaries": ["a"]}, TEMPLATES, "an instance has boundaries ['a']: expected one vertex"),
    ({"transformationMatrix": [1]}, TEMPLATES, "transformationMatrix is [1]: expected 16 numbers"),
    ({"transformationMatrix": [*TWICE[:15], "1"]}, TEMPLATES, "transformationMatrix is [2, 0"),
    ({}, {**TEMPLATES, "templates": [7]}, "template 0: is 7: expected a geometry"),
    ({}, {**TEMPLATES, "templates": [tree()["geometry"][0]]}, "template 0: geometry of type 'Geo"),
    ({}, {**TEMPLATES, "vertices-templates": []}, "template 0: points to vertex 7: there are 0"),
    ({}, {**TEMPLATES, "vertices-templates": [[0]]}, "template 0: vertices-templates hold other"),
]


@pytest.mark.parametrize(("instance", "member", "sentence"), CASES)
def test_a_broken_instance_is_refused(
    tmp_path: Path, instance: dict[str, Any], member: dict[str, Any], sentence: str
) -> None:
    found = reason(tmp_path, tree(**instance), geometry_templates=member)
    assert found.startswith(sentence)


def test_an_instance_at_a_bad_vertex_is_refused(tmp_path: Path) -> None:
    vertices: list[object] = [*corners()[:6], None, corners()[7]]
    found = reason(tmp_path, tree(), vertices, geometry_templates=TEMPLATES)
    assert found.startswith("a vertex is None")


def test_instances_beyond_what_memory_holds_are_points(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(templates, "_MOST_A_BATCH", 20)
    things = {str(at): tree() for at in range(4)}
    beside = {"templates": [solid("3")], "vertices-templates": corners(7, size=1)}
    taken, refused, _ = read(tmp_path, document(things, geometry_templates=beside))
    assert not refused
    kinds = [each.shape.geom_type for each in taken.values() if each.shape is not None]
    assert kinds == ["Polygon", "Polygon", "Point", "Point"]
    assert shapely.get_coordinates(taken["3"].shape).tolist() == [[85001.0, 447001.0]]
    assert taken["3"].properties["measured.notes"] == [
        "its template is drawn too often: taken as the point it stands on"
    ]


def test_a_template_draws_between_the_vertices_that_it_uses(tmp_path: Path) -> None:
    far = [[10**6, 0, 0]] * 100
    member = {"templates": [solid(by=100)], "vertices-templates": [*far, *corners(size=1), *far]}
    element = one(tmp_path, tree(), geometry_templates=member)
    assert element.measures["volume_m3"] == pytest.approx(1)
