"""What series came to in each minute, hour and day, kept exact however late values arrive.

A batch that is stored leaves a note of its spans of arrival and observation. The job takes the
notes and computes each bucket that has new values anew from all of its values, so that a note too
many or a span too wide changes nothing.
"""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import psycopg
from psycopg.sql import SQL, Composed, Identifier

from data.observations import Rows
from twin.model import Grade, from_us

Connection = psycopg.Connection[tuple[Any, ...]]
Cursor = psycopg.Cursor[tuple[Any, ...]]

LOCAL_ZONE = "Asia/Shanghai"
"""Days are those of the people who read them."""

_ALWAYS = datetime(1, 1, 2, tzinfo=UTC)
_NOTES_AT_ONCE = 500
_WIDEST = timedelta(days=2)
"""Of the spans of observation that are taken together; a wider note is taken alone."""


class Note(NamedTuple):
    """The spans of arrival and observation of values that were stored."""

    id: int
    received_from: datetime
    received_to: datetime
    observed_from: datetime
    observed_to: datetime

    def with_another(self, other: "Note") -> "Note":
        """Return the spans around both."""
        return Note(
            self.id,
            min(self.received_from, other.received_from),
            max(self.received_to, other.received_to),
            min(self.observed_from, other.observed_from),
            max(self.observed_to, other.observed_to),
        )


class Level(NamedTuple):
    """One step of rollups: its table, and the length of its buckets as an interval in SQL."""

    table: str
    interval: str


MINUTE = Level("rollup_minute", "1 minute")
HOUR = Level("rollup_hour", "1 hour")
DAY = Level("rollup_day", "1 day")
LEVELS = (MINUTE, HOUR, DAY)

_NOTE = """
    INSERT INTO stored_batch (received_from, received_to, observed_from, observed_to)
    VALUES (%s, %s, %s, %s)"""

_NOTES = """
    SELECT id, received_from, received_to, observed_from, observed_to
    FROM stored_batch ORDER BY id LIMIT %s"""

_TOUCHED = """
    CREATE TEMP TABLE touched ON COMMIT DROP AS
    SELECT DISTINCT series_id, time_bucket('1 minute', ts) AS bucket FROM observation
    WHERE received_at BETWEEN %(received_from)s AND %(received_to)s
    AND ts BETWEEN %(observed_from)s AND %(observed_to)s"""

_COLUMNS = "count, unreliable, min, max, sum, first, last"
_KEPT = SQL("quality & 3 < {unreliable}").format(unreliable=int(Grade.UNRELIABLE))
_OF_VALUES = SQL("""
    count(*) FILTER (WHERE {kept}), count(*) FILTER (WHERE NOT {kept}),
    min(value) FILTER (WHERE {kept}), max(value) FILTER (WHERE {kept}),
    sum(value) FILTER (WHERE {kept}), first(value, ts) FILTER (WHERE {kept}),
    last(value, ts) FILTER (WHERE {kept})""").format(kept=_KEPT)
_OF_ROLLUPS = SQL("""
    sum(s.count), sum(s.unreliable), min(s.min), max(s.max), sum(s.sum),
    first(s.first, s.bucket) FILTER (WHERE s.count > 0),
    last(s.last, s.bucket) FILTER (WHERE s.count > 0)""")

# The bounds around all touched buckets are what lets the chunks of other times be left alone.
_ROLL_UP = SQL("""
    INSERT INTO {table} AS r (series_id, bucket, {columns})
    SELECT t.series_id, t.bucket, {aggregates} FROM touched t
    JOIN {source} AS s ON s.series_id = t.series_id
         AND s.{time} >= t.bucket AND s.{time} < t.bucket + {interval}::interval
    WHERE s.{time} >= %(first)s AND s.{time} < %(last)s::timestamptz + {interval}::interval
    GROUP BY t.series_id, t.bucket
    ON CONFLICT (series_id, bucket) DO UPDATE SET ({columns}) = ROW ({excluded})
    WHERE r.bucket >= %(horizon)s""")

_COARSER = """
    CREATE TEMP TABLE coarser ON COMMIT DROP AS
    SELECT DISTINCT series_id, {bucket} AS bucket FROM touched"""
_BUCKETS = {
    HOUR: "time_bucket('1 hour', bucket)",
    DAY: f"time_bucket('1 day', bucket, '{LOCAL_ZONE}')",
}


def note(cursor: Cursor, rows: Rows) -> None:
    """Leave a note that these rows were stored, in the transaction that stores them."""
    if rows:
        spans = (rows.received_us, rows.ts_us)
        cursor.execute(
            _NOTE,
            tuple(from_us(int(end)) for span in spans for end in (np.min(span), np.max(span))),
        )


def roll_up(connection: Connection, *, horizon: datetime) -> int:
    """Bring the rollups nearer to what is stored, in one transaction.

    Args:
        connection: in no transaction.
        horizon: minutes before it that stand already stay as they are, for their values are no
            longer all there; those that a back-filled history brings are new.

    Returns:
        How many notes it took; 0 when there is none any more.
    """
    with connection.transaction(), connection.cursor() as cursor:
        notes = [Note(*row) for row in cursor.execute(_NOTES, (_NOTES_AT_ONCE,)).fetchall()]
        if not notes:
            return 0
        around, taken = _together(notes)
        cursor.execute("DELETE FROM stored_batch WHERE id = ANY (%s)", (taken,))
        cursor.execute(_TOUCHED, around._asdict())
        _write(cursor, MINUTE, "observation", horizon)
        for finer, level in pairwise(LEVELS):
            cursor.execute(_COARSER.format(bucket=_BUCKETS[level]).encode())
            cursor.execute("DROP TABLE touched")
            cursor.execute("ALTER TABLE coarser RENAME TO touched")
            # Minutes stay for ever, so that coarser buckets always have all that is theirs.
            _write(cursor, level, finer.table, _ALWAYS)
        cursor.execute("DROP TABLE touched")
        return len(taken)


def _together(notes: list[Note]) -> tuple[Note, list[int]]:
    """Return the spans around the first note and those that lie near it, and their ids."""
    around, taken = notes[0], [notes[0].id]
    for each in notes[1:]:
        both = around.with_another(each)
        if both.observed_to - both.observed_from <= _WIDEST:
            around = both
            taken.append(each.id)
    return around, taken


def _write(cursor: Cursor, level: Level, source: str, horizon: datetime) -> None:
    cursor.execute("ANALYZE touched")
    first, last = cursor.execute("SELECT min(bucket), max(bucket) FROM touched").fetchall()[0]
    if first is not None:
        told = {"first": first, "last": last, "horizon": horizon}
        cursor.execute(_statement(level, source), told)


def _statement(level: Level, source: str) -> Composed:
    of_values = source == "observation"
    names = [Identifier(name) for name in _COLUMNS.split(", ")]
    return _ROLL_UP.format(
        table=Identifier(level.table),
        columns=SQL(", ").join(names),
        aggregates=_OF_VALUES if of_values else _OF_ROLLUPS,
        source=Identifier(source),
        time=Identifier("ts" if of_values else "bucket"),
        interval=level.interval,
        excluded=SQL(", ").join(SQL("excluded.{}").format(name) for name in names),
    )


def drop_observations(connection: Connection, *, before: datetime) -> int:
    """Drop the chunks of observations that end before an instant; return how many."""
    with connection.transaction():
        found = connection.execute("SELECT drop_chunks('observation', %s)", (before,))
        return len(found.fetchall())
