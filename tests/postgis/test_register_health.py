"""The checks of the register, each on a register that has what it looks for."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
import shapely
from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry

from data.reference.counties import county_boundaries
from data.registry import (
    ChangeSet,
    EndedRelation,
    EntityChange,
    Forward,
    NewName,
    NewRelation,
    record,
)
from data.registry.conflicts import write_authority
from data.registry.health import CHECKS, Result, coverage, run_checks
from data.registry.lifecycle import Author, merge, retire
from tests.emptying import SharedStore
from tests.postgis.register import (
    BUILDING,
    CAMERA,
    FREE_CAMERA,
    FREE_GAUGE,
    LEVEL_GAUGE,
    REACH,
    ROAD,
    ROAD_GAUGE,
    SUB_DISTRICT,
    X,
    Y,
    fill_register,
)

Connection = psycopg.Connection[tuple[Any, ...]]
Damage = Callable[[Connection], None]

LI = Author("li", "survey of May", "water bureau")
MANHOLE = 4403110103000001
STOREY = 4403118102000001
PROJECT = 4403118703000001
FAR_COUNTY = 4404028101000001
FAR_NORTH = 25_000.0
LAST_YEAR = datetime(2025, 1, 1, tzinfo=UTC)
THIS_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def register(shared_store: SharedStore, connection: Connection) -> Connection:
    shared_store.fill(fill_register)
    return connection


def say(
    connection: Connection,
    *entities: EntityChange,
    relations: tuple[NewRelation, ...] = (),
    names: tuple[NewName, ...] = (),
) -> None:
    record(connection, ChangeSet("li", "damage", "desk", entities, names, relations))


def found_by(connection: Connection, check: str) -> Result:
    (found,) = run_checks(connection, [CHECKS[check]], 10)
    return found


def with_an_unknown_type(connection: Connection) -> None:
    say(
        connection,
        EntityChange(LEVEL_GAUGE, properties={"device_type": "telepath"}),
        EntityChange(ROAD_GAUGE, properties={"device_type": "sl651-radar-level"}),
    )


def test_types_of_the_district_are_known_where_they_are_told(register: Connection) -> None:
    with_an_unknown_type(register)
    wanted = [CHECKS["unknown-device-type"]]
    (found,) = run_checks(register, wanted, 10, ["telepath", "sl651-radar-level"])
    assert found.total == 0


def without_place(connection: Connection) -> None:
    say(
        connection,
        EntityChange(ROAD, geometry=None),
        EntityChange(STOREY, "一层"),
        relations=(NewRelation(STOREY, "part_of", BUILDING, "declared"),),
    )


def far_away(connection: Connection) -> None:
    say(connection, EntityChange(FREE_GAUGE, geometry=Point(X, Y + FAR_NORTH)))


def in_a_far_county(connection: Connection) -> None:
    say(connection, EntityChange(FAR_COUNTY, "远楼", Point(X, Y)))


def manholes(connection: Connection, *places: BaseGeometry, name: str = "雨水井1") -> None:
    holes = [EntityChange(MANHOLE + at, name, place) for at, place in enumerate(places)]
    say(connection, *holes)


def close_together(connection: Connection) -> None:
    """Two within a metre on both sides of a border of cells, two in one place, one alone."""
    edge = (X // 16) * 16
    manholes(
        connection,
        Point(edge - 0.4, Y),
        Point(edge + 0.4, Y),
        Point(edge + 9, Y),
        Point(edge + 9, Y),
        Point(edge + 10.2, Y),
    )


def of_one_name(connection: Connection) -> None:
    manholes(connection, Point(X, Y), Point(X + 49, Y), Point(X + 2000, Y))


def retired_with_a_name(connection: Connection) -> None:
    retire(connection, LI, [LEVEL_GAUGE])


def forgotten_name(connection: Connection) -> None:
    old = NewName(ROAD, "asset.roads", "R-1", valid_from=LAST_YEAR, valid_to=THIS_YEAR)
    say(connection, names=(old,))


def nothing_linked(connection: Connection) -> None:
    ended = EndedRelation(ROAD_GAUGE, "monitors", ROAD)
    record(connection, ChangeSet("li", "damage", "desk", ended_relations=[ended]))


def watched_thing_retired(connection: Connection) -> None:
    say(connection, EntityChange(REACH, retired=True))


def whole_retired(connection: Connection) -> None:
    without_place(connection)
    say(connection, EntityChange(BUILDING, retired=True))


def forwarded_though_in_use(connection: Connection) -> None:
    away = Forward(ROAD, REACH, "merged")
    record(connection, ChangeSet("li", "damage", "desk", forwards=[away]))


def project_without_model(connection: Connection) -> None:
    say(
        connection,
        EntityChange(PROJECT, "一期", Point(X, Y)),
        EntityChange(PROJECT + 1, "二期", Point(X, Y + 100)),
        relations=(NewRelation(BUILDING, "part_of", PROJECT + 1, "declared"),),
        names=(NewName(BUILDING, "ifc", "3nwdAEE7T0uBXgbk7dYUpu"),),
    )


def disputed(connection: Connection) -> None:
    with connection.cursor() as cursor:
        write_authority(cursor, 1, "8101", "height_m", "planning bureau")
    say(connection, EntityChange(BUILDING, height_m=30.0))


def nearly_full(connection: Connection) -> None:
    connection.execute("UPDATE code_serial SET last = 900000 WHERE class_code = '8101'")


CASES: list[tuple[str, Damage, dict[int | None, str]]] = [
    ("no-place", without_place, {ROAD: "no geometry"}),
    ("outside-district", far_away, {FREE_GAUGE: "m outside county 440311 光明区"}),
    ("county-unknown", in_a_far_county, {None: "1 entities of county 440402"}),
    (
        "duplicate-place",
        close_together,
        {MANHOLE + 1: f"0.80 m from entity {MANHOLE}", MANHOLE + 3: "0.00 m from entity"},
    ),
    ("duplicate-name", of_one_name, {MANHOLE + 1: f"entity {MANHOLE}, 49 m away"}),
    ("dangling-name", retired_with_a_name, {LEVEL_GAUGE: "mqtt name gauge-1: the entity is"}),
    ("dangling-name", forgotten_name, {ROAD: "asset.roads name R-1: ended on 2026-01-01"}),
    (
        "device-without-entity",
        nothing_linked,
        {FREE_GAUGE: "nobody", ROAD_GAUGE: "nobody has said", FREE_CAMERA: "nobody"},
    ),
    (
        "device-without-entity",
        watched_thing_retired,
        {FREE_GAUGE: "nobody", LEVEL_GAUGE: "nobody has said", FREE_CAMERA: "nobody"},
    ),
    ("part-of-retired", whole_retired, {STOREY: f"entity {BUILDING}, is retired"}),
    ("forward-from-standing", forwarded_though_in_use, {ROAD: f"leads to entity {REACH}"}),
    ("unknown-device-type", with_an_unknown_type, {LEVEL_GAUGE: "device type telepath"}),
    ("project-without-model", project_without_model, {PROJECT: "scheme ifc"}),
    ("open-conflict", disputed, {BUILDING: "height_m: desk says 30, and planning bureau"}),
    ("serials-running-out", nearly_full, {None: "class 8101 in county 440311: 900000"}),
]


@pytest.mark.parametrize(
    ("check", "damage", "expected"), CASES, ids=[f"{case[0]}-{case[1].__name__}" for case in CASES]
)
def test_a_check_finds_what_it_is_for_and_nothing_else(
    register: Connection, check: str, damage: Damage, expected: dict[int | None, str]
) -> None:
    damage(register)
    found = found_by(register, check)
    assert {example.code for example in found.examples} == set(expected)
    assert found.total == len(expected)
    for example in found.examples:
        assert expected[example.code] in example.sentence


def test_everything_lacks_an_owner_and_a_steward_until_somebody_is_named(
    register: Connection,
) -> None:
    cared = {
        "no-owner": EntityChange(REACH, owner="水务局"),
        "no-steward": EntityChange(REACH, steward="水务局"),
    }
    for check, change in cared.items():
        assert found_by(register, check).total == 10
        say(register, change)
        assert found_by(register, check).total == 9


def test_every_check_has_a_case() -> None:
    cared_for = {"no-owner", "no-steward"}
    assert {case[0] for case in CASES} | cared_for == set(CHECKS)


def test_every_check_is_documented_with_its_severity() -> None:
    page = (Path(__file__).parents[2] / "docs" / "register.md").read_text(encoding="utf-8")
    for check in CHECKS.values():
        assert f"| `{check.id}` | {check.severity} |" in page


def test_a_sound_register_has_no_error(register: Connection) -> None:
    results = list(run_checks(register, CHECKS.values(), 3))
    assert [result.check.id for result in results if result.is_error] == []
    untouched = {"duplicate-place", "duplicate-name", "dangling-name", "county-unknown"}
    assert {result.check.id for result in results if not result.total} >= untouched


def test_examples_are_as_many_as_asked_for_and_all_are_counted(register: Connection) -> None:
    for sample in (0, 2):
        (found,) = run_checks(register, [CHECKS["no-owner"]], sample)
        assert (found.total, len(found.examples)) == (10, sample)


def test_a_refused_link_tells_its_reason(register: Connection) -> None:
    register.execute(
        "INSERT INTO link_refusal (origin, kind, reason, change_set_id)"
        " VALUES (%s, 'monitors', 'nearest reach is 90 m away', 1)",
        (FREE_GAUGE,),
    )
    sentences = {x.code: x.sentence for x in found_by(register, "device-without-entity").examples}
    assert sentences[FREE_GAUGE] == "nearest reach is 90 m away"


def test_a_place_near_the_outline_is_not_judged(register: Connection) -> None:
    outline = register.execute(
        "SELECT ST_X(p), ST_Y(p) FROM (SELECT ST_Transform("
        "ST_SetSRID(ST_MakePoint(%s, %s), 4326), 4547) AS p) AS place",
        corner_of_guangming(),
    ).fetchall()
    say(register, EntityChange(FREE_GAUGE, geometry=Point(outline[0][0], outline[0][1])))
    assert found_by(register, "outside-district").total == 0


def test_lines_that_meet_are_no_duplicates_and_twice_the_same_line_is(
    register: Connection,
) -> None:
    lines = [[(X, Y), (X + 40, Y)], [(X + 40, Y), (X + 90, Y)], [(X + 90, Y), (X + 40, Y)]]
    pipes = [
        EntityChange(4403118301000001 + at, f"管{at}", LineString(line))
        for at, line in enumerate(lines)
    ]
    say(register, *pipes)
    found = found_by(register, "duplicate-place")
    assert [example.code for example in found.examples] == [pipes[2].code]


def test_a_whole_and_its_part_are_no_duplicates(register: Connection) -> None:
    block = EntityChange(BUILDING + 1, "小区", Point(X + 10, Y + 300).buffer(30))
    say(register, block, relations=(NewRelation(BUILDING, "part_of", BUILDING + 1, "declared"),))
    assert found_by(register, "duplicate-place").total == 0


def test_a_name_that_many_have_is_no_duplicate(register: Connection) -> None:
    manholes(register, *(Point(X + 3 * at, Y) for at in range(51)), name="雨水井盖")
    assert found_by(register, "duplicate-name").total == 0


def test_one_name_twice_in_a_whole_is_a_duplicate_at_any_distance(register: Connection) -> None:
    storeys = [EntityChange(STOREY + at, "一层") for at in range(2)]
    parts = tuple(NewRelation(s.code, "part_of", BUILDING, "declared") for s in storeys)
    say(register, *storeys, relations=parts)
    found = found_by(register, "duplicate-name")
    assert [example.code for example in found.examples] == [STOREY + 1]
    assert "a part of the same whole" in found.examples[0].sentence


def test_names_of_a_merged_entity_and_replaced_names_do_not_dangle(register: Connection) -> None:
    say(register, EntityChange(REACH + 1, "二段", Point(X + 500, Y)))
    say(
        register,
        names=(
            NewName(REACH, "asset.water", "R-1"),
            NewName(ROAD, "asset.roads", "R-1", valid_from=LAST_YEAR, valid_to=THIS_YEAR),
            NewName(ROAD, "asset.roads", "R-2", valid_from=THIS_YEAR),
        ),
    )
    merge(register, LI, [REACH], REACH + 1)
    assert found_by(register, "dangling-name").total == 0


def test_coverage_counts_who_should_have_something_and_who_has(register: Connection) -> None:
    project_without_model(register)
    say(register, EntityChange(REACH, steward="水务局"), EntityChange(ROAD, geometry=None))
    (whole,) = coverage(register)
    counted = {measure.id: (measure.of, measure.have) for measure in whole.measures}
    assert whole.entities == 12
    assert counted == {
        "place": (12, 11),
        "steward": (12, 1),
        "owner": (12, 0),
        "link": (5, 3),
        "model": (2, 1),
    }
    assert [measure.share for measure in whole.measures][3:] == [0.6, 0.5]


def test_coverage_by_group_adds_up_to_the_whole(register: Connection) -> None:
    say(register, EntityChange(ROAD, geometry=None), EntityChange(CAMERA, retired=True))
    for by in ("class", "sub_district"):
        whole, *groups = coverage(register, by)
        assert whole.group is None
        for at, measure in enumerate(whole.measures):
            assert sum(group.measures[at].of for group in groups) == measure.of
            assert sum(group.measures[at].have for group in groups) == measure.have
    named = {group.group: group.name for group in coverage(register, "sub_district")}
    assert named == {None: "", "": "", str(SUB_DISTRICT): "光明街道"}


def test_an_empty_register_is_healthy_and_covers_nothing(connection: Connection) -> None:
    assert not any(result.total for result in run_checks(connection, CHECKS.values(), 3))
    (whole,) = coverage(connection)
    assert {measure.share for measure in whole.measures} == {None}


def corner_of_guangming() -> tuple[float, float]:
    """Return longitude and latitude of a vertex of the county's outline, beyond which it ends."""
    (outline,) = (row.outline for row in county_boundaries() if row.county == "440311")
    longitude, latitude = shapely.get_coordinates(outline)[0]
    return float(longitude), float(latitude)


def test_an_outline_in_the_register_wins_over_the_generalised_one(connection: Connection) -> None:
    fill_register(connection)
    far = EntityChange(BUILDING, geometry=Point(X + 60_000, Y).buffer(8))
    record(connection, ChangeSet("li", "moved", "desk", [far]))
    assert found_by(connection, "outside-district").total == 1
    whole = EntityChange(4403118805000001, "光明区", Point(X, Y).buffer(80_000))
    record(connection, ChangeSet("li", "boundary", "desk", [whole]))
    assert found_by(connection, "outside-district").total == 0
