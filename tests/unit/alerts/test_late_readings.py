"""What comes late within a quarter of an hour ends as if it had come in time."""

import random
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.intervals import Name, Span
from alerts.latches import LATENESS_US
from alerts.rules import LadderRule, Reason
from tests.unit.alerts.ladder_desk import LadderDesk
from tests.unit.alerts.ruling import HEAD, MINUTE, Row, at, level_rule, rules_of, series_of
from twin.model import Grade, Mode

HIGH = [0.05, 0.12, 0.15, 0.2, 0.27, 0.3, 0.5]
INFOS = [series_of(number, mode=Mode.REPLAY) for number in (1, 2)]


def ladder(kind: str, name: str) -> LadderRule:
    text = f"""
[[rule]]
{kind}
quantity = "depth"
direction = "above"
levels = {{ yellow = 0.15, red = 0.40 }}
{HEAD.format(id=name, version=1)}
"""
    rule = rules_of(text)[0].rule
    assert isinstance(rule, LadderRule)
    return rule


RULES = [
    level_rule('hysteresis = 0.03\nhold = "2min"\nclear_hold = "3min"'),
    ladder('kind = "window"\nstatistic = "sum"\nwindow = "4min"', "sum"),
    ladder('kind = "window"\nstatistic = "mean"\nwindow = "6min"\nhold = "1min"', "mean"),
    ladder('kind = "rate"\nover = "5min"', "rate"),
]


class Arrival(NamedTuple):
    """A row, and so many minutes later it comes."""

    row: Row
    delay: float


def come(arrivals: list[Arrival], parts: random.Random) -> LadderDesk:
    """Let rows come in the order of their arrivals, in portions of any size."""
    desk = LadderDesk(*RULES, infos=INFOS)
    rows = [a.row for a in sorted(arrivals, key=lambda a: (a.row.minute + a.delay, a.row))]
    while rows:
        count = parts.randint(1, 6)
        desk.take(*rows[:count])
        rows = rows[count:]
    return desk


def stood(desk: LadderDesk) -> dict[Name, list[Span]]:
    return {name: desk.spans(name) for name in desk.intervals if desk.intervals[name]}


ROWS = st.builds(
    Row,
    st.integers(0, 80),
    st.sampled_from(HIGH),
    st.sampled_from([1, 2]),
    st.sampled_from([Grade.GOOD, Grade.GOOD, Grade.GOOD, Grade.DOUBTFUL, Grade.UNRELIABLE]),
)
ARRIVALS = st.lists(
    st.builds(Arrival, ROWS, st.sampled_from([0, 0, 0, 1, 3, 7, 14.9])),
    max_size=40,
    unique_by=lambda arrival: (arrival.row.minute, arrival.row.series_id),
)


@settings(max_examples=300)
@given(ARRIVALS, st.randoms(use_true_random=False))
def test_the_intervals_do_not_depend_on_the_order_of_arrival(
    arrivals: list[Arrival], parts: random.Random
) -> None:
    in_time = come([arrival._replace(delay=0) for arrival in arrivals], parts)
    assert in_time.revised == []
    late = come(arrivals, parts)
    assert stood(late) == stood(in_time)


def test_a_late_peak_is_told_and_over_at_once() -> None:
    desk = LadderDesk(level_rule())
    desk.take(Row(0, 0.1), now_us=at(0))
    desk.take(Row(5, 0.1), now_us=at(5))
    changes = desk.take(Row(2, 0.3), now_us=at(6))
    assert [(c.old and c.old.text, c.new and c.new.text) for c in changes] == [
        (None, "orange"),
        ("orange", None),
    ]
    assert {change.at_us for change in changes} == {at(6)}
    assert "came late" in changes[0].cause.sentence
    assert changes[0].cause.ts_us == at(2)
    assert desk.reasons[Reason.REJUDGED] == 1


def test_a_wrong_alarm_is_taken_back_by_what_came_between() -> None:
    desk = LadderDesk(level_rule('hold = "4min"'))
    desk.take(Row(0, 0.2), Row(5, 0.2), now_us=at(5))
    (change,) = desk.take(Row(2, 0.0), now_us=at(6))
    assert change.new is None
    assert [entry.span.from_us for entry in desk.revised] == [at(4)]


def test_what_comes_later_than_a_quarter_of_an_hour_changes_nothing() -> None:
    desk = LadderDesk(level_rule())
    desk.take(Row(0, 0.1), Row(16, 0.1))
    assert desk.take(Row(1, 0.9)) == []
    assert desk.reasons == {Reason.LATE: 1}
    assert LATENESS_US == 15 * MINUTE


def test_a_reading_that_came_late_is_in_the_windows_after_it() -> None:
    desk = LadderDesk(RULES[1])
    desk.take(Row(0, 0.1), Row(3, 0.04))
    desk.take(Row(2, 0.01))
    assert [change.new and change.new.text for change in desk.changes] == ["yellow"]
