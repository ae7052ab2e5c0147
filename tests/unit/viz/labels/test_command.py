"""``twin code label``: what is wrong is said, and then nothing is written."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from twin.cli.label import label

PUBLIC = ["--public-url", "https://twin.example.cn"]
CODE = "440311-0103-000127-9"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder on a machine without services."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CITYTWIN_STATE_DIR", str(tmp_path / "none"))
    return tmp_path


def run(*arguments: str, typed: str = "") -> Result:
    app = typer.Typer()
    app.command()(label)
    return CliRunner().invoke(app, ["--plain", *arguments], input=typed)


def test_a_sheet_is_written_without_any_service(folder: Path) -> None:
    done = run(CODE, "4403110103000128", *PUBLIC, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == {"file": "labels.pdf", "pages": 1, "labels": 2}
    assert (folder / "labels.pdf").read_bytes().startswith(b"%PDF-")


def test_codes_come_from_a_file_and_from_standard_input(folder: Path) -> None:
    (folder / "codes.txt").write_text(f"# manholes\n\n{CODE}\n  4403110103000128 \n", "utf-8")
    assert json.loads(run("--from", "codes.txt", *PUBLIC, "--json").stdout)["labels"] == 2
    assert json.loads(run("--from", "-", *PUBLIC, "--json", typed=CODE).stdout)["labels"] == 1


def test_each_page_of_svg_is_a_file(folder: Path) -> None:
    svg = [*PUBLIC, "--format", "svg", "--sheet", "60x40"]
    done = run(CODE, CODE, *svg, "--out", "crew.svg", "--json")
    assert json.loads(done.stdout) == {"file": "crew-1.svg", "pages": 2, "labels": 2}
    assert "雨水井盖" in (folder / "crew-2.svg").read_text("utf-8")
    assert run(CODE, *svg).exit_code == 0
    assert (folder / "labels.svg").exists()


@pytest.mark.parametrize(
    ("arguments", "sentences"),
    [
        (["440311-0103-000127-8", "x"], ["check character is 9", "expected 16 digits"]),
        ([], ["expected codes, or --class and --area"]),
        (["--class", "0103"], ["--plain asks no register"]),
        (["--class", "9999"], ["class '9999': expected four digits"]),
        ([CODE, "--class", "0103"], ["nothing to print, or two things"]),
        ([CODE, "--sheet", "a4-25"], ["sheet 'a4-25': expected one of a4-8"]),
        ([CODE, "--sheet", "15x15"], ["expected at least"]),
        ([CODE, "--start", "25"], ["start 25: expected a position of sheet 'a4-24', 1 to 24"]),
        ([CODE, "--public-url", "localhost"], ["public address 'localhost': expected http"]),
    ],
)
def test_a_wrong_order_is_refused_and_nothing_is_written(
    folder: Path, arguments: list[str], sentences: list[str]
) -> None:
    done = run(*PUBLIC, *arguments)
    assert done.exit_code == 2
    for sentence in sentences:
        assert sentence in done.stderr.replace("\n", " ")
    assert list(folder.iterdir()) == []


def test_no_label_leads_to_an_address_that_nobody_named() -> None:
    done = run(CODE)
    assert done.exit_code == 2
    assert "expected --public-url, or public_url under [web] in citytwin.toml" in done.stderr
