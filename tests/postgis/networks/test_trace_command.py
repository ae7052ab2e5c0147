"""A SWMM model imported by the command, and its water followed by the command."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.postgis.importing.importer import Importer
from tests.postgis.importing.importer import app as importing
from twin.cli.trace import app

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
    return CliRunner().invoke(app, [*options, "--network", "town"])


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
    done = CliRunner().invoke(app, ["down", "node/J1", "--network", "village"])
    assert done.exit_code == 2
    assert "network 'village': expected 'register' or the name of a model of pipes" in done.output
