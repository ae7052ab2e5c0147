"""A backtest says what live judging says."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from alerts.backtesting import Backtest, Occurrence, figures
from alerts.past_readings import Readings
from alerts.rules import AlertLevel, LadderRule
from tests.unit.alerts.ladder_desk import LadderDesk
from tests.unit.alerts.ruling import Row, at, level_rule, series_of
from tests.unit.alerts.test_late_readings import RULES
from twin.model import Grade, Mode

INFOS = [series_of(number, mode=Mode.REPLAY) for number in (1, 2)]
ROWS = st.lists(
    st.builds(
        Row,
        st.integers(0, 60),
        st.sampled_from([0.05, 0.12, 0.15, 0.2, 0.3, 0.5]),
        st.sampled_from([1, 2]),
        st.sampled_from([Grade.GOOD, Grade.GOOD, Grade.DOUBTFUL, Grade.UNRELIABLE]),
    ),
    max_size=50,
    unique_by=lambda row: (row.minute, row.series_id),
).map(sorted)


def backtested(rows: list[Row], *rules: LadderRule) -> list[Occurrence]:
    backtest = Backtest(rules or RULES)
    for info in INFOS:
        mine = [
            row
            for row in rows
            if row.series_id == info.series_id and row.quality != Grade.UNRELIABLE
        ]
        backtest.judge(
            info,
            Readings(
                np.array([at(row.minute) for row in mine], np.int64),
                np.array([row.value for row in mine], np.float64),
                np.array([row.quality == Grade.GOOD for row in mine], np.bool_),
            ),
        )
    return backtest.occurrences()


@given(ROWS)
def test_a_backtest_gives_the_alerts_that_were_raised(rows: list[Row]) -> None:
    desk = LadderDesk(*RULES, infos=INFOS)
    desk.take(*rows)
    lived: dict[object, list[list[tuple[int, AlertLevel | None]]]] = {}
    for change in desk.changes:
        mine = lived.setdefault(change.group, [])
        if change.old is None:
            mine.append([])
        mine[-1].append((change.at_us, change.new))
    tried: dict[object, list[list[tuple[int, AlertLevel | None]]]] = {}
    for one in backtested(rows):
        stages: list[tuple[int, AlertLevel | None]] = list(one.stages)
        stages += [] if one.to_us is None else [(one.to_us, None)]
        tried.setdefault(one.group, []).append(stages)
    assert tried == lived


def test_stages_rise_and_fall_with_the_highest_level() -> None:
    (found,) = backtested([Row(0, 0.2), Row(1, 0.5), Row(2, 0.2), Row(9, 0.0)], level_rule())
    levels = [stage.level.text for stage in found.stages]
    assert levels == ["yellow", "red", "yellow"]
    assert (found.level, found.to_us) == (AlertLevel.RED, at(9))
    assert all(one.at_us < two.at_us for one, two in pairwise(found.stages))


def test_the_end_of_the_period_ends_a_hold() -> None:
    rule = level_rule('hold = "10min"')
    line = Readings(np.array([at(0)]), np.array([0.2]), np.array([True]))
    for until, alerts in [(at(9), 0), (at(10), 1)]:
        backtest = Backtest([rule], until)
        backtest.judge(INFOS[0], line)
        assert len(backtest.occurrences()) == alerts


def test_figures_tell_what_chatters_and_what_stands() -> None:
    rows = [Row(0, 0.2), Row(1, 0.0), Row(3, 0.2), Row(4, 0.0), Row(40, 0.5)]
    found = figures(backtested(rows, level_rule()))
    assert (found.alerts, found.standing, found.chattering) == (3, 1, 1)
    assert found.by_level == {"blue": 0, "yellow": 2, "orange": 0, "red": 1}
    assert (found.shortest_s, found.median_s) == (60.0, 60.0)
