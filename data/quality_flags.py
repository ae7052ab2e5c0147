"""What people say of stored values: a grade of their own, set for a time or lifted again."""

from datetime import datetime
from typing import Any, Literal, NamedTuple

import psycopg
from psycopg.rows import class_row
from psycopg.sql import SQL, Composed
from psycopg.types.json import Jsonb

from data.rollups import note_series
from twin.model import Check, Grade
from twin.model.quality import FORMER_GRADE_SHIFT, GRADE_MASK

Connection = psycopg.Connection[tuple[Any, ...]]
Verdict = Literal["good", "doubtful", "unreliable", "lift"]

MOST_VALUES = 1_000_000
"""That one flag can change; more take longer than a caller waits."""

_ALONE = "SELECT FROM series WHERE id = %s FOR NO KEY UPDATE"

_COUNT = """
    SELECT count(*) FROM (
        SELECT FROM observation WHERE series_id = %(series)s AND ts >= %(begins)s AND ts < %(ends)s
        LIMIT %(most)s) AS bounded"""

_IN_SPAN = SQL("series_id = %(series)s AND ts >= %(begins)s AND ts < %(ends)s")
_FLAGGED = SQL("(quality & {person}) <> 0").format(person=int(Check.PERSON))
_BEFORE = SQL("""
    SELECT quality & {mask}, count(*) FROM observation WHERE {span} AND {chosen} GROUP BY 1""")

# The same as flagged() and lifted() of twin.model.quality, on whole columns. Operators on bits have
# all the same rank here.
_SET = SQL("""
    (((CASE WHEN {flagged} THEN quality::int4
            ELSE quality::int4 | {person} | ((quality::int4 & {mask}) << {shift}) END)
      & ~{mask}) | %(grade)s)::int2""")
_LIFT = SQL("""
    ((quality::int4 & ~({mask} | {person} | ({mask} << {shift})))
     | ((quality::int4 >> {shift}) & {mask}))::int2""")
_PARTS = {
    "flagged": _FLAGGED,
    "person": int(Check.PERSON),
    "mask": GRADE_MASK,
    "shift": FORMER_GRADE_SHIFT,
}

_CHANGE = SQL("""
    WITH changed AS (
        UPDATE observation SET quality = {quality} WHERE {span} AND {chosen}
        RETURNING ts, received_at
    )
    SELECT count(*), min(received_at), max(received_at), min(ts), max(ts) FROM changed""")

# Last of all, for ingest waits for this row.
_LATEST = """
    UPDATE series_latest l SET quality = o.quality FROM observation o
    WHERE l.series_id = %(series)s AND l.ts >= %(begins)s AND l.ts < %(ends)s
    AND o.series_id = l.series_id AND o.ts = l.ts"""

_NOTE = """
    INSERT INTO observation_flag (series_id, flagged_from, flagged_to, verdict, observations,
                                  before, actor, reason)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
    RETURNING id, series_id, flagged_from, flagged_to, verdict, observations, before, actor, reason,
              flagged_at"""

_LIST = """
    SELECT id, series_id, flagged_from, flagged_to, verdict, observations, before, actor, reason,
           flagged_at
    FROM observation_flag WHERE series_id = %(series)s AND id < %(before)s
    ORDER BY id DESC LIMIT %(most)s"""


class TooManyValuesError(ValueError):
    """A flag for more values than one can change. Take a shorter time."""


class Wanted(NamedTuple):
    """What a person says of the values of a series, from (included) to (not included)."""

    series_id: int
    begins: datetime
    ends: datetime
    verdict: Verdict
    actor: str
    reason: str


class Flag(NamedTuple):
    """What a person said; ``before`` counts the values by the grades that they had."""

    id: int
    series_id: int
    flagged_from: datetime
    flagged_to: datetime
    verdict: Verdict
    observations: int
    before: dict[str, int]
    actor: str
    reason: str
    flagged_at: datetime


def flag(connection: Connection, wanted: Wanted) -> Flag:
    """Set or lift a flag for the stored values of a time, in one transaction.

    Each value keeps the grade that it had before any person changed it, and a lifted flag gives
    that back. Latest values follow, and rollups with the next run of their job. Values that are
    stored later are not flagged.

    Raises:
        TooManyValuesError: more than ``MOST_VALUES``.
    """
    connection.execute(_ALONE, (wanted.series_id,))
    told = {
        "series": wanted.series_id,
        "begins": wanted.begins,
        "ends": wanted.ends,
        "most": MOST_VALUES + 1,
        "grade": None if wanted.verdict == "lift" else int(Grade[wanted.verdict.upper()]),
    }
    (found,) = connection.execute(_COUNT, told).fetchall()[0]
    if found > MOST_VALUES:
        raise TooManyValuesError(
            f"more than {MOST_VALUES:,} values from {wanted.begins.isoformat()} to"
            f" {wanted.ends.isoformat()}: expected a shorter time"
        )
    before = connection.execute(_statement(_BEFORE, wanted.verdict), told).fetchall()
    count, *spans = connection.execute(_statement(_CHANGE, wanted.verdict), told).fetchall()[0]
    if count:
        received, observed = (spans[0], spans[1]), (spans[2], spans[3])
        note_series(connection, wanted.series_id, received=received, observed=observed)
    noted = _note(connection, wanted, {Grade(g).name.lower(): times for g, times in before})
    connection.execute(_LATEST, told)
    return noted


def flags_of(connection: Connection, series_id: int, *, before: int, most: int) -> list[Flag]:
    """Return what people said of a series, the newest first, numbers below ``before``."""
    told = {"series": series_id, "before": before, "most": most}
    with connection.cursor(row_factory=class_row(Flag)) as cursor:
        return cursor.execute(_LIST, told).fetchall()


def _statement(template: SQL, verdict: Verdict) -> Composed:
    lifts = verdict == "lift"
    return template.format(
        mask=GRADE_MASK,
        span=_IN_SPAN,
        chosen=_FLAGGED if lifts else SQL("true"),
        quality=(_LIFT if lifts else _SET).format(**_PARTS),
    )


def _note(connection: Connection, wanted: Wanted, before: dict[str, int]) -> Flag:
    row = (
        *wanted[:4],
        sum(before.values()),
        Jsonb(before),
        wanted.actor,
        wanted.reason,
    )
    with connection.cursor(row_factory=class_row(Flag)) as cursor:
        found = cursor.execute(_NOTE, row).fetchone()
    if found is None:
        raise LookupError("observation_flag: expected the row that was written")
    return found
