"""Checks without a store: what readings come to, batch after batch."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import numpy as np

from data.observations import Rows
from data.quality import Override
from data.quality_calibrations import Period
from ingest.quality import QualityChecks
from tests.unit.ingest.quality.plain import Sent
from twin.model import Check, Grade, Mode, SeriesInfo, grade_of

NOON_US = 1_779_336_000_000_000
MINUTE_US = 60_000_000
GOOD, DOUBTFUL, UNRELIABLE = Grade


class _EmptyStore:
    """Stands for a cursor of a store that has no value yet."""

    def execute(self, *_args: object) -> "_EmptyStore":
        return self

    def fetchall(self) -> list[tuple[Any, ...]]:
        return []


def info(
    series_id: int = 1,
    quantity: str = "level",
    *,
    klass: str = "8202",
    statistic: str = "instant",
    period_s: int = 0,
    mode: Mode = Mode.ACTUAL,
) -> SeriesInfo:
    """A series of the reach."""
    return SeriesInfo(
        series_id, 4403118202000001, klass, 7, quantity, "", statistic, period_s, mode, "", {}
    )


class Judge:
    """Checks of some series; a dictionary may grow while it is used."""

    def __init__(
        self,
        series: Iterable[SeriesInfo] | dict[int, SeriesInfo] | None = None,
        overrides: Mapping[int, Mapping[str, Any]] | None = None,
        periods: Sequence[Period] = (),
    ) -> None:
        if not isinstance(series, dict):
            series = {one.series_id: one for one in series or [info()]}
        self._series = series
        settings = [
            Override(0, self._series[number].quantity, number, dict(each))
            for number, each in (overrides or {}).items()
        ]
        self.checks = QualityChecks(settings, periods)

    def take(self, batch: Sequence[Sent]) -> Rows:
        """Judge a batch and take it over."""
        rows = Rows(
            np.array([row.series for row in batch], dtype=np.int32),
            np.array([row.ts_us for row in batch], dtype=np.int64),
            np.array([row.value for row in batch], dtype=np.float64),
            np.array([row.said for row in batch], dtype=np.int16),
            np.array([row.ts_us + row.lag_us for row in batch], dtype=np.int64),
        )
        live = np.array([row.live for row in batch], dtype=np.bool_)
        judged = self.checks.judge(cast("Any", _EmptyStore()), rows, self._series, live)
        self.checks.adopt()
        return judged

    def grades(self, values: Iterable[float], *, every_s: float = 60) -> list[Grade]:
        """Return the grades of values of series 1, each in a batch of its own."""
        return [grade for grade, _ in self.verdicts(values, every_s=every_s)]

    def verdicts(
        self, values: Iterable[float], *, every_s: float = 60
    ) -> list[tuple[Grade, Check]]:
        """Return grades and checks of values of series 1, each in a batch of its own."""
        sent = [
            Sent(1, NOON_US + int(place * every_s * 1e6), value)
            for place, value in enumerate(values)
        ]
        return [verdict(int(self.take([row]).quality[0])) for row in sent]


def verdict(packed: int) -> tuple[Grade, Check]:
    """Return the grade and the checks of a quality."""
    return grade_of(packed), Check(packed & ~3)
