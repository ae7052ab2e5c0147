"""Signs of life of the system's parts: written with what a part commits, read by whoever watches.

All times are by the store's clock, so that it does not matter whose clock is wrong.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

import psycopg
from psycopg.rows import tuple_row
from psycopg.types.json import Jsonb

from data import locks
from data.own_parts import SCHEME
from twin.model import from_us

INGEST: Final = "ingest"

_WRITE = """
    INSERT INTO heartbeat AS h (part, at, started_at, version, told)
    VALUES (%s, now(), %s, %s, %s)
    ON CONFLICT (part) DO UPDATE SET at = excluded.at, started_at = excluded.started_at,
        version = excluded.version, told = excluded.told"""

_READ = b"""
    SELECT h.part, h.at, extract(epoch FROM clock_timestamp() - h.at)::float8,
           h.started_at, h.version, h.told, e.code,
           EXISTS (SELECT FROM device_state d WHERE d.device = e.code AND d.state = 'silent'),
           EXISTS (SELECT FROM pg_locks l
                   WHERE l.locktype = 'advisory' AND l.granted AND l.database =
                         (SELECT oid FROM pg_database WHERE datname = current_database())
                   AND ((l.classid::int8 << 32) | l.objid::int8) = %(writer)s)
    FROM heartbeat h
    LEFT JOIN entity_name n ON n.scheme = %(scheme)s AND n.value = h.part
                           AND n.superseded_in IS NULL
    LEFT JOIN entity e ON e.code = n.code AND NOT e.retired
    WHERE h.part = %(part)s"""


class Beat(NamedTuple):
    """A sign of life, to be written.

    Attributes:
        part: of the system.
        started_us: when its process started, microseconds since 1970 UTC.
        version: of the program.
        told: counters and other figures of the process.
    """

    part: str
    started_us: int
    version: str
    told: Mapping[str, object]


class LastBeat(NamedTuple):
    """The newest sign of life of a part.

    Attributes:
        part: of the system.
        at: when, by the store's clock.
        age_s: how long ago, by the same clock.
        started_at: when its process started, by its own clock.
        version: of the program.
        told: counters and other figures of the process.
        entity: code of the part in the register, None where it has none or is retired.
        unheard: whether ingest says that it hears none of its readings.
        writes: whether some session holds the lock of the one that stores and judges.
    """

    part: str
    at: datetime
    age_s: float
    started_at: datetime
    version: str
    told: Mapping[str, Any]
    entity: int | None
    unheard: bool
    writes: bool


def write_beat(cursor: psycopg.Cursor[Any], beat: Beat) -> None:
    """Write a sign of life in the cursor's transaction."""
    told = Jsonb(dict(beat.told))
    cursor.execute(_WRITE, (beat.part, from_us(beat.started_us), beat.version, told))


def read_beat(connection: psycopg.Connection[Any], part: str = INGEST) -> LastBeat | None:
    """Return the newest sign of life of a part; None if there never was one."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(_READ, _asked(part)).fetchone()
    return None if row is None else LastBeat(*row)


async def ask_beat(connection: psycopg.AsyncConnection[Any], part: str = INGEST) -> LastBeat | None:
    """Return the same over another kind of connection."""
    async with connection.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_READ, _asked(part))
        row = await cursor.fetchone()
    return None if row is None else LastBeat(*row)


def _asked(part: str) -> Mapping[str, object]:
    return {"part": part, "scheme": SCHEME, "writer": locks.WRITER}
