"""Quality packs a grade and the checks that spoke; a quantity's limits are the first check."""

import pytest

from data.reference import quantities
from twin.model import Check, Grade, combine, grade_of, quality
from twin.quantities import UnknownQuantityError


@pytest.mark.parametrize(
    ("name", "value", "grade"),
    [
        ("depth", 0.4, Grade.GOOD),
        ("depth", 31.0, Grade.DOUBTFUL),
        ("depth", 101.0, Grade.UNRELIABLE),
        ("depth", -0.6, Grade.UNRELIABLE),
        ("ph", 14.0, Grade.DOUBTFUL),
        ("ph", 14.1, Grade.UNRELIABLE),
        ("level", 99.0, Grade.GOOD),
    ],
)
def test_a_value_is_graded_by_its_quantity(name: str, value: float, grade: Grade) -> None:
    assert grade_of(quantities()[name].judge(value)) is grade


def test_two_verdicts_combine_to_the_worse_grade_with_both_checks() -> None:
    soft = quality(Grade.DOUBTFUL, Check.SOFT_LIMIT)
    flagged = quality(Grade.UNRELIABLE, Check.DEVICE_FLAG)
    both = combine(soft, flagged)
    assert grade_of(both) is Grade.UNRELIABLE
    assert both & Check.SOFT_LIMIT
    assert both & Check.DEVICE_FLAG
    assert combine(soft, 0) == soft


def test_an_unknown_quantity_is_named() -> None:
    with pytest.raises(UnknownQuantityError, match="'levl'"):
        quantities()["levl"]


def test_every_quantity_has_a_unit_and_limits_that_contain_each_other() -> None:
    for row in quantities().values():
        assert row.unit, row.code
        assert row.hard_min <= row.soft_min < row.soft_max <= row.hard_max, row.code
