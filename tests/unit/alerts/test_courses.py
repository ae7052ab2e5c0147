"""Many latches over their readings at once, against one after the other."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from alerts.rules.courses import NEVER, Rows, Rungs, States, Turns, follow

NOT_YET = -NEVER


class Rung(NamedTuple):
    limit: float = 2.0
    above: bool = True
    hysteresis: float = 1.0
    hold_us: int = 0
    clear_hold_us: int = 0
    wants_good: bool = False


class Reading(NamedTuple):
    ts_us: int
    value: float
    good: bool = True


Series = list[Reading]
Turned = list[tuple[int, bool]]


def rungs_of(rungs: list[Rung]) -> Rungs:
    limit, above, hysteresis, hold, clear_hold, wants_good = zip(*rungs, strict=True)
    return Rungs(
        np.array(limit, np.float64),
        np.array(above, np.bool_),
        np.array(hysteresis, np.float64),
        np.array(hold, np.int64),
        np.array(clear_hold, np.int64),
        np.array(wants_good, np.bool_),
    )


def rows_of(series: list[Series]) -> Rows:
    told = [(rung, *reading) for rung, readings in enumerate(series) for reading in readings]
    rung, ts, value, good = zip(*told, strict=True) if told else ((), (), (), ())
    return Rows(
        np.array(rung, np.int64),
        np.array(ts, np.int64),
        np.array(value, np.float64),
        np.array(good, np.bool_),
    )


def turned(turns: Turns, rung: int) -> Turned:
    mine = turns.rung == rung
    return list(zip(turns.at_us[mine].tolist(), turns.rose[mine].tolist(), strict=True))


def one(rung: Rung, readings: Series, until_us: int = NOT_YET) -> Turned:
    turns, _ = follow(rungs_of([rung]), States.low(1), rows_of([readings]), until_us)
    return turned(turns, 0)


class Walk:
    """One latch over its readings, one after the other, as one would do it by hand."""

    def __init__(self, rung: Rung) -> None:
        self.rung = rung
        self.turned: Turned = []
        self.raised, self.side, self.begin = False, 0, NEVER

    @property
    def due(self) -> int:
        """When the time is up; NEVER while nothing waits for it."""
        waits = self.begin != NEVER and self.side == (-1 if self.raised else 1)
        wait = self.rung.clear_hold_us if self.raised else self.rung.hold_us
        return self.begin + wait if waits else NEVER

    def turn(self, at: int) -> None:
        self.raised = not self.raised
        self.turned.append((at, self.raised))

    def read(self, reading: Reading) -> None:
        ts, value, good = reading
        self.until(ts - 1)
        side = self.side_of(value)
        if side != self.side:
            self.side, self.begin = side, NEVER
        if self.begin == NEVER and (side == -1 or good or not self.rung.wants_good):
            self.begin = ts
        if ts >= self.due:
            self.turn(self.due if self.side == 1 else ts)

    def side_of(self, value: float) -> int:
        sign = 1 if self.rung.above else -1
        if sign * value >= sign * self.rung.limit:
            return 1
        return -1 if sign * value < sign * self.rung.limit - self.rung.hysteresis else 0

    def until(self, now: int) -> None:
        if self.side == 1 and self.due <= now:
            self.turn(self.due)


def plainly(rung: Rung, readings: Series, until_us: int) -> Turned:
    walk = Walk(rung)
    for reading in readings:
        walk.read(reading)
    walk.until(until_us)
    return walk.turned


times = st.integers(0, 12)
RUNGS = st.builds(
    Rung,
    limit=st.sampled_from([1.0, 2.0, 3.0]),
    above=st.booleans(),
    hysteresis=st.sampled_from([0.0, 1.0]),
    hold_us=times,
    clear_hold_us=times,
    wants_good=st.booleans(),
)
VALUES = st.sampled_from([0.0, 1.0, 2.0, 3.0, 4.0, float("nan")])
SERIES = st.lists(
    st.builds(Reading, st.integers(0, 60), VALUES, st.booleans()),
    max_size=14,
    unique_by=lambda reading: reading.ts_us,
).map(sorted)
CASES = st.lists(st.tuples(RUNGS, SERIES), min_size=1, max_size=4)


@given(CASES, st.integers(0, 90))
def test_all_at_once_is_one_after_the_other(cases: list[tuple[Rung, Series]], until: int) -> None:
    rungs, series = [rung for rung, _ in cases], [readings for _, readings in cases]
    turns, _ = follow(rungs_of(rungs), States.low(len(rungs)), rows_of(series), until)
    for number, (rung, readings) in enumerate(cases):
        assert turned(turns, number) == plainly(rung, readings, until), (rung, readings)


@given(CASES, st.lists(st.integers(0, 60), max_size=4), st.integers(60, 90))
def test_portions_change_nothing(
    cases: list[tuple[Rung, Series]], cuts: list[int], until: int
) -> None:
    rungs, series = rungs_of([rung for rung, _ in cases]), [readings for _, readings in cases]
    whole, end = follow(rungs, States.low(len(cases)), rows_of(series), until)
    states, portions = States.low(len(cases)), []
    for begin, stop in pairwise([-1, *sorted(cuts), 60]):
        part = [[row for row in readings if begin < row.ts_us <= stop] for readings in series]
        turns, states = follow(rungs, states, rows_of(part), NOT_YET if stop < 60 else until)
        portions.append(turns)
    for number in range(len(cases)):
        assert [each for turns in portions for each in turned(turns, number)] == turned(
            whole, number
        )
    for mine, theirs in zip(states, end, strict=True):
        assert mine.tolist() == theirs.tolist()


def test_it_rises_when_the_hold_time_ends_and_not_when_the_next_reading_shows_it() -> None:
    rung = Rung(hold_us=5)
    assert one(rung, [Reading(0, 2.0), Reading(4, 2.0), Reading(9, 2.0)]) == [(5, True)]


def test_silence_does_not_let_it_fall() -> None:
    rung = Rung(clear_hold_us=5)
    readings = [Reading(0, 2.0), Reading(1, 0.0)]
    assert one(rung, readings, until_us=90) == [(0, True)]
    assert one(rung, [*readings, Reading(70, 0.0)]) == [(0, True), (70, False)]


def test_the_clock_shows_that_a_hold_time_has_ended() -> None:
    rung = Rung(hold_us=5)
    assert one(rung, [Reading(0, 2.0)], until_us=4) == []
    assert one(rung, [Reading(0, 2.0)], until_us=5) == [(5, True)]


def test_a_reading_at_the_very_end_of_the_hold_time_decides() -> None:
    rung = Rung(hold_us=5)
    assert one(rung, [Reading(0, 2.0), Reading(5, 0.0)]) == []
    assert one(rung, [Reading(0, 2.0), Reading(6, 0.0)]) == [(5, True), (6, False)]


def test_a_doubtful_reading_cannot_begin_what_wants_a_good_one_but_may_go_on_with_it() -> None:
    rung = Rung(wants_good=True)
    assert one(rung, [Reading(0, 4.0, good=False)]) == []
    assert one(rung, [Reading(0, 4.0, good=False), Reading(1, 4.0)]) == [(1, True)]
    assert one(rung._replace(hold_us=2), [Reading(0, 4.0), Reading(2, 4.0, good=False)]) == [
        (2, True)
    ]


def test_each_turn_names_the_reading_that_it_stands_on() -> None:
    rung = Rung(hold_us=5)
    rows = rows_of([[Reading(0, 2.0), Reading(4, 3.0), Reading(9, 2.0)]])
    turns, _ = follow(rungs_of([rung]), States.low(1), rows, NOT_YET)
    assert rows.value[turns.row].tolist() == [3.0]


def test_no_readings_and_no_latches_turn_nothing() -> None:
    turns, states = follow(rungs_of([Rung()]), States.low(1), rows_of([[]]), 100)
    assert not len(turns.rung)
    assert states.since_us.tolist() == [NEVER]
    none = States.low(0)
    turns, _ = follow(rungs_of([Rung()])._replace(), States.low(1), rows_of([[]]), 0)
    assert not len(none.raised)
