"""Rules with limits and jumps driven as the evaluator drives them, the store being a dict."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from alerts.extreme_look import Look
from alerts.extreme_store import Around, Neighbour
from alerts.extremes import ExtremeWatch
from alerts.memory import Change, Memory
from alerts.rules import LadderRule
from alerts.rules.extreme import ExtremeRule
from alerts.run import Run
from data.quality_confirmed import Confirmation, Refused
from data.series_bound import BoundSeries
from tests.unit.alerts.ladder_desk import LadderDesk
from tests.unit.alerts.ruling import MINUTE, Row, rules_of
from twin.model import Check, Grade, JudgedBatch, SeriesInfo, quality
from twin.model.quality import GRADE_MASK

JUMPED = quality(Grade.UNRELIABLE, Check.SPIKE | Check.RATE)
SENTINEL = quality(Grade.UNRELIABLE, Check.SENTINEL)
INTERVAL = 5 * MINUTE
SENSOR = """
[[rule]]
id = "check-sensor"
version = 1
kind = "extreme"
domain = "device"
level = "blue"
title_zh = "核查传感器"
title_en = "check sensor"
source = "a test"
standing = "project default"
"""


def sensor_rule(more: str = "") -> ExtremeRule:
    rule = rules_of(SENSOR + more)[0].rule
    assert isinstance(rule, ExtremeRule)
    return rule


class ExtremeDesk(LadderDesk):
    """Some rules and "check sensor"; all its series are neighbours, their devices send alike."""

    def __init__(self, *rules: LadderRule, infos: Sequence[SeriesInfo]) -> None:
        super().__init__(*rules, infos=infos)
        self.watch = ExtremeWatch([sensor_rule()], rules)
        self.memory = Memory()
        self.believed: dict[Refused, Confirmation] = {}

    def judge(self, batch: JudgedBatch) -> list[Change]:
        """Judge and adopt a batch; return the changes."""
        self.keep(batch)
        run = Run(self.memory, batch.now_us)
        look = Look(run, self.watch.extremes(self), self.watch.standing)
        look.judge(batch)
        watched = look.done()
        passed = self.ladders.judge(run, batch, self.past, self.recorded, watched.confirmed)
        run.draft.adopt()
        self.watch.adopt(watched)
        return self.end(run, passed)

    def take_in_parts(self, rows: Sequence[Row], sizes: Iterator[int]) -> None:
        """Judge rows in portions."""
        left = list(rows)
        while left:
            count = next(sizes)
            self.take(*left[:count])
            left = left[count:]

    def grade(self, series_id: int, ts_us: int) -> Grade:
        """Return the grade of a stored reading."""
        return Grade(self.stored[series_id][ts_us][1] & GRADE_MASK)

    def around(self, readings: Sequence[Refused]) -> Mapping[Refused, Around]:
        """Return what is around stored readings."""
        return {key: self._around(key) for key in readings}

    def neighbours(self, metres: Mapping[Refused, float]) -> Mapping[Refused, Sequence[Neighbour]]:
        """Return all other series."""
        return {
            key: [self._neighbour(i, key.ts_us) for i in self.infos if i.series_id != key.series_id]
            for key in metres
        }

    def series(self, series_ids: Iterable[int]) -> Iterable[BoundSeries]:
        """Return series; all of them stand."""
        return [BoundSeries(i, stands=True) for i in self.infos if i.series_id in set(series_ids)]

    def confirm(self, confirmed: Mapping[Refused, Confirmation]) -> set[Refused]:
        """Make unreliable readings doubtful."""
        for key in confirmed:
            value, packed = self.stored[key.series_id][key.ts_us]
            self.stored[key.series_id][key.ts_us] = (value, packed & ~GRADE_MASK | Grade.DOUBTFUL)
        self.believed |= confirmed
        return set(confirmed)

    def _around(self, key: Refused) -> Around:
        told = sorted(self.stored[key.series_id].items())
        sound = [(ts, v) for ts, (v, q) in told if q & GRADE_MASK != Grade.UNRELIABLE]
        before_us, before = max(((ts, v) for ts, v in sound if ts < key.ts_us), default=(0, None))
        value, packed = self.stored[key.series_id][key.ts_us]
        after = sum(ts > key.ts_us for ts, _ in sound)
        return Around(value, packed, before_us, before, INTERVAL, after)

    def _neighbour(self, info: SeriesInfo, upto_us: int) -> Neighbour:
        told = sorted(
            (ts, value)
            for ts, (value, packed) in self.stored.get(info.series_id, {}).items()
            if ts <= upto_us and packed & GRADE_MASK != Grade.UNRELIABLE
        )
        return Neighbour(info, *told[-1]) if told else Neighbour(info, 0, None)
