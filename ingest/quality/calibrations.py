"""Calibrations on columns: value = scale x raw value + shift, by the time of observation."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.quality_calibrations import Period
from twin.model import to_us

Floats = NDArray[np.float64]


class Factors(NamedTuple):
    """What turns the raw values of n rows into values, float64[n] each."""

    scale: Floats
    shift: Floats

    def value(self, raw: Floats) -> Floats:
        """Return the values of raw values."""
        return self.scale * raw + self.shift

    def raw(self, value: Floats) -> Floats:
        """Return the raw values of values."""
        return (value - self.shift) / self.scale


class Calibrations:
    """The periods of all series.

    Args:
        periods: in the order of series and time.
    """

    def __init__(self, periods: Sequence[Period] = ()) -> None:
        series = np.array([period.series_id for period in periods], dtype=np.int64)
        self._begins = np.array([to_us(period.begins) for period in periods], dtype=np.int64)
        self._ends = np.array([to_us(period.ends) for period in periods], dtype=np.int64)
        self._scale = np.array([period.scale for period in periods], dtype=np.float64)
        self._shift = np.array([period.shift for period in periods], dtype=np.float64)
        # The first period of each series, and how many it has; a slot more, for all series beyond.
        self._count = np.bincount(series, minlength=1)
        self._first = np.concatenate(([0], np.cumsum(self._count)[:-1]))

    def factors(self, series_id: NDArray[np.int32], ts_us: NDArray[np.int64]) -> Factors:
        """Return the factors of rows; 1 and 0 where no calibration is valid."""
        factors = Factors(np.ones(len(series_id)), np.zeros(len(series_id)))
        inside = series_id < len(self._count)
        count = np.where(inside, self._count[np.where(inside, series_id, 0)], 0)
        for turn in range(int(count.max(initial=0))):
            rows = np.flatnonzero(count > turn)
            period = self._first[series_id[rows]] + turn
            valid = (self._begins[period] <= ts_us[rows]) & (ts_us[rows] < self._ends[period])
            factors.scale[rows[valid]] = self._scale[period[valid]]
            factors.shift[rows[valid]] = self._shift[period[valid]]
        return factors
