"""``twin import``: what it says without any service, and what it refuses before it asks one."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from twin.cli.importing import import_file

app = typer.Typer()
app.command("import")(import_file)


@pytest.fixture(autouse=True)
def no_services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYTWIN_STATE_DIR", str(tmp_path / "nothing"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "wells.csv"
    path.write_text("id,depth\nA1,2.5\nA2,\n", encoding="utf-8")
    return path


def twin_import(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_inspecting_needs_no_service(file: Path) -> None:
    done = twin_import(file, "--inspect", "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["format"] == "CSV"
    assert [each["filled"] for each in found["layers"][0]["fields"]] == [2, 1]


def test_a_person_reads_what_a_file_holds(file: Path) -> None:
    done = twin_import(file, "--inspect")
    assert done.exit_code == 0
    assert "layer wells: 2 rows, no CRS" in done.stdout
    assert [line.split() for line in done.stdout.splitlines()][-1] == ["depth", "text", "1", "2.5"]


def test_a_file_that_cannot_be_taken_gets_a_sentence_and_code_2(tmp_path: Path) -> None:
    broken = tmp_path / "wells.geojson"
    broken.write_text("{", encoding="utf-8")
    done = twin_import(broken, "--inspect")
    assert done.exit_code == 2
    assert done.stdout == ""
    assert "twin: file 'wells.geojson'" in done.stderr
    told = twin_import(broken, "--inspect", "--json")
    assert told.exit_code == 2
    assert json.loads(told.stdout)["error"].startswith("file 'wells.geojson'")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "no map: expected --map MAP.toml, or --inspect"),
        (["--map", "no.toml"], "map 'no.toml': No such file or directory"),
        (["--map", "x", "--report", "r.txt"], "--report 'r.txt': expected a name that ends in"),
    ],
)
def test_what_is_lacking_is_said_before_anything_is_read(
    file: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], sentence: str
) -> None:
    monkeypatch.chdir(file.parent)
    monkeypatch.setattr("twin.app.settings.load", lambda: None)
    done = twin_import(file, *arguments)
    assert done.exit_code == 2
    assert f"twin: {sentence}" in done.stderr


def test_without_services_it_says_how_to_start_them(file: Path, tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text("", encoding="utf-8")
    done = twin_import(file, "--map", tmp_path / "map.toml")
    assert done.exit_code == 2
    assert "run scripts/services up" in done.stderr


def test_each_mistake_of_a_map_is_a_line(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twin.app.settings.load", lambda: None)
    (tmp_path / "map.toml").write_text('model = "wells"\ncolour = 1\n', encoding="utf-8")
    done = twin_import(file, "--map", tmp_path / "map.toml")
    assert done.exit_code == 2
    assert done.stderr.splitlines() == [
        "twin: map.toml: key 'source' is missing",
        "twin: map.toml: key 'key' is missing",
        "twin: map.toml: unknown key 'colour'",
    ]
