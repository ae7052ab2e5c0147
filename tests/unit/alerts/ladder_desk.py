"""Rules with limits driven as the pipeline drives them, the store being a dict."""

from collections.abc import Mapping, Sequence

import numpy as np

from alerts.intervals import Entries, Entry, Name, Span
from alerts.ladders import Ladders, Passed
from alerts.memory import Change, Group, Key, Memory
from alerts.past_readings import Readings
from alerts.rules import LadderRule, Reason
from alerts.run import Run
from tests.unit.alerts.ruling import Row, batch_of, series_of
from twin.model import Grade, JudgedBatch, SeriesInfo
from twin.model.quality import GRADE_MASK


class LadderDesk:
    """Some rules, and all readings that they were ever shown."""

    def __init__(self, *rules: LadderRule, infos: Sequence[SeriesInfo] = ()) -> None:
        self.rules = rules
        self.infos = infos
        self.changes: list[Change] = []
        self.reasons: dict[Reason, int] = {}
        self.kept: set[tuple[Group, Key]] = set()
        self.intervals: dict[Name, list[Span]] = {}
        self.revised: list[Entry] = []
        self.stored: dict[int, dict[int, tuple[float, int]]] = {}
        self.ladders = Ladders(rules, {}, {})

    def take(self, *rows: Row, now_us: int = 0) -> list[Change]:
        """Judge and adopt rows; return the changes."""
        numbers = {row.series_id for row in rows}
        infos = [info for info in self.infos if info.series_id in numbers]
        named = {info.series_id for info in infos}
        infos += [series_of(number) for number in numbers - named]
        return self.judge(batch_of(rows, infos, now_us=now_us))

    def judge(self, batch: JudgedBatch) -> list[Change]:
        """Judge and adopt a batch; return the changes."""
        self.keep(batch)
        run = Run(Memory(), batch.now_us)
        passed = self.ladders.judge(run, batch, self.past, self.recorded)
        return self.end(run, passed)

    def keep(self, batch: JudgedBatch) -> None:
        """Store the rows of a batch."""
        columns = (batch.series_id, batch.ts_us, batch.value, batch.quality)
        for series, ts, value, quality in zip(*(c.tolist() for c in columns), strict=True):
            self.stored.setdefault(series, {})[ts] = (value, quality)

    def tick(self, now_us: int) -> list[Change]:
        """Let the clock go on."""
        run = Run(Memory(), now_us)
        return self.end(run, self.ladders.tick(run))

    def past(self, spans: Mapping[int, tuple[int, int]]) -> dict[int, Readings]:
        """Give stored readings."""
        return {series: self._read(series, *span) for series, span in spans.items()}

    def recorded(self, after_us: Mapping[Name, int]) -> dict[Name, list[Span]]:
        """Give recorded intervals."""
        return {
            name: [s for s in self.spans(name) if s.to_us is None or s.to_us > after]
            for name, after in after_us.items()
        }

    def spans(self, name: Name) -> list[Span]:
        """Return the intervals of a latch that stand."""
        return sorted(self.intervals.get(name, ()), key=lambda span: span.from_us)

    def _record(self, entries: Entries) -> None:
        for name, span in entries.revised:
            self.intervals[name].remove(span)
            self.revised.append(Entry(name, span))
        for name, span in entries.ended:
            self.intervals[name] = [
                each if each.to_us is not None else each._replace(to_us=span.to_us)
                for each in self.intervals[name]
            ]
        for name, span in entries.begun:
            self.intervals.setdefault(name, []).append(span)

    def _read(self, series: int, after: int, upto: int) -> Readings:
        told = [
            (ts, value, (quality & GRADE_MASK) == Grade.GOOD)
            for ts, (value, quality) in sorted(self.stored.get(series, {}).items())
            if after < ts <= upto and (quality & GRADE_MASK) != Grade.UNRELIABLE
        ]
        if not told:
            return Readings.none()
        ts, value, good = zip(*told, strict=True)
        return Readings(np.array(ts, np.int64), np.array(value), np.array(good))

    def end(self, run: Run, passed: Passed) -> list[Change]:
        """Adopt what was judged; return the changes."""
        for group, key, latch in self.ladders.stored_changes(passed):
            if latch is None:
                self.kept.discard((group, key))
            else:
                self.kept.add((group, key))
        self._record(self.ladders.intervals(passed))
        self.ladders.adopt(passed)
        self.changes += run.changes
        for reason, count in (+run.reasons).items():
            self.reasons[reason] = self.reasons.get(reason, 0) + count
        return run.changes
