"""Labels tell what the register says, and there are none for what it does not have."""

from pathlib import Path
from typing import Any

import psycopg
import pytest
import typer
from typer.testing import CliRunner

from tests.postgis import register
from twin.app import settings as app_settings
from twin.cli.label import label
from twin.codes import EntityCode
from viz.labels.register import NotInRegisterError, labels_of, selected_labels

Connection = psycopg.Connection[tuple[Any, ...]]
REACH, ROAD, AREA, GAUGE = (
    EntityCode.from_int(code)
    for code in (register.REACH, register.ROAD, register.AREA, register.LEVEL_GAUGE)
)
UNKNOWN = EntityCode.parse("4403118202000900")


@pytest.fixture
def district(connection: Connection) -> Connection:
    """A connection to a store that holds the small district."""
    register.fill_register(connection)
    return connection


def retire(district: Connection, code: EntityCode) -> None:
    district.execute("UPDATE entity SET retired = true WHERE code = %s", (int(code),))


def test_labels_come_in_the_order_of_their_codes_as_given(district: Connection) -> None:
    labels = labels_of(district, [ROAD, REACH, ROAD])
    assert [one.code for one in labels] == [ROAD, REACH, ROAD]
    assert (labels[1].name, labels[1].class_name) == ("茅洲河1段", "河段")


def test_every_code_that_must_not_be_printed_is_told(district: Connection) -> None:
    retire(district, ROAD)
    with pytest.raises(NotInRegisterError) as refused:
        labels_of(district, [REACH, UNKNOWN, ROAD, UNKNOWN])
    assert str(refused.value).splitlines() == [
        f"entity {UNKNOWN.printed()}: not in the register",
        f"entity {ROAD.printed()}: retired",
    ]


def test_a_class_and_an_area_choose_what_is_in_use(district: Connection) -> None:
    gauges = [register.LEVEL_GAUGE, register.FREE_GAUGE]
    assert [int(one.code) for one in selected_labels(district, "8501", None)] == gauges
    inside = [int(one.code) for one in selected_labels(district, None, AREA)]
    assert register.CAMERA in inside
    assert not {register.AREA, register.ROAD, register.FREE_GAUGE} & set(inside)
    assert selected_labels(district, "8202", AREA)[0].code == REACH
    retire(district, GAUGE)
    assert [int(one.code) for one in selected_labels(district, "8501", None)] == gauges[1:]


@pytest.mark.parametrize(
    ("klass", "area", "sentence"),
    [
        ("8801", None, "class 8801, area any: no entities in use, expected 1 to 10000"),
        ("0103", AREA, "class 0103, area 4403118802000001: no entities in use"),
        (None, UNKNOWN, "entity 440311-8202-000900-"),
    ],
)
def test_an_empty_choice_is_refused(
    district: Connection, klass: str | None, area: EntityCode | None, sentence: str
) -> None:
    with pytest.raises(NotInRegisterError, match=sentence):
        selected_labels(district, klass, area)


def test_the_command_prints_names_of_the_register(
    district: Connection, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not district.closed
    settings = app_settings.load()
    services = (settings.state_dir / "services.toml").read_text("utf-8")
    services = services.replace(settings.store_url, database_url)
    (tmp_path / "services.toml").write_text(services, "utf-8")
    monkeypatch.setenv("CITYTWIN_STATE_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "citytwin.toml").write_text('[web]\npublic_url = "https://twin.example.cn/"\n')
    app = typer.Typer()
    app.command()(label)
    done = CliRunner().invoke(app, ["--class", "8202", "--format", "svg"])
    assert done.exit_code == 0, done.output
    assert "茅洲河1段" in (tmp_path / "labels.svg").read_text("utf-8")
    refused = CliRunner().invoke(app, [str(UNKNOWN), "--out", "none.pdf"])
    assert refused.exit_code == 2
    assert "not in the register" in refused.stderr
    assert not (tmp_path / "none.pdf").exists()
