"""Level rules against ten independent lines, and the cases that have a story."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.level_watch import end_holds, look, unbind
from alerts.memory import Change, Group, Memory
from alerts.rules import AlertLevel, LevelReading, LevelRule, Reason
from alerts.run import Run
from alerts.watchlist import Binding, Watchlist
from tests.unit.alerts.ruling import ROAD, at, laddered, level_rule, series_of
from twin.model import Grade, Mode, SeriesInfo

GROUP = Group("road", ROAD, Mode.ACTUAL)
Readings = Sequence[tuple[float, float]]


def bound(rule: LevelRule, info: SeriesInfo | None = None) -> Binding:
    watchlist = Watchlist([rule])
    watchlist._make_room(10)
    watchlist.compile(info or series_of())
    return watchlist.bindings(1)[0]


def changes_of(rule: LevelRule, readings: Readings, grade: Grade = Grade.GOOD) -> list[Change]:
    run = Run(Memory(), 0)
    for minute, value in readings:
        look(run, bound(rule), LevelReading(at(minute), value, grade))
    return run.changes


def levels_of(rule: LevelRule, readings: Readings) -> list[tuple[int, str]]:
    """The level after each change, with the time of the reading that made it."""
    return [
        (change.cause.ts_us, change.new.text if change.new else "none")
        for change in changes_of(rule, readings)
    ]


def expected_levels(rule: LevelRule, readings: Readings) -> list[tuple[int, str]]:
    """The same from the description alone: runs of readings are counted backwards from each."""

    def lasted(index: int, within: Sequence[bool]) -> float:
        start = index
        while start > 0 and within[start - 1]:
            start -= 1
        return readings[index][0] - readings[start][0] if within[index] else -1

    found: list[tuple[int, str]] = []
    stands = dict.fromkeys(rule.levels, False)
    for index, (minute, _) in enumerate(readings):
        for name, limit in rule.levels.items():
            assert isinstance(limit, float)
            over = [value >= limit for _, value in readings]
            under = [value < limit - rule.hysteresis for _, value in readings]
            wait = rule.clear_hold if stands[name] else rule.hold
            if lasted(index, under if stands[name] else over) * 60e6 >= wait:
                stands[name] = not stands[name]
        now = [name for name in rule.levels if stands[name]]
        level = now[-1] if now else "none"
        if level != (found[-1][1] if found else "none"):
            found.append((at(minute), level))
    return found


@given(
    values=st.lists(st.sampled_from([0.05, 0.12, 0.13, 0.15, 0.2, 0.24, 0.27, 0.3, 0.4, 0.5])),
    hysteresis=st.sampled_from([0, 0.03, 0.1]),
    hold=st.integers(0, 3),
    clear_hold=st.integers(0, 3),
)
def test_any_series_gives_what_the_description_says(
    values: list[float], hysteresis: float, hold: int, clear_hold: int
) -> None:
    rule = level_rule(
        f'hysteresis = {hysteresis}\nhold = "{hold}min"\nclear_hold = "{clear_hold}min"'
    )
    readings = list(enumerate(values))
    assert levels_of(rule, readings) == expected_levels(rule, readings)


@given(values=st.lists(st.sampled_from([0.05, 0.14, 0.15, 0.3, 0.5])), hold=st.integers(0, 2))
def test_below_is_above_upside_down(values: list[float], hold: int) -> None:
    times = f'hysteresis = 0.03\nhold = "{hold}min"'
    above = level_rule(times)
    below = laddered("{ yellow = -0.15, orange = -0.27, red = -0.40 }", times, "below")
    readings = list(enumerate(values))
    mirrored = [(minute, -value) for minute, value in readings]
    assert levels_of(below, mirrored) == levels_of(above, readings)


def test_at_the_limit_counts_as_reached_and_at_the_end_of_the_band_as_not_left() -> None:
    rule = level_rule("hysteresis = 0.03")
    assert levels_of(rule, [(0, 0.15), (1, 0.15 - 0.03)]) == [(at(0), "yellow")]


def test_the_sentence_says_value_limit_level_and_hold() -> None:
    found = changes_of(
        level_rule('hold = "2min"\nhysteresis = 0.03'), [(0, 0.3), (2, 0.31), (3, 0)]
    )
    assert [change.cause.sentence for change in found] == [
        "depth 0.31 m is at or above 0.27 m (orange) for 2 min",
        "depth 0 m is back below 0.15 m (yellow) by more than 0.03 m",
    ]
    assert [change.cause.reason for change in found] == [Reason.AT_OR_ABOVE, Reason.BACK_BELOW]


def test_an_unreliable_reading_neither_raises_nor_clears_nor_breaks_a_run() -> None:
    assert changes_of(level_rule(), [(0, 0.5)], Grade.UNRELIABLE) == []
    run = Run(Memory(), 0)
    binding = bound(level_rule('hold = "2min"'))
    for minute, value, grade in [(0, 0.2, 0), (1, 0, 2), (2, 0.2, 0), (3, 0, 2)]:
        look(run, binding, LevelReading(at(minute), value, Grade(grade)))
    assert [change.new for change in run.changes] == [AlertLevel.YELLOW]
    assert run.reasons[Reason.UNRELIABLE] == 2


def test_doubtful_readings_alone_do_not_raise_red() -> None:
    assert changes_of(level_rule(), [(0, 0.5)], Grade.DOUBTFUL)[0].new is AlertLevel.ORANGE
    only_red = laddered("{ red = 0.4 }")
    assert changes_of(only_red, [(0, 0.5), (9, 0.6)], Grade.DOUBTFUL) == []
    run = Run(Memory(), 0)
    look(run, bound(only_red), LevelReading(at(0), 0.5, Grade.DOUBTFUL))
    assert run.reasons[Reason.DOUBTFUL_ALONE] == 1
    look(run, bound(only_red), LevelReading(at(1), 0.5, Grade.GOOD))
    assert run.changes[0].new is AlertLevel.RED


def test_a_clock_that_once_ran_ahead_does_not_stretch_the_hold() -> None:
    rule = level_rule('hold = "2min"')
    assert levels_of(rule, [(600, 0.2), (1, 0.2), (3, 0.2)]) == [(at(3), "yellow")]


def test_the_end_of_a_hold_raises_without_a_newer_reading() -> None:
    rule = level_rule('hold = "2min"')
    run = Run(Memory(), at(1))
    look(run, bound(rule), LevelReading(at(0), 0.2, Grade.GOOD))
    end_holds(run, rule, GROUP)
    assert run.changes == []
    run.now_us = at(2)
    end_holds(run, rule, GROUP)
    assert run.changes[0].cause.sentence == (
        "depth 0.2 m was last at or above 0.15 m (yellow), 2 min ago or more"
    )
    assert run.changes[0].at_us == at(2)


@pytest.mark.parametrize(("mode", "hours"), [(Mode.REPLAY, 1), (Mode.ACTUAL, 25)])
def test_no_hold_ends_by_our_clock_in_a_replay_or_after_a_day(mode: Mode, hours: int) -> None:
    rule = level_rule('hold = "2min"')
    run = Run(Memory(), at(60 * hours))
    look(run, bound(rule, series_of(mode=mode)), LevelReading(at(0), 0.2, Grade.GOOD))
    end_holds(run, rule, GROUP._replace(mode=mode))
    assert run.changes == []


def test_one_entity_has_the_highest_level_of_its_series() -> None:
    rule = level_rule()
    watchlist = Watchlist([rule])
    watchlist._make_room(10)
    run = Run(Memory(), 0)
    for series_id in (1, 2):
        watchlist.compile(series_of(series_id))
    steps = [(1, 0.2), (2, 0.3), (1, 0.0), (1, 0.5), (1, 0.0), (2, 0.0)]
    for minute, (series_id, value) in enumerate(steps):
        reading = LevelReading(at(minute), value, Grade.GOOD)
        look(run, watchlist.bindings(series_id)[0], reading)
    levels = [change.new.text if change.new else "none" for change in run.changes]
    assert levels == ["yellow", "orange", "red", "orange", "none"]


def test_a_series_that_leaves_its_entity_takes_its_level_along() -> None:
    run = Run(Memory(), 0)
    look(run, bound(level_rule()), LevelReading(at(0), 0.3, Grade.GOOD))
    unbind(run, 1, ())
    assert run.changes[-1].new is None
    assert run.changes[-1].cause.reason is Reason.UNBOUND


def test_a_draft_that_is_not_adopted_leaves_the_memory_as_it_was() -> None:
    memory = Memory()
    run = Run(memory, 0)
    look(run, bound(level_rule()), LevelReading(at(0), 0.3, Grade.GOOD))
    assert memory.groups == {}
    assert run.draft.adopt() == {"1": True}
    assert set(memory.groups) == {GROUP}
