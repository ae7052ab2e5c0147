"""What each check says of readings, with the settings that ship with the project."""

import pytest

from tests.unit.ingest.quality.judging import (
    DOUBTFUL,
    GOOD,
    MINUTE_US,
    NOON_US,
    UNRELIABLE,
    Judge,
    info,
    verdict,
)
from tests.unit.ingest.quality.plain import Sent
from twin.model import Check, Grade, Mode, quality

HOUR_S = 3600.0


def test_a_value_that_jumps_is_unreliable_and_the_way_back_is_good() -> None:
    assert Judge().verdicts([2.6, 2.7, 9.0, 2.7, 2.6]) == [
        (GOOD, Check(0)),
        (GOOD, Check(0)),
        (UNRELIABLE, Check.SPIKE | Check.RATE),
        (GOOD, Check(0)),
        (GOOD, Check(0)),
    ]


def test_a_true_extreme_counts_from_its_second_reading_on() -> None:
    assert Judge().grades([2.6, 9.0, 9.1, 9.3]) == [GOOD, UNRELIABLE, GOOD, GOOD]


def test_a_reading_that_goes_to_and_fro_is_not_confirmed_by_itself() -> None:
    grades = Judge().grades([2.6, 9.0, 2.6, 9.0, 2.6, 9.0])
    assert grades == [GOOD, UNRELIABLE] * 3


@pytest.mark.parametrize(
    ("quantity", "klass", "rise"),
    [("level", "8202", [1.0, 3.5, 6.0, 8.9]), ("depth", "8402", [0.0, 0.5, 1.1, 1.9])],
)
def test_a_steep_rise_counts_from_the_second_reading_that_goes_on(
    quantity: str, klass: str, rise: list[float]
) -> None:
    grades = Judge([info(quantity=quantity, klass=klass)]).grades(rise)
    assert grades == [GOOD, DOUBTFUL, GOOD, GOOD]


def test_a_rise_that_becomes_ever_steeper_counts_up_to_twice_as_steep() -> None:
    rise = [1.0, 1.2, 3.2, 6.5, 14.3]
    assert Judge().grades(rise) == [GOOD, GOOD, DOUBTFUL, GOOD, UNRELIABLE]


def test_a_jump_out_of_a_rise_needs_a_second_reading() -> None:
    assert Judge().grades([1.0, 1.5, 2.0, 9.0, 2.5])[2:] == [GOOD, UNRELIABLE, GOOD]


def test_the_way_back_from_a_jump_is_no_rise_that_goes_on() -> None:
    assert Judge().grades([6.0, 1.0, 6.0, 11.0])[1:] == [UNRELIABLE, GOOD, UNRELIABLE]


def test_the_end_of_a_true_extreme_needs_a_second_reading_too() -> None:
    assert Judge().grades([2.6, 9.0, 9.0, 2.6, 2.6])[2:] == [GOOD, UNRELIABLE, GOOD]


def test_a_fast_change_is_doubtful() -> None:
    fast = Judge().verdicts([1.0, 3.2])
    assert fast[1] == (DOUBTFUL, Check.RATE)


def test_what_changes_too_fast_to_be_real_is_unreliable() -> None:
    judge = Judge([info(quantity="air_temperature")])
    assert judge.grades([20.0, 28.0, 20.0, 33.0]) == [GOOD, UNRELIABLE, GOOD, UNRELIABLE]


def test_in_a_longer_time_more_may_change() -> None:
    assert Judge().grades([1.0, 3.2], every_s=HOUR_S) == [GOOD, GOOD]


@pytest.mark.parametrize("full_scale", [999.99, 9999.0, 65535.0, 327.67, -9999.0])
def test_a_full_scale_is_unreliable_even_as_the_first_reading(full_scale: float) -> None:
    assert Judge().verdicts([full_scale])[0][0] is UNRELIABLE
    assert Judge().verdicts([full_scale])[0][1] & Check.SENTINEL


def test_a_full_scale_that_stands_is_never_confirmed() -> None:
    assert Judge().grades([2.6, *[999.99] * 5, 2.6]) == [GOOD, *[UNRELIABLE] * 5, GOOD]


def test_a_value_that_stands_too_long_is_unreliable_until_it_moves() -> None:
    days_2 = Judge().verdicts([2.63] * 50 + [2.64], every_s=HOUR_S)
    stuck = [bool(check & Check.STUCK) for _, check in days_2]
    assert stuck == [False] * 49 + [True, False]
    assert days_2[49][0] is UNRELIABLE
    assert days_2[50][0] is GOOD


def test_few_readings_of_a_value_do_not_make_it_stuck() -> None:
    assert set(Judge().grades([2.63] * 19, every_s=24 * HOUR_S)) == {GOOD}


@pytest.mark.parametrize(
    ("quantity", "value"),
    [
        ("rain_intensity", 0.0),
        ("depth", 0.0),
        ("cover_open", 0.0),
        ("running", 1.0),
        ("humidity", 100.0),
    ],
)
def test_what_is_expected_to_stand_still_may(quantity: str, value: float) -> None:
    judge = Judge([info(quantity=quantity)])
    assert set(judge.grades([value] * 400, every_s=HOUR_S)) == {GOOD}


@pytest.mark.parametrize(
    ("period_s", "fallen", "grade"),
    [
        (300, 40.0, GOOD),
        (3600, 201.9, GOOD),
        (3600, 300.0, DOUBTFUL),
        (3600, 501.0, UNRELIABLE),
        (86_400, 559.6, GOOD),
        (86_400, 1060.0, DOUBTFUL),
        (30 * 86_400, 2500.0, GOOD),
    ],
)
def test_more_rain_can_fall_in_a_longer_period(period_s: int, fallen: float, grade: Grade) -> None:
    judge = Judge([info(quantity="rainfall", statistic="sum", period_s=period_s)])
    assert judge.grades([0.0, 0.0, fallen], every_s=period_s)[2] is grade


def test_clear_water_may_read_a_little_below_zero() -> None:
    judge = Judge([info(quantity="turbidity")])
    assert judge.grades([3.7, -0.2, -3.0, -11.0]) == [GOOD, GOOD, DOUBTFUL, UNRELIABLE]


def test_a_reservoir_of_a_plateau_is_no_rarity() -> None:
    assert Judge([info(klass="8203")]).grades([2588.58]) == [GOOD]
    assert Judge([info(klass="8202")]).grades([2588.58]) == [DOUBTFUL]


def test_a_counter_may_stand_and_leap() -> None:
    judge = Judge([info(quantity="rainfall", statistic="counter")])
    assert set(judge.grades([8000.0] * 100 + [9000.0], every_s=HOUR_S)) == {GOOD}


def test_a_clock_that_runs_ahead_is_marked_and_its_readings_count() -> None:
    judged = Judge().take([Sent(1, NOON_US, 2.6, lag_us=-6 * MINUTE_US)])
    assert verdict(int(judged.quality[0])) == (GOOD, Check.CLOCK)


def test_a_clock_that_runs_behind_is_known_by_readings_that_all_come_equally_late() -> None:
    judge = Judge()
    late = [Sent(1, NOON_US + n * MINUTE_US, 2.6, 480 * MINUTE_US + n * 1000) for n in range(6)]
    marked = [bool(judge.take([row]).quality[0] & Check.CLOCK) for row in late]
    assert marked == [False] * 4 + [True] * 2


def test_readings_that_a_device_kept_while_it_was_cut_off_tell_nothing_of_its_clock() -> None:
    end_us = NOON_US + 600 * MINUTE_US
    kept = [Sent(1, at, 2.6, end_us - at) for at in range(NOON_US, end_us, MINUTE_US)]
    assert not (Judge().take(kept).quality & Check.CLOCK).any()


def test_history_that_is_filled_in_tells_nothing_of_a_clock() -> None:
    ahead = Sent(1, NOON_US, 2.6, lag_us=-60 * MINUTE_US, live=False)
    assert not Judge().take([ahead]).quality[0] & Check.CLOCK
    replayed = Judge([info(mode=Mode.REPLAY)])
    assert not replayed.take([ahead._replace(live=True)]).quality[0] & Check.CLOCK


def test_one_reading_of_tomorrow_does_not_make_those_of_today_late() -> None:
    judge = Judge()
    judge.take([Sent(1, NOON_US + 1380 * MINUTE_US, 2.6, -1380 * MINUTE_US)])
    jump = judge.take([Sent(1, NOON_US + MINUTE_US, 9.0)])
    assert jump.quality[0] & Check.SPIKE


def test_a_late_reading_is_held_against_limits_only() -> None:
    judge = Judge()
    judge.take([Sent(1, NOON_US, 2.6)])
    late = judge.take([Sent(1, NOON_US - 10, 9.0), Sent(1, NOON_US - 20, 99_999.0)])
    assert [grade for grade, _ in map(verdict, late.quality.tolist())] == [GOOD, UNRELIABLE]
    assert judge.take([Sent(1, NOON_US + MINUTE_US, 2.6)]).quality[0] == 0


def test_what_the_device_doubts_itself_stays_doubted_and_confirms_nothing() -> None:
    flagged = quality(Grade.UNRELIABLE, Check.DEVICE_FLAG)
    judge = Judge()
    judge.take([Sent(1, NOON_US, 2.6)])
    assert judge.take([Sent(1, NOON_US + 1, 9.0, said=flagged)]).quality[0] == flagged
    assert judge.take([Sent(1, NOON_US + 2, 9.0)]).quality[0] & Check.SPIKE


def test_a_batch_that_failed_is_not_remembered() -> None:
    judge = Judge()
    judge.take([Sent(1, NOON_US, 2.6)])
    for _ in range(3):
        judge.checks._next = []
    assert judge.take([Sent(1, NOON_US + 1, 9.0)]).quality[0] & Check.SPIKE


def test_what_is_set_for_a_series_holds_for_it_alone() -> None:
    judge = Judge([info(1), info(2)], {1: {"spike": None, "rate_soft": None, "hard_max": 5.0}})
    judge.take([Sent(1, NOON_US, 1.0), Sent(2, NOON_US, 1.0)])
    one, other = judge.take([Sent(1, NOON_US + 1, 4.9), Sent(2, NOON_US + 1, 4.9)]).quality
    assert (one, verdict(int(other))[0]) == (0, UNRELIABLE)
    assert judge.take([Sent(1, NOON_US + 2, 5.1)]).quality[0] & Check.HARD_LIMIT


def test_a_class_has_expectations_of_its_own() -> None:
    assert Judge([info(klass="8203")]).grades([3.0, 4.0], every_s=HOUR_S)[1] is GOOD
    assert Judge([info(klass="8203")]).grades([3.0, 4.6], every_s=HOUR_S)[1] is DOUBTFUL
    assert Judge([info(klass="8202")]).grades([3.0, 4.6], every_s=HOUR_S)[1] is GOOD
