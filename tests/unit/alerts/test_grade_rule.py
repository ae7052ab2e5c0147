"""Grades of standards: the worst quantity counts, limits belong to the better grade."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.rules import AlertLevel, read_rules
from alerts.rules.grade import GradeRule
from alerts.rules.part import Measured, Part
from alerts.rules.reading import RuleFileError, RuleText
from alerts.rules.signals import Plain, Window
from data.reference import quantities
from data.reference.grading import grading_standards
from data.reference.tables import table_rows

HEAD = """
[[rule]]
id = "water-class"
version = 1
kind = "grade"
domain = "water_quality"
title_zh = "水质类别"
title_en = "class of water"
source = "GB 3838-2002"
standing = "standard"
"""
BY_TARGET = 'standard = "gb3838-river"\ntarget = "class"\n'


def rule(fields: str) -> GradeRule:
    (found,) = read_rules([RuleText("rules.toml", HEAD + fields)])
    assert isinstance(found.rule, GradeRule)
    return found.rule


def parts_at(found: GradeRule, quantity: str, **properties: object) -> dict[str, Part]:
    return {part.name: part for part in found.parts(Measured(quantity, "", 0, properties))}


def reached(parts: dict[str, Part], value: float) -> set[AlertLevel]:
    return {
        level
        for part in parts.values()
        for level, limit in part.known.items()
        if (value >= limit if part.above else value <= limit)
    }


@pytest.mark.parametrize(
    ("quantity", "value", "grade"),
    [
        ("ammonia_nitrogen", 0.15, "I"),
        ("ammonia_nitrogen", 0.16, "II"),
        ("ammonia_nitrogen", 2.0, "V"),
        ("ammonia_nitrogen", 2.01, "worse than V"),
        ("dissolved_oxygen", 7.5, "I"),
        ("dissolved_oxygen", 7.4, "II"),
        ("dissolved_oxygen", 2.0, "V"),
        ("dissolved_oxygen", 1.9, "worse than V"),
        ("cod", 15, "I"),
        ("cod", 15.1, "III"),
        ("mercury", 0.0001, "III"),
        ("ph", 6, "I"),
        ("ph", 9, "I"),
        ("ph", 9.1, "worse than V"),
        ("ph", 5.9, "worse than V"),
    ],
)
def test_a_value_has_the_class_that_the_table_gives_it(
    quantity: str, value: float, grade: str
) -> None:
    grades = grading_standards()["gb3838-river"].grades
    by_grade = {
        name: reached(
            parts_at(rule(f'standard = "gb3838-river"\nlevels = {{ blue = "{name}" }}'), quantity),
            value,
        )
        for name in grades[1:]
    }
    worst = max((grades.index(name) for name, levels in by_grade.items() if levels), default=0)
    assert grades[worst] == grade


def test_total_nitrogen_counts_for_lakes_alone() -> None:
    standards = grading_standards()
    assert "total_nitrogen" not in {each.quantity for each in standards["gb3838-river"].limits}
    assert "total_nitrogen" in {each.quantity for each in standards["gb3838-lake"].limits}


def test_each_reach_has_its_own_target() -> None:
    found = rule(BY_TARGET + "levels = { yellow = { worse_by = 1 }, red = { worse_by = 3 } }")
    to_be_second = parts_at(found, "ammonia_nitrogen", **{"class": "II"})
    assert reached(to_be_second, 0.6) == {AlertLevel.YELLOW}
    assert reached(to_be_second, 1.6) == {AlertLevel.YELLOW, AlertLevel.RED}
    # Three classes worse than class IV there is none: that level cannot be raised.
    to_be_fourth = parts_at(found, "ammonia_nitrogen", **{"class": "IV"})
    assert reached(to_be_fourth, 99) == {AlertLevel.YELLOW}


@pytest.mark.parametrize("properties", [{}, {"class": "VI"}, {"class": 3}])
def test_without_a_target_nothing_is_known(properties: dict[str, Any]) -> None:
    found = rule(BY_TARGET + "levels = { yellow = { worse_by = 1 } }")
    parts = parts_at(found, "ammonia_nitrogen", **properties)
    assert [dict(part.limits) for part in parts.values()] == [{AlertLevel.YELLOW: None}]


def test_means_are_taken_of_instants_and_taken_as_they_are_from_means() -> None:
    found = rule('standard = "hj633-aqi"\nlevels = { blue = "lightly polluted" }')
    (of_instants,) = found.parts(Measured("pm2_5", "", 0, {}))
    assert of_instants.signal == Window("mean", 24 * 3_600_000_000, 0.75)
    (of_days,) = found.parts(Measured("pm2_5", "mean", 86_400, {}))
    assert of_days.signal == Plain()
    assert not list(found.parts(Measured("pm2_5", "mean", 172_800, {})))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ('standard = "gb1"\nlevels = { blue = "V" }', "standard 'gb1': expected one of gb3838"),
        ('standard = "gb3838-river"\nlevels = { blue = "VI" }', "grade 'VI': expected one of II"),
        ('standard = "gb3838-river"\nlevels = { blue = "V", red = "IV" }', "that get worse"),
        (
            'standard = "gb3838-river"\nlevels = { blue = "V", red = { worse_by = 1 } }',
            "grades for all of them, or worse_by for all",
        ),
        (
            'standard = "gb3838-river"\nonly = ["depth"]\nlevels = { blue = "V" }',
            "quantities depth",
        ),
        (
            'standard = "gb3838-river"\nlevels = { blue = "V" }\ntarget = "class"',
            "target 'class': expected levels with worse_by beside it",
        ),
    ],
)
def test_a_mistake_is_told(fields: str, sentence: str) -> None:
    with pytest.raises(RuleFileError, match=sentence):
        rule(fields)


def test_the_tables_say_units_in_which_quantities_are_stored() -> None:
    for standard, quantity, grade, side, limit, closed, unit, *_ in table_rows("grade_limits.csv"):
        assert unit == quantities()[quantity].unit, (standard, quantity)
        assert grade in grading_standards()[standard].grades[1:]
        assert side in ("above", "below")
        assert closed in ("yes", "no")
        assert np.isfinite(float(limit))


@given(
    standard=st.sampled_from(sorted(grading_standards())),
    value=st.floats(-1000, 100_000),
    data=st.data(),
)
def test_who_is_at_a_grade_is_at_all_better_ones_too(
    standard: str, value: float, data: st.DataObject
) -> None:
    known = grading_standards()[standard]
    quantity = data.draw(st.sampled_from(sorted({each.quantity for each in known.limits})))
    at = [
        bool(
            [
                limit
                for limit in known.at_least(quantity, grade)
                if (value > limit.limit if limit.above else value < limit.limit)
            ]
        )
        for grade in known.grades[1:]
    ]
    assert at == sorted(at, reverse=True)
