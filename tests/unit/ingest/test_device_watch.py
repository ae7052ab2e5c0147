"""The state of a device is a function of what was heard of it, and of when we listened."""

import random
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from data.device_states import DeviceState
from data.observations import Rows
from ingest.devices.watch import DeviceWatch
from twin.model import Check, Grade, Mode, Name, Presence, SeriesInfo, Statistic, quality

NOON_US = 1_779_336_000_000_000
SECOND_US = 1_000_000
MINUTE = 60
HOUR = 3600
GAUGE, OTHER, CAMERA = 4403118501000001, 4403118501000002, 4403118601000001
LEVEL, OTHER_LEVEL, HOURLY, EXERCISE, SEEN = 1, 2, 3, 4, 5
ONLINE, LATE, SILENT = DeviceState.ONLINE, DeviceState.LATE, DeviceState.SILENT
UNKNOWN, FAULTY = DeviceState.UNKNOWN, DeviceState.FAULTY

Value = tuple[float, float]
"""When a value arrived and when it was observed, in seconds after noon."""


def info(series_id: int, device: int, mode: Mode = Mode.ACTUAL, period_s: int = 0) -> SeriesInfo:
    statistic = Statistic.MEAN if period_s else Statistic.INSTANT
    klass = str(device)[6:10]
    quantity = "level"
    return SeriesInfo(
        series_id, device, klass, device, quantity, "", statistic, period_s, mode, "", {}
    )


SERIES = {
    LEVEL: info(LEVEL, GAUGE),
    OTHER_LEVEL: info(OTHER_LEVEL, OTHER),
    HOURLY: info(HOURLY, GAUGE, period_s=HOUR),
    EXERCISE: info(EXERCISE, GAUGE, Mode.EXERCISE),
    SEEN: info(SEEN, CAMERA),
}


class Town:
    """A watch, and the history that it would write."""

    def __init__(self) -> None:
        self.watch = DeviceWatch()
        self.history: list[tuple[float, int, DeviceState]] = []
        self.reasons: list[str] = []
        self.intervals: dict[int, int] = {}

    def hear(
        self, *values: Value, series: int = LEVEL, grade: int = Grade.GOOD, judged: bool = True
    ) -> None:
        """Give it a batch of values of one series."""
        self.take([(series, *value) for value in values], grade, judged=judged)

    def take(
        self, values: Sequence[tuple[int, float, float]], grade: int = 0, *, judged: bool = True
    ) -> None:
        """Give it a batch: series, arrival and observation of each value."""
        count = len(values)
        received, observed = (
            np.array([NOON_US + round(v[n] * SECOND_US) for v in values], dtype=np.int64)
            for n in (1, 2)
        )
        rows = Rows(
            np.array([value[0] for value in values], dtype=np.int32),
            observed,
            np.ones(count),
            np.full(count, grade, dtype=np.int16),
            received,
        )
        self.watch.hear(rows, np.full(count, judged), SERIES)

    def say(self, second: float, *, online: bool, reason: str = "") -> None:
        """The gauge says that it came or went."""
        presence = Presence(Name("code", str(GAUGE)), online, at_us(second), reason)
        rows = Rows(*(np.zeros(0, dtype=kind) for kind in ("i4", "i8", "f8", "i2", "i8")))
        self.watch.hear(rows, np.zeros(0, dtype=np.bool_), SERIES, [(GAUGE, presence)])

    def look(self, second: float, *, listening: bool = True) -> None:
        """Look at all devices."""
        sight = self.watch.look(at_us(second), listening=listening, throttled={})
        self.watch.adopt(sight)
        self.history += [(second, change.device, change.state) for change in sight.changes]
        self.reasons += [change.reason for change in sight.changes]
        self.intervals |= sight.intervals

    def wait(self, begin: float, end: float, *, listening: bool = True, step: float = 2) -> None:
        """Look every few seconds."""
        for second in np.arange(begin, end, step).tolist():
            self.look(second, listening=listening)

    def states(self, device: int = GAUGE) -> list[DeviceState]:
        """The states of a device in their order."""
        return [state for _, code, state in self.history if code == device]


def at_us(second: float) -> int:
    return NOON_US + round(second * SECOND_US)


def heard_every(town: Town, interval: float, begin: float, end: float) -> None:
    """The gauge sends at an interval; we look every two seconds."""
    due = begin
    for second in np.arange(begin, end, 2).tolist():
        while due <= second:
            town.hear((due, due))
            due += interval
        town.look(second)


def test_a_device_that_is_heard_is_online() -> None:
    town = Town()
    town.hear((0, 0))
    town.look(1)
    assert town.history == [(1, GAUGE, ONLINE)]
    assert town.reasons == ["heard"]


def test_an_interval_is_learnt_and_its_end_noticed() -> None:
    town = Town()
    heard_every(town, MINUTE, 0, 10 * MINUTE)
    assert town.intervals == {GAUGE: MINUTE}
    town.wait(10 * MINUTE, 20 * MINUTE)
    assert town.states() == [ONLINE, LATE, SILENT]
    late, silent = (second for second, _, state in town.history if state is not ONLINE)
    last = 9 * MINUTE
    assert last + 2 * MINUTE <= late < last + 2 * MINUTE + 4
    assert last + 3 * MINUTE <= silent < last + 3 * MINUTE + 4
    assert town.reasons[1:] == [
        "not heard for 2 min, expected every 60 s",
        "not heard for 3 min, expected every 60 s",
    ]


def test_without_a_known_interval_a_device_is_late_after_two_hours() -> None:
    town = Town()
    town.hear((0, 0))
    town.wait(0, 2 * HOUR, step=8)
    assert town.states() == [ONLINE]
    town.wait(2 * HOUR, 3 * HOUR + 20, step=8)
    assert town.states() == [ONLINE, LATE, SILENT]
    assert town.reasons[1] == "not heard for 2 h, and how often it sends is not known"


def test_a_burst_of_old_messages_is_one_message_for_the_interval() -> None:
    town = Town()
    for hour in range(6):
        begin = hour * 600.0
        town.hear(*((begin + n / 10, begin - n) for n in range(40)))
        town.wait(begin + 4, begin + 600, step=8)
    assert town.states() == [ONLINE]
    assert 590 < town.intervals[GAUGE] < 610


def test_silence_while_we_do_not_listen_is_unknown_and_then_counted_from_where_it_was() -> None:
    town = Town()
    heard_every(town, MINUTE, 0, 5 * MINUTE)
    town.wait(5 * MINUTE, 30 * MINUTE, listening=False)
    assert town.states() == [ONLINE, UNKNOWN]
    town.wait(30 * MINUTE, 40 * MINUTE)
    assert town.states() == [ONLINE, UNKNOWN, LATE, SILENT]
    silent = next(second for second, _, state in town.history if state is SILENT)
    assert silent - 30 * MINUTE == 2 * MINUTE + 2


def test_who_is_heard_after_we_were_away_is_online_again() -> None:
    town = Town()
    heard_every(town, MINUTE, 0, 5 * MINUTE)
    town.wait(5 * MINUTE, 30 * MINUTE, listening=False)
    heard_every(town, MINUTE, 30 * MINUTE, 35 * MINUTE)
    assert town.states() == [ONLINE, UNKNOWN, ONLINE]


def test_our_absence_does_not_count_for_the_interval() -> None:
    town = Town()
    heard_every(town, MINUTE, 0, 5 * MINUTE)
    for hour in range(1, 9):
        town.wait(hour * HOUR - 20, hour * HOUR, listening=False)
        heard_every(town, HOUR, hour * HOUR, hour * HOUR + 20)
    assert town.intervals == {GAUGE: MINUTE}


def test_a_camera_that_sees_nothing_is_not_silent() -> None:
    town = Town()
    town.hear((0, 0), series=SEEN)
    town.wait(0, 6 * HOUR, step=9)
    assert town.states(CAMERA) == [ONLINE]


def test_an_exercise_and_history_are_not_heard() -> None:
    town = Town()
    town.hear((0, 0), series=EXERCISE)
    town.hear((0, -HOUR), judged=False)
    town.look(1)
    assert town.history == []


def test_a_goodbye_silences_at_once_until_the_device_is_heard() -> None:
    town = Town()
    town.hear((0, 0))
    town.look(1)
    town.say(2, online=False, reason="NDEATH of its edge node")
    town.look(3)
    town.look(5)
    town.say(6, online=True)
    town.look(7)
    assert town.history == [(1, GAUGE, ONLINE), (3, GAUGE, SILENT), (7, GAUGE, ONLINE)]
    assert town.reasons[1] == "NDEATH of its edge node"


def test_a_goodbye_that_was_overtaken_by_a_message_counts_for_nothing() -> None:
    town = Town()
    town.hear((3, 3))
    town.say(2, online=False)
    town.look(4)
    assert town.states() == [ONLINE]


def test_a_device_whose_values_are_unreliable_is_faulty_until_they_are_sound() -> None:
    town = Town()
    bad = quality(Grade.UNRELIABLE, Check.DEVICE_FLAG)
    for minute in range(60):
        second = minute * MINUTE
        town.hear((second, second), grade=bad if minute < 30 else Grade.GOOD)
        town.look(second + 1)
    assert town.states() == [ONLINE, FAULTY, ONLINE]
    assert town.reasons[1:] == [
        "most of its newest values are unreliable",
        "its newest values are sound",
    ]


def test_a_few_unreliable_values_make_no_device_faulty() -> None:
    town = Town()
    for minute in range(120):
        second = minute * MINUTE
        town.hear((second, second), grade=Grade.UNRELIABLE if minute % 3 == 0 else Grade.GOOD)
        town.look(second + 1)
    assert town.states() == [ONLINE]


def test_a_clock_that_is_ahead_is_wrong_until_it_is_right() -> None:
    town = Town()
    send_with_lag(town, [-HOUR] * 30 + [0] * 30)
    assert town.states() == [ONLINE, DeviceState.CLOCK_WRONG, ONLINE]
    assert town.reasons[1:] == ["its clock is 60 min ahead", "its clock is right"]


def test_a_clock_that_is_behind_is_wrong() -> None:
    town = Town()
    send_with_lag(town, [8 * HOUR] * 40)
    assert town.states() == [ONLINE, DeviceState.CLOCK_WRONG]
    assert town.reasons[1] == "its clock is 8 h behind"


def test_a_single_value_of_the_future_makes_no_clock_wrong() -> None:
    town = Town()
    send_with_lag(town, [0] * 15 + [-HOUR] + [0] * 30)
    assert town.states() == [ONLINE]


def test_a_device_that_catches_up_has_no_wrong_clock() -> None:
    town = Town()
    send_with_lag(town, [*range(12 * HOUR, 0, -HOUR // 10), *[0] * 30])
    assert town.states() == [ONLINE]


def test_a_device_that_sends_its_values_together_has_no_wrong_clock() -> None:
    town = Town()
    for hour in range(12):
        begin = hour * HOUR
        town.hear(*((begin, begin - MINUTE * n) for n in range(60)))
        town.wait(begin + 1, begin + HOUR, step=9)
    assert town.states() == [ONLINE]


def test_an_hourly_mean_that_comes_later_makes_no_clock_wrong() -> None:
    town = Town()
    for minute in range(100):
        second = minute * MINUTE
        town.hear((second, second - 20 * MINUTE), series=HOURLY)
        town.look(second + 1)
    assert town.states() == [ONLINE]


def send_with_lag(town: Town, lags: Sequence[float]) -> None:
    """The gauge sends once a minute, each value as old as that."""
    for minute, lag in enumerate(lags):
        second = minute * MINUTE
        town.hear((second, second - lag))
        town.look(second + 1)


@st.composite
def arrivals(draw: st.DrawFn) -> list[list[tuple[int, float, float]]]:
    """The values that arrive between one look and the next."""
    spans = draw(st.lists(st.lists(st.integers(0, 1999), max_size=12), min_size=1, max_size=60))
    step = draw(st.sampled_from([2, 20, 40]))
    found = []
    for number, span in enumerate(spans):
        times = sorted(number * step + at / 1000 for at in span)
        lag = draw(st.sampled_from([0, 0, HOUR, -HOUR]))
        series = [LEVEL if n % 3 else OTHER_LEVEL for n in range(len(times))]
        found.append([(one, at, at - lag) for one, at in zip(series, times, strict=True)])
    return found


@given(arrivals(), st.randoms(use_true_random=False), st.integers(1, 5))
def test_neither_the_size_nor_the_order_of_batches_makes_a_difference(
    spans: list[list[tuple[int, float, float]]], chance: random.Random, size: int
) -> None:
    whole, cut = Town(), Town()
    for number, span in enumerate(spans):
        if span:
            whole.take(span)
        batches = list(batched(span, size))
        chance.shuffle(batches)
        for batch in batches:
            cut.take(batch)
        for town in (whole, cut):
            town.look(number * 40 + 2)
    assert sorted(whole.history) == sorted(cut.history)


@given(arrivals())
def test_each_change_is_one(spans: list[list[tuple[int, float, float]]]) -> None:
    town = Town()
    for number, span in enumerate(spans):
        if span:
            town.take(span)
        town.look(number * 40 + 2)
        town.look(number * 40 + 2)
    for device in (GAUGE, OTHER):
        states = town.states(device)
        assert all(one is not other for one, other in pairwise(states))
        seconds = [second for second, code, _ in town.history if code == device]
        assert len(set(seconds)) == len(seconds)


def batched(
    values: Sequence[tuple[int, float, float]], size: int
) -> Iterator[Sequence[tuple[int, float, float]]]:
    for begin in range(0, len(values), size):
        yield values[begin : begin + size]
