"""``twin registry``: what it prints for people and programs, and how it ends."""

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from shapely.geometry import Point
from typer.testing import CliRunner, Result

from data.registry import ChangeSet, EntityChange, NewName, record
from data.registry.health import GROUPINGS
from data.registry.lifecycle import Author, merge
from tests.emptying import SharedStore
from tests.postgis.register import BUILDING, FREE_GAUGE, REACH, ROAD, X, Y, fill_register
from twin.cli.registry import Grouping, app

Connection = psycopg.Connection[tuple[Any, ...]]

LI = Author("li", "survey of May", "water bureau")
OTHER_REACH = REACH + 1
PRINTED_REACH = "440311-8202-000001-8"


@pytest.fixture(autouse=True)
def register(
    shared_store: SharedStore,
    connection: Connection,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Connection:
    """The small district, and a state folder that leads to it."""
    shared_store.fill(fill_register)
    lines = ["[store]", f"url = {json.dumps(database_url)}"]
    lines += ["[mqtt]", 'host = "127.0.0.1"', "port = 1", "[mqtt.accounts]"]
    (tmp_path / "services.toml").write_text("\n".join(lines))
    monkeypatch.setenv("CITYTWIN_STATE_DIR", str(tmp_path))
    return connection


def twin(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def printed(*arguments: str, exit_code: int = 0) -> Any:  # noqa: ANN401 - JSON
    done = twin(*arguments, "--json")
    assert done.exit_code == exit_code, done.output
    return json.loads(done.stdout)


def change(connection: Connection, *entities: EntityChange) -> None:
    record(connection, ChangeSet("li", "desk work", "desk", entities))
    connection.commit()


def imported(connection: Connection, file: str, *entities: EntityChange) -> None:
    names = [NewName(entity.code, "asset.m", str(entity.code)) for entity in entities]
    change = ChangeSet("li", "import", "m", entities, names, model="m", file=file)
    record(connection, change)
    connection.commit()


def test_check_ends_with_one_only_where_an_error_is_found(register: Connection) -> None:
    sound = printed("check")
    assert sound["healthy"] is True
    change(register, EntityChange(FREE_GAUGE, geometry=Point(X, Y + 25_000)))
    ill = printed("check", "--sample", "1", exit_code=1)
    found = {check["id"]: check for check in ill["checks"]}
    assert found["outside-district"]["count"] == 1
    assert len(found["no-owner"]["examples"]) == 1
    assert printed("check", "--only", "no-owner", "--only", "no-place")["healthy"] is True


def test_check_tells_people_the_example_and_the_remedy(register: Connection) -> None:
    change(register, EntityChange(ROAD, geometry=None))
    done = twin("check", "--only", "no-place")
    assert done.exit_code == 1
    head, example, remedy = done.stdout.splitlines()
    assert head.split() == ["error", "1", "no-place:", "entities", "without", "a", "place"]
    assert "松白路1段  no geometry" in example
    assert remedy.strip().startswith("-> give it a geometry")


def test_coverage_is_a_table_whose_columns_stand_under_each_other() -> None:
    lines = twin("coverage").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [
        "measure", "place", "steward", "owner", "link", "model",
    ]  # fmt: skip
    assert lines[4].split() == ["link", "5", "3", "60.0", "%", "2"]
    groups = printed("coverage", "--by", "class")["groups"]
    assert groups[0]["group"] is None
    assert {"8202", "8601"} <= {group["group"] for group in groups}
    assert "河段" in twin("coverage", "--by", "class").stdout


def test_coverage_can_be_told_by_every_grouping() -> None:
    assert tuple(Grouping) == GROUPINGS
    for by in GROUPINGS:
        assert len(printed("coverage", "--by", by)["groups"]) > 1


@pytest.mark.parametrize("written", [str(REACH), PRINTED_REACH, PRINTED_REACH.replace("-", "－")])
def test_history_takes_every_written_form_and_tells_every_change(
    register: Connection, written: str
) -> None:
    change(register, EntityChange(REACH, "茅洲河甲段", owner="水务局"))
    told = printed("history", written)
    assert (told["code"], told["name"], told["retired"]) == (str(REACH), "茅洲河甲段", False)
    assert [version["actor"] for version in told["versions"]] == ["test", "li"]
    assert told["versions"][1]["changes"]["name"] == {"before": "茅洲河1段", "after": "茅洲河甲段"}
    assert told["versions"][1]["recorded_at"].endswith("+08:00")
    lines = twin("history", written).stdout.splitlines()
    assert lines[0] == f"{PRINTED_REACH}  茅洲河甲段  in the register"
    assert any(line.split() == ["name", "茅洲河1段", "->", "茅洲河甲段"] for line in lines)


def test_history_of_an_old_code_tells_where_it_leads(register: Connection) -> None:
    change(register, EntityChange(OTHER_REACH, "二段"))
    merge(register, LI, [REACH], OTHER_REACH)
    register.commit()
    told = printed("history", str(REACH))
    assert (told["retired"], told["successors"]) == (True, [str(OTHER_REACH)])
    lines = twin("history", str(REACH)).stdout.splitlines()
    assert lines[1] == f"its code leads to {OTHER_REACH}"


def test_history_tells_the_state_at_an_instant(register: Connection) -> None:
    instant = register.execute("SELECT recorded_at FROM change_set").fetchall()[0][0]
    change(register, EntityChange(REACH, "茅洲河甲段"))
    then = printed("history", str(REACH), "--as-of", instant.isoformat())
    assert then["state"]["name"] == "茅洲河1段"
    assert then["state"]["geometry"]["type"] == "LineString"
    longitude, latitude = then["state"]["geometry"]["coordinates"][0]
    assert (113.9 < longitude < 114, 22.7 < latitude < 22.8) == (True, True)
    assert printed("history", str(REACH), "--as-of", "2020-01-01")["state"] is None
    people = twin("history", str(REACH), "--as-of", instant.isoformat()).stdout
    assert "茅洲河1段" in people
    assert "warning_level_m" in people


def test_diff_tells_what_changed_between_change_sets_and_instants(register: Connection) -> None:
    change(register, EntityChange(BUILDING, height_m=30.0))
    change(register, EntityChange(REACH, "茅洲河甲段"), EntityChange(OTHER_REACH, "二段"))
    told = printed("diff", "--from", "1", "--to", "3")
    assert told["counts"] == {"changed": 2, "created": 1}
    assert (told["from"]["change_set"], told["to"]["change_set"]) == (1, 3)
    (building,) = printed("diff", "--from", "1", "--code", str(BUILDING))["entities"]
    assert building["changes"] == {"height_m": {"before": 24.0, "after": 30.0}}
    since = printed("diff", "--from", "2020-01-01", "--class", "8202")
    assert since["counts"] == {"created": 2}
    lines = twin("diff", "--from", "2", "--class", "8202").stdout.splitlines()
    assert lines[0].endswith("1 changed, 1 created")
    assert [line.split() for line in lines[1:]] == [
        [PRINTED_REACH, "changed", "茅洲河甲段"],
        ["name", "茅洲河1段", "->", "茅洲河甲段"],
        ["440311-8202-000002-6", "created", "二段"],
    ]


def test_diff_of_a_model_alone_is_between_its_last_two_imports(register: Connection) -> None:
    imported(register, "a.gpkg", EntityChange(BUILDING + 1, "二号楼", height_m=10.0))
    only = printed("diff", "--model", "m")
    assert only["counts"] == {"created": 1}
    change(register, EntityChange(BUILDING, height_m=30.0))
    imported(register, "b.gpkg", EntityChange(BUILDING + 1, "二号楼", height_m=12.0))
    last = printed("diff", "--model", "m")
    assert [one["code"] for one in last["entities"]] == [str(BUILDING + 1)]
    assert last["entities"][0]["changes"] == {"height_m": {"before": 10.0, "after": 12.0}}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("history", "440311-8202-000001-7"), "check character is 8"),
        (("history", "4403118202000099"), "entity 4403118202000099: not in the register"),
        (("history", str(REACH), "--as-of", "gestern"), "instant 'gestern': expected ISO 8601"),
        (("diff",), "expected --from, or --model alone"),
        (("diff", "--from", "20260501"), "not in the register; write a day as 2026-05-01"),
        (("diff", "--from", "9" * 40), "not in the register"),
        (("diff", "--from", "1", "--to", "2020-01-01"), "expected one not before 1"),
        (("diff", "--from", "1", "--class", "9999"), "class '9999': expected a row"),
        (("diff", "--from", "1", "--code", "4403118202000099"), "not in the register"),
        (("diff", "--model", "x"), "model 'x': expected one that was imported"),
        (("diff", "--from", "1", "--model", "x"), "model 'x': expected one that was imported"),
        (("check", "--only", "luck"), "check 'luck': expected one of no-place"),
    ],
)
def test_a_wrong_question_is_refused_in_a_sentence(
    arguments: tuple[str, ...], sentence: str
) -> None:
    done = twin(*arguments)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert sentence in " ".join(done.stderr.replace("│", " ").split())
