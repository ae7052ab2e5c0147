"""What happens to entities in their life, on a real store."""

from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from shapely.geometry import Point

from data.registry import (
    ChangeRefusedError,
    ChangeSet,
    EntityChange,
    EntityRetiredError,
    EntityUnknownError,
    NewName,
    NewRelation,
    record,
    revision,
)
from data.registry.history import as_of, difference, last_change_set, versions
from data.registry.lifecycle import Author, follow, merge, reinstate, renumber, retire, split
from tests.emptying import SharedStore
from tests.postgis.register import (
    BUILDING,
    CAMERA,
    FREE_GAUGE,
    LEVEL_GAUGE,
    REACH,
    ROAD,
    SUB_DISTRICT,
    X,
    Y,
    fill_register,
)

Connection = psycopg.Connection[tuple[Any, ...]]
LI = Author("li", "survey of May", "water bureau")
OTHER_REACH = REACH + 1
THIRD_REACH = REACH + 2


@pytest.fixture
def register(shared_store: SharedStore, connection: Connection) -> Connection:
    shared_store.fill(fill_register)
    return connection


def test_what_is_said_already_leaves_no_trace(register: Connection) -> None:
    before = revision(register)
    again = EntityChange(REACH, "茅洲河1段", properties={"warning_level_m": 3.0})
    done = record(register, ChangeSet("li", "again", "desk", [again]))
    assert done == (None, 0, 0, 0, 0, 0, 0)
    assert revision(register) == before
    assert register.execute("SELECT count(*) FROM change_set").fetchone() == (1,)


def test_a_change_leaves_what_it_does_not_name(register: Connection) -> None:
    change = EntityChange(REACH, owner="水务局", properties={"width_m": 20.5})
    done = record(register, ChangeSet("li", "owner", "desk", [change]))
    assert (done.created, done.changed) == (0, 1)
    assert register.execute(
        "SELECT name, owner, ST_Length(geom), properties FROM entity WHERE code = %s", (REACH,)
    ).fetchone() == (
        "茅洲河1段",
        "水务局",
        300.0,
        {"warning_level_m": 3.0, "guaranteed_level_m": 3.6, "width_m": 20.5},
    )


def test_a_property_can_be_removed(register: Connection) -> None:
    change = EntityChange(REACH, properties={"warning_level_m": None})
    record(register, ChangeSet("li", "no more", "desk", [change]))
    found = register.execute("SELECT properties FROM entity WHERE code = %s", (REACH,)).fetchone()
    assert found == ({"guaranteed_level_m": 3.6},)


def test_a_retired_entity_keeps_names_and_versions_and_ends_its_relations(
    register: Connection,
) -> None:
    retire(register, LI, [LEVEL_GAUGE])
    assert register.execute(
        "SELECT retired FROM entity WHERE code = %s", (LEVEL_GAUGE,)
    ).fetchone() == (True,)
    assert standing_relations(register, LEVEL_GAUGE) == []
    with pytest.raises(EntityRetiredError, match="is retired: expected one in use"):
        retire(register, LI, [LEVEL_GAUGE])
    reinstate(register, LI, LEVEL_GAUGE)
    with pytest.raises(ChangeRefusedError, match="is in use"):
        reinstate(register, LI, LEVEL_GAUGE)


def test_what_is_merged_leads_to_what_stays_with_names_and_relations(register: Connection) -> None:
    add_reach(register, OTHER_REACH)
    record(
        register,
        ChangeSet(
            "li",
            "a name",
            "desk",
            names=[NewName(REACH, "asset.water", "R-1")],
            relations=[NewRelation(OTHER_REACH, "flows_to", REACH, "declared")],
        ),
    )
    merge(register, LI, [REACH], OTHER_REACH)
    assert follow(register, REACH) == [OTHER_REACH]
    assert named(register, "asset.water", "R-1") == OTHER_REACH
    assert standing_relations(register, LEVEL_GAUGE) == [("monitors", OTHER_REACH)]
    # A reach does not flow to itself.
    assert standing_relations(register, OTHER_REACH) == []
    with pytest.raises(EntityRetiredError, match=f"it is {OTHER_REACH} now"):
        merge(register, LI, [REACH], OTHER_REACH)


def test_old_codes_are_followed_through_several_changes(register: Connection) -> None:
    add_reach(register, OTHER_REACH)
    add_reach(register, THIRD_REACH)
    merge(register, LI, [REACH], OTHER_REACH)
    merge(register, LI, [OTHER_REACH], THIRD_REACH)
    assert follow(register, REACH) == [THIRD_REACH]


def test_what_is_split_leads_to_all_its_parts(register: Connection) -> None:
    record(
        register,
        ChangeSet("li", "a name", "desk", names=[NewName(REACH, "asset.water", "R-1")]),
    )
    parts = [EntityChange(code, f"part {code}") for code in (OTHER_REACH, THIRD_REACH)]
    split(register, LI, REACH, parts, {("asset.water", "R-1"): THIRD_REACH})
    assert follow(register, REACH) == [OTHER_REACH, THIRD_REACH]
    assert named(register, "asset.water", "R-1") == THIRD_REACH


@pytest.mark.parametrize(
    ("codes", "into", "sentence"),
    [
        ([REACH], REACH, "expected other entities"),
        ([REACH, REACH], OTHER_REACH, "each named once"),
        ([ROAD], REACH, "of class 8402 into"),
        ([REACH], OTHER_REACH, "not in the register"),
    ],
)
def test_an_impossible_merger_is_refused(
    register: Connection, codes: list[int], into: int, sentence: str
) -> None:
    with pytest.raises((ChangeRefusedError, EntityUnknownError), match=sentence):
        merge(register, LI, codes, into)


def test_a_renumbered_entity_is_the_same_under_another_code(register: Connection) -> None:
    new = 4403098202000001
    renumber(register, LI, REACH, new)
    assert follow(register, REACH) == [new]
    assert standing_relations(register, LEVEL_GAUGE) == [("monitors", new)]
    found = register.execute(
        "SELECT name, ST_Length(geom) FROM entity WHERE code = %s", (new,)
    ).fetchone()
    assert found == ("茅洲河1段", 300.0)


def test_a_code_that_has_an_entity_is_no_new_number(register: Connection) -> None:
    with pytest.raises(ChangeRefusedError, match="it has an entity"):
        renumber(register, LI, REACH, ROAD)


def test_the_past_can_be_asked_for(register: Connection) -> None:
    first = recorded_at(register, REACH)
    register.commit()
    record(register, ChangeSet("li", "renamed", "desk", [EntityChange(REACH, "茅洲河甲段")]))
    register.commit()
    second = recorded_at(register, REACH)
    assert first < second
    for instant, name in ((first, "茅洲河1段"), (second, "茅洲河甲段")):
        state = as_of(register, REACH, instant)
        assert state is not None
        assert state.name == name
    assert as_of(register, REACH, datetime(2000, 1, 1, tzinfo=UTC)) is None
    found = versions(register, REACH)
    assert [version.actor for version in found] == ["test", "li"]
    assert found[1].changes == {"name": ("茅洲河1段", "茅洲河甲段")}
    assert found[0].changes["warning_level_m"] == (None, 3.0)


def test_two_instants_differ_by_what_changed_between_them(register: Connection) -> None:
    before = newest(register)
    record(register, ChangeSet("li", "1", "desk", [EntityChange(BUILDING, height_m=30.0)]))
    record(register, ChangeSet("li", "2", "desk", [EntityChange(BUILDING, height_m=31.0)]))
    add_reach(register, OTHER_REACH)
    retire(register, LI, [CAMERA])
    middle = newest(register)
    record(register, ChangeSet("li", "3", "desk", [EntityChange(BUILDING, height_m=40.0)]))

    found = {item.code: item for item in difference(register, before, middle)}
    assert {code: item.kind for code, item in found.items()} == {
        BUILDING: "changed",
        OTHER_REACH: "created",
        CAMERA: "retired",
    }
    assert found[BUILDING].changes == {"height_m": (24.0, 31.0)}
    only = list(difference(register, before, middle, klass="8202"))
    assert [item.code for item in only] == [OTHER_REACH]
    own = list(difference(register, before, newest(register), code=BUILDING))
    assert [item.code for item in own] == [BUILDING]
    assert list(difference(register, middle, middle)) == []


def test_a_change_and_its_undoing_are_no_difference(register: Connection) -> None:
    before = newest(register)
    record(register, ChangeSet("li", "1", "desk", [EntityChange(BUILDING, height_m=30.0)]))
    record(register, ChangeSet("li", "2", "desk", [EntityChange(BUILDING, height_m=24.0)]))
    assert list(difference(register, before, newest(register))) == []


def test_an_entity_is_a_part_of_one_whole_and_never_of_itself(register: Connection) -> None:
    other = BUILDING + 1
    third = BUILDING + 2
    record(
        register,
        ChangeSet("li", "houses", "desk", [EntityChange(other, "二"), EntityChange(third, "三")]),
    )
    part_of(register, BUILDING, other)
    part_of(register, BUILDING, third)
    assert standing_relations(register, BUILDING) == [("part_of", third)]
    with pytest.raises(ChangeRefusedError, match="a part of itself"):
        part_of(register, third, BUILDING)
    register.rollback()
    with pytest.raises(ChangeRefusedError, match=r"expected a pair of parts\.csv"):
        part_of(register, BUILDING, REACH)


def test_a_place_follows_the_boundaries(register: Connection) -> None:
    assert area_of(register, FREE_GAUGE) == SUB_DISTRICT
    smaller = EntityChange(SUB_DISTRICT, geometry=Point(X, Y).buffer(500))
    record(register, ChangeSet("li", "new boundary", "desk", [smaller]))
    assert area_of(register, FREE_GAUGE) is None
    assert area_of(register, LEVEL_GAUGE) == SUB_DISTRICT
    moved = EntityChange(FREE_GAUGE, geometry=Point(X, Y))
    record(register, ChangeSet("li", "moved", "desk", [moved]))
    assert area_of(register, FREE_GAUGE) == SUB_DISTRICT
    retire(register, LI, [SUB_DISTRICT])
    assert area_of(register, FREE_GAUGE) is None
    record(register, ChangeSet("li", "no place", "desk", [EntityChange(ROAD, geometry=None)]))
    assert register.execute("SELECT FROM entity_place WHERE code = %s", (ROAD,)).fetchone() is None


def test_an_entity_lies_in_a_community_and_a_grid_cell_too(register: Connection) -> None:
    community, cell = 4403118804000001, 4403118801000001
    areas = [
        EntityChange(community, "东周社区", Point(X, Y).buffer(800)),
        EntityChange(cell, "网格001", Point(X, Y).buffer(400)),
    ]
    record(register, ChangeSet("li", "areas", "desk", areas))
    found = register.execute(
        "SELECT sub_district, community, grid_cell FROM entity_place WHERE code = ANY (%s)"
        " ORDER BY code",
        ([LEVEL_GAUGE, FREE_GAUGE],),
    ).fetchall()
    assert found == [(SUB_DISTRICT, community, cell), (SUB_DISTRICT, None, None)]


def add_reach(connection: Connection, code: int) -> None:
    record(connection, ChangeSet("li", "new", "desk", [EntityChange(code, f"reach {code}")]))


def part_of(connection: Connection, part: int, whole: int) -> None:
    relation = NewRelation(part, "part_of", whole, "declared")
    record(connection, ChangeSet("li", "part", "desk", relations=[relation]))


def standing_relations(connection: Connection, code: int) -> list[tuple[Any, ...]]:
    return connection.execute(
        "SELECT kind, target FROM relation WHERE origin = %s AND superseded_in IS NULL", (code,)
    ).fetchall()


def named(connection: Connection, scheme: str, value: str) -> int:
    found = connection.execute(
        "SELECT code FROM entity_name WHERE scheme = %s AND value = %s AND superseded_in IS NULL",
        (scheme, value),
    ).fetchall()
    assert len(found) == 1
    return int(found[0][0])


def area_of(connection: Connection, code: int) -> int | None:
    found = connection.execute(
        "SELECT sub_district FROM entity_place WHERE code = %s", (code,)
    ).fetchall()
    return None if found[0][0] is None else int(found[0][0])


def recorded_at(connection: Connection, code: int) -> datetime:
    found = connection.execute(
        "SELECT c.recorded_at FROM entity e JOIN change_set c ON c.id = e.change_set_id"
        " WHERE e.code = %s",
        (code,),
    ).fetchall()
    instant = found[0][0]
    assert isinstance(instant, datetime)
    return instant


def newest(connection: Connection) -> int:
    return last_change_set(connection, datetime.now(UTC))
