"""What cannot be taken is refused with a sentence: the file as a whole, or one CityObject."""

import json
from pathlib import Path
from typing import Any

import pytest

from spatial.files import local_file
from spatial.models import inspect
from spatial.models.cityjson import document as documents
from tests.unit.spatial.cityjson.documents import (
    BOX,
    building,
    corners,
    document,
    one,
    opened,
    read,
    reason,
    solid,
    surfaces,
    written,
)

SCALE = {"scale": [1, 1, 1], "translate": [0, 0, 0]}
FILES: list[tuple[dict[str, Any], str]] = [
    ({"version": None}, "version is None: expected '1.0', '1.1' or '2.0'"),
    ({"version": "0.9"}, "version is '0.9': expected '1.0', '1.1' or '2.0'"),
    ({"version": 2}, "version is 2: expected '1.0', '1.1' or '2.0'"),
    ({"type": "CityJSONFeature"}, "begins with a CityJSONFeature: expected the CityJSON object"),
    ({"transform": None}, "has no transform: expected scale and translate since CityJSON 1.1"),
    ({"transform": []}, "transform is []: expected scale and translate"),
    ({"transform": {**SCALE, "scale": [1, 1]}}, "transform.scale is [1, 1]: expected three"),
    ({"transform": {**SCALE, "scale": [1, 1, 0]}}, "scale is [1.0, 1.0, 0.0]: expected no zero"),
    ({"transform": {**SCALE, "translate": None}}, "transform.translate is None: expected three"),
    ({"transform": {**SCALE, "translate": [0, 0, 1e300]}}, "translate is [0, 0, 1e+300]: expected"),
    ({"CityObjects": None}, "CityObjects are None: expected an object"),
    ({"CityObjects": []}, "CityObjects are []: expected an object"),
    ({"vertices": {}}, "vertices are an object with []: expected a list"),
]


@pytest.mark.parametrize(("members", "sentence"), FILES)
def test_a_file_is_refused(tmp_path: Path, members: dict[str, Any], sentence: str) -> None:
    whole = {**document({}), **members}
    path = written(tmp_path, {name: value for name, value in whole.items() if value is not None})
    error = inspect(path).error
    assert error is not None
    assert sentence in error


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b'{"type":"CityJSON",', "is not JSON at line 1, column"),
        (b'{"type":"CityJSON"}}', "is not JSON at line 1, column 20"),
        (b'{"type":"CityJSON","a":' + b"[" * 5000, "is not JSON at line 1"),
        (b'{"type":"CityJSON","version":"2.0"}', "has no transform"),
    ],
)
def test_a_text_is_refused(tmp_path: Path, text: bytes, sentence: str) -> None:
    path = tmp_path / "model.json"
    path.write_bytes(text)
    error = inspect(path).error
    assert error is not None
    assert sentence in error


@pytest.mark.parametrize("limit", ["TEXT_LIMIT_BYTES", "_MOST_CONTAINERS"])
def test_what_does_not_fit_into_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    where = documents if limit.startswith("_") else local_file
    monkeypatch.setattr(where, limit, 10)
    error = inspect(written(tmp_path, document({"a": building(solid())}))).error
    assert error is not None
    assert "write it as CityJSONSeq" in error


THINGS: list[tuple[Any, str]] = [
    (None, "is None: expected an object"),
    ("Building", "is 'Building': expected an object"),
    ({}, "type is None: expected text as 'Building'"),
    ({"type": 8}, "type is 8: expected text as 'Building'"),
    ({"type": "Road", "geometry": {}}, "geometry is an object with []: expected a list"),
    (building(None), "a geometry is None: expected an object"),
    (building({"type": "Ball"}), "geometry of type 'Ball': expected one of MultiPoint"),
    (building({"type": ["Solid"]}), "geometry of type ['Solid']: expected one of"),
    (building({"type": "Solid"}), "boundaries are None: expected a list"),
    (building(solid(lod=[2])), "lod is [2]: expected text as '2.2'"),
    (building(solid(lod=True)), "lod is True: expected text as '2.2'"),
    (building(solid(semantics=[])), "semantics are []: expected surfaces and values"),
    (building(solid(semantics={"values": 3})), "semantic values are 3: expected a list"),
    (building({**solid(), "boundaries": BOX}), "a ring is 0: expected a list"),
    (building({**surfaces(), "boundaries": [BOX]}), "a corner is [0, 3, 2, 1]: expected the num"),
    (building({**solid(), "boundaries": [7]}), "a shell is 7: expected a list"),
    (building({"type": "MultiSolid", "boundaries": [7]}), "a solid is 7: expected a list"),
    (building({"type": "MultiSolid", "boundaries": [[7]]}), "a shell is 7: expected a list"),
    (building({**surfaces(), "boundaries": [[[0, 1, "2"]]]}), "a corner is '2': expected the numb"),
    (building({**surfaces(), "boundaries": [[[0, 1, 1.5]]]}), "a corner is 1.5: expected the numb"),
    (building({**surfaces(), "boundaries": [[[0, 1, None]]]}), "a corner is None: expected the nu"),
    (building({**surfaces(), "boundaries": [[[0, 1, True]]]}), "a corner is True: expected the nu"),
    (
        building({**surfaces(), "boundaries": [[[2, 3, 4]], [[5, False, 2]]]}),
        "a corner is False: e",
    ),
    (building({**surfaces(), "boundaries": [[[0, 1, 8]]]}), "points to vertex 8: the file has 8"),
    (building({**surfaces(), "boundaries": [[[0, 1, -1]]]}), "points to vertex -1: the file has 8"),
    (building({**surfaces(), "boundaries": [[[0, 1, 2**64 - 1]]]}), "a corner is vertex 184467440"),
    (building({**surfaces(), "boundaries": [["abc"]]}), "a ring is 'abc': expected a list"),
    (building({**surfaces(), "boundaries": [{"a": 1}]}), "a polygon is an object with ['a']: exp"),
    (building(solid("2"), {**surfaces("1"), "boundaries": [[[99]]]}), "points to vertex 99"),
]


@pytest.mark.parametrize(("thing", "sentence"), THINGS)
def test_one_cityobject_is_refused_and_the_others_are_taken(
    tmp_path: Path, thing: object, sentence: str
) -> None:
    path = written(tmp_path, document({"good": building(solid()), "bad": thing}))
    taken, refused, _ = read(tmp_path, document({"good": building(solid()), "bad": thing}))
    assert list(taken) == ["good"]
    assert refused["bad"].startswith(sentence)
    found = inspect(path)
    assert sum(found.counts.values()) == 2
    assert f"'bad' will be refused: {refused['bad']}" in found.warnings


@pytest.mark.parametrize(
    "vertex",
    [None, 7, [], [0, 0], [0, 0, 0, 0], [0, 0, None], [0.5, 0, 0], ["0", 0, 0], [True, 0, 0],
     [1e300, 0, 0], [2**64 - 1, 0, 0], [[0], 0, 0]],
)  # fmt: skip
def test_a_vertex_that_is_none_refuses_what_points_to_it(tmp_path: Path, vertex: object) -> None:
    vertices = [*corners(), *corners(5000)]
    vertices_written: list[object] = [*vertices[:9], vertex, *vertices[10:]]
    things = {"good": building(solid()), "bad": building(solid(by=8))}
    taken, refused, _ = read(tmp_path, document(things, vertices_written))
    assert list(taken) == ["good"]
    assert refused["bad"].startswith(("a vertex is ", "vertex "))


def test_whole_numbers_with_a_point_are_whole_numbers(tmp_path: Path) -> None:
    vertices = [[float(number) for number in vertex] for vertex in corners()]
    assert one(tmp_path, building(solid()), vertices).measures["volume_m3"] == pytest.approx(1)


def test_cityjson_1_0_needs_no_transform(tmp_path: Path) -> None:
    vertices = [[x / 1000 + 85000, y / 1000 + 447000, z / 1000] for x, y, z in corners()]
    element = one(tmp_path, building(solid(2.1)), vertices, transform=None, version="1.0")
    assert element.measures["volume_m3"] == pytest.approx(1)
    assert element.lods == ("2.1",)


def test_a_vertex_that_is_not_a_number_is_refused_without_a_transform(tmp_path: Path) -> None:
    vertices: list[object] = [*corners()[:7], [1, 2, "3"]]
    sentence = reason(tmp_path, building(solid()), vertices, transform=None, version="1.0")
    assert sentence == "a vertex is [1, 2, '3']: expected three numbers of the file's kind"


def test_not_a_number_is_read_as_null_and_told(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    whole = document({"a": building(solid(), attributes={"height": "?"})})
    path.write_text(json.dumps(whole).replace('"?"', "NaN"))
    found = inspect(path)
    assert found.error is None
    assert found.warnings == ["holds NaN or Infinity, which JSON has not: read as null"]
    (element,) = opened(path).elements(lambda *_: None)
    assert element.properties["height"] is None  # type: ignore[union-attr]


def test_a_nan_vertex_refuses_what_points_to_it(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    whole = document({"a": building(solid())}, [*corners()[:7], ["?", 0, 0]])
    path.write_text(json.dumps(whole).replace('"?"', "NaN"))
    assert any("'a' will be refused: a vertex is [None, 0, 0]" in each
               for each in inspect(path).warnings)  # fmt: skip


def test_an_old_encoding_is_read_and_told(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    text = json.dumps(document({"公明": building(solid())}), ensure_ascii=False)
    path.write_bytes(text.encode("gb18030"))
    found = inspect(path)
    assert found.warnings == ["the text is not UTF-8 and says no encoding: read as GB18030"]
    assert found.counts == {"Building": 1}


def test_of_many_refused_the_first_are_named(tmp_path: Path) -> None:
    things = {f"k{at}": building({"type": "Ball"}) for at in range(12)}
    warnings = inspect(written(tmp_path, document(things))).warnings
    assert [each.partition(" will")[0] for each in warnings] == [
        *[f"'k{at}'" for at in range(5)], "7 more",
    ]  # fmt: skip


def test_a_key_that_nobody_can_store_is_refused(tmp_path: Path) -> None:
    taken, refused, _ = read(
        tmp_path, document({"": building(), "a\0b": building(), "x" * 2000: building()})
    )
    assert taken == {}
    assert sorted(refused) == ["", "a�b", "x" * 1000]


def test_a_type_that_cityjson_has_not_is_taken_and_told(tmp_path: Path) -> None:
    things = {"a": {"type": "Castle"}, "b": {"type": "+Castle"}}
    taken, refused, model = read(tmp_path, document(things))
    assert [each.native_class for each in taken.values()] == ["Castle", "+Castle"]
    assert not refused
    assert model.warnings == ("1 CityObjects are of a type that CityJSON has not: 'a'",)


def test_a_vertex_that_the_transform_carries_away_is_told_as_such(tmp_path: Path) -> None:
    transform = {"scale": [1e11, 1, 1], "translate": [0, 0, 0]}
    sentence = reason(tmp_path, building(solid()), transform=transform)
    assert sentence == "vertex [1000, 1000, 0] lies farther out than 1e+12 by the transform"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_marked_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "model.json"
    text = json.dumps(document({"公明": building(solid())}), ensure_ascii=False)
    path.write_bytes(text.encode(encoding))
    found = inspect(path)
    assert (found.error, found.warnings, found.counts) == (None, [], {"Building": 1})


def test_names_that_stand_twice_in_an_object_are_told(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    whole = document({"a": building(solid()), "b": building(solid())})
    path.write_text(json.dumps(whole).replace('"b": {"type"', '"a": {"type"'))
    found = inspect(path)
    assert found.counts == {"Building": 1}
    assert found.warnings == [
        "1 names stand twice in one object of the JSON and are read the last time: 'a'"
    ]


def test_attributes_called_like_members_stand_there_once(tmp_path: Path) -> None:
    thing = building(solid(), attributes={"geometry": "flat", "attributes": 3})
    assert inspect(written(tmp_path, document({"a": thing}))).warnings == []
