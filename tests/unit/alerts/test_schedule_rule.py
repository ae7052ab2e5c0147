"""Limits of the hour: by the local clock, over midnight, on some days."""

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.rules import read_rules
from alerts.rules.reading import RuleFileError, RuleText
from alerts.rules.schedule import ScheduleRule
from alerts.rules.signals import Hours

BEIJING = timezone(timedelta(hours=8))
HEAD = """
[[rule]]
id = "noise"
version = 1
kind = "schedule"
domain = "safety"
quantity = "noise"
direction = "above"
title_zh = "噪声"
title_en = "noise"
source = "GB 3096-2008"
standing = "standard"
"""


def rule(fields: str) -> ScheduleRule:
    (found,) = read_rules([RuleText("rules.toml", HEAD + fields)])
    assert isinstance(found.rule, ScheduleRule)
    return found.rule


@given(
    at=st.datetimes(datetime(1999, 1, 1), datetime(2040, 1, 1), timezones=st.just(BEIJING)),  # noqa: DTZ001
    begin=st.integers(0, 1439),
    end=st.integers(1, 1440),
    days=st.frozensets(st.integers(0, 6), min_size=1),
)
def test_a_value_counts_at_its_hours_alone(
    at: datetime, begin: int, end: int, days: frozenset[int]
) -> None:
    ts_us = np.array([round(at.timestamp()) * 1_000_000])
    local = datetime.fromtimestamp(round(at.timestamp()), UTC).astimezone(BEIJING)
    minute = local.hour * 60 + local.minute
    if begin < end:
        inside = local.weekday() in days and begin <= minute < end
    else:
        yesterday = (local.weekday() - 1) % 7
        inside = (local.weekday() in days and minute >= begin) or (
            yesterday in days and minute < end
        )
    value, _ = Hours(begin, end, days, above=True).along(ts_us, np.array([70.0]), ts_us > 0)
    assert value.tolist() == [70.0 if inside else -np.inf]


def test_what_night_raised_ends_in_the_morning() -> None:
    rule(
        'hours = [{ name = "night", begin = "22:00", end = "06:00", levels = { yellow = 50 } }]\n'
        "examples = [{ series = [[300, 55]], expect = 'yellow', raises_at = 300 },"
        " { series = [[300, 55], [360, 55]], expect = 'none' }]"
    )


def test_weekends_may_have_limits_of_their_own() -> None:
    rule(
        'hours = [{ name = "weekend", begin = "00:00", end = "24:00", days = ["sat", "sun"],'
        " levels = { blue = 50 } }]\n"
        "examples = [{ series = [[7190, 55]], expect = 'none' },"
        " { series = [[7200, 55]], expect = 'blue', raises_at = 7200 }]"
    )


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ("hours = []", "at least 1 item"),
        (
            'hours = [{ name = "day", begin = "6", end = "22:00", levels = { blue = 1 } }]',
            "time of day '6': expected hours and minutes, e.g. '22:00'",
        ),
        (
            (
                'hours = [{ name = "day", begin = "06:00", end = "22:00", levels = { blue = 1 } },'
                ' { name = "day", begin = "22:00", end = "06:00", levels = { blue = 1 } }]'
            ),
            "hours day: expected each name once",
        ),
        (
            (
                'hours = [{ name = "day", begin = "06:00", end = "22:00",'
                " levels = { blue = 2, red = 1 } }]"
            ),
            "expected them to grow from blue to red",
        ),
    ],
)
def test_a_mistake_is_told(fields: str, sentence: str) -> None:
    with pytest.raises(RuleFileError, match=sentence):
        rule(fields)
