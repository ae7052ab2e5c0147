"""How many notices wait in the outbox, and for how long the oldest of them has."""

from typing import Any, NamedTuple

import psycopg
from psycopg.rows import tuple_row

_WAITING = """
    SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float8
    FROM outbox WHERE state = 'waiting'"""


class Backlog(NamedTuple):
    """What waits to be delivered.

    Attributes:
        waiting: number of notices, those that failed and are tried again included.
        oldest_s: age of the oldest one, seconds; 0 where none waits.
    """

    waiting: int
    oldest_s: float


def read_backlog(connection: psycopg.Connection[Any]) -> Backlog:
    """Return what waits; notices that were given up are none of it."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(_WAITING).fetchone()
    return Backlog(0, 0.0) if row is None else Backlog(int(row[0]), max(0.0, float(row[1])))
