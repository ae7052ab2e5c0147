"""The example map over the recorded river levels, against an independent reading of the files."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from alerts.rules import LevelRule, RuleText, check, read_rules
from ingest.replay import ReplayRow, by_instant, payload, read_map
from ingest.replay import read_rows as read_recorded
from tests.unit.alerts.ladder_desk import LadderDesk
from tests.unit.alerts.ruling import MINUTE, NOON, Row, series_of
from tests.unit.ingest.decoders.recorded import SHARED, decode
from twin.model import Mode

EXAMPLES = Path(__file__).parents[4] / "docs" / "examples" / "replay"
RECORDED = SHARED / "data" / "timeseries" / "ea_flood_2014"
RULE = RuleText("rule", (EXAMPLES / "river_level_rule.toml").read_text("utf-8"))


@pytest.fixture(scope="module")
def files() -> list[Path]:
    found = sorted(RECORDED.glob("2014*.tsv"))
    if not found:
        pytest.skip("recorded river levels are not at hand: they lie beside the checkout")
    return found


@pytest.fixture(scope="module")
def rows(files: list[Path]) -> list[ReplayRow]:
    mapping = read_map((EXAMPLES / "ea_flood_2014.toml").read_text("utf-8"), "map")
    found = list(read_recorded(reversed(files), mapping))
    assert all(isinstance(row, ReplayRow) for row in found)
    return [row for row in found if isinstance(row, ReplayRow)]


@pytest.fixture(scope="module")
def lines(files: list[Path]) -> list[dict[str, str]]:
    return [
        line
        for file in files
        for line in csv.DictReader(file.read_text("utf-8").splitlines(), delimiter="\t")
    ]


def test_every_recorded_line_becomes_one_reading(
    rows: list[ReplayRow], lines: list[dict[str, str]]
) -> None:
    assert len(rows) == len(lines) == 2132
    read = Counter((row.file, row.line) for row in rows)
    assert set(read.values()) == {1}
    assert Counter((row.station, row.channel, row.value) for row in rows) == Counter(
        (line["stationReference"], line["qualifier"], float(line["value"])) for line in lines
    )


def test_every_recorded_line_survives_its_message(rows: list[ReplayRow]) -> None:
    back: Counter[tuple[str, str, int | None, float]] = Counter()
    for group in by_instant(rows):
        decoded = decode(
            "json", "citytwin/replay/v1/4403118501000001/telemetry", payload(group), Mode.REPLAY
        )
        assert not decoded.faults
        back.update((group[0].station, r.channel, r.observed_us, r.value) for r in decoded.readings)
    assert back == Counter((r.station, r.channel, r.observed_us, r.value) for r in rows)
    assert max(back.values()) == 1


def test_the_example_rule_is_without_mistakes() -> None:
    assert check(RULE) == ()


def test_the_loddon_reaches_the_limit_of_the_example_rule_three_times(
    rows: list[ReplayRow], lines: list[dict[str, str]]
) -> None:
    above, expected = False, 0
    for line in lines:
        if (line["stationReference"], line["qualifier"]) == ("2421TH", "Stage"):
            value = float(line["value"])
            expected += not above and value >= 1.40
            above = value >= (1.395 if above else 1.40)
    assert _times_raised([r for r in rows if (r.station, r.channel) == ("2421TH", "Stage")]) == 3
    assert expected == 3


def _times_raised(rows: list[ReplayRow]) -> int:
    (read,) = read_rules([RULE])
    assert isinstance(read.rule, LevelRule)
    info = series_of(quantity="level", channel="Stage", entity_class="8202", mode=Mode.REPLAY)
    desk = LadderDesk(read.rule, infos=[info])
    desk.take(*(Row((row.observed_us - NOON) / MINUTE, row.value) for row in rows))
    return sum(change.old is None for change in desk.changes)
