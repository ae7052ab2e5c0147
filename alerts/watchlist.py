"""Which rows are worth a look: for every series under a rule its limits, as numpy columns."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from alerts.memory import Group, Key
from alerts.rules import AlertLevel, LevelRule, Reason
from twin.model import JudgedBatch, Mode, SeriesInfo

_NEVER = np.iinfo(np.int64).min
_UNKNOWN = -2
_NO_RULE = -1


class Binding(NamedTuple):
    """A level rule at a series of an entity, with the limits in force there."""

    rule: LevelRule
    info: SeriesInfo
    group: Group
    limits: tuple[tuple[Key, AlertLevel, float], ...]


class Sifted(NamedTuple):
    """What is left of a batch after a look at whole columns.

    Attributes:
        rows: int[k] positions in the batch of the rows that rules must see, in order.
        late: how many rows were not newer than what had been judged.
        slots: int[m] series of the rows that count as judged.
        judged_us: int64[m], until when each is judged with this batch.
    """

    rows: NDArray[np.intp]
    late: int
    slots: NDArray[np.int32]
    judged_us: NDArray[np.int64]


class Watchlist:
    """Series under rules; a series without a rule costs one look-up in an array."""

    def __init__(self, rules: Iterable[LevelRule]) -> None:
        self._rules: dict[str, list[LevelRule]] = {}
        for rule in rules:
            self._rules.setdefault(rule.quantity, []).append(rule)
        self._slot_of = np.full(1024, _UNKNOWN, np.int32)
        self._slots: dict[int, int] = {}
        self._compiled: dict[int, SeriesInfo] = {}
        self._bindings: list[tuple[Binding, ...]] = []
        self._high = np.empty(0)
        self._low = np.empty(0)
        self._active = np.empty(0, np.bool_)
        self._actual = np.empty(0, np.bool_)
        self._judged_us = np.empty(0, np.int64)

    @property
    def quantities(self) -> list[str]:
        """What rules look at."""
        return sorted(self._rules)

    def bindings(self, series_id: int) -> tuple[Binding, ...]:
        """Return the rules at a series that was compiled."""
        slot = self._slots.get(series_id)
        return () if slot is None else self._bindings[slot]

    def forget_bindings(self) -> None:
        """Compile every series again when it comes; what was judged until when stays."""
        self._slot_of[:] = _UNKNOWN

    def uncompiled(self, batch: JudgedBatch) -> list[int]:
        """Return the series of a batch whose rules are not known yet."""
        if not len(batch.series_id):
            return []
        self._make_room(int(batch.series_id.max()))
        unknown = self._slot_of[batch.series_id] == _UNKNOWN
        return [int(series) for series in np.unique(batch.series_id[unknown])]

    def compile(self, info: SeriesInfo) -> list[Reason]:
        """Look up which rules a series falls under.

        Returns:
            Why rules that name its quantity do not judge it, or not at every level.
        """
        refusals: list[Reason] = []
        if self._compiled.get(info.series_id) != info:
            self._bind_anew(info, tuple(self._bind(info, refusals)))
            self._compiled[info.series_id] = info
        self._slot_of[info.series_id] = self._slots.get(info.series_id, _NO_RULE)
        return refusals

    def remember(self, judged_us: Mapping[int, int]) -> None:
        """Set until when series are judged, after a start."""
        for series_id, until_us in judged_us.items():
            slot = self._new_slot(series_id)
            self._judged_us[slot] = until_us

    def activate(self, flags: Iterable[tuple[int, bool]]) -> None:
        """Say which series have latches that are not idle: their rows are always looked at."""
        for series_id, active in flags:
            slot = self._new_slot(series_id)
            self._active[slot] = active

    def sift(self, batch: JudgedBatch) -> Sifted:
        """Return the rows that could change anything, all rows of their series with them."""
        slots = self._slot_of[batch.series_id]
        watched = slots >= 0
        if not watched.all():
            kept = np.flatnonzero(watched)
            slots, value, ts = slots[kept], batch.value[kept], batch.ts_us[kept]
        else:
            kept, value, ts = None, batch.value, batch.ts_us
        fresh = ts > self._judged_us[slots]
        loud = (value >= self._high[slots]) | (value <= self._low[slots]) | self._active[slots]
        loud &= fresh
        rows = np.empty(0, np.intp)
        if loud.any():
            seen = np.zeros(len(self._high), np.bool_)
            seen[slots[loud]] = True
            rows = np.flatnonzero(seen[slots] & fresh)
            rows = rows if kept is None else kept[rows]
        late = len(fresh) - int(np.count_nonzero(fresh))
        judged, until_us = (slots[fresh], ts[fresh]) if late else (slots, ts)
        if batch.now_us:
            # A clock that once ran ahead must not make its next readings late.
            ahead = (until_us > batch.now_us) & self._actual[judged]
            until_us = np.where(ahead, batch.now_us, until_us)
        return Sifted(rows, late, judged, until_us)

    def adopt(self, sifted: Sifted) -> None:
        """Take over until when the series of a batch are judged."""
        # The rows come in the order of their times, and the last one stays.
        self._judged_us[sifted.slots] = sifted.judged_us

    def _bind(self, info: SeriesInfo, refusals: list[Reason]) -> Iterator[Binding]:
        for rule in self._rules.get(info.quantity, ()):
            if not rule.covers(info.quantity, info.channel, info.entity_class):
                continue
            if not rule.judges(info.mode):
                continue
            if rule.datum is not None and rule.datum != info.datum:
                refusals.append(Reason.DATUM_DIFFERS)
                continue
            limits = rule.limits(info.properties)
            refusals.extend(Reason.NO_LIMIT for limit in limits.values() if limit is None)
            known = tuple(
                (Key(str(info.series_id), level.text), level, limit)
                for level, limit in limits.items()
                if limit is not None
            )
            if known:
                yield Binding(rule, info, Group(rule.id, info.entity, info.mode), known)

    def _bind_anew(self, info: SeriesInfo, bindings: tuple[Binding, ...]) -> None:
        if not bindings and info.series_id not in self._slots:
            return
        slot = self._new_slot(info.series_id)
        self._bindings[slot] = bindings
        self._high[slot], self._low[slot] = _outermost(bindings)
        self._actual[slot] = info.mode is Mode.ACTUAL

    def _new_slot(self, series_id: int) -> int:
        if series_id not in self._slots:
            self._slots[series_id] = len(self._bindings)
            self._bindings.append(())
            self._make_columns_longer()
        return self._slots[series_id]

    def _make_room(self, series_id: int) -> None:
        if series_id >= len(self._slot_of):
            more = np.full(series_id + 1, _UNKNOWN, np.int32)
            self._slot_of = np.concatenate([self._slot_of, more])

    def _make_columns_longer(self) -> None:
        if len(self._bindings) <= len(self._high):
            return
        more = max(1024, len(self._high))
        self._high = np.concatenate([self._high, np.full(more, np.inf)])
        self._low = np.concatenate([self._low, np.full(more, -np.inf)])
        self._active = np.concatenate([self._active, np.zeros(more, np.bool_)])
        self._actual = np.concatenate([self._actual, np.zeros(more, np.bool_)])
        self._judged_us = np.concatenate([self._judged_us, np.full(more, _NEVER)])


def _outermost(bindings: Iterable[Binding]) -> tuple[float, float]:
    high, low = float("inf"), float("-inf")
    for binding in bindings:
        limits = [limit for _, _, limit in binding.limits]
        if binding.rule.above:
            high = min(high, *limits)
        else:
            low = max(low, *limits)
    return high, low
