"""A store of any size for benchmarks: a year of minutes for some series, latest values for many.

Filled day by day, each day in one transaction, so that a run that was ended goes on where it was.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import psycopg

from bench import register_of_size
from data import rollups

Connection = psycopg.Connection[tuple[Any, ...]]

SENSORS = 13_000
QUANTITIES = ("level", "discharge", "velocity")
END = datetime(2026, 1, 1, 16, tzinfo=UTC)
"""Midnight of UTC+8: days of rollups and days of filling are the same."""

_SERIES = """
    INSERT INTO series (entity, device, quantity)
    SELECT code, code, quantity
    FROM (SELECT code FROM entity ORDER BY code LIMIT %(sensors)s) AS found
    CROSS JOIN unnest(%(quantities)s::text[]) AS quantity ORDER BY code, quantity"""

# Values come in the order of time, so that a series' rows lie apart as they do in a live store.
_VALUES = """
    INSERT INTO observation (series_id, ts, value, quality, received_at)
    SELECT s, ts, sin(extract(epoch FROM ts) / 3600 + s) * 2 + s %% 7, 0, ts + interval '1 second'
    FROM generate_series(%(start)s::timestamptz, %(last)s, interval '1 minute') AS ts
    CROSS JOIN unnest(%(series)s::int4[]) AS s"""

_MINUTES = """
    INSERT INTO rollup_minute (series_id, bucket, count, unreliable, min, max, sum, first, last)
    SELECT series_id, ts, 1, 0, value, value, value, value, value
    FROM observation WHERE ts >= %(start)s AND ts <= %(last)s ORDER BY ts"""

_COARSER = """
    INSERT INTO {table} (series_id, bucket, count, unreliable, min, max, sum, first, last)
    SELECT series_id, {bucket}, sum(count), sum(unreliable), min(min), max(max), sum(sum),
           first(first, bucket), last(last, bucket)
    FROM {finer} WHERE bucket >= %(start)s AND bucket <= %(last)s GROUP BY 1, 2 ORDER BY 2, 1"""

_LATEST = """
    INSERT INTO series_latest (series_id, ts, value, quality, received_at)
    SELECT id, %(end)s - interval '1 second' * (id %% 60), id / 7.0, 0, %(end)s FROM series
    ON CONFLICT DO NOTHING"""


class Size(NamedTuple):
    """How many series have how many days of minutes."""

    series: int
    days: int

    @property
    def start(self) -> datetime:
        """Return when the first day begins."""
        return END - timedelta(days=self.days)


def prepare(connection: Connection) -> list[int]:
    """Fill the register, the series and their latest values, once; return the series."""
    if connection.execute("SELECT FROM entity LIMIT 1").fetchone() is None:
        register_of_size.fill(connection, SENSORS)
    if connection.execute("SELECT FROM series LIMIT 1").fetchone() is None:
        connection.execute(_SERIES, {"sensors": SENSORS, "quantities": list(QUANTITIES)})
        connection.execute(_LATEST, {"end": END})
        connection.commit()
    return [row[0] for row in connection.execute("SELECT id FROM series ORDER BY id").fetchall()]


def spread(series: list[int], count: int) -> list[int]:
    """Return so many of the series, evenly spread."""
    return [series[number * len(series) // count] for number in range(count)]


def missing_days(connection: Connection, size: Size) -> Iterator[datetime]:
    """Yield the beginnings of the days that are not filled yet."""
    newest = connection.execute("SELECT max(bucket) FROM rollup_day").fetchall()[0][0]
    day = size.start if newest is None else newest + timedelta(days=1)
    while day < END:
        yield day
        day += timedelta(days=1)


def fill_day(connection: Connection, series: list[int], day: datetime) -> None:
    """Store a day of minutes of the series with its rollups, and commit."""
    told = {"start": day, "last": day + timedelta(days=1, minutes=-1), "series": series}
    connection.execute("SET LOCAL synchronous_commit = off")
    connection.execute(_VALUES, told)
    connection.execute(_MINUTES, told)
    for table, bucket, finer in (
        ("rollup_hour", "time_bucket('1 hour', bucket)", "rollup_minute"),
        ("rollup_day", f"time_bucket('1 day', bucket, '{rollups.LOCAL_ZONE}')", "rollup_hour"),
    ):
        statement = _COARSER.format(table=table, bucket=bucket, finer=finer)
        connection.execute(statement.encode(), told)
    connection.commit()


def differs_from_the_job(connection: Connection, series: int, day: datetime) -> int:
    """Return how many buckets of a day the job computes otherwise, which then stand instead."""
    end = day + timedelta(days=1)
    told = {"series": series, "start": day, "end": end}
    before = _buckets(connection, told)
    for level in rollups.LEVELS:
        connection.execute(
            f"DELETE FROM {level.table} WHERE series_id = %(series)s"  # noqa: S608 - ours
            " AND bucket >= %(start)s AND bucket < %(end)s".encode(),
            told,
        )
    minute = timedelta(minutes=1)
    rollups.note_series(connection, series, received=(day, end), observed=(day, end - minute))
    connection.commit()
    while rollups.roll_up(connection, horizon=day):
        pass
    return len(before ^ _buckets(connection, told))


def _buckets(connection: Connection, told: dict[str, Any]) -> set[tuple[Any, ...]]:
    found: set[tuple[Any, ...]] = set()
    for level in rollups.LEVELS:
        rows = connection.execute(
            f"SELECT {level.interval!r}, bucket, count, unreliable, min, max,"  # noqa: S608 - ours
            f" round(sum::numeric, 9), first, last FROM {level.table} WHERE series_id = %(series)s"
            " AND bucket >= %(start)s AND bucket < %(end)s".encode(),
            told,
        )
        found.update(rows)
    return found
