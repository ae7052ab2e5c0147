"""Latches of rules with limits as the store keeps them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import psycopg
from psycopg.rows import tuple_row

from alerts.memory import Group, Key
from alerts.recordset import recordset
from alerts.rules.courses import NEVER, States
from twin.model import Mode, from_us, to_us

_READ = """
SELECT t.rule, t.entity, t.mode, t.key, t.level IS NOT NULL, t.pending_since, t.clear_since,
       t.judged_until, l.value
FROM rule_state t
LEFT JOIN series_latest l ON l.series_id = split_part(t.key, '#', 1)::int8
WHERE t.rule = ANY(%s)
"""
_PUT = """
INSERT INTO rule_state (rule, entity, mode, key, rule_version, level, pending_level,
                        pending_since, clear_since, judged_until)
SELECT * FROM json_to_recordset(%s::json)
    AS n (rule text, entity int8, mode text, key text, rule_version int4, level text,
          pending_level text, pending_since timestamptz, clear_since timestamptz,
          judged_until timestamptz)
ON CONFLICT (rule, entity, mode, key) DO UPDATE SET
    rule_version = excluded.rule_version,
    level = excluded.level,
    pending_level = excluded.pending_level,
    pending_since = excluded.pending_since,
    clear_since = excluded.clear_since,
    judged_until = excluded.judged_until
"""


class StoredLatch(NamedTuple):
    """A latch that is not idle.

    Attributes:
        raised: whether its level stands.
        since_us: since when its limit has been reached; ``NEVER`` where it is not waiting.
        clear_since_us: since when it has been left, alike.
        ts_us: its last reading.
        value: the last number; NaN where nobody remembers it.
    """

    raised: bool
    since_us: int
    clear_since_us: int
    ts_us: int
    value: float

    @property
    def states(self) -> States:
        """As columns of one."""
        times = (np.array([each], np.int64) for each in self[1:4])
        return States(np.array([self.raised]), *times)


def read_stored(
    connection: psycopg.Connection[Any], rules: Iterable[str]
) -> dict[tuple[Group, Key], StoredLatch]:
    """Return what the store knows of latches of rules with limits."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(_READ, [list(rules)])
        return dict(_named(row) for row in cursor)


def _named(row: Sequence[Any]) -> tuple[tuple[Group, Key], StoredLatch]:
    rule, entity, mode, key, raised, since, clear_since, ts, value = row
    latch = StoredLatch(
        raised,
        NEVER if since is None else to_us(since),
        NEVER if clear_since is None else to_us(clear_since),
        to_us(ts),
        float("nan") if value is None else value,
    )
    return (Group(rule, entity, Mode(mode)), Key.parse(key)), latch


def rows_of(
    latches: Iterable[tuple[Group, Key, int, StoredLatch]],
) -> Iterator[dict[str, object]]:
    """Yield latches, each with the version of its rule, as ``put`` takes them."""
    for group, key, version, latch in latches:
        yield {
            **group._asdict(),
            "key": key.text,
            "rule_version": version,
            "level": key.level.text if latch.raised else None,
            "pending_level": None if latch.raised else key.level.text,
            "pending_since": _instant(latch.since_us),
            "clear_since": _instant(latch.clear_since_us),
            "judged_until": from_us(latch.ts_us),
        }


def put(connection: psycopg.Connection[Any], rows: Sequence[dict[str, object]]) -> None:
    """Write latches."""
    if rows:
        connection.execute(_PUT, [recordset(rows)])


def _instant(ts_us: int) -> object:
    return None if ts_us == NEVER else from_us(ts_us)
