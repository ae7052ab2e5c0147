"""Stored values that were corrected: what stood before, who replaced it, and why."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
import psycopg
from psycopg.sql import SQL

from data.observations import Rows
from twin.model import from_us, to_us

Cursor = psycopg.Cursor[tuple[Any, ...]]
Key = tuple[int, int]
"""Series, and the time in microseconds since 1970 UTC."""

_DAY_US = 86_400_000_000

_KEYS = SQL("unnest(%(series)s::int4[], %(times)s::timestamptz[]) AS k (series_id, ts)")

# The bounds are those of one day: over a long time the planner would read all that is stored then.
_STANDING = SQL("""
    SELECT o.series_id, o.ts, o.value, o.quality
    FROM {keys} JOIN observation o ON o.series_id = k.series_id AND o.ts = k.ts
    WHERE o.ts BETWEEN %(first)s AND %(last)s""").format(keys=_KEYS)

_PAST = SQL("""
    SELECT r.series_id, r.ts, r.old_value
    FROM {keys} JOIN observation_revision r ON r.series_id = k.series_id AND r.ts = k.ts""").format(
    keys=_KEYS
)

_ROWS = SQL("""
    unnest(%(series)s::int4[], %(times)s::timestamptz[], %(values)s::float8[],
           %(qualities)s::int2[], %(received)s::timestamptz[])
    AS k (series_id, ts, value, quality, received_at)""")

# All of them stand. An update would plan for every chunk there is; this finds each row's own.
_REPLACE = SQL("""
    INSERT INTO observation (series_id, ts, value, quality, received_at)
    SELECT series_id, ts, value, quality, received_at FROM {rows}
    ON CONFLICT (series_id, ts) DO UPDATE SET
        value = excluded.value, quality = excluded.quality,
        received_at = excluded.received_at""").format(rows=_ROWS)

_REPLACE_LATEST = SQL("""
    UPDATE series_latest l
    SET value = k.value, quality = k.quality, received_at = k.received_at
    FROM {rows} WHERE l.series_id = k.series_id AND l.ts = k.ts""").format(rows=_ROWS)

_CONFLICTS = SQL("""
    WITH other AS (
        INSERT INTO observation_conflict (series_id, ts, value, quality, received_at)
        SELECT series_id, ts, value, quality, received_at FROM {rows}
        ON CONFLICT DO NOTHING
        RETURNING series_id, received_at
    )
    INSERT INTO device_state (device, conflicts, last_conflict_at)
    SELECT s.device, count(*), max(other.received_at)
    FROM other JOIN series s ON s.id = other.series_id
    WHERE s.device IS NOT NULL
    GROUP BY s.device ORDER BY s.device
    ON CONFLICT (device) DO UPDATE SET
        conflicts = device_state.conflicts + excluded.conflicts,
        last_conflict_at = excluded.last_conflict_at""").format(rows=_ROWS)

_SETTLED = """
    DELETE FROM observation_conflict c
    USING unnest(%s::int4[], %s::timestamptz[], %s::float8[]) AS k (series_id, ts, value)
    WHERE c.series_id = k.series_id AND c.ts = k.ts AND c.value = k.value"""

_KEEP = """
    COPY observation_revision (series_id, ts, old_value, old_quality, new_value, new_quality,
                               actor, reason) FROM STDIN"""


class Declared(Protocol):
    """Who corrects, and why."""

    @property
    def actor(self) -> str:
        """Who."""

    @property
    def reason(self) -> str:
        """Why."""


class Standing(NamedTuple):
    """The value that stands at a key, and those that were corrected away there."""

    value: float
    quality: int
    past: set[float]


class Revision(NamedTuple):
    """One value that replaces another."""

    key: Key
    before: Standing
    value: float
    quality: int
    declared: Declared


def standing(cursor: Cursor, rows: Rows) -> dict[Key, Standing]:
    """Return what stands at the keys of rows; keys where nothing does are absent."""
    if not rows:
        return {}
    found = {
        (series, to_us(ts)): Standing(value, quality, set())
        for part in _by_day(rows)
        for series, ts, value, quality in cursor.execute(_STANDING, _told(part)).fetchall()
    }
    for series, ts, value in cursor.execute(_PAST, _told(rows)).fetchall():
        if (key := (series, to_us(ts))) in found:
            found[key].past.add(value)
    return found


def keep_conflicts(cursor: Cursor, rows: Rows) -> None:
    """Keep values that contradict what stands, and count them for their devices."""
    if rows:
        cursor.execute(_CONFLICTS, _told(rows))


def revise(cursor: Cursor, revised: Sequence[Revision], last: Rows) -> None:
    """Replace stored values, newest values among them, and keep what stood before.

    A conflict whose value is what a correction says is settled with it, and is no conflict more.

    Args:
        cursor: in a transaction.
        revised: in their order.
        last: of the values that replace others at one key, the one that stays.
    """
    if not revised:
        return
    with cursor.copy(_KEEP) as copy:
        for one in revised:
            copy.write_row(_revision_row(one))
    told = _told(last)
    cursor.execute(_REPLACE, told)
    cursor.execute(_REPLACE_LATEST, told)
    keys = [(one.key[0], from_us(one.key[1]), one.value) for one in revised]
    cursor.execute(_SETTLED, [list(column) for column in zip(*keys, strict=True)])


def _by_day(rows: Rows) -> list[Rows]:
    """Return the rows of each day (UTC), in the order of time."""
    order = np.argsort(rows.ts_us, kind="stable")
    days = rows.ts_us[order] // _DAY_US
    return [rows.take(part) for part in np.split(order, np.flatnonzero(np.diff(days)) + 1)]


def _revision_row(one: Revision) -> tuple[object, ...]:
    series, ts_us = one.key
    before, declared = one.before, one.declared
    return (
        series,
        from_us(ts_us),
        before.value,
        before.quality,
        one.value,
        one.quality,
        declared.actor,
        declared.reason,
    )


def _told(rows: Rows) -> dict[str, object]:
    return {
        "series": rows.series_id.tolist(),
        "times": [from_us(ts_us) for ts_us in rows.ts_us.tolist()],
        "values": rows.value.tolist(),
        "qualities": rows.quality.tolist(),
        "received": [from_us(received_us) for received_us in rows.received_us.tolist()],
        "first": from_us(int(rows.ts_us.min())),
        "last": from_us(int(rows.ts_us.max())),
    }
