"""What the store says around a reading that jumped: readings before and after it, neighbours."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import psycopg
from psycopg.rows import tuple_row

from alerts.past_readings import Readings, past_readings
from data.quality_confirmed import Confirmation, Refused, confirm
from data.series_bound import BoundSeries, read_series
from twin.model import SeriesInfo, from_us, to_us

# Interval is what docs/devices.md means by it; where it is not known yet, the gap before counts.
# Constant bounds let the chunks of other times be left alone.
_AROUND = """
SELECT k.series_id, k.ts, o.value, o.quality, b.ts, b.value,
       1e6 * greatest(coalesce(nullif(d.interval_s, 0), extract(epoch FROM k.ts - p.ts), 3600),
                      s.period_s, 20),
       (SELECT count(*) FROM observation a
        WHERE a.series_id = k.series_id AND a.ts > k.ts AND a.ts <= l.ts AND a.quality & 3 <> 2
          AND a.ts > %(first)s)
FROM unnest(%(series)s::int4[], %(times)s::timestamptz[]) AS k (series_id, ts)
JOIN series s ON s.id = k.series_id
JOIN series_latest l ON l.series_id = k.series_id
JOIN observation o ON o.series_id = k.series_id AND o.ts = k.ts
    AND o.ts BETWEEN %(first)s AND %(last)s
LEFT JOIN device_state d ON d.device = s.device
LEFT JOIN LATERAL (
    SELECT ts FROM observation
    WHERE series_id = k.series_id AND ts < k.ts AND ts > k.ts - interval '3 days'
      AND ts > %(first)s::timestamptz - interval '3 days' AND ts < %(last)s
    ORDER BY ts DESC LIMIT 1) p ON true
LEFT JOIN LATERAL (
    SELECT ts, value FROM observation
    WHERE series_id = k.series_id AND ts < k.ts AND ts > k.ts - interval '3 days'
      AND ts > %(first)s::timestamptz - interval '3 days' AND ts < %(last)s
      AND quality & 3 <> 2
    ORDER BY ts DESC LIMIT 1) b ON true
"""
_NEIGHBOURS = """
SELECT k.series_id, k.ts, n.id, o.ts, o.value
FROM unnest(%(series)s::int4[], %(times)s::timestamptz[], %(metres)s::float8[])
    AS k (series_id, ts, metres)
JOIN series s ON s.id = k.series_id
JOIN entity e ON e.code = s.entity
CROSS JOIN LATERAL (
    SELECT e.code
    UNION
    SELECT m.code FROM entity m
    WHERE k.metres > 0 AND NOT m.retired AND st_dwithin(m.geom, e.geom, k.metres)
) near
JOIN series n ON n.entity = near.code AND n.quantity = s.quantity AND n.mode = s.mode
    AND n.statistic = s.statistic AND n.id <> s.id
LEFT JOIN LATERAL (
    SELECT ts, value FROM observation
    WHERE series_id = n.id AND ts <= k.ts AND ts > k.ts - interval '1 day' AND quality & 3 <> 2
      AND ts > %(first)s::timestamptz - interval '1 day' AND ts <= %(last)s
    ORDER BY ts DESC LIMIT 1) o ON true
ORDER BY 1, 2, 3
"""


class Around(NamedTuple):
    """A stored reading, and what is around it in its series.

    Attributes:
        value: of it.
        quality: of it.
        before_us: when the last reading before it that can be relied on was observed; 0 for none.
        before: the value of that reading.
        interval_us: how often its device sends.
        after: how many readings after it can be relied on.
    """

    value: float
    quality: int
    before_us: int
    before: float | None
    interval_us: int
    after: int


class Neighbour(NamedTuple):
    """Another series of the same quantity near by.

    Attributes:
        info: the series.
        ts_us: of its newest reading that can be relied on, not newer than what it is asked for.
        value: of that reading, None where there is none.
    """

    info: SeriesInfo
    ts_us: int
    value: float | None


class ExtremeStore(Protocol):
    """Asked about readings that jumped, in the transaction that stores them."""

    def past(self, spans: Mapping[int, tuple[int, int]]) -> dict[int, Readings]:
        """Return the readings of series after one instant and up to another."""

    def around(self, readings: Sequence[Refused]) -> Mapping[Refused, Around]:
        """Return what is around stored readings."""

    def neighbours(self, metres: Mapping[Refused, float]) -> Mapping[Refused, Sequence[Neighbour]]:
        """Return the other series of the same quantity at the same thing, or so near to it."""

    def series(self, series_ids: Iterable[int]) -> Iterable[BoundSeries]:
        """Return series, as the register stands."""

    def confirm(self, confirmed: Mapping[Refused, Confirmation]) -> set[Refused]:
        """Make unreliable readings doubtful; return those that were unreliable."""


class StoredExtremes:
    """The answers of a store.

    Args:
        connection: in the transaction of the batch.
    """

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def past(self, spans: Mapping[int, tuple[int, int]]) -> dict[int, Readings]:
        """Return the readings of series after one instant and up to another."""
        return past_readings(self._connection, spans)

    def around(self, readings: Sequence[Refused]) -> dict[Refused, Around]:
        """Return what is around stored readings."""
        with self._connection.cursor(row_factory=tuple_row) as cursor:
            cursor.execute(_AROUND, _asked(readings))
            return {
                Refused(series, to_us(ts)): Around(
                    value, quality, to_us(at) if at else 0, before, int(interval), after
                )
                for series, ts, value, quality, at, before, interval, after in cursor
            }

    def neighbours(self, metres: Mapping[Refused, float]) -> dict[Refused, list[Neighbour]]:
        """Return the other series of the same quantity at the same thing, or so near to it."""
        found: dict[Refused, list[Neighbour]] = {key: [] for key in metres}
        if not metres:
            return found
        with self._connection.cursor(row_factory=tuple_row) as cursor:
            cursor.execute(_NEIGHBOURS, {**_asked(metres), "metres": list(metres.values())})
            rows = cursor.fetchall()
        infos = {one.info.series_id: one for one in self.series({row[2] for row in rows})}
        for series_id, jumped, other, ts, value in rows:
            if infos[other].stands:
                one = Neighbour(infos[other].info, 0 if ts is None else to_us(ts), value)
                found[Refused(series_id, to_us(jumped))].append(one)
        return found

    def series(self, series_ids: Iterable[int]) -> Iterable[BoundSeries]:
        """Return series, as the register stands."""
        return read_series(self._connection, series_ids)

    def confirm(self, confirmed: Mapping[Refused, Confirmation]) -> set[Refused]:
        """Make unreliable readings doubtful; return those that were unreliable."""
        return confirm(self._connection, confirmed)


def _asked(readings: Iterable[Refused]) -> dict[str, object]:
    keys = list(readings)
    times = [from_us(key.ts_us) for key in keys]
    series = [key.series_id for key in keys]
    return {"series": series, "times": times, "first": min(times), "last": max(times)}
