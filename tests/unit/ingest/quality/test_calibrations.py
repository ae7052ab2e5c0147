"""Value = scale x raw value + shift, by the calibration that is valid when it is observed."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from data.quality_calibrations import Period
from ingest.quality.calibrations import Calibrations
from tests.unit.ingest.quality.judging import GOOD, MINUTE_US, NOON_US, Judge, info, verdict
from tests.unit.ingest.quality.plain import Sent
from twin.model import Check, from_us


def period(series: int, begin: int, end: int, scale: float = 1, shift: float = 0) -> Period:
    """A period in minutes since noon."""
    begins, ends = (from_us(NOON_US + minute * MINUTE_US) for minute in (begin, end))
    return Period(series * 1000 + begin, series, begins, ends, scale, shift, "")


def test_a_gauge_zero_is_added() -> None:
    judge = Judge(periods=[period(1, 0, 60, shift=12.35)])
    assert judge.take([Sent(1, NOON_US, 1.25)]).value.tolist() == [13.6]


def test_a_distance_to_the_water_becomes_a_level() -> None:
    judge = Judge(periods=[period(1, 0, 60, scale=-1, shift=18.2)])
    assert judge.take([Sent(1, NOON_US, 3.2)]).value.tolist() == [15.0]


def test_a_calibration_holds_from_its_beginning_up_to_its_end() -> None:
    judge = Judge(periods=[period(1, 0, 10, shift=1), period(1, 10, 20, shift=2)])
    sent = [Sent(1, NOON_US + minute * MINUTE_US, 5.0) for minute in (-1, 0, 9, 10, 19, 20)]
    assert judge.take(sent).value.tolist() == [5.0, 6.0, 6.0, 7.0, 7.0, 5.0]


def test_limits_are_those_of_values_and_sentinels_those_of_raw_ones() -> None:
    judge = Judge(
        overrides={1: {"hard_max": 20.0, "sentinels": [4.0]}},
        periods=[period(1, 0, 60, scale=-1, shift=18.2)],
    )
    high, full_scale = judge.take(
        [Sent(1, NOON_US, -3.0), Sent(1, NOON_US + 1, 4.0)]
    ).quality.tolist()
    assert high & Check.HARD_LIMIT
    assert full_scale & Check.SENTINEL


def test_a_new_gauge_zero_is_no_jump() -> None:
    judge = Judge(periods=[period(1, 0, 10, shift=0), period(1, 10, 20, shift=30)])
    judge.take([Sent(1, NOON_US + 9 * MINUTE_US, 2.6)])
    judged = judge.take([Sent(1, NOON_US + 10 * MINUTE_US, 2.6)])
    assert (judged.value[0], verdict(int(judged.quality[0]))) == (32.6, (GOOD, Check(0)))


def test_a_jump_is_measured_in_values() -> None:
    judge = Judge([info(1)], periods=[period(1, 0, 20, scale=0.001)])
    judge.take([Sent(1, NOON_US, 2600.0)])
    assert judge.take([Sent(1, NOON_US + MINUTE_US, 3100.0)]).quality[0] == 0
    assert judge.take([Sent(1, NOON_US + 2 * MINUTE_US, 8000.0)]).quality[0] & Check.SPIKE


@st.composite
def periods(draw: st.DrawFn) -> list[Period]:
    """Up to four periods of each of some series, which do not overlap."""
    found = []
    for series in sorted(draw(st.sets(st.integers(1, 6)))):
        ends = sorted(draw(st.sets(st.integers(0, 50), min_size=2, max_size=5)))
        for begin, end in pairwise(ends):
            if draw(st.booleans()):
                scale, shift = draw(st.integers(1, 9)), draw(st.integers(-9, 9))
                found.append(period(series, begin, end, scale, shift))
    return found


@given(periods(), st.lists(st.tuples(st.integers(1, 8), st.integers(-1, 51)), max_size=30))
def test_columns_find_the_period_that_a_search_finds(
    known: list[Period], rows: Sequence[tuple[int, int]]
) -> None:
    series = np.array([number for number, _ in rows], dtype=np.int32)
    ts = np.array([NOON_US + minute * MINUTE_US for _, minute in rows], dtype=np.int64)
    factors = Calibrations(known).factors(series, ts)
    for place, (number, at) in enumerate(zip(series, ts, strict=True)):
        valid = [
            one
            for one in known
            if one.series_id == number and one.begins <= from_us(int(at)) < one.ends
        ]
        expected = [(one.scale, one.shift) for one in valid] or [(1, 0)]
        assert [(factors.scale[place], factors.shift[place])] == expected
