"""CityJSONSeq is read line by line; a bad line costs its own feature only."""

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from spatial.models import Element, RefusedElement, inspect, silent
from spatial.models.cityjson import sequence, surveying
from tests.unit.spatial.cityjson.documents import (
    RD,
    building,
    corners,
    document,
    opened,
    read,
    solid,
    written,
)

HEADER = document({}, [])


def feature(key: str, x: int = 0, **members: object) -> dict[str, Any]:
    return {
        "type": "CityJSONFeature",
        "id": key,
        "CityObjects": {key: building(solid())},
        "vertices": corners(x),
        **members,
    }


def test_features_have_vertices_of_their_own(tmp_path: Path) -> None:
    taken, refused, model = read(tmp_path, HEADER, feature("a"), feature("b", 5000))
    assert (model.format, model.schema, model.crs) == ("CityJSONSeq", "2.0", "EPSG:28992")
    assert not refused
    bounds = [each.shape.bounds for each in taken.values() if each.shape is not None]
    assert bounds == [(85000, 447000, 85001, 447001), (85005, 447000, 85006, 447001)]
    assert [each.measures["volume_m3"] for each in taken.values()] == pytest.approx([1, 1])


def test_a_sequence_is_inspected_as_a_whole(tmp_path: Path) -> None:
    found = inspect(written(tmp_path, HEADER, feature("a"), feature("b", 500_000)))
    assert (found.format, found.schema, found.crs) == ("CityJSONSeq", "2.0", "EPSG:7415")
    assert found.counts == {"Building": 2}
    assert found.bounds is not None
    assert found.bounds[2] - found.bounds[0] > 0.007
    assert found.warnings == []


def test_cityobjects_of_the_header_are_taken_as_well(tmp_path: Path) -> None:
    taken, _, _ = read(tmp_path, document({"h": building(solid())}), feature("a"))
    assert list(taken) == ["h", "a"]


BAD_LINES: list[tuple[str, str]] = [
    ('{"type":"CityJSONFeature","id":', "is not JSON at column"),
    ("7", "is 7: expected a CityJSONFeature"),
    ("nonsense", "is not JSON at column 1"),
    ("[" * 3000, "is not JSON at column"),
    (json.dumps(HEADER), "is 'CityJSON': expected a CityJSONFeature"),
    (json.dumps(feature("x", CityObjects=[])), "CityObjects are []: expected an object"),
    (json.dumps(feature("x", vertices=None)), "vertices are None: expected a list"),
    ('{"type":"CityJSONFeature","a":"\\ud800"}', "is not JSON at column"),
]


@pytest.mark.parametrize(("line", "sentence"), BAD_LINES)
@pytest.mark.parametrize("number", [2, 4])
def test_a_bad_line_is_refused_by_its_number(
    tmp_path: Path, line: str, sentence: str, number: int
) -> None:
    lines = [json.dumps(each) for each in (HEADER, feature("a"), feature("b"))]
    lines.insert(number - 1, line)
    path = tmp_path / "model.json"
    path.write_text("\n".join(lines))
    found = list(opened(path).elements(silent))
    refused = [each for each in found if isinstance(each, RefusedElement)]
    assert [each.key for each in found if isinstance(each, Element)] == ["a", "b"]
    assert [each.key for each in refused] == [f"line {number}"]
    assert refused[0].reason.startswith(sentence)
    assert f"'line {number}' will be refused: {refused[0].reason}" in inspect(path).warnings


def test_a_bad_first_line_refuses_the_file(tmp_path: Path) -> None:
    path = tmp_path / "model.jsonl"
    path.write_text('{"type":"CityJSON",}\n' + json.dumps(feature("a")))
    error = inspect(path).error
    assert error is not None
    assert "is not JSON at line 1, column 19" in error


def test_a_feature_without_its_header_is_refused(tmp_path: Path) -> None:
    error = inspect(written(tmp_path, feature("a"), feature("b"))).error
    assert error is not None
    assert "begins with a CityJSONFeature: expected the CityJSON object with version" in error


def test_a_key_that_comes_again_is_refused(tmp_path: Path) -> None:
    taken, refused, _ = read(tmp_path, HEADER, feature("a"), feature("a", 5000))
    assert refused == {"a": "has the key of a CityObject before it"}
    assert taken["a"].shape is not None
    assert taken["a"].shape.bounds[0] == 85000


@pytest.mark.parametrize("separator", ["\n", "\r\n", "\n\n  \n", "\n\x1e"])
def test_blank_lines_and_record_separators_are_passed_over(tmp_path: Path, separator: str) -> None:
    path = tmp_path / "model.jsonl"
    text = separator.join(json.dumps(each) for each in (HEADER, feature("a"), feature("b")))
    path.write_bytes(b"\x1e" + text.encode() + b"\n")
    assert inspect(path).counts == {"Building": 2}
    assert len(list(opened(path).elements(silent))) == 2


def test_an_empty_sequence_is_known_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "model.jsonl"
    path.write_text(json.dumps(HEADER))
    assert inspect(path).format == "CityJSONSeq"
    assert inspect(path.rename(tmp_path / "model.json")).format == "CityJSON"


def test_a_document_on_many_lines_is_no_sequence(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_text(json.dumps(document({"a": building(solid())}), indent=1))
    assert inspect(path).format == "CityJSON"


def test_a_line_longer_than_a_feature_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequence, "_LONGEST_LINE", 2000)
    path = written(tmp_path, HEADER, feature("a"), feature("b", note="x" * 9000), feature("c"))
    found = list(opened(path).elements(silent))
    assert [each.key for each in found if isinstance(each, Element)] == ["a", "c"]
    assert RefusedElement("line 3", "has more than 2,000 bytes: expected one feature") in found


def test_templates_of_the_header_serve_all_features(tmp_path: Path) -> None:
    templates = {"templates": [solid()], "vertices-templates": corners(size=2)}
    header = {**HEADER, "geometry-templates": templates}
    tree = {
        "type": "SolitaryVegetationObject",
        "geometry": [{"type": "GeometryInstance", "template": 0, "boundaries": [0]}],
    }
    taken, _, _ = read(
        tmp_path, header, feature("a", CityObjects={"a": tree}),
        feature("b", 9000, CityObjects={"b": tree}),
    )  # fmt: skip
    assert [each.measures["volume_m3"] for each in taken.values()] == pytest.approx([8, 8])


def test_nan_in_a_line_is_told_with_its_number(tmp_path: Path) -> None:
    path = tmp_path / "model.jsonl"
    line = json.dumps(feature("a", note="?")).replace('"?"', "NaN")
    path.write_text(json.dumps(HEADER) + "\n" + line)
    assert inspect(path).warnings == [
        "1 lines hold NaN or Infinity, which JSON has not, read as null: 'line 2'"
    ]


def test_memory_does_not_grow_with_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surveying, "_LINES_A_BATCH", 50)

    path = tmp_path / "model.jsonl"
    with path.open("w") as file:
        file.write(json.dumps(HEADER) + "\n")
        for at in range(1500):
            file.write(json.dumps(feature(str(at), at, note="x" * 3000)) + "\n")
    tracemalloc.start()
    try:
        assert sum(1 for _ in opened(path).elements(silent)) == 1500
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < path.stat().st_size / 4


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    model = opened(written(tmp_path, HEADER, feature("a"), feature("b")))
    list(model.elements(lambda *said: told.append(said)))
    assert told[-1] == ("measuring", 2, 2)


def test_elements_may_be_read_again(tmp_path: Path) -> None:
    for documents in ([HEADER, feature("a")], [document({"a": building(solid())})]):
        model = opened(written(tmp_path, *documents))
        first, second = (list(model.elements(silent)) for _ in range(2))
        assert [each.key for each in first] == [each.key for each in second] == ["a"]


def test_crs_of_the_header_places_the_features(tmp_path: Path) -> None:
    found = inspect(written(tmp_path, HEADER, feature("a")))
    assert HEADER["metadata"]["referenceSystem"] == RD
    assert found.bounds == pytest.approx((4.36768, 52.00695, 4.3677, 52.00696), abs=1e-4)


def test_names_that_stand_twice_in_a_line_are_told(tmp_path: Path) -> None:
    path = written(tmp_path, document({}, []), feature("a"))
    text = path.read_text().replace('"geometry":', '"geometry": [], "geometry":')
    path.write_text(text)
    assert inspect(path).warnings == [
        "1 names stand twice in one object of the JSON and are read the last time: 'geometry'"
    ]


@pytest.mark.parametrize("blanks", [0, 1, 1023, 1024, 1025, 5000])
@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\n\n \x1e"])
def test_a_second_line_is_found_wherever_it_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, blanks: int, ending: bytes
) -> None:
    monkeypatch.setattr(sequence, "_STEP", 1024)
    first, second = (json.dumps(each).encode() for each in (document({}, []), feature("a")))
    path = tmp_path / "model.json"
    path.write_bytes(b"\n" * blanks + first + b" " * blanks + ending + b" " * blanks + second)
    assert sequence.is_sequence(path)
    path.write_bytes(b"\n" * blanks + first + b" " * blanks + ending)
    assert not sequence.is_sequence(path)
