"""One file into the register: what becomes of its rows, and what does not."""

from typing import Any

import psycopg
import pytest
from shapely.geometry import Point, Polygon

from data.registry import ChangeRefusedError
from tests.postgis.importing.importer import HOUSES, Importer, X, Y, reasons

FIRST, SECOND = 4403118101000001, 4403118101000002
TWO: dict[str, list[Any]] = {
    "id": ["A", "B"],
    "name": ["一号楼", None],
    "height": [12.5, None],
}


def test_rows_become_entities_with_codes_names_and_places(importer: Importer) -> None:
    report = importer.report(importer.houses(TWO), HOUSES)
    assert report["exit"] == 0
    assert {name: n for name, n in report["counts"].items() if n} == {"created": 2, "names": 2}
    assert importer.rows(
        "SELECT code, name, height_m, ST_AsText(geom), stage FROM entity ORDER BY code"
    ) == [
        (FIRST, "一号楼", 12.5, f"POINT({X} {Y})", "in use"),
        (SECOND, "建筑物 B", None, f"POINT({X + 1} {Y})", "in use"),
    ]
    assert importer.rows("SELECT code, scheme, value FROM entity_name ORDER BY code") == [
        (FIRST, "asset", "A"),
        (SECOND, "asset", "B"),
    ]
    assert importer.rows("SELECT count(*) FROM entity_place") == [(2,)]


def test_the_change_set_says_whence_it_came(importer: Importer) -> None:
    report = importer.report(importer.houses(TWO), HOUSES)
    told = importer.rows("SELECT id, source, model, file, digest, reason, actor FROM change_set")
    assert told[0][:-1] == (
        report["change_set"],
        "survey",
        "houses",
        "houses.gpkg",
        report["digest"],
        "import of houses.gpkg",
    )
    assert told[0][-1].startswith("os:")


def test_the_same_file_twice_changes_nothing(importer: Importer) -> None:
    file = importer.houses(TWO)
    importer.report(file, HOUSES)
    before = importer.state()
    again = importer.report(file, HOUSES)
    assert (again["exit"], again["change_set"]) == (0, None)
    assert again["counts"]["unchanged"] == 2
    assert importer.state() == before


@pytest.mark.parametrize("name", ["houses.shp", "houses.geojson", "houses.csv"])
def test_the_same_rows_in_another_format_change_nothing(importer: Importer, name: str) -> None:
    importer.report(importer.houses(TWO), HOUSES)
    more = ""
    if name.endswith(".csv"):
        file = importer.folder / name
        file.write_text(
            f"id,name,height,shape\nA,一号楼,12.5,POINT ({X} {Y})\nB,,,POINT ({X + 1} {Y})\n",
            encoding="utf-8",
        )
        more = 'place = { wkt = "shape", crs = "EPSG:4547" }'
    elif name.endswith(".shp"):
        file = importer.houses(TWO, name=name)
    else:
        file = importer.houses(TWO, name=name)
        more = 'crs = "EPSG:4547"\n'
    assert importer.counts(file, HOUSES + more) == {"unchanged": 2}


def test_only_what_differs_gets_a_version(importer: Importer) -> None:
    importer.report(importer.houses(TWO), HOUSES)
    changed = TWO | {"height": [13.0, None]}
    report = importer.report(importer.houses(changed), HOUSES)
    assert report["rows"] == [
        {"row": 1, "key": "A", "code": str(FIRST), "outcome": "changed", "detail": "height_m"}
    ]
    assert importer.rows("SELECT code, height_m FROM entity_version") == [(FIRST, 12.5)]


def test_an_empty_value_keeps_what_stands_or_clears_it(importer: Importer) -> None:
    importer.report(importer.houses(TWO), HOUSES)
    bare = importer.houses({"id": ["A"], "name": [None], "height": [None]})
    assert importer.counts(bare, HOUSES) == {"unchanged": 1}
    assert importer.counts(bare, f'blank = "clear"\n{HOUSES}') == {"changed": 1}
    assert importer.rows("SELECT name, height_m FROM entity WHERE code = %s", FIRST) == [
        ("一号楼", None)
    ]


@pytest.mark.parametrize("more", ["", "[missing]\nretire = true\nat_most_percent = 100\n"])
def test_a_dry_run_says_what_the_import_does_and_writes_nothing(
    importer: Importer, more: str
) -> None:
    importer.report(importer.houses(TWO), HOUSES)
    before = importer.state()
    newer = importer.houses(
        {"id": ["A", "C", "C", None], "name": ["甲", "丙", "丁", "戊"], "height": [1, 2, 3, 4]}
    )
    planned = importer.report(newer, HOUSES + more, "--dry-run")
    assert importer.state() == before
    assert importer.rows("SELECT last FROM code_serial") == [(2,)]

    done = importer.report(newer, HOUSES + more)
    assert planned["counts"] == done["counts"]
    assert planned["rows"] == done["rows"]
    assert (planned["dry_run"], planned["change_set"], planned["exit"]) == (True, None, 1)


def test_refused_rows_are_reported_and_the_others_taken(importer: Importer) -> None:
    file = importer.houses(
        {
            "id": ["A", "B", "A", None, "E"],
            "name": ["一", "二", "三", "四", "五"],
            "height": [3, -1, 3, 3, 3],
            "storeys": [2, 2, 2, 2, 999],
        }
    )
    report = importer.report(file, f'{HOUSES}\nproperties = {{ storeys = "storeys" }}')
    assert report["exit"] == 1
    assert report["counts"]["created"] == 1
    assert reasons(report) == {
        2: "height_m: -1, expected metres from 0 to 1000",
        3: "key 'A' (asset): row 1 has it already",
        4: "no key: column 'id' is empty",
        5: "property 'storeys' of class 8101: 999, expected an integer from 0 to 300",
    }


def test_rows_that_the_reader_refuses_are_reported_too(importer: Importer) -> None:
    shapes = [Point(X, Y), Point(X, Y + 9_000_000), Polygon([(X, Y), (X + 1, Y), (X + 2, Y)])]
    report = importer.report(importer.houses({"id": ["A", "B", "C"]}, shapes), _bare())
    assert report["counts"]["created"] == 1
    assert sorted(reasons(report)) == [2, 3]


def _bare() -> str:
    return HOUSES.replace('fields = { name = "name", height_m = "height" }', "")


def test_strictly_one_refused_row_refuses_all(importer: Importer) -> None:
    file = importer.houses({"id": ["A", None]})
    report = importer.report(file, _bare(), "--strict")
    assert report["exit"] == 2
    assert report["refusal"] == "rows refused: 1, expected none (--strict)"
    assert importer.rows("SELECT count(*) FROM entity") == [(0,)]
    assert importer.rows("SELECT count(*) FROM code_serial") == [(0,)]


def test_outcomes_of_all_rows_go_to_a_file(importer: Importer) -> None:
    file = importer.houses({"id": ["A", None]})
    path = importer.folder / "report.csv"
    importer.run(file, _bare(), "--report", str(path))
    assert path.read_text(encoding="utf-8-sig").splitlines() == [
        "row,key,code,outcome,detail",
        f"1,A,{FIRST},created,",
        "2,,,refused,no key: column 'id' is empty",
    ]


def test_a_person_reads_a_table_and_sentences(importer: Importer) -> None:
    done = importer.run(importer.houses({"id": ["A", None, None]}), _bare())
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    assert lines[0] == "houses.gpkg as a state of houses: change set 1"
    assert "created        1" in lines
    assert lines[-1] == "rows 2, 3 refused: no key: column 'id' is empty"


def test_an_import_that_fails_leaves_the_register_as_it_was(
    importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = importer.houses(TWO)
    before = importer.state()

    def fail(*_: object, **__: object) -> None:
        raise ChangeRefusedError("no room")

    with monkeypatch.context() as patched:
        patched.setattr("data.importing.run.record", fail)
        done = importer.run(file, HOUSES)
    assert (done.exit_code, done.stderr.strip()) == (2, "twin: no room")
    assert importer.state() == before

    importer.report(file, HOUSES)
    codes = importer.rows("SELECT code FROM entity ORDER BY code")
    assert codes == [(FIRST + 2,), (FIRST + 3,)], "codes that were given out are not given again"


def test_ctrl_c_leaves_the_register_as_it_was(
    importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = importer.houses(TWO)
    before = importer.state()

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("data.importing.outcomes.Comparison.look", interrupt)
    done = importer.run(file, HOUSES)
    assert (done.exit_code, done.stderr.strip()) == (
        130,
        "twin: interrupted, the register is as it was",
    )
    assert importer.state() == before


def test_a_county_without_codes_refuses_the_import(
    importer: Importer, connection: psycopg.Connection[tuple[Any, ...]]
) -> None:
    connection.execute("INSERT INTO code_serial VALUES ('440311', '8101', 999998)")
    connection.commit()
    done = importer.run(importer.houses(TWO), HOUSES)
    assert done.exit_code == 2
    assert done.stderr.strip() == (
        "twin: class 8101 in county 440311: 2 codes wanted, expected at most 1"
    )
    assert importer.rows("SELECT count(*) FROM entity") == [(0,)]


def test_an_import_waits_for_another_change_set_and_says_so(
    importer: Importer,
    connection: psycopg.Connection[tuple[Any, ...]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connection.execute("UPDATE registry_state SET revision = revision")
    said: list[str] = []

    def release(sentence: str) -> None:
        said.append(sentence)
        connection.rollback()

    monkeypatch.setattr("twin.cli.importing.say", release)
    report = importer.report(importer.houses(TWO), HOUSES)
    assert report["counts"]["created"] == 2
    assert said == ["waiting for another change set of the register to end"]


def test_the_planner_is_told_of_a_large_import(importer: Importer) -> None:
    count = 1_000
    importer.counts(importer.houses({"id": list(range(count))}), _bare())
    (estimated,) = importer.rows("SELECT reltuples FROM pg_class WHERE relname = 'entity'")
    assert estimated == (count,)


def test_a_store_that_goes_away_leaves_the_register_as_it_was(
    importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = importer.houses(TWO)
    before = importer.state()

    def lose_connection(*_: object) -> None:
        importer.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'citytwin import'"
        )

    monkeypatch.setattr("data.importing.outcomes.Comparison.look", lose_connection)
    done = importer.run(file, HOUSES)
    assert done.exit_code == 2
    assert done.stderr.startswith("twin: the register is as it was: ")
    assert importer.state() == before


def test_a_file_of_which_nothing_is_meant_changes_nothing(importer: Importer) -> None:
    file = importer.houses(TWO)
    assert importer.counts(file, f'{HOUSES}select = {{ geometry = ["Polygon"] }}') == {
        "left_out": 2
    }
