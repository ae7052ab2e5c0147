"""Checks of a batch before it is stored: columns in, columns with qualities out."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import psycopg
from numpy.typing import NDArray

from data.observations import Rows
from data.quality import FAR_AHEAD, LastValue, Override, last_values, read_overrides
from data.quality_calibrations import Period, read_periods
from ingest.quality import chains
from ingest.quality.calibrations import Calibrations, Factors
from ingest.quality.chains import Allowed, Before, Run, shifted
from ingest.quality.findings import Findings
from ingest.quality.memory import LAST_VALUES, Memory
from ingest.quality.profiles import Expected, Profiles
from twin.model import SeriesInfo, to_us

Connection = psycopg.Connection[tuple[Any, ...]]
Cursor = psycopg.Cursor[tuple[Any, ...]]
Flags = NDArray[np.bool_]
Places = NDArray[np.intp]

_FAR_AHEAD_US = int(FAR_AHEAD.total_seconds() * 1e6)
_STEADILY = 5
"""So many readings in succession that arrive equally late tell of a clock that is slow."""


class _Sized(NamedTuple):
    """Rows with their values calibrated and held against what is expected of each by itself."""

    rows: Rows
    raw: NDArray[np.float64]
    factors: Factors
    expected: Expected
    findings: Findings

    def judged(self) -> Rows:
        return self.rows._replace(quality=self.findings.qualities())


class QualityChecks:
    """Judges the rows of one batch after the other, each against what was stored before it.

    Memory takes a batch over with ``adopt``, after its commit; an instance whose batch failed is
    thrown away, and the next one reads what it needs from the store.

    Args:
        overrides: what is set instead of the reference tables, until ``follow`` reads it.
        periods: calibrations, until ``follow`` reads them.
    """

    def __init__(self, overrides: Iterable[Override] = (), periods: Sequence[Period] = ()) -> None:
        self._revision = -1
        self._profiles = Profiles(overrides)
        self._calibrations = Calibrations(periods)
        self._memory = Memory()
        self._next: list[tuple[NDArray[np.int32], dict[str, NDArray[Any]]]] = []

    def follow(self, connection: Connection, revision: int) -> None:
        """Read settings and calibrations anew where their revision is another one."""
        if revision != self._revision:
            self._profiles = Profiles(read_overrides(connection))
            self._calibrations = Calibrations(read_periods(connection))
            self._revision = revision

    def judge(
        self, cursor: Cursor, rows: Rows, series: Mapping[int, SeriesInfo], live: Flags
    ) -> Rows:
        """Return the rows with calibrated values, and the qualities that the checks give them.

        Rows that are not newer than what was judged of their series are held against limits only.

        Args:
            cursor: asked for the last values of series that are new to memory.
            rows: in the order of their arrival, values as the devices say them; ``quality`` has
                what the devices say themselves.
            series: every series of the rows.
            live: bool[n], which rows arrive as they are observed; not those of a back-filled past.
        """
        self._next = []
        sized = self._sized(rows, series)
        self._recall(cursor, rows.series_id)
        plausible = ~sized.findings.unreliable()
        self._check_future(sized, live)
        fresh = self._fresh(rows)
        self._check_lag(sized, fresh, live)
        self._check_change(sized, fresh[plausible[fresh]])
        return sized.judged()

    def sized(self, rows: Rows, series: Mapping[int, SeriesInfo]) -> Rows:
        """Return rows with calibrated values and the qualities that their sizes alone give them."""
        return self._sized(rows, series).judged()

    def adopt(self) -> None:
        """Take the judged batch over, which is committed now."""
        for series_id, columns in self._next:
            self._memory.set(series_id, **columns)
        self._next = []

    def _sized(self, rows: Rows, series: Mapping[int, SeriesInfo]) -> _Sized:
        numbers = self._profiles.numbers(rows.series_id, series)
        expected = self._profiles.expected(numbers)
        factors = self._calibrations.factors(rows.series_id, rows.ts_us)
        value = factors.value(rows.value)
        findings = Findings(rows.quality)
        findings.add("soft_limit", ~((expected.soft_min <= value) & (value <= expected.soft_max)))
        findings.add("hard_limit", ~((expected.hard_min <= value) & (value <= expected.hard_max)))
        # A device says "full scale" in its own numbers.
        findings.add("sentinel", self._profiles.is_sentinel(rows.value, numbers))
        return _Sized(rows._replace(value=value), rows.value, factors, expected, findings)

    def _recall(self, cursor: Cursor, series_id: NDArray[np.int32]) -> None:
        """Read the last values of series that are new to memory, as the devices said them."""
        unknown = self._memory.unknown(series_id)
        if not unknown:
            return
        values = last_values(cursor, unknown, LAST_VALUES)
        if values:
            factors = self._calibrations.factors(
                np.array([each.series_id for each in values], dtype=np.int32),
                np.array([to_us(each.ts) for each in values], dtype=np.int64),
            )
            raw = factors.raw(np.array([each.value for each in values])).tolist()
            values = [LastValue._replace(v, value=r) for v, r in zip(values, raw, strict=True)]
        self._memory.load(unknown, values)

    def _fresh(self, rows: Rows) -> Places:
        """Return the rows that are newer than all before, the first of each key, in order."""
        order = np.lexsort((rows.ts_us, rows.series_id))
        series, ts = rows.series_id[order], rows.ts_us[order]
        newer = ts > self._memory.columns.seen_us[series]
        newer[1:] &= (series[1:] != series[:-1]) | (ts[1:] != ts[:-1])
        found: Places = order[newer]
        return found

    @staticmethod
    def _check_future(sized: _Sized, live: Flags) -> None:
        ahead = sized.rows.ts_us - sized.rows.received_us
        sized.findings.add("clock", live & (ahead > sized.expected.future_us))

    def _check_lag(self, sized: _Sized, at: Places, live: Flags) -> None:
        """Find readings that arrive late, all by the same time: they were not kept on the way."""
        series, ts = sized.rows.series_id[at], sized.rows.ts_us[at]
        memory, allowed = self._memory.columns, sized.expected.lag_us[at]
        lag = sized.rows.received_us[at] - ts
        begins = chains.begins_of(series)
        long = live[at] & (lag > allowed)
        count = np.ones(len(at), np.int64)
        if long.any():
            lag_before = shifted(lag, begins, memory.lag_us[series])
            between = ts - shifted(ts, begins, memory.ts_us[series])
            in_step = long & (lag_before > allowed) & (2 * np.abs(lag - lag_before) < between)
            before = Run(np.zeros(len(at), np.int64), memory.lagging[series])
            count = chains.runs(in_step, ts, begins, before).times
            sized.findings.add("clock", count >= _STEADILY, at)
        ends = chains.ends_of(begins)
        far_ahead = live[at] & (-lag > _FAR_AHEAD_US)
        self._keep(
            series[ends],
            seen_us=np.where(far_ahead, ts + lag, ts)[ends],
            ts_us=ts[ends],
            lag_us=lag[ends],
            lagging=count[ends],
        )

    def _check_change(self, sized: _Sized, at: Places) -> None:
        """Find jumps, fast changes and values that stand, among those that can be real."""
        series, ts, raw = sized.rows.series_id[at], sized.rows.ts_us[at], sized.raw[at]
        memory, begins = self._memory.columns, chains.begins_of(series)
        last = Before(
            shifted(raw, begins, memory.value[series]),
            shifted(ts, begins, memory.value_us[series]),
        )
        former = Before(
            shifted(last.value, begins, memory.former[series]),
            shifted(last.ts_us, begins, memory.former_us[series]),
        )
        alone, turned = self._check_jumps(sized, at, (begins, last, former))
        before = Run(memory.since_us[series], memory.standing[series])
        run = chains.runs(raw == last.value, ts, begins, before)
        _check_standing(sized, at, run)
        ends = chains.ends_of(begins)
        self._keep(
            series[ends],
            value=raw[ends],
            value_us=ts[ends],
            former=last.value[ends],
            former_us=last.ts_us[ends],
            alone=alone[ends],
            turned=turned[ends],
            since_us=run.since_us[ends],
            standing=run.times[ends],
        )

    def _check_jumps(
        self, sized: _Sized, at: Places, chain: tuple[Flags, Before, Before]
    ) -> tuple[Flags, Flags]:
        """Return which values agree with nothing before, and which came back to where it was."""
        begins, last, former = chain
        ts, expected = sized.rows.ts_us[at], sized.expected
        # Raw values are compared, so that a new gauge zero is no jump.
        scale = np.abs(sized.factors.scale[at])
        raw, last, former = scale * sized.raw[at], last.times(scale), former.times(scale)
        allowed = Allowed(
            expected.noise[at], expected.rate_soft[at], expected.rate_hard[at], expected.spike[at]
        )
        from_last = chains.differences(raw, ts, last, allowed)
        jumps = from_last.any_of()
        if not jumps.any():
            return jumps, jumps
        from_former = chains.differences(raw, ts, former, allowed)
        has_former = ~np.isnan(former.value)
        returns = has_former & ~from_former.any_of()
        memory, series = self._memory.columns, sized.rows.series_id[at]
        turned = jumps & returns
        # A sensor that goes to and fro has a direction too, which confirms nothing.
        steady = ~shifted(turned, begins, memory.turned[series])
        jumps = jumps & ~(steady & chains.goes_on(raw, ts, last, former, allowed.noise))
        alone_before = memory.alone[series]
        alone = chains.alone(jumps, returns, begins, alone_before)
        # After a value that nothing agrees with, the one before it counts too.
        doubted = shifted(alone, begins, alone_before) & has_former
        for check, from_one, from_other in zip(
            ("rate_soft", "rate_hard", "spike"), from_last, from_former, strict=True
        ):
            sized.findings.add(check, alone & from_one & (from_other | ~doubted), at)
        return alone, turned

    def _keep(self, series_id: NDArray[np.int32], **columns: NDArray[Any]) -> None:
        self._next.append((series_id, columns))


def _check_standing(sized: _Sized, at: Places, run: Run) -> None:
    expected, value = sized.expected, sized.rows.value[at]
    standing = sized.rows.ts_us[at] - run.since_us > expected.stuck_us[at]
    if not standing.any():
        return
    standing &= run.times >= expected.stuck_readings[at]
    still = (expected.still_min[at] <= value) & (value <= expected.still_max[at])
    sized.findings.add("stuck", standing & ~still, at)
