"""Wholes come before their parts, whatever parents and children say."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial.models.cityjson.families import arranged
from spatial.models.cityjson.notes import Notes
from tests.unit.spatial.cityjson.documents import building, corners, document, read, solid

PART = {"type": "BuildingPart", "geometry": [solid()]}


def links(**things: dict[str, Any]) -> dict[str, Any]:
    """Buildings with nothing but links, by key."""
    return {key: {"type": "Building", **link} for key, link in things.items()}


def told(things: dict[str, Any]) -> tuple[list[tuple[str, str | None]], list[str], list[str]]:
    notes = Notes()
    families = arranged(things, notes)
    order = [(member.key, member.parent) for member in families.members]
    return order, [each.key for each in families.refused], list(notes.sentences())


def test_parts_follow_their_whole() -> None:
    order, refused, said = told(
        links(
            part={"parents": ["whole"], "children": ["hook"]},
            other={},
            hook={"parents": ["part"]},
            whole={"children": ["part"]},
        )
    )
    assert order == [("other", None), ("whole", None), ("part", "whole"), ("hook", "part")]
    assert (refused, said) == ([], [])


CASES: list[tuple[dict[str, Any], list[tuple[str, str | None]], str]] = [
    (
        links(a={"parents": ["b"]}, b={}),
        [("b", None), ("a", "b")],
        "1 CityObjects name parents that do not list them as children: 'a'",
    ),
    (
        links(a={}, b={"children": ["a"]}),
        [("b", None), ("a", "b")],
        "1 CityObjects are listed as children and do not name their parents: 'a'",
    ),
    (
        links(a={"parents": ["gone"]}),
        [("a", None)],
        "1 CityObjects have parents that are not in the file: 'a'",
    ),
    (
        links(a={"children": ["gone"]}),
        [("a", None)],
        "1 CityObjects have children that are not in the file: 'a'",
    ),
    (
        links(a={"parents": ["b"]}, b={}, c={"children": ["a"]}),
        [("b", None), ("a", "b"), ("c", None)],
        "1 CityObjects are children of another than their parents say: 'a'",
    ),
    (
        links(a={"parents": ["b", "c"]}, b={"children": ["a"]}, c={}),
        [("b", None), ("a", "b"), ("c", None)],
        "1 CityObjects have several parents and keep the first: 'a'",
    ),
    (
        links(a={"parents": "b"}, b={"children": ["a"]}),
        [("b", None), ("a", "b")],
        "1 CityObjects have parents that are no list: 'a'",
    ),
    (
        links(a={"parents": [7]}),
        [("a", None)],
        "1 CityObjects have parents that are not named by text: 'a'",
    ),
    (
        {"a": {"type": "BuildingPart"}},
        [("a", None)],
        "1 CityObjects are parts by their type and have no parents: 'a'",
    ),
]


@pytest.mark.parametrize(("things", "order", "sentence"), CASES)
def test_links_that_disagree_are_told(
    things: dict[str, Any], order: list[tuple[str, str | None]], sentence: str
) -> None:
    found, refused, said = told(things)
    assert (found, refused) == (order, [])
    assert sentence in said


def test_those_that_are_part_of_themselves_are_refused(tmp_path: Path) -> None:
    things = links(
        a={"parents": ["b"]}, b={"parents": ["a"]}, c={"parents": ["a"]}, d={"parents": ["d"]}, e={}
    )
    taken, refused, model = read(tmp_path, document(things))
    assert {key: element.parent for key, element in taken.items()} == {"c": None, "e": None}
    assert refused == {
        "a": "is part of itself by way of 'b'",
        "b": "is part of itself by way of 'a'",
        "d": "is part of itself by way of 'd'",
    }
    assert "1 CityObjects have a refused parent and are taken without: 'c'" in model.warnings


def test_members_of_a_group_keep_their_proper_parent(tmp_path: Path) -> None:
    things = {
        "group": {"type": "CityObjectGroup", "children": ["whole", "part"]},
        "whole": building(children=["part"], parents=["group"]),
        "part": {**PART, "parents": ["group", "whole"]},
    }
    taken, _, model = read(tmp_path, document(things))
    assert {key: each.parent for key, each in taken.items()} == {
        "group": None,
        "whole": "group",
        "part": "whole",
    }
    assert model.warnings == ()
    assert taken["group"].shape is None


def test_a_whole_that_draws_nothing_gets_what_its_parts_say(tmp_path: Path) -> None:
    things = {
        "whole": {"type": "Building", "children": ["p", "q", "hook"]},
        "p": {**PART, "parents": ["whole"]},
        "q": {"type": "BuildingPart", "geometry": [solid(by=8)], "parents": ["whole"]},
        "hook": {"type": "BuildingInstallation", "geometry": [solid(by=16)], "parents": ["whole"]},
    }
    vertices = [*corners(), *corners(1000, 0, 500), *corners(9000)]
    taken, _, _ = read(tmp_path, document(things, vertices))
    whole = taken["whole"]
    assert whole.shape is not None
    assert whole.shape.area == pytest.approx(2)
    assert whole.measures["volume_m3"] == pytest.approx(2)
    assert whole.measures["footprint_area_m2"] == pytest.approx(2)
    assert (whole.base_m, whole.top_m, whole.lods) == (0, 1.5, ("2",))
    assert whole.properties["measured.geometry"] == "its parts"


def test_wholes_of_wholes_are_filled_from_below(tmp_path: Path) -> None:
    things = {
        "whole": {"type": "Bridge", "children": ["p"]},
        "p": {"type": "BridgePart", "parents": ["whole"], "children": ["q"]},
        "q": {"type": "BridgePart", "geometry": [solid()], "parents": ["p"]},
    }
    taken, _, _ = read(tmp_path, document(things))
    assert [each.measures["volume_m3"] for each in taken.values()] == [1, 1, 1]


def test_the_volume_of_a_whole_needs_that_of_every_part(tmp_path: Path) -> None:
    leaking = {"type": "MultiSurface", "lod": "2", "boundaries": [[[0, 1, 2, 3]]]}
    things = {
        "whole": {"type": "Building", "children": ["p", "q"]},
        "p": {**PART, "parents": ["whole"]},
        "q": {"type": "BuildingPart", "geometry": [leaking], "parents": ["whole"]},
    }
    taken, _, _ = read(tmp_path, document(things))
    assert "volume_m3" not in taken["whole"].measures
    assert taken["whole"].measures["height_m"] == 1


def test_rooms_do_not_add_up_to_a_building(tmp_path: Path) -> None:
    things = {
        "whole": {"type": "Building", "children": ["room"]},
        "room": {"type": "BuildingRoom", "geometry": [solid()], "parents": ["whole"]},
    }
    taken, _, _ = read(tmp_path, document(things))
    assert taken["whole"].measures == pytest.approx({"height_m": 1, "footprint_area_m2": 1})


def test_parts_of_a_refused_whole_stand_alone(tmp_path: Path) -> None:
    things = {
        "whole": building({"type": "Ball"}, children=["part"]),
        "part": {**PART, "parents": ["whole"]},
    }
    taken, refused, _ = read(tmp_path, document(things))
    assert list(refused) == ["whole"]
    assert taken["part"].parent is None
    assert taken["part"].properties["measured.notes"] == ["its parent 'whole' is refused"]


def test_a_long_chain_of_parts_is_no_recursion(tmp_path: Path) -> None:
    things = {
        f"k{at}": {"type": "Building", "parents": [f"k{at + 1}"], "children": [f"k{at - 1}"]}
        for at in range(1, 5_000)
    }
    things["k5000"] = {"type": "Building", "children": ["k4999"]}
    taken, refused, _ = read(tmp_path, document(things))
    assert (len(taken), refused) == (5_000, {})


KEYS = st.sampled_from("abcdef")
LINKS = st.lists(KEYS, max_size=3)


@given(things=st.dictionaries(KEYS, st.fixed_dictionaries({"parents": LINKS, "children": LINKS})))
def test_any_links_give_an_order_in_which_all_can_be_stored(things: dict[str, Any]) -> None:
    order, refused, _ = told(links(**things))
    assert sorted([key for key, _ in order] + refused) == sorted(things)
    stored: set[str] = set()
    for key, parent in order:
        assert parent is None or parent in stored
        stored.add(key)
