"""A recorded flood replayed: every reading once, and the alerts that ten lines predict."""

import csv
import json
from pathlib import Path

import pytest

from tests.city.town import ROOT, Town

EXAMPLES = ROOT / "docs" / "examples" / "replay"
FILES = 10
ROWS = 2132


@pytest.fixture
def recording(shared: Path) -> list[Path]:
    """The ten days of the river levels of February 2014."""
    files = sorted((shared / "data" / "timeseries" / "ea_flood_2014").glob("*.tsv"))
    assert len(files) == FILES
    return files


@pytest.mark.parametrize(("limit", "hysteresis"), [(1.40, 0.005), (1.55, 0.05), (2.70, 0.01)])
def test_a_replayed_river_is_stored_once_and_raises_what_the_file_says(
    town: Town, recording: list[Path], limit: float, hysteresis: float
) -> None:
    rule = town.state_dir / "rule.toml"
    text = (EXAMPLES / "river_level_rule.toml").read_text(encoding="utf-8").split("[[rule.ex")[0]
    text = text.replace("yellow = 1.40", f"yellow = {limit}")
    rule.write_text(text.replace("hysteresis = 0.005", f"hysteresis = {hysteresis}"))
    town.start_ingest()

    replay(town, recording, rule)

    stored = town.rows(
        "SELECT n.value, s.channel, s.quantity, o.ts, o.value FROM observation o"
        " JOIN series s ON s.id = o.series_id JOIN entity_name n ON n.code = s.device"
        " WHERE s.mode = 'replay' AND n.scheme = 'ea-station'"
    )
    recorded = [
        (row["stationReference"], row["qualifier"], row["Time"], float(row["value"]))
        for row in rows_of(recording)
    ]
    assert len(recorded) == ROWS
    assert len(stored) == ROWS
    assert {(n, c, f"{ts:%Y-%m-%dT%H:%M:%SZ}", v) for n, c, _, ts, v in stored} == set(recorded)
    assert raised(town) == predicted(recording, limit, hysteresis)
    assert town.ask("SELECT count(*) FROM alert WHERE mode <> 'replay'") == 0
    assert town.ask("SELECT count(*) FROM parked_message") == 0


def test_a_second_replay_changes_nothing(town: Town, recording: list[Path]) -> None:
    town.start_ingest()
    replay(town, recording[:6], EXAMPLES / "river_level_rule.toml")
    before = (raised(town), town.ask("SELECT count(*) FROM observation"))
    assert before[1] > 0

    report = replay(town, recording[:6], EXAMPLES / "river_level_rule.toml")

    assert (raised(town), town.ask("SELECT count(*) FROM observation")) == before
    assert town.ask("SELECT count(*) FROM observation_conflict") == 0
    assert report["stored"] == before[1]


def test_a_replay_without_ingest_says_what_to_start(town: Town, recording: list[Path]) -> None:
    process = town.start("replay", str(recording[0]), "--map", str(EXAMPLES / "ea_flood_2014.toml"))
    assert process.wait(30) == 1
    assert "no ingest process is running: run twin up or twin ingest" in town.log_of("replay")


def replay(town: Town, files: list[Path], rule: Path) -> dict[str, int]:
    """Run the command and return its report."""
    process = town.start(
        "replay",
        *map(str, files),
        *("--map", str(EXAMPLES / "ea_flood_2014.toml")),
        *("--rule", str(rule), "--json"),
    )
    assert process.wait(90) == 0, town.log_of("replay")
    report: dict[str, int] = json.loads(town.log_of("replay").strip().splitlines()[-1])
    return report


def raised(town: Town) -> list[tuple[str, str]]:
    """Station and time at which each alert was raised."""
    return sorted(
        (name, f"{at:%Y-%m-%dT%H:%M:%SZ}")
        for name, at in town.rows(
            "SELECT n.value, t.observed_at"
            " FROM alert_transition t JOIN alert a ON a.id = t.alert_id"
            " JOIN entity_name n ON n.code = a.device AND n.scheme = 'ea-station'"
            " WHERE t.event = 'raised'"
        )
    )


def predicted(files: list[Path], limit: float, hysteresis: float) -> list[tuple[str, str]]:
    """The same from the files alone: above the limit raises, below limit less hysteresis clears."""
    high: set[str] = set()
    found = []
    for row in sorted(rows_of(files), key=lambda row: row["Time"]):
        station, value = row["stationReference"], float(row["value"])
        if row["qualifier"] != "Stage" or row["parameter"] != "Water Level":
            continue
        if value >= limit and station not in high:
            high.add(station)
            found.append((station, row["Time"]))
        elif value < limit - hysteresis:
            high.discard(station)
    return sorted(found)


def rows_of(files: list[Path]) -> list[dict[str, str]]:
    """All rows of the files, read by nothing of ours."""
    rows: list[dict[str, str]] = []
    for file in files:
        with file.open(encoding="utf-8", newline="") as lines:
            rows += csv.DictReader(lines, delimiter="\t")
    return rows
