"""Stored values that the checks refused and other readings confirmed: doubtful from then on."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import tuple_row
from psycopg.types.json import Jsonb

from data.rollups import note_series
from twin.model import Grade, from_us, to_us
from twin.model.quality import GRADE_MASK

_KEYS = "unnest(%(series)s::int4[], %(times)s::timestamptz[]) AS k (series_id, ts)"

# Whoever has such a row in hand is a person with a word of their own about it, which counts more.
# The bounds let the chunks of other times be left alone.
_CONFIRM = f"""
    WITH refused AS MATERIALIZED (
        SELECT o.series_id, o.ts FROM {_KEYS}
        JOIN observation o ON o.series_id = k.series_id AND o.ts = k.ts
        WHERE o.ts BETWEEN %(first)s AND %(last)s AND o.quality & {GRADE_MASK} = %(unreliable)s
        FOR UPDATE OF o SKIP LOCKED
    )
    UPDATE observation o SET quality = (o.quality::int4 & ~{GRADE_MASK} | %(doubtful)s)::int2
    FROM refused r
    WHERE o.series_id = r.series_id AND o.ts = r.ts AND o.ts BETWEEN %(first)s AND %(last)s
    RETURNING o.series_id, o.ts, o.received_at, o.quality"""  # noqa: S608 - names of ours
_LATEST = """
    UPDATE series_latest l SET quality = k.quality
    FROM unnest(%s::int4[], %s::timestamptz[], %s::int2[]) AS k (series_id, ts, quality)
    WHERE l.series_id = k.series_id AND l.ts = k.ts"""
_TRACE = """
    INSERT INTO observation_flag (series_id, flagged_from, flagged_to, verdict, observations,
                                  before, actor, reason)
    VALUES (%s, %s::timestamptz, %s::timestamptz + interval '1 microsecond', 'doubtful', 1,
            %s, %s, %s)"""
_BEFORE = {Grade.UNRELIABLE.name.lower(): 1}


class Refused(NamedTuple):
    """A stored value, by series and time in microseconds."""

    series_id: int
    ts_us: int


class Confirmation(NamedTuple):
    """Who says that a refused value is true, and why."""

    actor: str
    reason: str


def confirm(
    connection: psycopg.Connection[Any], confirmed: Mapping[Refused, Confirmation]
) -> set[Refused]:
    """Make unreliable values doubtful in the running transaction; the checks keep their word.

    Latest values follow, rollups with the next run of their job, and the flags of the series say
    who confirmed what.

    Returns:
        Those that were unreliable until now.
    """
    if not confirmed:
        return set()
    times = [from_us(key.ts_us) for key in confirmed]
    told = {
        "series": [key.series_id for key in confirmed],
        "times": times,
        "first": min(times),
        "last": max(times),
        "unreliable": int(Grade.UNRELIABLE),
        "doubtful": int(Grade.DOUBTFUL),
    }
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(_CONFIRM.encode(), told)
        changed = cursor.fetchall()
    _follow(connection, changed)
    found = {Refused(series, to_us(ts)) for series, ts, *_ in changed}
    _trace(connection, ((key, confirmed[key]) for key in sorted(found)))
    return found


def _follow(
    connection: psycopg.Connection[Any], changed: list[tuple[int, datetime, datetime, int]]
) -> None:
    """Have latest values and rollups follow."""
    if not changed:
        return
    series, times, _, qualities = (list(column) for column in zip(*sorted(changed), strict=True))
    connection.execute(_LATEST, (series, times, qualities))
    for series_id, ts, received, _ in changed:
        note_series(connection, series_id, received=(received, received), observed=(ts, ts))


def _trace(
    connection: psycopg.Connection[Any], confirmed: Iterable[tuple[Refused, Confirmation]]
) -> None:
    rows = [
        (key.series_id, from_us(key.ts_us), from_us(key.ts_us), Jsonb(_BEFORE), *said)
        for key, said in confirmed
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(_TRACE, rows)
