"""What the reference tables expect of values, and how a person's word is kept in a quality."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.reference import entity_classes, quantities
from data.reference.quality_checks import (
    LIMITS,
    check_grades,
    check_settings,
    with_overrides,
)
from twin.model import Check, Grade, Statistic, grade_of
from twin.model.quality import flagged, lifted


@pytest.mark.parametrize("quantity", list(quantities()))
def test_every_quantity_has_expectations_that_make_sense(quantity: str) -> None:
    for klass in ("", "8202", "8203", "8402"):
        for statistic in Statistic:
            found = check_settings(klass, quantity, statistic)
            limits = [getattr(found, name) for name in LIMITS]
            assert limits == sorted(limits)
            assert found.noise <= found.spike
            assert found.rate_soft <= found.rate_hard
            assert found.sentinels
            assert min(found.stuck_s, found.stuck_readings, found.future_s, found.lag_s) > 0


@pytest.mark.parametrize("quantity", sorted(quantities().keys() - {"rainfall", "turbidity"}))
def test_limits_are_those_of_the_quantities_where_no_row_says_otherwise(quantity: str) -> None:
    row, found = quantities()[quantity], check_settings("8202", quantity, "instant")
    assert [getattr(found, name) for name in LIMITS] == [getattr(row, name) for name in LIMITS]


@pytest.mark.parametrize("quantity", list(quantities()))
def test_no_sentinel_is_a_usual_value_of_a_short_scale(quantity: str) -> None:
    row = quantities()[quantity]
    if row.soft_max - row.soft_min <= 300:
        usual = [
            value
            for value in check_settings("", quantity, "instant").sentinels
            if row.soft_min <= value <= row.soft_max
        ]
        assert usual == []


def test_a_row_that_says_more_counts_more() -> None:
    reach, reservoir = (check_settings(one, "level", "instant") for one in ("8202", "8203"))
    assert (reach.rate_soft, reservoir.rate_soft) == (20, 0.5)
    assert {9999.0, 327.67} <= set(reservoir.sentinels)
    assert "8203" in entity_classes()


def test_sums_and_counters_are_not_expected_to_move_steadily() -> None:
    for statistic in ("sum", "counter"):
        found = check_settings("8202", "level", statistic)
        assert (found.spike, found.rate_soft, found.stuck_s) == (inf, inf, inf)
    assert check_settings("", "rainfall", "counter").hard_max == inf
    assert check_settings("", "rainfall", "sum").hard_max == 500


def test_what_is_taken_away_is_not_expected() -> None:
    found = with_overrides(check_settings("", "level", "instant"), {"spike": None, "noise": 2})
    assert (found.spike, found.noise, found.rate_soft) == (inf, 2, 20)


def test_every_check_has_a_bit_and_a_grade() -> None:
    for row in check_grades().values():
        assert row.grade.upper() in Grade.__members__
        assert row.bit in Check.__members__
        assert row.name_zh


@given(st.integers(0, 2), st.integers(0, 2**9 - 1), st.lists(st.sampled_from(Grade), max_size=4))
def test_a_lifted_flag_gives_the_former_quality_back(
    grade: int, checks: int, said: list[Grade]
) -> None:
    packed = before = grade | checks << 2
    for each in said:
        packed = flagged(packed, each)
        assert grade_of(packed) is each
        assert packed & Check.PERSON
        assert packed < 2**15
    assert lifted(packed) == before
