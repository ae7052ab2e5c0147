"""A series as a chart can show it: as many points as it has room for, with their extremes."""

from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any, Literal, NamedTuple

import numpy as np
from psycopg.sql import SQL, Identifier
from pydantic import BaseModel, Field

from twin.api.series_columns import Columns, columns, length
from twin.api.series_formats import json_rows
from twin.api.store import Pool, row
from twin.model import Grade

LevelName = Literal["observations", "minute", "hour", "day"]


class Point(BaseModel):
    """What the values of a span came to; unreliable ones are counted and left out."""

    at: datetime = Field(
        description="when the span begins; of a single value, when it was observed"
    )
    count: int
    unreliable: int
    min: float | None
    max: float | None
    mean: float | None
    first: float | None
    last: float | None


class SeriesPoints(BaseModel):
    """Points in the order of time; spans without a value are left out."""

    level: LevelName = Field(description="what the points were computed from")
    span_s: int = Field(description="length of each span in seconds, 0 for single values")
    points: list[Point]


class Span(NamedTuple):
    """What is to be shown: from (included) to (not included), in how many points at most."""

    start: datetime
    end: datetime
    points: int

    @property
    def seconds(self) -> float:
        """Return the seconds that one point has to stand for."""
        return (self.end - self.start).total_seconds() / self.points


class Points(NamedTuple):
    """The fields of SeriesPoints; the columns are those of Point, with ``ts`` for ``at``."""

    level: LevelName
    span_s: int
    columns: Columns

    def as_json(self) -> dict[str, Any]:
        """Return what becomes SeriesPoints in JSON."""
        named = {"at": self.columns["ts"]} | self.columns
        del named["ts"]
        return {"level": self.level, "span_s": self.span_s, "points": json_rows(named)}


class _Level(NamedTuple):
    """A rollup: its table, the length of its buckets in seconds, and where they begin."""

    name: LevelName
    table: str
    bucket_s: int
    origin: datetime


_MIDNIGHT = datetime(2000, 1, 1, tzinfo=UTC)
# Days begin at midnight of UTC+8.
_DAY = _Level("day", "rollup_day", 86_400, _MIDNIGHT - timedelta(hours=8))
_HOUR = _Level("hour", "rollup_hour", 3_600, _MIDNIGHT)
_MINUTE = _Level("minute", "rollup_minute", 60, _MIDNIGHT)
_LEVELS = (_DAY, _HOUR, _MINUTE)

_COLUMNS = ("ts", "count", "unreliable", "min", "max", "mean", "first", "last")

_FIRST_MINUTE = SQL("""
    SELECT min(bucket) AS bucket FROM rollup_minute
    WHERE series_id = %(id)s AND bucket >= %(start)s AND bucket < %(end)s""")

_KEPT = SQL("quality & 3 < {}").format(int(Grade.UNRELIABLE))

_SINGLE = SQL("""
    SELECT ts, kept::int::int8 AS count, (NOT kept)::int::int8 AS unreliable,
           shown AS min, shown AS max, shown AS mean, shown AS first, shown AS last
    FROM observation, LATERAL (SELECT {kept} AS kept) AS k,
         LATERAL (SELECT CASE WHEN kept THEN value ELSE 'NaN' END AS shown) AS v
    WHERE series_id = %(id)s AND ts >= %(start)s AND ts < %(end)s
    ORDER BY ts LIMIT %(most)s""").format(kept=_KEPT)

# A null is told as NaN, for columns have none.
_OF_VALUES = SQL("""
    SELECT time_bucket(%(span)s, ts, %(start)s::timestamptz) AS ts,
           count(*) FILTER (WHERE {kept}) AS count,
           count(*) FILTER (WHERE NOT {kept}) AS unreliable,
           coalesce(min(value) FILTER (WHERE {kept}), 'NaN') AS min,
           coalesce(max(value) FILTER (WHERE {kept}), 'NaN') AS max,
           coalesce(avg(value) FILTER (WHERE {kept}), 'NaN') AS mean,
           coalesce(first(value, ts) FILTER (WHERE {kept}), 'NaN') AS first,
           coalesce(last(value, ts) FILTER (WHERE {kept}), 'NaN') AS last
    FROM observation WHERE series_id = %(id)s AND ts >= %(start)s AND ts < %(end)s
    GROUP BY 1 ORDER BY 1""").format(kept=_KEPT)

_OF_ROLLUPS = SQL("""
    SELECT time_bucket(%(span)s, bucket, %(start)s::timestamptz) AS ts,
           sum(count)::int8 AS count, sum(unreliable)::int8 AS unreliable,
           coalesce(min(min), 'NaN') AS min, coalesce(max(max), 'NaN') AS max,
           coalesce(sum(sum) / nullif(sum(count), 0), 'NaN') AS mean,
           coalesce(first(first, bucket) FILTER (WHERE count > 0), 'NaN') AS first,
           coalesce(last(last, bucket) FILTER (WHERE count > 0), 'NaN') AS last
    FROM {table} WHERE series_id = %(id)s AND bucket >= %(start)s AND bucket < %(end)s
    GROUP BY 1 ORDER BY 1""")


async def points_of(store: Pool, series_id: int, span: Span) -> Points:
    """Return a series in at most so many points.

    Single values where they are few enough; else spans of equal length, computed from single
    values where a span is shorter than a minute, and from rollups of minutes, hours or days where
    it is longer. Extremes are those of all values, so no peak is lost between two points.
    """
    level = next((level for level in _LEVELS if span.seconds >= level.bucket_s), None)
    rolled_up = level and await _of_rollup(store, series_id, span, level)
    # Looking for single values through the chunks of a year costs more than the whole chart.
    if rolled_up and _more_values(rolled_up.columns, span.points):
        return rolled_up
    told = {"id": series_id, "start": span.start, "end": span.end, "most": span.points + 1}
    found = await columns(store, _SINGLE, _COLUMNS, told)
    if await _dropped(store, told, found):
        return rolled_up or await _of_rollup(store, series_id, span, _MINUTE)
    if length(found) <= span.points:
        return Points("observations", 0, found)
    return rolled_up or await _of_values(store, series_id, span)


def _more_values(found: Columns, most: int) -> bool:
    """Return whether more values than that are known, the spans at both ends left aside.

    Those two may hold values from before and after what was asked for.
    """
    between = found["count"][1:-1].sum() + found["unreliable"][1:-1].sum()
    return bool(between > most)


async def _dropped(store: Pool, told: dict[str, Any], found: Columns) -> bool:
    """Return whether there are rollups of older values than those that still stand alone."""
    oldest = await row(store, _FIRST_MINUTE, told)
    if oldest is None or oldest["bucket"] is None:
        return False
    minute = np.datetime64(oldest["bucket"].astimezone(UTC).replace(tzinfo=None), "m")
    return not length(found) or bool(minute < found["ts"][0].astype("datetime64[m]"))


async def _of_values(store: Pool, series_id: int, span: Span) -> Points:
    span_s = max(1, ceil(span.seconds))
    told = {"id": series_id, "start": span.start, "end": span.end}
    found = await columns(store, _OF_VALUES, _COLUMNS, told | {"span": timedelta(seconds=span_s)})
    return Points("observations", span_s, found)


async def _of_rollup(store: Pool, series_id: int, span: Span, level: _Level) -> Points:
    start = _floored(span.start, level)
    # The first bucket begins earlier than asked, so that the spans are a little wider.
    wide_s = (span.end - start).total_seconds() / span.points
    span_s = ceil(wide_s / level.bucket_s) * level.bucket_s
    statement = _OF_ROLLUPS.format(table=Identifier(level.table))
    told = {"id": series_id, "start": start, "end": span.end, "span": timedelta(seconds=span_s)}
    return Points(level.name, span_s, await columns(store, statement, _COLUMNS, told))


def _floored(instant: datetime, level: _Level) -> datetime:
    beyond = (instant - level.origin) % timedelta(seconds=level.bucket_s)
    return instant - beyond
