"""Signals that look back: many series at once say what each says by itself."""

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.looking_back import LookBack
from alerts.past_readings import Readings
from alerts.rules.deviation import Deviation
from alerts.rules.signals import Change, Share, Signal, Window

MINUTE = 60_000_000
SIGNALS: list[Signal] = [
    Change(10 * MINUTE, 60 * MINUTE),
    Window("sum", 7 * MINUTE),
    Window("mean", 7 * MINUTE, 0.5),
    Window("max", 9 * MINUTE),
    Window("min", 9 * MINUTE, 0.5),
    Window("sum", 9 * MINUTE, counts_on=True),
    Share(2.0, above=True, reach_us=8 * MINUTE, least_share=0.5),
    Deviation(3 * MINUTE, 12 * MINUTE, 3, 0.01, 0.0, "both"),
]
Reading = tuple[int, float, bool]
readings = st.lists(
    st.tuples(st.integers(0, 60), st.integers(-5, 5).map(float), st.booleans()),
    max_size=25,
    unique_by=lambda reading: reading[0],
).map(sorted)


def columns(told: list[Reading]) -> Readings:
    return Readings(
        np.array([minute * MINUTE for minute, _, _ in told], np.int64),
        np.array([value for _, value, _ in told], np.float64),
        np.array([good for _, _, good in told], np.bool_),
    )


@given(
    series=st.lists(readings, min_size=1, max_size=4),
    cuts=st.lists(st.integers(0, 61), max_size=3).map(sorted),
    signals=st.lists(st.sampled_from(SIGNALS), min_size=1, max_size=4, unique=True),
)
def test_batches_of_many_series_say_what_each_series_says_by_itself(
    series: list[list[Reading]], cuts: list[int], signals: list[Signal]
) -> None:
    look_back = LookBack()
    slots = {
        number: {signal: 10 * number + place for place, signal in enumerate(signals)}
        for number in range(len(series))
    }
    for number, mine in slots.items():
        look_back.bind(number, mine)
    found: dict[int, list[tuple[int, float, bool]]] = {}
    for begin, end in zip([0, *cuts], [*cuts, 99], strict=True):
        rows = sorted(
            (minute, number, value, good)
            for number, told in enumerate(series)
            for minute, value, good in told
            if begin <= minute < end
        )
        new = columns([(minute, value, good) for minute, _, value, good in rows])
        ids = np.array([number for _, number, _, _ in rows], np.int64)
        looked = look_back.look(ids, new, nothing)
        for loud in looked.loud:
            for slot, ts, value, good in zip(*(c.tolist() for c in loud), strict=True):
                found.setdefault(slot, []).append((ts, value, good))
        look_back.adopt(looked.recent)
    for number, told in enumerate(series):
        for signal, slot in slots[number].items():
            value, good = signal.along(*columns(told))
            wanted = zip(columns(told).ts_us.tolist(), value.tolist(), good.tolist(), strict=True)
            for (ts, told_value, told_good), one in zip(found.get(slot, []), wanted, strict=True):
                assert (ts, told_good) == (one[0], one[2])
                assert told_value == pytest.approx(one[1], abs=1e-9, nan_ok=True)


def nothing(spans: Mapping[int, tuple[int, int]]) -> dict[int, Readings]:
    return {series: Readings.none() for series in spans}


@given(told=readings)
def test_a_deviation_is_what_quartiles_of_the_time_before_say(told: list[Reading]) -> None:
    signal = Deviation(0, 20 * MINUTE, 4, 0.1, 0.5, "high")
    found, _ = signal.along(*columns(told))
    for (minute, value, _), away in zip(told, found.tolist(), strict=True):
        before = [v for m, v, _ in told if minute - 20 <= m < minute]
        if len(before) < 4:
            assert np.isnan(away)
            continue
        low, median, high = np.percentile(before, [25, 50, 75])
        spread = max((high - low) / 1.349, 0.1 * abs(median), 0.5)
        assert away == pytest.approx((value - median) / spread, abs=1e-8)
