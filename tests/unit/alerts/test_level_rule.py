"""Level rules against ten independent lines, and the cases that have a story."""

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.memory import Change
from alerts.rules import AlertLevel, LevelRule, Reason
from tests.unit.alerts.ladder_desk import LadderDesk
from tests.unit.alerts.ruling import Row, at, laddered, level_rule, series_of
from twin.model import Grade, Mode

Readings = Sequence[tuple[float, float]]


def changes_of(rule: LevelRule, readings: Readings, grade: Grade = Grade.GOOD) -> list[Change]:
    desk = LadderDesk(rule)
    for minute, value in readings:
        desk.take(Row(minute, value, quality=grade))
    return desk.changes


def levels_of(rule: LevelRule, readings: Readings) -> list[tuple[int, str]]:
    """The level after each change, with its time."""
    desk = LadderDesk(rule, infos=[series_of(mode=Mode.REPLAY)])
    for minute, value in readings:
        desk.take(Row(minute, value))
    return [(change.at_us, change.new.text if change.new else "none") for change in desk.changes]


def expected_levels(rule: LevelRule, readings: Readings) -> list[tuple[int, str]]:
    """The same from the description alone: runs of readings are counted backwards from each."""
    stands: dict[str, bool] = dict.fromkeys(rule.levels, False)
    found: list[tuple[int, str]] = []
    turns = [
        (ts, name, up)
        for name, limit in rule.levels.items()
        if isinstance(limit, float)
        for ts, up in _expected_turns(rule, limit, readings)
    ]
    for ts in sorted({ts for ts, _, _ in turns}):
        stands |= {name: up for when, name, up in turns if when == ts}
        now = [name for name in rule.levels if stands[name]]
        level = now[-1] if now else "none"
        if level != (found[-1][1] if found else "none"):
            found.append((ts, level))
    return found


def _expected_turns(
    rule: LevelRule, limit: float, readings: Readings
) -> Iterator[tuple[int, bool]]:
    """When a level rises and falls."""
    times = [at(minute) for minute, _ in readings]
    over = [value >= limit for _, value in readings]
    under = [value < limit - rule.hysteresis for _, value in readings]
    stands = False

    def since(index: int, within: Sequence[bool]) -> int:
        while index > 0 and within[index - 1]:
            index -= 1
        return times[index]

    for index, now in enumerate(times):
        if not stands and index and over[index - 1]:
            due = since(index - 1, over) + rule.hold
            if due < now:
                stands = True
                yield due, True
        if not stands and over[index] and since(index, over) + rule.hold == now:
            stands = True
            yield now, True
        if stands and under[index] and now - since(index, under) >= rule.clear_hold:
            stands = False
            yield now, False


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
    desk = LadderDesk(level_rule('hold = "2min"'))
    for minute, value, grade in [(0, 0.2, 0), (1, 0, 2), (2, 0.2, 0), (3, 0, 2)]:
        desk.take(Row(minute, value, quality=grade))
    assert [change.new for change in desk.changes] == [AlertLevel.YELLOW]
    assert desk.reasons[Reason.UNRELIABLE] == 2


def test_doubtful_readings_alone_do_not_raise_red() -> None:
    assert changes_of(level_rule(), [(0, 0.5)], Grade.DOUBTFUL)[0].new is AlertLevel.ORANGE
    only_red = laddered("{ red = 0.4 }")
    assert changes_of(only_red, [(0, 0.5), (9, 0.6)], Grade.DOUBTFUL) == []
    desk = LadderDesk(only_red)
    desk.take(Row(0, 0.5, quality=Grade.DOUBTFUL))
    assert desk.reasons[Reason.DOUBTFUL_ALONE] == 1
    desk.take(Row(1, 0.5))
    assert desk.changes[0].new is AlertLevel.RED


def test_a_clock_that_once_ran_ahead_does_not_stretch_the_hold() -> None:
    desk = LadderDesk(level_rule('hold = "2min"'))
    for minute, now in [(600, 0), (1, 1), (3, 3)]:
        desk.take(Row(minute, 0.2), now_us=at(now))
    assert [change.cause.ts_us for change in desk.changes] == [at(3)]


def test_the_end_of_a_hold_raises_without_a_newer_reading() -> None:
    desk = LadderDesk(level_rule('hold = "2min"'))
    desk.take(Row(0, 0.2), now_us=at(1))
    assert desk.tick(at(1)) == []
    (change,) = desk.tick(at(2))
    assert change.cause.sentence == (
        "depth 0.2 m was last at or above 0.15 m (yellow), 2 min ago or more"
    )
    assert change.at_us == at(2)


@pytest.mark.parametrize(("mode", "hours"), [(Mode.REPLAY, 1), (Mode.ACTUAL, 25)])
def test_no_hold_ends_by_our_clock_in_a_replay_or_after_a_day(mode: Mode, hours: int) -> None:
    desk = LadderDesk(level_rule('hold = "2min"'), infos=[series_of(mode=mode)])
    desk.take(Row(0, 0.2), now_us=at(0))
    assert desk.tick(at(60 * hours)) == []


def test_one_entity_has_the_highest_level_of_its_series() -> None:
    desk = LadderDesk(level_rule())
    steps = [(1, 0.2), (2, 0.3), (1, 0.0), (1, 0.5), (1, 0.0), (2, 0.0)]
    for minute, (series_id, value) in enumerate(steps):
        desk.take(Row(minute, value, series_id))
    levels = [change.new.text if change.new else "none" for change in desk.changes]
    assert levels == ["yellow", "orange", "red", "orange", "none"]


def test_a_series_that_leaves_its_entity_takes_its_level_along() -> None:
    desk = LadderDesk(level_rule())
    desk.take(Row(0, 0.3))
    desk.ladders.unbind([1])
    (change,) = desk.tick(at(1))
    assert change.new is None
    assert change.cause.reason is Reason.UNBOUND
    assert desk.kept == set()
    assert desk.tick(at(2)) == []
