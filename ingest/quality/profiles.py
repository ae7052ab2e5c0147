"""What is expected of each series, as columns: a few profiles, and which of them a series has."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.quality import Override
from data.reference.quality_checks import CheckSettings, check_settings, with_overrides
from twin.model import Mode, SeriesInfo, Statistic

Floats = NDArray[np.float64]
Numbers = NDArray[np.int32]

_UNKNOWN = -1
_US = 1e6
_US_PER_HOUR = 3.6e9
_NEAR = 1e-9
"""Relative: a sentinel that went through another unit differs in its last digits."""


class Expected(NamedTuple):
    """What is expected of the values of n rows, float64[n] each; see ``CheckSettings``.

    Rates are changes in a microsecond, times are microseconds.
    """

    hard_min: Floats
    soft_min: Floats
    soft_max: Floats
    hard_max: Floats
    noise: Floats
    rate_soft: Floats
    rate_hard: Floats
    spike: Floats
    stuck_us: Floats
    stuck_readings: Floats
    still_min: Floats
    still_max: Floats
    future_us: Floats
    lag_us: Floats


class Profiles:
    """Dense by series; of many thousand series most share the same few profiles.

    Args:
        overrides: what people set for series, or for entities and their quantities.
    """

    def __init__(self, overrides: Iterable[Override] = ()) -> None:
        self._number_of = np.full(1024, _UNKNOWN, np.int32)
        self._numbers: dict[CheckSettings, int] = {}
        self._columns = np.empty((len(Expected._fields), 0))
        self._sentinels = np.empty(0)
        self._has = np.empty((0, 0), np.bool_)
        self._of_series: dict[int, Mapping[str, Any]] = {}
        self._of_entity: dict[tuple[int, str], Mapping[str, Any]] = {}
        for each in overrides:
            if each.series_id is None:
                self._of_entity[each.entity, each.quantity] = each.settings
            else:
                self._of_series[each.series_id] = each.settings

    def numbers(self, series_ids: Numbers, series: Mapping[int, SeriesInfo]) -> Numbers:
        """Return the profile of each row, int32[n]; new series are looked up in ``series``."""
        highest = int(series_ids.max(initial=0))
        if highest >= len(self._number_of):
            more = np.full(highest + 1, _UNKNOWN, np.int32)
            self._number_of = np.concatenate([self._number_of, more])
        found: Numbers = self._number_of[series_ids]
        unknown = found == _UNKNOWN
        if unknown.any():
            for series_id in np.unique(series_ids[unknown]).tolist():
                self._number_of[series_id] = self._learn(series[series_id])
            found = self._number_of[series_ids]
        return found

    def expected(self, numbers: Numbers) -> Expected:
        """Return what is expected of rows with these profiles."""
        return Expected(*self._columns.take(numbers, axis=1))

    def is_sentinel(self, raw: Floats, numbers: Numbers) -> NDArray[np.bool_]:
        """Return which raw values stand for "full scale" or "none", bool[n]."""
        found = np.zeros(len(raw), np.bool_)
        above = self._sentinels.searchsorted(raw)
        for place in (above - 1, above):
            at = np.clip(place, 0, len(self._sentinels) - 1)
            likely = np.abs(self._sentinels[at] - raw) <= _NEAR * np.abs(raw)
            if likely.any():
                found |= likely & self._has[numbers, at]
        return found

    def _learn(self, info: SeriesInfo) -> int:
        settings = check_settings(info.entity_class, info.quantity, info.statistic, info.period_s)
        for own in (
            self._of_entity.get((info.entity, info.quantity)),
            self._of_series.get(info.series_id),
        ):
            settings = with_overrides(settings, own) if own else settings
        if info.mode is not Mode.ACTUAL or info.statistic != Statistic.INSTANT:
            settings = settings._replace(future_s=float("inf"), lag_s=float("inf"))
        if settings not in self._numbers:
            self._numbers[settings] = len(self._numbers)
            self._pack()
        return self._numbers[settings]

    def _pack(self) -> None:
        known = list(self._numbers)
        self._columns = np.array([_column(settings) for settings in known]).T.copy()
        # One beyond all numbers keeps the table from being empty.
        values = {np.inf}.union(*(settings.sentinels for settings in known))
        self._sentinels = np.array(sorted(values))
        self._has = np.array([np.isin(self._sentinels, each.sentinels) for each in known])


def _column(settings: CheckSettings) -> list[float]:
    """Return the settings in the order of ``Expected``, in its units."""
    said = settings._asdict()
    del said["sentinels"]
    said |= {
        "rate_soft": settings.rate_soft / _US_PER_HOUR,
        "rate_hard": settings.rate_hard / _US_PER_HOUR,
        # Whatever is a jump is a fast change too.
        "spike": max(settings.spike, settings.noise),
        "stuck_s": settings.stuck_s * _US,
        "future_s": settings.future_s * _US,
        "lag_s": settings.lag_s * _US,
    }
    return list(said.values())
