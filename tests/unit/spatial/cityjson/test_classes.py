"""The tables of the folder hold together, and with our classes."""

import csv
from importlib.resources import files
from pathlib import Path

import pytest

from spatial.models.cityjson.tables import class_of, object_types
from tests.unit.spatial.cityjson.documents import building, one, solid

FOLDER = files("spatial.models.cityjson")


def rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((FOLDER / name).read_text(encoding="utf-8").splitlines()))


def test_every_class_of_the_table_is_one_of_ours() -> None:
    text = (files("data.reference") / "classes.csv").read_text(encoding="utf-8")
    ours = {row["class"] for row in csv.DictReader(text.splitlines())}
    assert {row["class"] for row in rows("classes.csv")} - ours == {""}


def test_every_type_of_the_table_is_one_of_cityjson() -> None:
    assert {row["native_class"] for row in rows("classes.csv")} <= set(object_types())


def test_no_row_stands_twice() -> None:
    keys = [(row["native_class"], row["attribute"], row["value"]) for row in rows("classes.csv")]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    ("kind", "attributes", "code"),
    [
        ("Building", {}, "8101"),
        ("BuildingStorey", {}, "8102"),
        ("Road", {"function": 7}, "8401"),
        ("WaterBody", {}, ""),
        ("WaterBody", {"class": "Reservoir"}, "8203"),
        ("WaterBody", {"function": "river"}, "8201"),
        ("+Castle", {}, ""),
    ],
)
def test_a_type_becomes_our_class(kind: str, attributes: dict[str, str | int], code: str) -> None:
    assert class_of(kind, {**attributes}).code == code


def test_a_part_is_of_its_class_and_gets_no_code(tmp_path: Path) -> None:
    assert class_of("BuildingPart", {}) == ("8101", True)
    assert one(tmp_path, building(solid())).klass == "8101"
    assert one(tmp_path, {"type": "BuildingPart", "geometry": [solid()]}).klass == ""


def test_what_a_cityobject_says_is_kept(tmp_path: Path) -> None:
    element = one(
        tmp_path,
        building(
            solid(),
            attributes={"name": "公明楼", "storeys": 7, "nested": {"a": [1, None]}},
            address=[{"Country": "CN"}],
            **{"+energy": 3},
        ),
    )
    assert element.name == "公明楼"
    assert element.properties["storeys"] == 7
    assert element.properties["nested"] == {"a": [1, None]}
    assert element.properties["address"] == [{"Country": "CN"}]
    assert element.properties["+energy"] == 3
    assert "geometry" not in element.properties


def test_attributes_that_are_no_object_are_noted(tmp_path: Path) -> None:
    element = one(tmp_path, building(solid(), attributes=[7]))
    assert element.properties["measured.notes"] == ["its attributes are [7]: expected an object"]
