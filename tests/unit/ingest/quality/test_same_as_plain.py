"""Checks on columns come to what a plain loop comes to, however readings are cut into batches."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from data.reference.quality_checks import CheckSettings, check_settings, with_overrides
from tests.unit.ingest.quality.judging import NOON_US, Judge, info
from tests.unit.ingest.quality.plain import Plain, Sent
from twin.model import Check, Grade, quality

SECOND_US = 1_000_000
OVERRIDES: dict[int, dict[str, Any]] = {
    1: {"noise": 1, "rate_soft": 60, "rate_hard": 600, "spike": 4, "stuck_s": 120},
    2: {"rate_soft": None, "rate_hard": None, "spike": 2, "stuck_s": 0, "stuck_readings": 3},
    3: {"noise": 0, "rate_soft": 3600, "spike": 0, "sentinels": [7], "stuck_s": None, "lag_s": 20},
}
SERIES = [info(number) for number in OVERRIDES]
DEVICE_SAYS = (
    0,
    quality(Grade.DOUBTFUL, Check.DEVICE_FLAG),
    quality(Grade.UNRELIABLE, Check.DEVICE_FLAG),
)
VALUES = st.sampled_from([0, 0.5, 1, 1.5, 2, 3, 5, 7, 9, 20, 999.99, 1500, 99_999.0])
LAGS = st.sampled_from(
    [-4_000_000_000, -301_000_000, 0, 1000, 25_000_000, 26_000_000, 1_900_000_000]
)


def expected() -> dict[int, CheckSettings]:
    common = check_settings("8202", "level", "instant")
    found = {number: with_overrides(common, each) for number, each in OVERRIDES.items()}
    for each in found.values():
        assert each.stuck_readings >= 2
    return found


@st.composite
def readings(draw: st.DrawFn, *, in_order: bool) -> list[Sent]:
    """Readings of three series; in order each is newer than all before, of any series."""
    second, found = 0, []
    for _ in range(draw(st.integers(1, 40))):
        step = draw(st.integers(1, 90) if in_order else st.integers(-90, 90))
        second += step
        found.append(
            Sent(
                draw(st.sampled_from(sorted(OVERRIDES))),
                NOON_US + second * SECOND_US,
                draw(VALUES),
                draw(LAGS),
                draw(st.sampled_from(DEVICE_SAYS)) if draw(st.integers(0, 5)) == 0 else 0,
                live=draw(st.booleans()),
            )
        )
    return found


def cut(rows: Sequence[Sent], places: set[int]) -> list[list[Sent]]:
    """Cut rows into batches."""
    ends = [0, *sorted(place for place in places if place < len(rows)), len(rows)]
    return [list(rows[a:b]) for a, b in pairwise(ends) if b > a]


def qualities(judge: Judge, batches: Sequence[Sequence[Sent]]) -> list[int]:
    return [packed for batch in batches for packed in judge.take(batch).quality.tolist()]


@settings(max_examples=300, deadline=None)
@given(readings(in_order=False), st.sets(st.integers(1, 39)))
def test_columns_come_to_what_a_loop_comes_to(rows: list[Sent], places: set[int]) -> None:
    batches = cut(rows, places)
    plain = Plain(expected())
    by_loop = [packed for batch in batches for packed in plain.judge(batch)]
    assert qualities(Judge(SERIES, OVERRIDES), batches) == by_loop


@settings(max_examples=200, deadline=None)
@given(readings(in_order=True), st.sets(st.integers(1, 39)))
def test_batches_can_be_cut_anywhere(rows: list[Sent], places: set[int]) -> None:
    steady = [row._replace(lag_us=max(row.lag_us, -1)) for row in rows]
    whole = qualities(Judge(SERIES, OVERRIDES), [steady])
    assert qualities(Judge(SERIES, OVERRIDES), cut(steady, places)) == whole


@settings(max_examples=100, deadline=None)
@given(readings(in_order=True), st.sets(st.integers(1, 39)), st.integers(0, 39))
def test_what_comes_again_disturbs_nothing(rows: list[Sent], places: set[int], place: int) -> None:
    steady = [row._replace(lag_us=max(row.lag_us, -1)) for row in rows]
    batches = cut(steady, places)
    place = min(place, len(batches) - 1)
    once = qualities(Judge(SERIES, OVERRIDES), batches)
    judge = Judge(SERIES, OVERRIDES)
    again = qualities(judge, batches[: place + 1])
    qualities(judge, [batches[place]])
    assert again + qualities(judge, batches[place + 1 :]) == once
