from math import log10

import numpy as np
import pytest

from data.demo.storm.rain import Hyetograph, RainCell, Storm

SHAPE = Hyetograph()
PLACES = np.array([0.0, 500.0, 1000.0])
STORM = Storm(hyetograph=SHAPE, cell=RainCell.crossing(PLACES, PLACES))


@pytest.mark.parametrize("minute", [0, 4.9, 100.1, 500])
def test_it_is_dry_outside_the_storm(minute: float) -> None:
    assert SHAPE.intensity(minute) == 0


def test_the_rain_is_hardest_at_its_peak() -> None:
    minutes = range(181)
    course = [SHAPE.intensity(minute) for minute in minutes]
    assert minutes[course.index(max(course))] == SHAPE.peak_min
    assert 150 < max(course) < 300


def test_the_storm_brings_the_depth_of_the_intensity_formula() -> None:
    duration = SHAPE.end_min - SHAPE.start_min
    strength = SHAPE.a_mm_min * (1 + SHAPE.c * log10(SHAPE.return_period_a))
    expected_mm = strength * duration / (duration + SHAPE.b_min) ** SHAPE.n
    seconds = np.arange(SHAPE.start_min * 60, SHAPE.end_min * 60) + 0.5
    fallen_mm = sum(SHAPE.intensity(second / 60) for second in seconds) / 3600
    assert fallen_mm == pytest.approx(expected_mm, rel=1e-4)


def test_a_rarer_storm_is_stronger() -> None:
    assert Hyetograph(return_period_a=100).intensity(35) > SHAPE.intensity(35)


def test_the_cell_moves_from_the_first_place_to_the_last() -> None:
    early, late = STORM.rain_mm_h(6, PLACES, PLACES), STORM.rain_mm_h(99, PLACES, PLACES)
    assert np.argmax(early) == 0
    assert np.argmax(late) == 2
    assert early.min() > 0
