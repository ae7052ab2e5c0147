"""What series came to in each minute, hour and day, kept exact however late values arrive.

A batch that is stored leaves a note of its spans of arrival and observation. The job reads the
notes, computes each bucket that has new values anew from all of its values, some hundred buckets
in one transaction, and deletes the notes last. So a run that ends in the middle is done again, and
a note too many or a span too wide changes nothing. Where many hours changed they get a note of
their own and are computed less often, since each is made of up to sixty minutes.
"""

import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import psycopg
from psycopg.sql import SQL, Composed, Identifier

from data import locks
from data.observations import Rows
from twin.model import Grade, from_us

Connection = psycopg.Connection[tuple[Any, ...]]
Cursor = psycopg.Cursor[tuple[Any, ...]]

LOCAL_ZONE = "Asia/Shanghai"
"""Days are those of the people who read them."""

_ALWAYS = datetime(1, 1, 2, tzinfo=UTC)
_EVER = datetime(9999, 12, 30, tzinfo=UTC)
_NOTES_AT_ONCE = 2000
_NOTES_LOOKED_UP_TOGETHER = 20
_PORTION = 500
"""Buckets in one transaction, so that no live batch waits for more than these."""

_MANY = 20_000
"""Buckets whose coarser ones wait for their own turn."""

_WIDEST = timedelta(days=2)
"""Of the spans of observation that are taken together; a wider note is taken alone."""


class Note(NamedTuple):
    """The spans of arrival and observation of values that were stored or changed.

    Of one series, where it names one.
    """

    id: int
    received_from: datetime
    received_to: datetime
    observed_from: datetime
    observed_to: datetime
    series_id: int | None = None

    def with_another(self, other: "Note") -> "Note":
        """Return the spans around both."""
        return Note(
            self.id,
            min(self.received_from, other.received_from),
            max(self.received_to, other.received_to),
            min(self.observed_from, other.observed_from),
            max(self.observed_to, other.observed_to),
            self.series_id,
        )


class Level(NamedTuple):
    """One step of rollups.

    Attributes:
        rank: 0 for the finest.
        table: where it stands.
        interval: the length of its buckets in SQL.
        source: the table from which it is computed.
        time: the column of the source that has the time.
        bucket: the bucket of that time in SQL.
    """

    rank: int
    table: str
    interval: str
    source: str
    time: str
    bucket: str


MINUTE = Level(
    0, "rollup_minute", "1 minute", "observation", "ts", "time_bucket('1 minute', {time})"
)
HOUR = Level(1, "rollup_hour", "1 hour", MINUTE.table, "bucket", "time_bucket('1 hour', {time})")
DAY = Level(
    2,
    "rollup_day",
    "1 day",
    HOUR.table,
    "bucket",
    f"time_bucket('1 day', {{time}}, '{LOCAL_ZONE}')",
)
LEVELS = (MINUTE, HOUR, DAY)

_NOTE = """
    INSERT INTO stored_batch
        (received_from, received_to, observed_from, observed_to, series_id, level)
    VALUES (%s, %s, %s, %s, %s, %s)"""

_NOTES = """
    SELECT id, received_from, received_to, observed_from, observed_to, series_id
    FROM stored_batch WHERE level = %s AND received_to < %s ORDER BY id LIMIT %s"""

_WAITING = "SELECT 1 FROM stored_batch WHERE level = %s AND observed_from < %s LIMIT 1"

_TOUCHED = """
    CREATE TEMP TABLE touched (
        series_id int4, bucket timestamptz, PRIMARY KEY (series_id, bucket)
    )"""

_TOUCHED_MINUTES = """
    INSERT INTO touched SELECT DISTINCT series_id, time_bucket('1 minute', ts) FROM observation
    WHERE received_at BETWEEN %(received_from)s AND %(received_to)s
    AND ts BETWEEN %(observed_from)s AND %(observed_to)s
    AND (%(series_id)s::int4 IS NULL OR series_id = %(series_id)s)
    ON CONFLICT DO NOTHING"""

_TOUCHED_COARSER = """
    INSERT INTO touched SELECT DISTINCT series_id, {bucket} FROM {source}
    WHERE bucket BETWEEN %(observed_from)s AND %(observed_to)s
    AND (%(series_id)s::int4 IS NULL OR series_id = %(series_id)s)
    ON CONFLICT DO NOTHING"""

_DUE = """
    CREATE TEMP TABLE due AS
    SELECT series_id, bucket,
           ((row_number() OVER (ORDER BY series_id, bucket) - 1) / %s)::int4 AS portion
    FROM (SELECT DISTINCT series_id, {bucket} AS bucket FROM {source}) AS d"""

_EXTENT = "SELECT count(*), min(bucket), max(bucket), max(portion) FROM due"

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

# The bounds around all buckets are what lets the chunks of other times be left alone.
# Each bucket is joined by itself: without statistics, as of a chunk that was just filled, the
# planner would compare it with every value of its series.
_ROLL_UP = SQL("""
    INSERT INTO {table} AS r (series_id, bucket, {columns})
    SELECT t.series_id, t.bucket, a.* FROM due t
    CROSS JOIN LATERAL (
        SELECT {aggregates} FROM {source} AS s
        WHERE s.series_id = t.series_id
        AND s.{time} >= t.bucket AND s.{time} < t.bucket + {interval}::interval
        AND s.{time} >= %(first)s AND s.{time} < %(last)s::timestamptz + {interval}::interval
        HAVING count(*) > 0
    ) AS a
    WHERE t.portion = %(portion)s
    ON CONFLICT (series_id, bucket) DO UPDATE SET ({columns}) = ROW ({excluded})
    WHERE r.bucket >= %(horizon)s""")

Pause = Callable[[float], bool]
"""Is told after each transaction how many seconds it took; returns whether to go on."""


def note(cursor: Cursor, rows: Rows) -> None:
    """Leave a note that these rows were stored, in the transaction that stores them."""
    if rows:
        spans = (rows.received_us, rows.ts_us)
        cursor.execute(
            _NOTE,
            (
                *(from_us(int(end)) for span in spans for end in (np.min(span), np.max(span))),
                None,
                MINUTE.rank,
            ),
        )


def note_series(
    connection: Connection,
    series_id: int,
    *,
    received: tuple[datetime, datetime],
    observed: tuple[datetime, datetime],
) -> None:
    """Leave a note that values of one series were changed, in the transaction that does it."""
    connection.execute(_NOTE, (*received, *observed, series_id, MINUTE.rank))


def roll_up(
    connection: Connection,
    *,
    horizon: datetime,
    arrived_before: datetime = _EVER,
    due: Collection[Level] = LEVELS,
    pause: Pause = lambda _worked: True,
) -> int:
    """Bring the rollups nearer to what is stored.

    Args:
        connection: in no transaction.
        horizon: minutes before it that stand already stay as they are, for their values are no
            longer all there; those that a back-filled history brings are new.
        arrived_before: what came later is left for another run; at the end of a minute each of its
            buckets is then computed once.
        due: levels whose turn it is.
        pause: is called between two transactions.

    Returns:
        How many notes it took; 0 when none is due any more, it was stopped, or another session is
        at work.
    """
    if not _is_alone(connection):
        return 0
    try:
        return next(
            filter(
                None,
                (
                    _run(connection, level, horizon, arrived_before, pause)
                    for level in LEVELS
                    if level in due
                ),
            ),
            0,
        )
    finally:
        if not connection.broken:
            connection.rollback()
            connection.execute("DROP TABLE IF EXISTS pg_temp.touched, pg_temp.finer, pg_temp.due")
            connection.execute("SELECT pg_advisory_unlock(%s)", (locks.ROLLUPS,))
            connection.commit()


def _is_alone(connection: Connection) -> bool:
    asked = connection.execute("SELECT pg_try_advisory_lock(%s)", (locks.ROLLUPS,)).fetchall()
    connection.commit()
    return bool(asked[0][0])


def _run(
    connection: Connection, level: Level, horizon: datetime, before: datetime, pause: Pause
) -> int:
    """Take the first notes of a level that lie near one another."""
    found = connection.execute(_NOTES, (level.rank, before, _NOTES_AT_ONCE)).fetchall()
    connection.commit()
    if not found:
        return 0
    notes = _together([Note(*row) for row in found])
    if not _look_up(connection, level, notes, pause):
        return 0
    due = _take_stock(connection, level, "touched")
    while due.buckets:
        # Minutes stay for ever, so that coarser buckets always have all that is theirs.
        if not _write(connection, level, due, horizon if level is MINUTE else _ALWAYS, pause):
            return 0
        if level is DAY or due.buckets > _MANY:
            break
        level = LEVELS[level.rank + 1]
        connection.execute("ALTER TABLE due RENAME TO finer")
        due = _take_stock(connection, level, "finer")
    with connection.transaction():
        if due.buckets and level is not DAY:
            around = _around(notes)._replace(observed_from=due.first, observed_to=due.last)
            connection.execute(_NOTE, (*around[1:], level.rank + 1))
        taken = [note.id for note in notes]
        connection.execute("DELETE FROM stored_batch WHERE id = ANY (%s)", (taken,))
    return len(notes)


class _Due(NamedTuple):
    """What is to be computed: how many buckets, from and to when, in how many portions."""

    buckets: int
    first: datetime
    last: datetime
    portions: int


def _look_up(connection: Connection, level: Level, notes: list[Note], pause: Pause) -> bool:
    """List the buckets with new values; return whether to go on."""
    connection.execute(_TOUCHED)
    query = _TOUCHED_MINUTES
    if level is not MINUTE:
        bucket = level.bucket.format(time="bucket")
        query = _TOUCHED_COARSER.format(bucket=bucket, source=level.source)
    for begin in range(0, len(notes), _NOTES_LOOKED_UP_TOGETHER):
        started = time.monotonic()
        around = _around(notes[begin : begin + _NOTES_LOOKED_UP_TOGETHER])
        connection.execute(query.encode(), around._asdict())
        connection.commit()
        if not pause(time.monotonic() - started):
            return False
    return True


def _take_stock(connection: Connection, level: Level, source: str) -> _Due:
    """Part the buckets of a level that a table of finer ones touches into portions."""
    bucket = "bucket" if source == "touched" else level.bucket.format(time="bucket")
    connection.execute(_DUE.format(bucket=bucket, source=source).encode(), (_PORTION,))
    connection.execute(f"DROP TABLE {source}".encode())
    connection.execute("CREATE INDEX ON due (portion)")
    connection.execute("ANALYZE due")
    count, first, last, portion = connection.execute(_EXTENT).fetchall()[0]
    connection.commit()
    return _Due(count, first, last, 0 if portion is None else portion + 1)


def _write(
    connection: Connection, level: Level, due: _Due, horizon: datetime, pause: Pause
) -> bool:
    """Compute the buckets that are due, a portion in each transaction; return whether to go on."""
    told = {"first": due.first, "last": due.last, "horizon": horizon}
    statement = _statement(level)
    for portion in range(due.portions):
        started = time.monotonic()
        with connection.transaction():
            connection.execute(statement, told | {"portion": portion})
        if not pause(time.monotonic() - started):
            return False
    return True


def _around(notes: list[Note]) -> Note:
    """Return the spans around notes."""
    around = notes[0]
    for each in notes[1:]:
        around = around.with_another(each)
    return around


def _together(notes: list[Note]) -> list[Note]:
    """Return the first note and those that lie near it."""
    around, taken = notes[0], [notes[0]]
    for each in notes[1:]:
        both = around.with_another(each)
        if each.series_id == around.series_id and both.observed_to - both.observed_from <= _WIDEST:
            around = both
            taken.append(each)
    return taken


def _statement(level: Level) -> Composed:
    names = [Identifier(name) for name in _COLUMNS.split(", ")]
    return _ROLL_UP.format(
        table=Identifier(level.table),
        columns=SQL(", ").join(names),
        aggregates=_OF_VALUES if level is MINUTE else _OF_ROLLUPS,
        source=Identifier(level.source),
        time=Identifier(level.time),
        interval=level.interval,
        excluded=SQL(", ").join(SQL("excluded.{}").format(name) for name in names),
    )


def is_waiting(connection: Connection, *, before: datetime) -> bool:
    """Whether values from before an instant stand that are not in the minutes yet."""
    found = connection.execute(_WAITING, (MINUTE.rank, before)).fetchall()
    connection.commit()
    return bool(found)


def drop_observations(connection: Connection, *, before: datetime) -> int:
    """Drop the chunks of observations that end before an instant; return how many."""
    with connection.transaction():
        found = connection.execute("SELECT drop_chunks('observation', %s)", (before,))
        return len(found.fetchall())
