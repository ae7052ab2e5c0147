"""The alerts of simulated storms are grouped by their true causes, on seeds not developed on."""

import pytest

from data.demo.geography import metres
from data.demo.storm.rain import RainCell
from tests.unit.alerts.incidents.rehearsed import pairwise_f1, rehearse_storm

LEAST_F1 = 0.9


@pytest.mark.parametrize("seed", [101, 202])
def test_a_storm_a_release_and_a_leak_are_told_apart(seed: int) -> None:
    storm = rehearse_storm(seed)
    assert len(storm.alerts) > 20
    assert storm.f1 >= LEAST_F1


def test_two_storms_over_different_valleys_stay_two_incidents() -> None:
    cells = (standing_cell(6.2, 11.0), standing_cell(6.2, 2.4))
    storm = rehearse_storm(303, size=20_000, cells=cells)
    truth = {alert.cause for alert in storm.alerts if alert.cause.startswith("rain")}
    assert truth == {"rain 0", "rain 1"}
    assert storm.f1 >= LEAST_F1 - 0.1


def standing_cell(east_km: float, north_km: float) -> RainCell:
    x, y = metres((east_km, north_km)).tolist()
    return RainCell(from_xy=(x, y), to_xy=(x, y), radius_m=1200.0, floor=0.0)


def test_pairwise_f1_counts_pairs_that_are_together() -> None:
    assert pairwise_f1([1, 1, 2], ["a", "a", "b"]) == 1.0
    assert pairwise_f1([1, 1, 1], ["a", "a", "b"]) == pytest.approx(0.5)
    assert pairwise_f1([1, 2, 3], ["a", "a", "a"]) == 0.0
    assert pairwise_f1([1], ["a"]) == 1.0
