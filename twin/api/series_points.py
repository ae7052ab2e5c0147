"""A series as a chart can show it: as many points as it has room for, with their extremes."""

from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Literal, NamedTuple

from psycopg.rows import DictRow
from psycopg.sql import SQL, Identifier
from pydantic import BaseModel, Field

from twin.api.store import Pool, row, rows
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

# Values may be dropped once they are old, while their rollups stay.
_THERE = SQL("""
    SELECT count, coalesce(minute < time_bucket('1 minute', first), minute IS NOT NULL) AS dropped
    FROM (
        SELECT (SELECT count(*) FROM (
                    SELECT 1 FROM observation
                    WHERE series_id = %(id)s AND ts >= %(start)s AND ts < %(end)s
                    LIMIT %(most)s) AS found) AS count,
               (SELECT min(ts) FROM observation
                WHERE series_id = %(id)s AND ts >= %(start)s AND ts < %(end)s) AS first,
               (SELECT min(bucket) FROM rollup_minute
                WHERE series_id = %(id)s AND bucket >= %(start)s AND bucket < %(end)s) AS minute
    ) AS both_ends""")

_KEPT = SQL("quality & 3 < {}").format(int(Grade.UNRELIABLE))
_SINGLE = SQL("""
    SELECT ts AS at, ({kept})::int AS count, (NOT {kept})::int AS unreliable,
           CASE WHEN {kept} THEN value END AS value
    FROM observation WHERE series_id = %(id)s AND ts >= %(start)s AND ts < %(end)s
    ORDER BY ts""").format(kept=_KEPT)

_OF_VALUES = SQL("""
    SELECT time_bucket(%(span)s, ts, %(start)s::timestamptz) AS at,
           count(*) FILTER (WHERE {kept}) AS count,
           count(*) FILTER (WHERE NOT {kept}) AS unreliable,
           min(value) FILTER (WHERE {kept}) AS min, max(value) FILTER (WHERE {kept}) AS max,
           avg(value) FILTER (WHERE {kept}) AS mean,
           first(value, ts) FILTER (WHERE {kept}) AS first,
           last(value, ts) FILTER (WHERE {kept}) AS last
    FROM observation WHERE series_id = %(id)s AND ts >= %(start)s AND ts < %(end)s
    GROUP BY 1 ORDER BY 1""").format(kept=_KEPT)

_OF_ROLLUPS = SQL("""
    SELECT time_bucket(%(span)s, bucket, %(start)s::timestamptz) AS at,
           sum(count)::int8 AS count, sum(unreliable)::int8 AS unreliable,
           min(min) AS min, max(max) AS max, sum(sum) / nullif(sum(count), 0) AS mean,
           first(first, bucket) FILTER (WHERE count > 0) AS first,
           last(last, bucket) FILTER (WHERE count > 0) AS last
    FROM {table} WHERE series_id = %(id)s AND bucket >= %(start)s AND bucket < %(end)s
    GROUP BY 1 ORDER BY 1""")


async def points_of(store: Pool, series_id: int, span: Span) -> SeriesPoints:
    """Return a series in at most so many points.

    Single values where they are few enough; else spans of equal length, computed from single
    values where a span is shorter than a minute, and from rollups of minutes, hours or days where
    it is longer. Extremes are those of all values, so no peak is lost between two points.
    """
    told = {"id": series_id, "start": span.start, "end": span.end, "most": span.points + 1}
    there = await row(store, _THERE, told) or {"count": 0, "dropped": False}
    if there["count"] <= span.points and not there["dropped"]:
        found = await rows(store, _SINGLE, told)
        return SeriesPoints(level="observations", span_s=0, points=list(map(_single, found)))
    for level in _LEVELS:
        if span.seconds >= level.bucket_s:
            return await _of_rollup(store, series_id, span, level)
    if there["dropped"]:
        return await _of_rollup(store, series_id, span, _MINUTE)
    span_s = max(1, ceil(span.seconds))
    found = await rows(store, _OF_VALUES, told | {"span": timedelta(seconds=span_s)})
    return SeriesPoints(level="observations", span_s=span_s, points=_points(found))


async def _of_rollup(store: Pool, series_id: int, span: Span, level: _Level) -> SeriesPoints:
    start = _floored(span.start, level)
    # The first bucket begins earlier than asked, so that the spans are a little wider.
    wide_s = (span.end - start).total_seconds() / span.points
    span_s = ceil(wide_s / level.bucket_s) * level.bucket_s
    statement = _OF_ROLLUPS.format(table=Identifier(level.table))
    told = {"id": series_id, "start": start, "end": span.end, "span": timedelta(seconds=span_s)}
    found = await rows(store, statement, told)
    return SeriesPoints(level=level.name, span_s=span_s, points=_points(found))


def _floored(instant: datetime, level: _Level) -> datetime:
    beyond = (instant - level.origin) % timedelta(seconds=level.bucket_s)
    return instant - beyond


def _points(found: list[DictRow]) -> list[Point]:
    return [Point.model_construct(**one) for one in found]


def _single(found: DictRow) -> Point:
    value = found.pop("value")
    names = ("min", "max", "mean", "first", "last")
    return Point.model_construct(**found, **dict.fromkeys(names, value))
