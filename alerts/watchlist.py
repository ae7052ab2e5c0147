"""Which readings are worth a look: for every series under a rule its limits, as numpy columns."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from alerts.looking_back import Known, LookBack, Loud, Past
from alerts.past_readings import Readings
from alerts.rules.courses import NEVER, Flags, Floats, Ints
from alerts.rules.signals import Plain, Signal
from twin.model import Grade, JudgedBatch
from twin.model.quality import GRADE_MASK

_UNKNOWN, _NONE = -2, -1
_PLAIN = Plain()


class Sifted(NamedTuple):
    """What is left of a batch after a look at whole columns.

    Attributes:
        loud: what rules must see.
        late: int64[], positions in the batch of rows not newer than what had been judged.
        unreliable: how many rows of series under rules were passed over.
        series: int64[m], the series of the rows that count as judged.
        judged_us: int64[m], until when each is judged with this batch.
        recent: for series whose signals look back: what they must know next time.
    """

    loud: Loud
    late: Ints
    unreliable: int
    series: Ints
    judged_us: Ints
    recent: Mapping[int, Known]


class Slot(NamedTuple):
    """A signal of a series that limits are held against."""

    series_id: int
    signal: Signal


class Watchlist:
    """Series under rules; a series without a rule costs one look-up in an array.

    Attributes:
        slots: signals of series, by number.
    """

    def __init__(self) -> None:
        self.slots: list[Slot] = []
        self._by_series: dict[int, dict[Signal, int]] = {}
        self._plain: Ints = np.full(1024, _UNKNOWN, np.int64)
        self._watched: Flags = np.zeros(1024, np.bool_)
        self._looks_back: Flags = np.zeros(1024, np.bool_)
        self._actual: Flags = np.zeros(1024, np.bool_)
        self._judged_us: Ints = np.full(1024, -NEVER, np.int64)
        self._high: Floats = np.empty(0)
        self._low: Floats = np.empty(0)
        self._active: Flags = np.empty(0, np.bool_)
        self._look_back = LookBack()

    def forget(self, series_id: int | None = None) -> None:
        """Have a series, or all, looked up again when it next comes; what was judged stays."""
        self._plain[slice(None) if series_id is None else series_id] = _UNKNOWN

    def unknown(self, series_id: NDArray[np.integer[Any]]) -> list[int]:
        """Return those of some series whose rules are not known yet."""
        if not len(series_id):
            return []
        self._make_room(int(series_id.max()))
        asked = np.unique(series_id[self._plain[series_id] == _UNKNOWN])
        return [int(series) for series in asked]

    def bind(
        self, series_id: int, bounds: Mapping[Signal, tuple[float, float]], *, actual: bool
    ) -> dict[Signal, int]:
        """Say which signals of a series limits are held against, and the outermost limits.

        Args:
            series_id: the series.
            bounds: what a value must reach upwards, or downwards, for any limit of each signal.
            actual: whether it is of the real city, whose times our clock can judge.

        Returns:
            The number of the slot of each signal.
        """
        self._make_room(series_id)
        known = self._by_series.setdefault(series_id, {})
        for signal in known.keys() - bounds.keys():
            self._high[known[signal]], self._low[known[signal]] = np.inf, -np.inf
        for signal, (high, low) in bounds.items():
            slot = known.get(signal)
            if slot is None:
                slot = known[signal] = self._new_slot(Slot(series_id, signal))
            self._high[slot], self._low[slot] = high, low
        self._plain[series_id] = known.get(_PLAIN, _NONE)
        self._watched[series_id] = bool(bounds)
        looking = {signal: slot for signal, slot in known.items() if signal != _PLAIN}
        self._looks_back[series_id] = any(signal in bounds for signal in looking)
        self._look_back.bind(series_id, looking)
        self._actual[series_id] = actual
        return {signal: known[signal] for signal in bounds}

    def recall(self, series_id: int) -> None:
        """Say that nothing has changed about the rules of a series."""
        self._make_room(series_id)
        self._plain[series_id] = self._by_series.get(series_id, {}).get(_PLAIN, _NONE)

    def remember(self, judged_us: Mapping[int, int]) -> None:
        """Set until when series are judged, after a start."""
        for series_id, until_us in judged_us.items():
            self._make_room(series_id)
            self._judged_us[series_id] = until_us

    def judged_us(self, series_id: Ints) -> Ints:
        """Return until when series are judged."""
        return self._judged_us[series_id]

    def activate(self, slots: Ints, active: Flags) -> None:
        """Say which slots have latches that are not idle: their rows are always looked at."""
        self._active[slots] = active

    def sift(self, batch: JudgedBatch, past: Past) -> Sifted:
        """Return what could move a latch, with all of its slot."""
        watched = np.flatnonzero(self._watched[batch.series_id])
        series, ts_us = batch.series_id[watched].astype(np.int64), batch.ts_us[watched]
        grade = batch.quality[watched] & GRADE_MASK
        fresh = ts_us > self._judged_us[series]
        told = fresh & (grade != Grade.UNRELIABLE)
        rows = watched[told]
        readings = Readings(batch.ts_us[rows], batch.value[rows], grade[told] == Grade.GOOD)
        looking = self._looks_back[series[told]]
        looked = self._look_back.look(series[told][looking], readings.of(looking), past)
        plain = self._plain[series[told]]
        here = plain >= 0
        loud = self._loud(Loud(plain[here], *readings.of(here)))
        return Sifted(
            loud=_joined([loud, *(self._loud(each) for each in looked.loud)]),
            late=watched[~fresh],
            unreliable=int(np.count_nonzero(fresh & ~told)),
            series=series[fresh],
            judged_us=self._until(batch.now_us, series[fresh], ts_us[fresh]),
            recent=looked.recent,
        )

    def adopt(self, sifted: Sifted) -> None:
        """Take over until when the series of a batch are judged."""
        # The rows come in the order of their times, and the last one stays.
        self._judged_us[sifted.series] = sifted.judged_us
        self._look_back.adopt(sifted.recent)

    def forget_recent(self, series_ids: Iterable[int]) -> None:
        """Read again what signals of some series look back at: a late reading came between."""
        self._look_back.forget(series_ids)

    def reach_us(self, series_id: int) -> int:
        """Return how far back the signals of a series look."""
        signals = self._by_series.get(series_id, {})
        return max((signal.reach_us for signal in signals), default=0)

    def signals(self, series_id: int) -> Mapping[Signal, int]:
        """Return the slots of a series by their signals."""
        return self._by_series.get(series_id, {})

    def _until(self, now_us: int, series: Ints, ts_us: Ints) -> Ints:
        if not now_us:
            return ts_us
        # A clock that once ran ahead must not make its next readings late.
        return np.where((ts_us > now_us) & self._actual[series], now_us, ts_us)

    def _loud(self, rows: Loud) -> Loud:
        reached = (rows.value >= self._high[rows.slot]) | (rows.value <= self._low[rows.slot])
        reached |= self._active[rows.slot]
        if not reached.any():
            return rows.of(reached)
        seen = np.zeros(len(self.slots), np.bool_)
        seen[rows.slot[reached]] = True
        kept = seen[rows.slot]
        return rows.of(kept)

    def _new_slot(self, slot: Slot) -> int:
        self.slots.append(slot)
        if len(self.slots) > len(self._high):
            more = max(1024, len(self._high))
            self._high = np.concatenate([self._high, np.full(more, np.inf)])
            self._low = np.concatenate([self._low, np.full(more, -np.inf)])
            self._active = np.concatenate([self._active, np.zeros(more, np.bool_)])
        return len(self.slots) - 1

    def _make_room(self, series_id: int) -> None:
        more = series_id + 1 - len(self._plain)
        if more > 0:
            more = max(more, len(self._plain))
            self._plain = np.concatenate([self._plain, np.full(more, _UNKNOWN)])
            no = np.zeros(more, np.bool_)
            self._watched = np.concatenate([self._watched, no])
            self._looks_back = np.concatenate([self._looks_back, no])
            self._actual = np.concatenate([self._actual, no])
            self._judged_us = np.concatenate([self._judged_us, np.full(more, -NEVER)])


def _joined(parts: list[Loud]) -> Loud:
    if len(parts) == 1:
        return parts[0]
    return Loud(
        np.concatenate([part.slot for part in parts]),
        np.concatenate([part.ts_us for part in parts]),
        np.concatenate([part.value for part in parts]),
        np.concatenate([part.good for part in parts]),
    )
