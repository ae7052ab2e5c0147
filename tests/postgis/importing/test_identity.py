"""Which entity a row is, and what else it says of it: names, wholes, authorities."""

from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from shapely.geometry import Point

from data.registry import ChangeSet, EntityChange, NewName, record
from data.registry.conflicts import write_authority
from data.registry.lifecycle import Author, merge, retire, split
from data.registry.recording import close_change_set, open_change_set
from tests.postgis.importing.importer import HOUSES, Importer, X, Y, reasons
from twin.codes import EntityCode

Connection = psycopg.Connection[tuple[Any, ...]]
A, B, C = 4403118101000001, 4403118101000002, 4403118101000003
LI = Author("li", "survey", "desk")
THREE: dict[str, list[Any]] = {
    "id": ["A", "B", "C"],
    "name": ["甲", "乙", "丙"],
    "height": [3.0, 6.0, 9.0],
}
RETIRING = HOUSES + "missing = { retire = true, at_most_percent = 100 }\n"


@pytest.fixture
def imported(importer: Importer) -> Importer:
    importer.report(importer.houses(THREE), HOUSES)
    return importer


def only(*keys: str) -> dict[str, list[Any]]:
    kept = [at for at, key in enumerate(THREE["id"]) if key in keys]
    return {name: [values[at] for at in kept] for name, values in THREE.items()}


def test_a_retired_entity_whose_row_comes_again_is_reinstated(
    imported: Importer, connection: Connection
) -> None:
    retire(connection, LI, [A])
    connection.commit()
    report = imported.report(imported.houses(THREE), HOUSES)
    assert report["rows"] == [
        {"row": 1, "key": "A", "code": str(A), "outcome": "reinstated", "detail": "retired"}
    ]
    assert imported.rows("SELECT retired FROM entity WHERE code = %s", A) == [(False,)]


def test_two_rows_that_are_one_entity_now_are_not_both_taken(
    imported: Importer, connection: Connection
) -> None:
    merge(connection, LI, [B], A)
    connection.commit()
    report = imported.report(imported.houses(THREE), HOUSES)
    assert reasons(report) == {2: f"key 'B' means entity {A}, which row 1 is already"}


def test_a_row_of_an_entity_that_was_split_is_refused_with_its_successors(
    imported: Importer, connection: Connection
) -> None:
    parts = [EntityChange(C + 1, "东", Point(X, Y)), EntityChange(C + 2, "西", Point(X, Y))]
    split(connection, LI, A, parts)
    connection.commit()
    report = imported.report(imported.houses(THREE), HOUSES)
    assert reasons(report) == {
        1: f"entity {A} is retired, it is {C + 1}, {C + 2} now: expected a row of one in use"
    }


def test_a_row_of_another_class_than_its_entity_is_refused(imported: Importer) -> None:
    other = HOUSES.replace("8101", "8402")
    report = imported.report(imported.houses(only("A")), other)
    assert reasons(report) == {1: f"entity {A} is of class 8101, the file says 8402"}


def test_without_a_class_only_what_is_there_can_change(imported: Importer) -> None:
    classless = HOUSES.replace('class = { value = "8101" }', "")
    file = imported.houses({"id": ["A", "Z"], "name": ["新", "新"], "height": [1.0, 1.0]})
    report = imported.report(file, classless)
    assert report["counts"]["changed"] == 1
    assert reasons(report) == {2: "key 'Z' is new, and the map has no class for it"}


def test_a_table_of_codes_changes_what_it_names_and_no_shapes(imported: Importer) -> None:
    file = imported.folder / "owners.csv"
    file.write_text(
        f"code,owner\n440311-8101-000001-{check_character(A)},水务局\n{C + 9},x\nhello,x\n",
        encoding="utf-8",
    )
    mapping = (
        'model = "owners"\nsource = "desk"\nkey = { scheme = "code", column = "code" }\n'
        'fields = { owner = "owner" }\n'
    )
    report = imported.report(file, mapping)
    assert [row["detail"] for row in report["rows"] if row["code"] == str(A)] == ["owner"]
    assert reasons(report)[3] == f"entity {C + 9}: not in the register"
    assert reasons(report)[4].startswith("code: entity code 'hello': expected")
    assert imported.rows("SELECT owner, ST_AsText(geom) FROM entity WHERE code = %s", A) == [
        ("水务局", f"POINT({X} {Y})")
    ]


def check_character(code: int) -> str:
    return EntityCode.parse(str(code)).printed()[-1]


def test_a_key_that_means_something_at_another_time_is_refused(
    importer: Importer, connection: Connection
) -> None:
    past = NewName(A, "asset", "A", valid_to=datetime(2020, 1, 1, tzinfo=UTC))
    record(connection, ChangeSet("li", "old", "desk", [EntityChange(A, "甲")], [past]))
    connection.commit()
    report = importer.report(importer.houses(only("A")), HOUSES)
    assert reasons(report) == {
        1: f"key 'A' (asset): it is entity {A}'s at another time, expected a name that stands now"
    }


def test_entities_that_the_file_has_no_more_are_retired_if_the_map_says_so(
    imported: Importer,
) -> None:
    file = imported.houses(only("A", "B"))
    assert imported.counts(file, HOUSES) == {"unchanged": 2}
    report = imported.report(file, RETIRING)
    assert report["rows"] == [
        {"row": None, "key": "", "code": str(C), "outcome": "retired", "detail": "not in the file"}
    ]
    assert imported.counts(file, RETIRING) == {"unchanged": 2}


def test_an_entity_of_another_model_is_never_retired(imported: Importer) -> None:
    trees = RETIRING.replace('"houses"', '"trees"').replace("8101", "0402")
    file = imported.houses({"id": ["T"], "name": ["树"], "height": [4.0]})
    assert imported.counts(file, trees) == {"created": 1, "names": 1}


def test_a_refused_row_still_has_its_entity(imported: Importer) -> None:
    file = imported.houses(THREE | {"height": [3.0, 6.0, -9.0]})
    report = imported.report(file, RETIRING)
    assert list(reasons(report)) == [3]
    assert report["counts"]["retired"] == 0


def test_nothing_is_retired_when_rows_could_not_be_read(imported: Importer) -> None:
    file = imported.houses(only("A", "B") | {"id": ["A", None]})
    report = imported.report(file, RETIRING)
    assert report["counts"]["retired"] == 0
    (warning,) = report["warnings"]
    assert warning == (
        "not in the file and yet kept in use: 2 entities, because of rows that were refused "
        "before their keys were known and could be theirs: 1"
    )


def test_half_a_file_retires_nothing_and_is_not_taken(imported: Importer) -> None:
    cautious = HOUSES + "missing = { retire = true }\n"
    file = imported.houses(only("A") | {"height": [99.0]})
    before = imported.state()
    report = imported.report(file, cautious)
    assert report["exit"] == 2
    assert report["refusal"] == (
        "2 of 3 entities of model 'houses' are not in the file, expected at most 50 % "
        "(missing.at_most_percent)"
    )
    assert imported.state() == before


def test_a_value_that_is_another_sources_to_say_is_kept_as_a_conflict(
    imported: Importer, connection: Connection
) -> None:
    with connection.cursor() as cursor:
        change_set = open_change_set(cursor, "li", "who measures", "desk")
        write_authority(cursor, change_set, "8101", "height_m", "lidar")
        close_change_set(cursor, change_set, {})
    connection.commit()
    file = imported.houses(THREE | {"height": [4.0, 6.0, 9.0]})
    planned = imported.report(file, HOUSES, "--dry-run")
    done = imported.report(file, HOUSES)
    told = [{"code": str(A), "property": "height_m", "authority": "lidar"}]
    assert planned["conflicts"] == done["conflicts"] == told
    assert done["counts"]["unchanged"] == 3
    assert imported.rows("SELECT height_m FROM entity WHERE code = %s", A) == [(3.0,)]
    again = imported.report(file, HOUSES)
    assert (again["change_set"], again["conflicts"]) == (None, [])


NAMED = HOUSES + 'names = { mqtt = "device" }\n'


def test_further_names_are_added_changed_and_ended(imported: Importer) -> None:
    first = imported.houses(THREE | {"device": ["a-1", "b-1", None]})
    assert imported.counts(first, NAMED) == {"changed": 2, "unchanged": 1, "names": 2}
    assert imported.counts(first, NAMED) == {"unchanged": 3}
    second = imported.houses(THREE | {"device": ["a-2", None, None]})
    assert imported.counts(second, NAMED) == {"changed": 1, "unchanged": 2, "names": 2}
    assert imported.rows(
        "SELECT code, value FROM entity_name WHERE scheme = 'mqtt' AND superseded_in IS NULL"
        " ORDER BY code"
    ) == [(A, "a-2"), (B, "b-1")]
    assert imported.counts(second, f'blank = "clear"\n{NAMED}') == {
        "changed": 1,
        "unchanged": 2,
        "names": 1,
    }


def test_a_name_that_somebody_else_gave_is_not_ended(
    imported: Importer, connection: Connection
) -> None:
    record(connection, ChangeSet("li", "by hand", "desk", names=[NewName(A, "mqtt", "mine")]))
    connection.commit()
    file = imported.houses(THREE | {"device": ["a-1", None, None]})
    imported.report(file, NAMED)
    assert imported.rows(
        "SELECT value FROM entity_name WHERE scheme = 'mqtt' AND superseded_in IS NULL ORDER BY 1"
    ) == [("a-1",), ("mine",)]


def test_a_name_of_another_entity_refuses_its_row_only(
    imported: Importer, connection: Connection
) -> None:
    record(connection, ChangeSet("li", "by hand", "desk", names=[NewName(A, "mqtt", "one")]))
    connection.commit()
    file = imported.houses(
        {
            "id": ["B", "C", "D", "E"],
            "name": ["乙", "丙", "丁", "戊"],
            "height": [6.0, 9.0, 1.0, 1.0],
            "device": ["one", "two", "two", "one"],
        }
    )
    report = imported.report(file, NAMED)
    taken = f"mqtt name 'one': it is entity {A}'s, expected a name that is free"
    assert reasons(report) == {1: taken, 3: "mqtt name 'two': row 2 has it too", 4: taken}
    assert report["counts"]["changed"] == 1


SPACES = """
model = "spaces"
source = "survey"
key = { scheme = "asset", column = "id" }
class = { value = "8103" }
parent = { scheme = "asset", column = "inside" }
"""


def test_a_part_belongs_to_the_whole_that_its_row_names(imported: Importer) -> None:
    file = imported.houses({"id": ["R1", "R2", "R3"], "inside": ["A", "nowhere", None]})
    report = imported.report(file, SPACES)
    assert report["counts"]["relations"] == 1
    assert reasons(report) == {
        2: "parent 'nowhere' (asset): expected the name of an entity in use, or the key of a row"
    }
    moved = imported.houses({"id": ["R1"], "inside": ["B"]})
    assert imported.report(moved, SPACES)["rows"][0]["detail"] == "relations"
    assert imported.counts(moved, SPACES) == {"unchanged": 1}
    assert imported.rows("SELECT target FROM relation WHERE superseded_in IS NULL") == [(B,)]


def test_a_whole_that_a_class_cannot_be_part_of_is_refused(imported: Importer) -> None:
    file = imported.houses({"id": ["R1"], "inside": ["A"]})
    report = imported.report(file, SPACES.replace("8103", "8402"))
    assert reasons(report) == {
        1: f"parent {A} is of class 8101: class 8402 can be no part of it, expected a pair of "
        "parts.csv"
    }


def test_a_parent_may_stand_in_the_same_file(imported: Importer) -> None:
    file = imported.houses({"id": ["R1", "R2", "R3"], "inside": ["R2", "A", "R2"]})
    assert imported.report(file, SPACES)["counts"]["relations"] == 3
    assert imported.counts(file, SPACES) == {"unchanged": 3}
    parts = """
        SELECT p.value, w.value FROM relation r
        JOIN entity_name p ON p.code = r.origin JOIN entity_name w ON w.code = r.target
        WHERE r.kind = 'part_of' AND p.value ^@ 'R' ORDER BY 1"""
    assert imported.rows(parts) == [("R1", "R2"), ("R2", "A"), ("R3", "R2")]


def test_a_circle_within_a_file_refuses_it_and_what_hangs_on_it(imported: Importer) -> None:
    ids = ["R1", "R2", "R3", "R4", "R5"]
    file = imported.houses({"id": ids, "inside": ["R2", "R1", "R1", "R3", "A"]})
    report = imported.report(file, SPACES)
    assert reasons(report) == {
        1: "key 'R1' would be a part of itself",
        2: "key 'R2' would be a part of itself",
        3: "parent 'R1': its row 1 is refused",
        4: "parent 'R3': its row 3 is refused",
    }
    assert (report["counts"]["created"], report["counts"]["relations"]) == (1, 1)


def test_a_circle_refuses_the_rows_that_would_close_it(imported: Importer) -> None:
    importer = imported
    importer.report(importer.houses({"id": ["R1", "R2"], "inside": ["A", "A"]}), SPACES)
    importer.report(importer.houses({"id": ["R1"], "inside": ["R2"]}), SPACES)
    report = importer.report(importer.houses({"id": ["R2"], "inside": ["R1"]}), SPACES)
    (code,) = importer.rows("SELECT code FROM entity_name WHERE value = 'R2'")
    assert reasons(report) == {1: f"entity {code[0]} would be a part of itself"}
    assert report["change_set"] is None


def test_retiring_ends_the_relations_of_what_is_gone(imported: Importer) -> None:
    gone = SPACES + "missing = { retire = true, at_most_percent = 100 }\n"
    imported.report(imported.houses({"id": ["R1", "R2"], "inside": ["A", "A"]}), gone)
    report = imported.report(imported.houses({"id": ["R1"], "inside": ["A"]}), gone)
    assert (report["counts"]["retired"], report["counts"]["relations"]) == (1, 1)
    assert imported.rows("SELECT count(*) FROM relation WHERE superseded_in IS NULL") == [(1,)]
