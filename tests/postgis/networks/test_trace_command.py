"""A SWMM model imported by the command, and its water followed by the command."""

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from typer.testing import CliRunner, Result

from spatial.crs import WGS84, transform
from tests.postgis.importing.importer import Importer
from tests.postgis.importing.importer import app as importing
from twin.cli.commands import app

SWMM = """
[TITLE]
three manholes

[OPTIONS]
FLOW_UNITS CMS
LINK_OFFSETS ELEVATION

[JUNCTIONS]
;;Name Elevation MaxDepth
J1     10.0      3
J2     9.0       3
J3     8.0       3

[OUTFALLS]
O1     7.0  FREE

[CONDUITS]
;;Name From To Length Roughness InOffset OutOffset
C1     J1   J2 100    0.013     10.0     9.0
C2     J2   J3 100    0.013     9.0      8.0
C3     J3   O1 50     0.013     8.0      7.0

[XSECTIONS]
C1 CIRCULAR 0.5 0 0 0 1
C2 RECT_CLOSED 0.5 2.0 0 0 1
C3 CIRCULAR 0.4 0 0 0 1

[COORDINATES]
J1 493426 2516742
J2 493526 2516742
J3 493626 2516742
O1 493676 2516742
"""


@pytest.fixture
def town(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store with the model ``town`` in it; gives a folder."""
    Importer.before(database_url, tmp_path, monkeypatch)
    file = tmp_path / "town.inp"
    file.write_text(SWMM)
    done = CliRunner().invoke(importing, [str(file), "--crs", "EPSG:4547", "--json"])
    assert done.exit_code == 0, (done.output, done.exc_info)
    report = json.loads(done.stdout)
    assert report["elements"]["created"] == 7
    assert report["counts"]["created"] == 7
    return tmp_path


def run(*options: str) -> Result:
    return CliRunner().invoke(app, ["trace", *options, "--network", "town"])


def told(*options: str) -> Any:  # noqa: ANN401 - whatever the command prints
    done = run(*options, "--json")
    assert done.stdout, (done.output, done.exc_info)
    return json.loads(done.stdout)


@pytest.mark.usefixtures("town")
def test_water_is_followed_down_with_distance_and_time() -> None:
    found = told("down", "node/J1")
    assert [(node["key"], node["distance_m"]) for node in found["nodes"]] == [
        ("node/J1", 0.0),
        ("node/J2", 100.0),
        ("node/J3", 200.0),
        ("node/O1", 250.0),
    ]
    times = [node["travel_s"] for node in found["nodes"]]
    # Manning: a full pipe of 0.5 m at 1 % and n 0.013 carries 1.92 m/s.
    assert times[1] == pytest.approx(100 / 1.923, rel=0.01)
    assert times == sorted(times)
    # A box of 0.5 by 2.0 m has a hydraulic radius of 1 / 5 m.
    assert times[2] - times[1] == pytest.approx(100 * 0.013 / (0.2 ** (2 / 3) * 0.1), rel=0.01)


EPANET = """
[JUNCTIONS]
J1 10
J2 9
[RESERVOIRS]
R1 40
[PIPES]
P1 R1 J1 100 300 120 0 Open
P2 J1 J2 200 200 120 0 CV
[OPTIONS]
UNITS LPS
[COORDINATES]
R1 493426 2516742
J1 493526 2516742
J2 493726 2516742
"""


def test_how_long_water_takes_under_pressure_is_not_known(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Importer.before(database_url, tmp_path, monkeypatch)
    file = tmp_path / "town.inp"
    file.write_text(EPANET)
    CliRunner().invoke(importing, [str(file), "--crs", "EPSG:4547", "--json"])

    found = told("way", "node/R1", "node/J2")

    assert (found["distance_m"], found["travel_s"]) == (300.0, None)


WATER = """
[JUNCTIONS]
J1 10
J2 9
J3 9
[RESERVOIRS]
R1 40
[PIPES]
P1 R1 J1 100 300 120 0 Open
P2 J2 J3 200 200 120 0 Open
[VALVES]
V1 J1 J2 200 TCV 0
[OPTIONS]
UNITS LPS
[COORDINATES]
R1 493426 2516742
J1 493526 2516742
J2 493626 2516742
J3 493726 2516742
"""


def test_a_pipe_of_a_water_network_is_cut_off_by_its_valve(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Importer.before(database_url, tmp_path, monkeypatch)
    (tmp_path / "town.inp").write_text(WATER)
    file = str(tmp_path / "town.inp")
    CliRunner().invoke(importing, [file, "--crs", "EPSG:4547", "--json"])

    out = tmp_path / "cut.parquet"
    found = told("isolation", "link/P2", "--out", str(out))

    assert found["shut"] == [{"key": "link/V1", "kind": "valve"}]
    assert [one["key"] for one in found["lost"]] == ["node/J2", "node/J3"]
    assert found["sentences"] == ["shut 'link/V1'", "2 nodes lose supply"]
    table = gpd.read_parquet(out)
    assert table["role"].tolist() == ["shut", "between", "between", "between", "lost", "lost"]
    spoken = run("isolation", "link/P2").output
    assert "0 buildings by them, 0 people" in spoken
    closed = told("isolation", "link/P2", "--closed")
    assert [one["key"] for one in closed["lost"]] == ["node/J3"]


SUBCATCHMENTS = """
[RAINGAGES]
G1 INTENSITY 1:00 1.0 TIMESERIES T1
[SUBCATCHMENTS]
S1 G1 J1 0.5 50 100 0.5 0
S2 G1 S1 0.2 50 100 0.5 0
[POLYGONS]
S1 493400 2516750
S1 493500 2516750
S1 493500 2516800
S1 493400 2516800
"""


def test_the_land_of_a_model_drains_to_its_nodes(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Importer.before(database_url, tmp_path, monkeypatch)
    (tmp_path / "town.inp").write_text(SWMM + SUBCATCHMENTS)
    file = str(tmp_path / "town.inp")
    CliRunner().invoke(importing, [file, "--crs", "EPSG:4547", "--json"])
    longitude, latitude = transform(493450.0, 2516780.0, "EPSG:4547", WGS84)

    found = told("catchment", "--at", f"{longitude},{latitude}")
    of_outfall = told("catchment", "node/O1", "--out", str(tmp_path / "land.geojson"))

    assert (found["node"], found["method"]) == ("node/J1", "outline")
    assert found["catchments"] == ["subcatchment/S1", "subcatchment/S2"]
    assert found["outlined_m2"] == pytest.approx(5000, abs=0.5)
    assert found["unplaced_m2"] == pytest.approx(2000)
    assert of_outfall["area_m2"] > of_outfall["outlined_m2"] == found["outlined_m2"]
    drawn = json.loads((tmp_path / "land.geojson").read_text())
    assert drawn["features"][0]["properties"]["nodes"] == 4


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("catchment",), "expected a node, or --at with a place"),
        (("catchment", "--at", "113"), "--at '113': expected longitude,latitude"),
        (("catchment", "--at", "9,48"), "lies outside the area of use"),
        (("catchment", "--at", "113.9,22.6"), "in no outline and farther than 50 m"),
        (("isolation", "link/C9"), "no link 'link/C9' among 3: expected one such as 'link/C1'"),
        (("down", "node/J1", "--format", "geojson"), "expected --out with a file"),
        (("down", "node/J1", "--out", "/nowhere/x.geojson"), "No such file or directory"),
    ],
)
@pytest.mark.usefixtures("town")
def test_what_makes_no_sense_is_said(options: tuple[str, ...], sentence: str) -> None:
    done = run(*options)
    assert done.exit_code == 2, done.output
    assert sentence in done.output


def test_everything_can_be_written(town: Path) -> None:
    for name, options in {
        "up": ("node/O1",), "way": ("node/J1", "node/O1"), "outfalls": ("node/J1",), "check": (),
    }.items():  # fmt: skip
        run(name, *options, "--out", str(town / f"{name}.parquet"))
        assert len(gpd.read_parquet(town / f"{name}.parquet"))
    run("down", "node/J1", "--out", str(town / "down.txt"), "--format", "geoparquet")
    assert len(gpd.read_parquet(town / "down.txt")) == 7


def test_a_trace_is_written_as_geojson(town: Path) -> None:
    done = run("up", "node/O1", "--geojson", str(town / "up.geojson"))
    assert done.exit_code == 0
    assert "node/J1" in done.output
    drawn = json.loads((town / "up.geojson").read_text())
    kinds = [feature["geometry"]["type"] for feature in drawn["features"]]
    assert kinds == ["Point"] * 4 + ["LineString"] * 3


@pytest.mark.usefixtures("town")
def test_a_way_against_the_water_is_none() -> None:
    assert told("way", "node/J1", "node/O1")["distance_m"] == 250.0
    done = run("way", "node/O1", "node/J1")
    assert done.exit_code == 1
    assert "no way leads from node/O1 to node/J1" in done.output


@pytest.mark.usefixtures("town")
def test_the_outfall_of_a_manhole_is_named() -> None:
    assert told("outfalls", "node/J2")["outfalls"] == ["node/O1"]


@pytest.mark.usefixtures("town")
def test_a_pipe_that_gets_narrower_is_odd() -> None:
    done = run("check", "--json")
    assert done.exit_code == 1
    kinds = {one["kind"] for one in json.loads(done.stdout)}
    assert "smaller_downstream" in kinds


def test_readings_of_a_file_rank_the_sources(town: Path) -> None:
    rows = ["node,observed_at,value"]
    for node, late in (("node/J3", 0), ("node/O1", 1)):
        values = [0.0] * late + [0, 0, 3, 8, 3, 0, 0]
        rows += [
            f"{node},2026-05-01T08:{minute:02}:00+08:00,{value}"
            for minute, value in enumerate(values)
        ]
    (town / "readings.csv").write_text("\n".join(rows))

    found = told("sources", str(town / "readings.csv"))

    assert found["items"][0]["node"] in {"node/J1", "node/J2", "node/J3"}

    # Who knows when it began can tell manholes of one sewer apart: J1 lies 104 s above J3.
    window = ("--released", "2026-05-01T08:00:50+08:00", "2026-05-01T08:01:00+08:00")
    known = told("sources", str(town / "readings.csv"), *window)
    likely = {one["node"]: one["probability"] for one in known["items"]}
    unsure = {one["node"]: one["probability"] for one in found["items"]}
    assert likely["node/J1"] > unsure["node/J1"]


@pytest.mark.parametrize("window", [("2026-05-01", "2026-05-02"), ("x", "y")])
def test_a_window_without_a_zone_is_refused(town: Path, window: tuple[str, str]) -> None:
    (town / "readings.csv").write_text("node,observed_at,value\nnode/J3,2026-05-01T08:00+08:00,1\n")
    done = run("sources", str(town / "readings.csv"), "--released", *window)
    assert done.exit_code == 2
    assert "--released" in done.output


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("down", "J1"), "no node 'J1' among 4"),
        (("sources", "nowhere.csv"), "file 'nowhere.csv': "),
    ],
)
@pytest.mark.usefixtures("town")
def test_what_is_not_there_is_said_to_be(options: tuple[str, ...], sentence: str) -> None:
    done = run(*options)
    assert done.exit_code == 2
    assert sentence in done.output


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ("", "no readings"),
        ("node/J1,,1", "observed_at NaT: expected an instant of our time"),
        ("node/J1,1700-01-01T00:00:00Z,1", "observed_at 1700-01-01 00:00:00+00:00: expected"),
        ("node/J1,2026-01-01T00:00:00,1", "has no time zone"),
    ],
)
def test_readings_that_cannot_be_ranked_are_refused(town: Path, rows: str, sentence: str) -> None:
    (town / "readings.csv").write_text(f"node,observed_at,value\n{rows}\n")

    done = run("sources", str(town / "readings.csv"))

    assert done.exit_code == 2, done.exc_info
    assert sentence in done.output


@pytest.mark.usefixtures("town")
def test_a_network_that_is_none_is_refused() -> None:
    done = CliRunner().invoke(app, ["trace", "down", "node/J1", "--network", "village"])
    assert done.exit_code == 2
    assert "network 'village': expected 'register' or the name of a model of pipes" in done.output
