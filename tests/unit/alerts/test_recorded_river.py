"""Level rules over a river in flood as it was recorded, against the independent lines."""

import csv
from datetime import datetime
from pathlib import Path

import pytest

from tests.unit.alerts.ruling import MINUTE, NOON, laddered
from tests.unit.alerts.test_level_rule import expected_levels, levels_of
from twin.model import to_us

_LADDERS = ("{ yellow = 1.4, red = 1.5 }", "{ blue = 1.3, yellow = 1.45, orange = 1.5, red = 1.6 }")


def stages(folder: Path) -> dict[str, list[tuple[float, float]]]:
    """The stage of each station: minutes after noon (of the tests) and metres."""
    found: dict[str, dict[float, float]] = {}
    for path in sorted(folder.glob("*.tsv")):
        with path.open(encoding="utf-8") as lines:
            for row in csv.DictReader(lines, delimiter="\t"):
                if row["qualifier"] == "Stage":
                    us = to_us(datetime.fromisoformat(row["Time"]))
                    station = found.setdefault(row["stationReference"], {})
                    station.setdefault((us - NOON) / MINUTE, float(row["value"]))
    return {name: sorted(readings.items()) for name, readings in found.items()}


@pytest.mark.parametrize("ladder", _LADDERS)
@pytest.mark.parametrize("times", ["", 'hold = "30min"\nclear_hold = "1h"'])
def test_a_recorded_flood_raises_what_ten_independent_lines_predict(
    shared: Path, ladder: str, times: str
) -> None:
    rule = laddered(ladder, f"hysteresis = 0.02\n{times}")
    recorded = stages(shared / "data" / "timeseries" / "ea_flood_2014")
    found = {name: levels_of(rule, readings) for name, readings in recorded.items()}
    assert sum(len(levels) for levels in found.values()) >= 4
    assert found == {name: expected_levels(rule, readings) for name, readings in recorded.items()}
