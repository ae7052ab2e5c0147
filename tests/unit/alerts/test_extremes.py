"""Bad readings: none of them clears, doubtful ones alone never raise red, true jumps count."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.rules import AlertLevel, Reason
from alerts.rules.jump import Jump, Said
from tests.unit.alerts.extreme_desk import JUMPED, SENTINEL, ExtremeDesk
from tests.unit.alerts.ladder_desk import LadderDesk
from tests.unit.alerts.ruling import OTHER_AREA, Row, at, level_rule, series_of
from twin.model import Grade, Mode

RULE = level_rule('hysteresis = 0.03\nhold = "2min"\nclear_hold = "3min"')
PLAIN = level_rule()
RED = 0.40
INFOS = [series_of(1, mode=Mode.REPLAY), series_of(2, mode=Mode.REPLAY, entity=OTHER_AREA)]
GOOD, DOUBTFUL = int(Grade.GOOD), int(Grade.DOUBTFUL)
LEVELS = [0.05, 0.12, 0.15, 0.27, 0.5, 1.6]
GRADES = [GOOD, GOOD, DOUBTFUL, JUMPED, JUMPED, SENTINEL, int(Grade.UNRELIABLE)]


def rows_of(series: int) -> st.SearchStrategy[list[Row]]:
    row = st.tuples(st.integers(1, 12), st.sampled_from(LEVELS), st.sampled_from(GRADES))
    return st.lists(row, max_size=25).map(lambda told: _in_time(told, series))


def _in_time(told: list[tuple[int, float, int]], series: int) -> list[Row]:
    """Return rows, given the minutes between them."""
    minute, rows = 0, []
    for gap, value, packed in told:
        minute += gap
        rows.append(Row(minute, value, series, packed))
    return rows


ROWS = st.tuples(rows_of(1), rows_of(2)).map(lambda both: sorted(both[0] + both[1]))


@settings(max_examples=60)
@given(ROWS)
def test_a_reading_that_stays_unreliable_changes_no_alert_of_a_rule(rows: list[Row]) -> None:
    desk = ExtremeDesk(RULE, PLAIN.model_copy(update={"id": "plain"}), infos=INFOS)
    for row in rows:
        changes = [c for c in desk.take(row) if c.group.rule != "check-sensor"]
        if desk.grade(row.series_id, at(row.minute)) is Grade.UNRELIABLE:
            assert changes == []


@settings(max_examples=60)
@given(ROWS)
def test_red_never_begins_without_a_good_reading_beyond_its_limit(rows: list[Row]) -> None:
    desk = ExtremeDesk(RULE, infos=INFOS)
    for row in rows:
        desk.take(row)
    good = [(row.series_id, at(row.minute)) for row in rows if row.quality == GOOD]
    beyond = {key for key in good if desk.stored[key[0]][key[1]][0] >= RED}
    for (_, key), spans in desk.intervals.items():
        if key.level is AlertLevel.RED:
            for span in spans:
                until = span.from_us
                assert any(s == int(key.stem) and ts <= until for s, ts in beyond)
                after = [ts for s, ts in beyond if s == int(key.stem) and ts <= until]
                assert all(
                    value >= RED - 0.03 or packed & 3 == Grade.UNRELIABLE
                    for ts, (value, packed) in desk.stored[int(key.stem)].items()
                    if max(after) <= ts <= until
                )


@settings(max_examples=60)
@given(ROWS, st.randoms(use_true_random=False))
def test_how_readings_are_cut_into_batches_changes_nothing(
    rows: list[Row], parts: random.Random
) -> None:
    one_by_one, in_parts = (ExtremeDesk(RULE, infos=INFOS) for _ in range(2))
    for row in rows:
        one_by_one.take(row)
    in_parts.take_in_parts(rows, iter(lambda: parts.randint(1, 6), 0))
    assert in_parts.stored == one_by_one.stored
    assert _stood(in_parts) == _stood(one_by_one)


def _stood(desk: LadderDesk) -> dict[object, object]:
    return {name: desk.spans(name) for name in desk.intervals if desk.intervals[name]}


def test_a_flash_flood_is_raised_with_its_second_reading() -> None:
    desk = ExtremeDesk(PLAIN, infos=INFOS)
    desk.take(Row(0, 0.05))
    first = desk.take(Row(1, 1.55, quality=JUMPED))
    assert [(c.group.rule, c.cause.reason) for c in first] == [("check-sensor", Reason.UNCONFIRMED)]
    second = desk.take(Row(2, 1.7))
    assert [(c.group.rule, c.new) for c in second] == [
        ("check-sensor", None),
        ("road", AlertLevel.RED),
    ]
    assert desk.grade(1, at(1)) is Grade.DOUBTFUL


JUMP = Jump(ts_us=at(5), value=1.6, before=0.1, until_us=at(20), limit=0.4, above=True)


@pytest.mark.parametrize(
    ("minute", "value", "said"),
    [
        (6, 1.7, Said.CONFIRMED),
        (6, 0.4, Said.CONFIRMED),
        (20, 1.7, Said.CONFIRMED),
        (6, 0.39, Said.NOTHING),
        (20.1, 1.7, Said.NOTHING),
        (5, 1.7, Said.NOTHING),
        (4, 1.7, Said.NOTHING),
    ],
)
def test_the_next_reading_decides(minute: float, value: float, said: Said) -> None:
    assert JUMP.next(at(minute), value, 2)[1] is said


def test_what_was_contradicted_is_not_confirmed_later() -> None:
    left, _ = JUMP.next(at(6), 0.1, 3)
    assert left is not None
    left, said = left.next(at(7), 1.7, 3)
    assert said is Said.NOTHING
    assert left is not None
    assert left.next(at(8), 0.1, 3) == (None, Said.SOUND)
    doubted = left.doubted()
    assert doubted.sound == 0
    assert not doubted.may_be_confirmed(at(21))


def test_a_jump_under_a_rule_of_changes_is_confirmed_by_what_is_nearer_to_it() -> None:
    jump = JUMP._replace(limit=None)
    assert jump.next(at(6), 0.9, 2)[1] is Said.CONFIRMED
    assert jump.next(at(6), 0.8, 2)[1] is Said.NOTHING
    down = JUMP._replace(value=0.1, before=1.6, limit=0.2, above=False)
    assert down.next(at(6), 0.2, 2)[1] is Said.CONFIRMED
