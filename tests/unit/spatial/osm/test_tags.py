"""What tags mean."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial.models.osm.tables import area_rules, class_rules, main_keys
from spatial.models.osm.tags import class_of, height_of, metres_of, name_of, native_class

ROOT = Path(__file__).parents[4]


@pytest.mark.parametrize(
    ("text", "metres"),
    [
        ("12", 12.0),
        ("12.5", 12.5),
        ("12 m", 12.0),
        ("12m", 12.0),
        ("12米", 12.0),
        ("40'", 12.192),
        ("6'4\"", 1.93),
        ("10 ft", 3.048),
        (" 7 ", 7.0),
        ("0", None),
        ("-3", None),
        ("1001", None),
        ("12;15", None),
        ("12,5", None),
        ("high", None),
        ("", None),
        ("1e3", None),
        ("٣", None),
    ],
)
def test_a_length_is_read_with_its_unit(text: str, metres: float | None) -> None:
    assert metres_of(text) == (None if metres is None else pytest.approx(metres, abs=0.001))


@given(st.text(max_size=30))
def test_any_text_is_a_length_or_none(text: str) -> None:
    metres = metres_of(text)
    assert metres is None or 0 < metres <= 1000


@pytest.mark.parametrize(
    ("tags", "metres", "estimated"),
    [
        ({"height": "30", "building:levels": "5"}, 30.0, False),
        ({"height": "tall", "building:levels": "5"}, 15.0, True),
        ({"building:levels": "2.5"}, 7.5, True),
    ],
)
def test_a_height_is_said_or_estimated(
    tags: dict[str, str], metres: float, *, estimated: bool
) -> None:
    height = height_of(tags)
    assert height is not None
    assert (height.metres, height.estimated) == (metres, estimated)


@pytest.mark.parametrize("levels", ["", "0", "-2", "5-6", "999", "1e2", "viele"])
def test_levels_that_are_no_number_of_storeys_give_no_height(levels: str) -> None:
    assert height_of({"building:levels": levels}) is None


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"building": "no"}, None),
        ({"building": "garage"}, "8101"),
        ({"highway": "primary"}, "8402"),
        ({"highway": "proposed"}, None),
        ({"highway": "footway", "bridge": "yes"}, "0205"),
        ({"highway": "footway"}, "8402"),
        ({"waterway": "river"}, "8202"),
        ({"natural": "water", "water": "reservoir"}, "8203"),
        ({"natural": "water"}, None),
        ({"man_made": "manhole", "manhole": "drain"}, "0103"),
        ({"building": "yes", "amenity": "toilets"}, "8101"),
        ({"name": "nothing"}, None),
    ],
)
def test_tags_have_a_class_of_ours(tags: dict[str, str], expected: str | None) -> None:
    assert class_of(tags) == expected
    assert class_of(dict(reversed(tags.items()))) == expected


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"building": "yes", "amenity": "school"}, "building"),
        ({"amenity": "school", "building": "yes"}, "building"),
        ({"natural": "water"}, "natural=water"),
        ({"highway": "primary"}, "highway"),
        ({"amenity": "x" * 300}, "amenity=" + "x" * 60),
        ({"note": "hello"}, "other"),
    ],
)
def test_the_main_key_is_the_class_of_the_model(tags: dict[str, str], expected: str) -> None:
    assert native_class(tags) == expected


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"name": "光明大道", "name:en": "Guangming Avenue"}, "光明大道"),
        ({"name": " ", "name:en": "Guangming Avenue"}, "Guangming Avenue"),
        ({"ref": "S33"}, "S33"),
        ({}, ""),
    ],
)
def test_the_name_of_its_place_comes_first(tags: dict[str, str], expected: str) -> None:
    assert name_of(tags) == expected


def test_every_class_of_the_table_is_one_of_ours() -> None:
    with (ROOT / "data/reference/classes.csv").open(encoding="utf-8", newline="") as file:
        known = {row["class"] for row in csv.DictReader(file)}
    named = {rule.entity_class for rules in class_rules().values() for rule in rules}
    assert named - {None} <= known


def test_every_area_rule_is_of_a_kind_that_there_is() -> None:
    assert {rule.rule for rule in area_rules().values()} == {"all", "only", "except"}
    assert all(rule.values or rule.rule == "all" for rule in area_rules().values())


def test_keys_with_a_class_say_what_an_object_is() -> None:
    assert class_rules().keys() <= main_keys().keys()
