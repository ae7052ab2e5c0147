"""Our clock against most devices': late ones prove nothing, and few devices neither."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.devices.our_clock import OurClock

SECOND_US = 1_000_000
NOW_US = 1_779_336_000 * SECOND_US


def error_of(*lags_s: float) -> float | None:
    """Return what a clock is off by where each device has sent one value."""
    clock = OurClock()
    assert clock.error_s(NOW_US) is None
    lag_us = np.round(np.array(lags_s) * SECOND_US).astype(np.int64)
    clock.note(np.arange(len(lags_s), dtype=np.int32), lag_us)
    return clock.error_s(NOW_US + SECOND_US)


@pytest.mark.parametrize(
    ("lags_s", "error_s"),
    [
        ((0.1,) * 20, 0.1),
        ((60.1,) * 20, 60.1),
        ((-59.9,) * 20, -59.9),
        # Most come late, some at once: nothing is wrong with our clock.
        ((0.2,) * 4 + (900.0, 1800.0, 45.0) * 5, 0.2),
        # A third of the devices runs ahead.
        ((0.2,) * 10 + (-3600.0,) * 5, 0.0),
        # Devices that are wrong each in its own way.
        ((0.2,) * 10 + (-3600.0, 7200.0, -60.0, 1.0), 0.0),
    ],
)
def test_late_and_wrong_devices_do_not_make_ours_wrong(
    lags_s: tuple[float, ...], error_s: float
) -> None:
    assert error_of(*lags_s) == pytest.approx(error_s, abs=0.2)


def test_nobody_knows_with_fewer_than_five_devices() -> None:
    assert error_of(0.1, 0.1, 0.1, 0.1) is None
    assert error_of() is None


def test_a_clock_that_jumps_ahead_is_found_within_minutes() -> None:
    clock, places = OurClock(), np.arange(30, dtype=np.int32)
    found = []
    for minute in range(12):
        now_us = NOW_US + minute * 60 * SECOND_US
        ahead_s = 3600 if minute >= 4 else 0
        now_us += ahead_s * SECOND_US
        lag_us = np.full(30, ahead_s * SECOND_US + 100_000, np.int64)
        clock.note(places, lag_us)
        found.append(clock.error_s(now_us))
    assert found[3] == pytest.approx(0.1)
    assert found[8] == pytest.approx(3600.1)


@settings(max_examples=50)
@given(
    st.lists(st.floats(0, 3600), min_size=5, max_size=40),
    st.floats(0, 86_400),
    st.integers(0, 39),
)
def test_a_value_that_comes_later_never_makes_our_clock_look_slower(
    lags_s: list[float], later_s: float, place: int
) -> None:
    before = error_of(*lags_s)
    lags_s[place % len(lags_s)] += later_s
    after = error_of(*lags_s)
    assert before is not None
    assert after is not None
    assert after >= before - 1e-6 >= -1e-6
