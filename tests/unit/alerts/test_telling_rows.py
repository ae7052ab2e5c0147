"""Latches that see only the readings that tell, against latches that see all."""

from hypothesis import given

from alerts.rules.courses import States, follow
from alerts.rules.telling_rows import telling_rows, thinned
from tests.unit.alerts.test_courses import (
    CASES,
    Reading,
    Rung,
    Series,
    rows_of,
    rungs_of,
    times,
    turned,
)


@given(CASES, times)
def test_readings_that_tell_nothing_change_nothing(
    cases: list[tuple[Rung, Series]], more: int
) -> None:
    rungs, rows = rungs_of([rung for rung, _ in cases]), rows_of([series for _, series in cases])
    low = States.low(len(cases))
    whole, _ = follow(rungs, low, rows, 60 + more)
    some, _ = follow(rungs, low, thinned(rungs, rows), 60 + more)
    for number in range(len(cases)):
        assert turned(some, number) == turned(whole, number)


def test_of_a_long_run_the_ends_and_the_times_that_are_up_tell() -> None:
    rung = Rung(hold_us=50, clear_hold_us=20)
    high = [Reading(at, 4.0) for at in range(100)]
    low = [Reading(at, 0.0) for at in range(100, 300)]
    telling = telling_rows(rungs_of([rung]), rows_of([high + low]))
    assert telling.tolist() == [0, 49, 50, 99, 100, 119, 120, 299]


def test_where_the_limit_is_never_reached_nothing_tells() -> None:
    rows = rows_of([[Reading(at, 1.0) for at in range(9)]])
    assert not len(telling_rows(rungs_of([Rung()]), rows))


def test_latches_over_so_long_a_time_that_they_cannot_lie_behind_each_other_see_all() -> None:
    ages = [Reading(0, 4.0), Reading(1, 4.0), Reading(2, 4.0), Reading(2**60, 4.0)]
    rungs = rungs_of([Rung(hold_us=5)] * 3)
    assert telling_rows(rungs, rows_of([ages] * 3)).tolist() == list(range(12))
