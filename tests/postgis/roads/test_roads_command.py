"""``twin roads`` on the small town, for people and for programs."""

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner, Result

from data.registry import EntityChange
from tests.postgis.importing.importer import Importer
from tests.postgis.roads.test_reach import flood
from tests.postgis.roads.town import at, code, grid, say, section
from twin.cli.roads import app

STATION = code("8101", 1)
PUMP = code("2115", 1)


@pytest.fixture
def town(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store with the grid, a station and a pump in it; gives a folder."""
    Importer.before(database_url, tmp_path, monkeypatch)
    with psycopg.connect(database_url) as connection:
        station = EntityChange(STATION, "消防站", at(0, 0).buffer(5))
        area = EntityChange(code("8808", 1), "重点区域", at(360, 360).buffer(100))
        say(connection, *grid(), station, area, EntityChange(PUMP, "泵车", at(720, 720)))
        flood(connection, section(0, 1))
        connection.commit()
    return tmp_path


def run(*options: str) -> Result:
    return CliRunner().invoke(app, list(options))


def told(*options: str) -> Any:  # noqa: ANN401 - whatever the command prints
    done = run(*options, "--json")
    assert done.stdout, (done.output, done.exc_info)
    return json.loads(done.stdout)


@pytest.mark.usefixtures("town")
def test_the_network_is_built_once_and_kept() -> None:
    first = told("build")
    assert (first["built"], first["edges"], first["parts"]) == (True, 12, 1)
    assert told("build")["built"] is False
    assert "network stands as it was made: 12 edges, 9 nodes" in run("build").output


def test_what_is_reached_is_told_and_drawn(town: Path) -> None:
    file = town / "reach.geojson"
    station = str(STATION)
    found = told("reach", "--station", station, "--minutes", "1", "--geojson", str(file))
    (reached,) = found["reached"]
    assert found["closed"] == [{"code": str(section(0, 1)), "reason": "alert 1 (red)"}]
    assert reached["length_m"] == pytest.approx(360 + 2 * 240, abs=1)
    shapes = [one["geometry"]["type"] for one in json.loads(file.read_text())["features"]]
    assert shapes == ["MultiLineString", "MultiPolygon"]
    dry = told("reach", "--station", station, "--minutes", "1", "--dry")
    assert dry["closed"] == []
    assert dry["reached"][0]["length_m"] == pytest.approx(2 * 360 + 4 * 240, abs=1)


@pytest.mark.usefixtures("town")
def test_who_is_nearest_is_listed_for_people_and_programs() -> None:
    found = told("nearest", "--alert", "1", "--helper-class", "2115")
    (coming,) = found["coming"]
    assert coming["code"] == str(PUMP)
    assert coming["route"]["type"] == "LineString"
    assert "泵车" in run("nearest", "--entity", str(STATION), "--helper", str(PUMP)).output


@pytest.mark.usefixtures("town")
def test_coverage_is_told_in_shares() -> None:
    (area,) = told("coverage", "--station", str(STATION), "--minutes", "3")["areas"]
    assert area["land_m2"]["share"] == 1
    assert area["people"]["share"] is None
    assert "100%" in run("coverage", "--station", str(STATION), "--minutes", "3").output


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("reach",), "expected --station with a code"),
        (("reach", "--place", "x"), "--place 'x': expected longitude,latitude"),
        (("reach", "--place", "200,100"), "--place '200,100': "),
        (("reach", "--station-class", "99xx"), "class '99xx': expected a row of the table"),
        (("nearest", "--alert", "1"), "helper: expected a code, or a class (8902, 8903, 8904)"),
        (("nearest", "--helper-class", "21"), "expected one of --alert, --entity and --place"),
        (("nearest", "--alert", "9", "--helper-class", "21"), "alert 9: not in the store"),
        (
            ("coverage", "--station", str(STATION), "--closed", str(PUMP)),
            f"closed {PUMP}: expected a road (8401) or section (8402)",
        ),
    ],
)
@pytest.mark.usefixtures("town")
def test_what_cannot_be_asked_is_refused(options: tuple[str, ...], sentence: str) -> None:
    done = run(*options)
    assert done.exit_code == 2
    assert sentence in done.output
