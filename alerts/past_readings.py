"""Readings of series as they are stored: what rules look back at."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import psycopg
from psycopg.rows import tuple_row

from alerts.rules.courses import Flags, Floats, Ints
from twin.model import Grade, from_us
from twin.model.quality import GRADE_MASK

_READ = """
SELECT asked.series_id, (extract(epoch FROM o.ts) * 1000000)::int8, o.value, o.quality
FROM unnest(%s::int4[], %s::timestamptz[], %s::timestamptz[]) AS asked (series_id, after, upto)
JOIN observation o
    ON o.series_id = asked.series_id AND o.ts > asked.after AND o.ts <= asked.upto
WHERE o.quality & %s <> %s
ORDER BY 1, 2
"""


class Readings(NamedTuple):
    """Reliable readings of one series in the order of their times, or rows of many (n).

    Attributes:
        ts_us: int64[n].
        value: float64[n].
        good: bool[n].
    """

    ts_us: Ints
    value: Floats
    good: Flags

    def of(self, rows: Ints | Flags) -> "Readings":
        """Return some of them."""
        return Readings(self.ts_us[rows], self.value[rows], self.good[rows])

    def after(self, ts_us: int) -> "Readings":
        """Return those after an instant."""
        return self.of(self.ts_us > ts_us)

    @classmethod
    def none(cls) -> "Readings":
        """Return no readings."""
        return cls(np.empty(0, np.int64), np.empty(0), np.empty(0, np.bool_))


def joined(one: Readings, other: Readings) -> Readings:
    """Return both, one after the other."""
    return Readings(
        np.concatenate([one.ts_us, other.ts_us]),
        np.concatenate([one.value, other.value]),
        np.concatenate([one.good, other.good]),
    )


def past_readings(
    connection: psycopg.Connection[Any], spans: Mapping[int, tuple[int, int]]
) -> dict[int, Readings]:
    """Return what is stored of series after one instant and up to another.

    Args:
        connection: sees what its own transaction has stored.
        spans: both instants of each series, microseconds.
    """
    found = dict.fromkeys(spans, Readings.none())
    if not spans:
        return found
    after, upto = ([from_us(span[side]) for span in spans.values()] for side in (0, 1))
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(_READ, [list(spans), after, upto, GRADE_MASK, int(Grade.UNRELIABLE)])
        rows = cursor.fetchall()
    if not rows:
        return found
    series, ts_us, value, quality = (np.array(column) for column in zip(*rows, strict=True))
    good = (quality.astype(np.int64) & GRADE_MASK) == Grade.GOOD
    whole = Readings(ts_us.astype(np.int64), value.astype(np.float64), good)
    bounds = np.flatnonzero(np.diff(series, prepend=-1))
    ends = np.append(bounds[1:], len(series))
    for begin, end in zip(bounds.tolist(), ends.tolist(), strict=True):
        found[int(series[begin])] = whole.of(np.arange(begin, end))
    return found
