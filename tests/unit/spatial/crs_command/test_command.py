"""``twin crs``: what it prints, for people and for programs, and how it ends."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.unit.spatial.local_systems.declarations import FOUR, SEVEN
from twin.cli.crs import app


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "state"
    folder.mkdir()
    monkeypatch.setenv("CITYTWIN_STATE_DIR", str(folder))
    return folder


def crs(*arguments: str | Path, text: str | None = None) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], input=text)


def told(*arguments: str | Path, code: int = 0, text: str | None = None) -> Any:  # noqa: ANN401 - JSON
    done = crs(*arguments, "--json", text=text)
    assert done.exit_code == code, done.output
    return json.loads(done.stdout)


def test_a_system_is_shown() -> None:
    shown = told("show", "EPSG:4547")
    assert shown["name"] == "EPSG:4547"
    assert shown["title"] == "CGCS2000 / 3-degree Gauss-Kruger CM 114E"
    assert shown["unit"] == "metre"
    assert shown["axes"] == ["Northing (north)", "Easting (east)"]
    assert shown["area"] == [112.5, 21.52, 115.5, 45.45]
    assert shown["projection"]["Longitude of natural origin"] == "114 degree"
    assert (shown["accuracy_m"], shown["warnings"]) == (1.0, [])
    done = crs("show", "EPSG:4547")
    assert "area        112.5 to 115.5 E, 21.52 to 45.45 N" in done.stdout
    assert "to WGS 84   good to 1 m" in done.stdout


def test_beijing_1954_is_shown_with_its_warning() -> None:
    done = crs("show", "2435")
    assert done.exit_code == 0
    assert "accuracy unknown" in done.stdout
    assert "warning: PROJ has no datum shift from Beijing 1954" in done.stderr


@pytest.mark.parametrize("name", ["gcj02", "BD09"])
def test_an_offset_is_shown(name: str) -> None:
    shown = told("show", name)
    assert (shown["name"], shown["kind"]) == (name.lower(), "offset")
    assert shown["area"] == [73.66, 3.86, 135.05, 53.55]


def test_what_is_no_system_ends_with_code_2() -> None:
    done = crs("show", "mars")
    assert done.exit_code == 2
    assert done.stdout == ""
    assert "twin: unknown system 'mars': expected one of EPSG:n, wgs84" in done.stderr
    assert told("show", "mars", code=2)["error"].startswith("unknown system 'mars'")


def test_a_point_is_converted() -> None:
    done = crs("convert", "--from", "cgcs2000", "--to", "EPSG:4547", "113.936", "22.749")
    assert done.exit_code == 0
    assert done.stdout == "493426.48766 2516742.69096\n"
    found = told("convert", "--from", "gcj02", "--to", "wgs84", "116.41024449916938",
                 "39.91640428150164")  # fmt: skip
    assert found["points"] == [{"line": 1, "x": 116.404, "y": 39.915}]
    assert (found["from"], found["to"]) == ("gcj02", "EPSG:4326")


def test_negative_numbers_are_no_options() -> None:
    done = crs("convert", "--from", "wgs84", "--to", "EPSG:3857", "-0.12", "-51.5")
    assert done.exit_code == 0
    assert done.stdout.startswith("-13358.3389 -6710219.")


def test_a_height_is_converted_with_a_remark() -> None:
    done = crs("convert", "--from", "EPSG:4490+5736", "--to", "EPSG:4490+5737",
               "113.9", "22.7", "10")  # fmt: skip
    assert done.stdout == "113.9 22.7 9.971\n"
    assert "remark: yellow-sea-1956 to yellow-sea-1985: -0.029 m" in done.stderr


def test_a_height_without_geoid_is_refused() -> None:
    done = crs("convert", "--from", "EPSG:4490+5737", "--to", "EPSG:4979", "113.9", "22.7", "1")
    assert done.exit_code == 2
    assert "expected a geoid model" in done.stderr


def test_an_accident_is_named_when_a_point_is_refused() -> None:
    done = crs("convert", "--from", "EPSG:4547", "--to", "wgs84", "38493426.5", "2516742.7")
    assert done.exit_code == 2
    assert done.stdout == ""
    assert "zone-prefix: 1 of 1 points" in done.stderr
    assert "declare EPSG:4526" in done.stderr
    found = told("convert", "--from", "EPSG:4547", "--to", "wgs84", "38493426.5", "2516742.7",
                 code=2)  # fmt: skip
    assert found["findings"][0]["accidents"] == ["zone-prefix"]
    assert found["findings"][0]["crs"] == "EPSG:4526"


def test_anywhere_takes_what_lies_outside() -> None:
    done = crs("convert", "--from", "EPSG:4547", "--to", "wgs84", "--anywhere", "900000", "2500000")
    assert done.exit_code == 0
    assert done.stdout.startswith("117.8")


TABLE = 'id,lon,lat,note\na,113.936,22.749,"x, y"\nb,22.749,113.936,\nc,,,\nd,nan,1,\n'


def test_a_table_keeps_its_columns_and_loses_only_bad_lines() -> None:
    done = crs("convert", "--from", "cgcs2000", "--to", "EPSG:4547", "--file", "-", text=TABLE)
    assert done.exit_code == 1
    assert done.stdout.splitlines() == [
        "id,lon,lat,note",
        'a,493426.48766,2516742.69096,"x, y"',
    ]
    assert "latitude-first: 1 of 2 points" in done.stderr
    assert "line 4: ['c', '', '', ''], expected numbers" in done.stderr


def test_a_table_as_json_has_every_line() -> None:
    found = told("convert", "--from", "cgcs2000", "--to", "EPSG:4547", "--file", "-",
                 code=1, text=TABLE)  # fmt: skip
    assert [point["line"] for point in found["points"]] == [2]
    assert [refused["line"] for refused in found["refused"]] == [3, 4, 5]


def test_bare_numbers_need_no_header(tmp_path: Path) -> None:
    path = tmp_path / "points.txt"
    path.write_text("113.936 22.749\n\n114.0 22.5\n", encoding="utf-8")
    done = crs("convert", "--from", "cgcs2000", "--to", "EPSG:4547", "--file", path)
    assert done.stdout.splitlines() == ["493426.48766 2516742.69096", "500000.0 2489167.31108"]


@pytest.mark.parametrize(
    ("arguments", "text", "sentence"),
    [
        ([], None, "expected either X Y, or --file"),
        (["1"], None, "1 numbers typed: expected X Y, or X Y Z"),
        (["1", "b"], None, "line 1: ['1', 'b'], expected numbers"),
        (["--file", "-", "1", "2"], "1 2", "expected either X Y, or --file"),
        (["--file", "-"], "", "no lines, expected points"),
        (["--file", "-"], "a,b\n1,2\n", "which columns are x and y? name two of ['a', 'b']"),
        (["--file", "-", "--columns", "a,c"], "a,b\n1,2\n", "no column 'c' in ['a', 'b']"),
        (["--file", "-", "--columns", "a,b"], "1,2\n", "no header, yet columns ('a', 'b')"),
        (["--file", "nothing.csv"], None, "nothing.csv: No such file"),
        (["--file", "-"], "1\n2\n", "1 number a line, expected x and y"),
        (["--file", "-", "--columns", "x"], "x,y\n1,2\n", "--columns 'x': expected x,y or x,y,z"),
        (["--file", "-", "--columns", "a,b,c,d"], "a,b,c,d\n", "expected x,y or x,y,z"),
        (["--file", "-"], f'x,y\n"{"a" * 200_000}",2\n', "not CSV: field larger than"),
    ],
)
def test_points_that_cannot_be_read_get_a_sentence(
    arguments: list[str], text: str | None, sentence: str
) -> None:
    done = crs("convert", "--from", "wgs84", "--to", "EPSG:4547", *arguments, text=text)
    assert done.exit_code == 2, done.output
    assert f"twin: {sentence}" in done.stderr or sentence in done.stderr


def test_refused_lines_have_their_numbers_in_the_file_and_their_own_reasons() -> None:
    text = 'lon,lat,note\n\n114,22.5,"two\nlines"\n\n22.5,91,\ninf,1,\n'
    found = told("convert", "--from", "wgs84", "--to", "EPSG:4547", "--file", "-",
                 code=1, text=text)  # fmt: skip
    assert [point["line"] for point in found["points"]] == [4]
    assert [refused["reason"] for refused in found["refused"]] == [
        "line 6: (22.5, 91.0) lies outside the area of use of EPSG:4326 or of EPSG:4547",
        "line 7: (inf, 1.0) is not finite",
    ]


def test_a_file_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twin.cli.crs_points._MOST_CHARACTERS", 100)
    done = crs("convert", "--from", "wgs84", "--to", "EPSG:4547", "--file", "/dev/zero")
    assert done.exit_code == 2
    assert "expected at most 100 characters" in done.stderr


def test_a_system_across_180_degrees_is_shown_from_its_own_middle() -> None:
    assert told("show", "EPSG:3338")["accuracy_m"] is not None
    assert "Alaska" in told("show", "EPSG:3338")["operation"]


def test_a_local_system_is_found_in_the_state_folder(state: Path) -> None:
    (state / "coordinate_systems.toml").write_text(SEVEN, encoding="utf-8")
    shown = told("show", "Shenzhen")
    assert (shown["title"], shown["kind"]) == ("深圳独立坐标系", "local, seven-parameter")
    assert shown["accuracy_m"] == 0.05
    assert "no control point proves its parameters" in shown["warnings"][0]
    there = crs("convert", "--from", "wgs84", "--to", "shenzhen", "113.936", "22.749")
    back = crs("convert", "--from", "shenzhen", "--to", "wgs84", *there.stdout.split())
    assert [float(part) for part in back.stdout.split()] == pytest.approx(
        (113.936, 22.749), abs=1e-8
    )


def test_mistakes_of_a_declaration_are_all_told(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(FOUR.replace("east_m", "west_m"), encoding="utf-8")
    done = crs("show", "shenzhen", "--systems", path)
    assert done.exit_code == 2
    assert "twin: own.toml: system 'shenzhen': key 'east_m' is missing" in done.stderr
    assert "twin: own.toml: system 'shenzhen': unknown key 'west_m'" in done.stderr


@pytest.fixture
def wells(tmp_path: Path) -> Path:
    path = tmp_path / "wells.csv"
    path.write_text("id,x,y\nA,38493426.5,2516742.7\nB,38504623.8,2510872.7\n", encoding="utf-8")
    return path


def test_a_file_is_checked(wells: Path) -> None:
    found = told("check", wells, "--crs", "EPSG:4547", code=1)
    assert (found["file"], found["crs"], found["points"]) == ("wells.csv", "EPSG:4547", 2)
    assert found["findings"][0]["accidents"] == ["zone-prefix"]
    assert found["findings"][0]["row"] == 2
    assert told("check", wells, "--crs", "EPSG:4526")["findings"] == []
    done = crs("check", wells, "--crs", "EPSG:4526")
    assert "2 points of EPSG:4526: no accident found" in done.stderr


def test_pairs_of_the_same_points_show_gcj02(tmp_path: Path) -> None:
    good, shifted = tmp_path / "good.csv", tmp_path / "shifted.csv"
    good.write_text("id,lon,lat\nA,113.936,22.749\nB,114.045,22.696\nC,114,22.5\n", "utf-8")
    converted = crs("convert", "--from", "wgs84", "--to", "gcj02", "--file", good)
    shifted.write_text(converted.stdout, encoding="utf-8")
    arguments = ("--reference", good, "--reference-crs", "wgs84", "--key", "id")
    found = told("check", shifted, "--crs", "wgs84", *arguments, code=1)
    assert found["findings"][0]["accidents"] == ["gcj02"]
    assert told("check", shifted, "--crs", "gcj02", *arguments)["findings"] == []


def test_a_real_map_of_china_is_unmasked_by_a_real_reference(shared: Path) -> None:
    folder = shared / "data" / "gis"
    arguments = ("--reference", folder / "shenzhen_districts_wgs84.geojson")
    found = told("check", folder / "440305_nanshan_gcj02.json", *arguments, code=1)
    assert found["findings"][0]["accidents"] == ["gcj02"]
    assert "declare gcj02" in found["findings"][0]["sentence"]
    file = folder / "440305_nanshan_gcj02.json"
    assert told("check", file, "--crs", "gcj02", *arguments)["findings"] == []


@pytest.mark.parametrize(
    "name", ["bubenec.gpkg", "dutch_addresses_shape_28992.zip", "wuhan_osm_buildings.geojson"]
)
def test_real_files_that_are_right_are_left_in_peace(shared: Path, name: str) -> None:
    assert told("check", shared / "data" / "gis" / name)["findings"] == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "its CRS is not said: name one with --crs"),
        (["--crs", "mars"], "unknown system 'mars'"),
        (["--crs", "EPSG:4547", "--area", "1,2,3"], "--area '1,2,3': expected W,S,E,N"),
        (["--crs", "EPSG:4547", "--area", "3,2,1,4"], "west below east"),
        (["--crs", "EPSG:4547", "--columns", "x"], "--columns 'x': expected two names"),
        (["--crs", "EPSG:4547", "--columns", "x,z"], "has no column 'z'"),
        (["--crs", "EPSG:4547", "--reference", "nothing.geojson"], "there is no"),
    ],
)
def test_what_cannot_be_checked_gets_a_sentence(
    wells: Path, arguments: list[str], sentence: str
) -> None:
    done = crs("check", wells, *arguments)
    assert done.exit_code == 2, done.output
    assert sentence in done.stderr
    assert sentence in told("check", wells, *arguments, code=2)["error"]


def test_a_key_that_only_one_file_has_is_refused(wells: Path) -> None:
    arguments = ("--crs", "EPSG:4526", "--reference", wells, "--reference-crs", "EPSG:4526")
    done = crs("check", wells, *arguments, "--key", "code")
    assert done.exit_code == 2
    assert "has no column 'code': expected one of both files" in done.stderr
    assert told("check", wells, *arguments, "--key", "id")["findings"] == []
