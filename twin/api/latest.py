"""The newest value of every series in memory, and what of it viewers have not been told."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.model.frame import Frame, FrameKind

_FIRST_ROOM = 1024
_MOST_SERIES = 1 << 24
"""A larger number of a series is a broken frame, not a city: it would cost gigabytes."""

_NEVER = np.iinfo(np.int64).min
_SECOND_US = 1_000_000


class ImpossibleSeriesError(ValueError):
    """A number of a series that no store gives. Leave the frame out and reload."""


class Values(NamedTuple):
    """Newest values as columns of n elements; a series stands in them once.

    Attributes:
        series_id: uint32[n].
        ts_us: int64[n], microseconds since 1970 UTC.
        value: float32[n].
        grade: uint8[n].
    """

    series_id: NDArray[np.uint32]
    ts_us: NDArray[np.int64]
    value: NDArray[np.float32]
    grade: NDArray[np.uint8]


class LatestValues:
    """Columns indexed by the number of the series; the times are whole seconds, as on the wire."""

    def __init__(self) -> None:
        self._ts_s = np.full(_FIRST_ROOM, _NEVER, dtype=np.int64)
        self._value = np.zeros(_FIRST_ROOM, dtype=np.float32)
        self._grade = np.zeros(_FIRST_ROOM, dtype=np.uint8)
        self._changed = np.zeros(_FIRST_ROOM, dtype=np.bool_)

    def merge(self, new: Values) -> None:
        """Take what is not older than what is known.

        Raises:
            ImpossibleSeriesError: a number of a series is too large to be one.
        """
        if not len(new.series_id):
            return
        self._make_room(int(new.series_id.max()))
        ids, ts_s = new.series_id, new.ts_us // _SECOND_US
        newer = ts_s > self._ts_s[ids]
        other = (new.value != self._value[ids]) | (new.grade != self._grade[ids])
        taken = newer | ((ts_s == self._ts_s[ids]) & other)
        ids = ids[taken]
        self._ts_s[ids] = ts_s[taken]
        self._value[ids] = new.value[taken]
        self._grade[ids] = new.grade[taken]
        self._changed[ids] = True

    def take_changed(self, seq: int) -> Frame | None:
        """Return what changed since the last call, or None where nothing did."""
        ids = np.flatnonzero(self._changed)
        if not len(ids):
            return None
        self._changed[ids] = False
        return self._frame(FrameKind.DELTA, seq, ids)

    def snapshot(self, seq: int) -> Frame:
        """Return everything that is known."""
        return self._frame(FrameKind.SNAPSHOT, seq, np.flatnonzero(self._ts_s != _NEVER))

    def _frame(self, kind: FrameKind, seq: int, ids: NDArray[np.intp]) -> Frame:
        return Frame(
            kind,
            seq,
            ids.astype(np.uint32),
            self._ts_s[ids] * _SECOND_US,
            self._value[ids],
            self._grade[ids],
        )

    def _make_room(self, largest: int) -> None:
        if largest >= _MOST_SERIES:
            raise ImpossibleSeriesError(f"series {largest}: expected less than {_MOST_SERIES}")
        missing = largest + 1 - len(self._ts_s)
        if missing <= 0:
            return
        # Doubling keeps the copying rare while series come one by one.
        room = max(missing, len(self._ts_s))
        self._ts_s = np.concatenate([self._ts_s, np.full(room, _NEVER, dtype=np.int64)])
        self._value = np.concatenate([self._value, np.zeros(room, dtype=np.float32)])
        self._grade = np.concatenate([self._grade, np.zeros(room, dtype=np.uint8)])
        self._changed = np.concatenate([self._changed, np.zeros(room, dtype=np.bool_)])
