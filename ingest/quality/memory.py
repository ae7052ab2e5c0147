"""What is remembered of each series: its last values, how long it stands, how late it is."""

from collections.abc import Iterable
from itertools import groupby, takewhile
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.quality import LastValue
from twin.model import Check, Grade, grade_of, to_us

NEVER = np.iinfo(np.int64).min
LAST_VALUES = 3
"""Read of each series from the store: the last one and two before."""

_IMPLAUSIBLE = Check.HARD_LIMIT | Check.SENTINEL
_ALONE = Check.RATE | Check.SPIKE
_MANY = 1_000_000


class Columns(NamedTuple):
    """What is remembered, one element for each series; plausible values are raw ones.

    Attributes:
        known: whether the store was asked.
        seen_us: until when it was judged; what is not newer is late.
        value: the last plausible value, NaN where there is none.
        value_us: when that was observed.
        former: the plausible value before it, NaN where there is none.
        former_us: when that was observed.
        alone: whether the last plausible value agrees with nothing before.
        turned: whether it jumped back to where the value before the former one was.
        since_us: since when the last plausible value stands.
        standing: how many readings of it in succession.
        ts_us: when the last reading was observed, plausible or not.
        lag_us: by how much it arrived later.
        lagging: how many readings in succession arrived equally late.
    """

    known: NDArray[np.bool_]
    seen_us: NDArray[np.int64]
    value: NDArray[np.float64]
    value_us: NDArray[np.int64]
    former: NDArray[np.float64]
    former_us: NDArray[np.int64]
    alone: NDArray[np.bool_]
    turned: NDArray[np.bool_]
    since_us: NDArray[np.int64]
    standing: NDArray[np.int64]
    ts_us: NDArray[np.int64]
    lag_us: NDArray[np.int64]
    lagging: NDArray[np.int64]


_EMPTY = {
    "known": (False, np.bool_),
    "seen_us": (NEVER, np.int64),
    "value": (np.nan, np.float64),
    "value_us": (0, np.int64),
    "former": (np.nan, np.float64),
    "former_us": (0, np.int64),
    "alone": (False, np.bool_),
    "turned": (False, np.bool_),
    "since_us": (0, np.int64),
    "standing": (0, np.int64),
    "ts_us": (0, np.int64),
    "lag_us": (0, np.int64),
    "lagging": (0, np.int64),
}


class Memory:
    """Columns that grow with the numbers of series."""

    def __init__(self) -> None:
        self.columns = _empty(1024)

    def unknown(self, series_id: NDArray[np.int32]) -> list[int]:
        """Return the series of which nothing was read from the store yet; they fit in now."""
        highest = int(series_id.max(initial=0))
        if highest >= len(self.columns.known):
            more = _empty(highest + 1)
            pairs = zip(Columns._fields, self.columns, more, strict=True)
            joined: dict[str, Any] = {name: np.concatenate((one, new)) for name, one, new in pairs}
            self.columns = Columns(**joined)
        known = self.columns.known[series_id]
        return [] if known.all() else np.unique(series_id[~known]).tolist()

    def load(self, series_ids: Iterable[int], values: Iterable[LastValue]) -> None:
        """Take over what the store has of series: their last raw values in order of time.

        Since when a value stands is not asked for: a series that was not called stuck yet is
        given that time once more.
        """
        for series_id in series_ids:
            self.columns.known[series_id] = True
        for series_id, group in groupby(values, attrgetter("series_id")):
            self._load_one(series_id, list(group))

    def set(self, series_id: NDArray[np.int32], **columns: NDArray[Any]) -> None:
        """Set some columns of series, each of which comes once."""
        for name, column in columns.items():
            getattr(self.columns, name)[series_id] = column

    def _load_one(self, series_id: int, values: list[LastValue]) -> None:
        at = self.columns
        at.seen_us[series_id] = to_us(values[-1].seen)
        at.ts_us[series_id] = to_us(values[-1].ts)
        plausible = [each for each in values if _is_plausible(each.quality)]
        if not plausible:
            return
        last = plausible[-1]
        same = list(takewhile(lambda each: each.value == last.value, reversed(plausible)))
        stuck = bool(last.quality & Check.STUCK)
        at.value[series_id], at.value_us[series_id] = last.value, to_us(last.ts)
        at.alone[series_id] = bool(last.quality & _ALONE)
        at.since_us[series_id] = 0 if stuck else to_us(same[-1].ts)
        at.standing[series_id] = _MANY if stuck else len(same)
        if len(plausible) > 1:
            former = plausible[-2]
            at.former[series_id], at.former_us[series_id] = former.value, to_us(former.ts)
            # Or it went on from there; which of both it was is not stored.
            at.turned[series_id] = bool(former.quality & _ALONE)


def _is_plausible(quality: int) -> bool:
    flagged = quality & Check.DEVICE_FLAG and grade_of(quality) is Grade.UNRELIABLE
    return not (quality & _IMPLAUSIBLE or flagged)


def _empty(size: int) -> Columns:
    filled: dict[str, Any] = {name: np.full(size, *filling) for name, filling in _EMPTY.items()}
    return Columns(**filled)
