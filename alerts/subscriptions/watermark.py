"""Reads each transition of an alert once, through any crash and however late it is committed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import psycopg

from data.locks import NOTICES

Connection = psycopg.Connection[tuple[Any, ...]]

MOST_AT_ONCE = 5000

_LOCK = "SELECT pg_advisory_xact_lock(%s)"
_TRY_LOCK = "SELECT pg_try_advisory_xact_lock(%s)"
_HORIZON = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text"
_FLOOR = "SELECT txid::text FROM notice_floor WHERE id = 1"
_BEGIN = "INSERT INTO notice_floor (id, txid) VALUES (1, %s::xid8)"
_MOVE = "UPDATE notice_floor SET txid = %s::xid8 WHERE id = 1 AND txid < %s::xid8"
_FORGET = "DELETE FROM notice_seen WHERE txid < %s::xid8"
_OPEN = "SELECT id FROM alert WHERE state NOT IN ('cleared', 'closed')"
_NEWS = """
SELECT t.id, t.alert_id, t.txid::text
FROM alert_transition t
WHERE t.txid >= %s::xid8
  AND NOT EXISTS (SELECT FROM notice_seen n WHERE n.transition_id = t.id)
ORDER BY t.txid, t.id LIMIT %s
"""
_SEEN = """
INSERT INTO notice_seen (transition_id, txid)
SELECT id, txid::xid8 FROM unnest(%s::int8[], %s::text[]) AS n (id, txid)
"""


class News(NamedTuple):
    """Alerts that changed, and whether there is more to read."""

    alerts: set[int]
    more: bool


@contextmanager
def planning(connection: Connection) -> Iterator[bool]:
    """Give a transaction of the one session that plans; False where another one does."""
    with connection.transaction():
        row = connection.execute(_TRY_LOCK, [NOTICES]).fetchone()
        yield bool(row and row[0])


def wait_for_turn(connection: Connection) -> None:
    """Keep planners out until the running transaction ends, so that numbers follow its order."""
    connection.execute(_LOCK, [NOTICES])


def read_news(connection: Connection, most: int = MOST_AT_ONCE) -> News:
    """Return the alerts of transitions that were not read yet, in the planning transaction.

    The very first call returns the alerts that are open.
    """
    # Read before the news: whatever is below it was visible to them.
    horizon = _one(connection, _HORIZON)
    floor = _one(connection, _FLOOR)
    if floor is None:
        connection.execute(_BEGIN, [horizon])
        return News({row[0] for row in connection.execute(_OPEN)}, more=True)
    rows = connection.execute(_NEWS, [floor, most]).fetchall()
    if rows:
        connection.execute(_SEEN, [[row[0] for row in rows], [row[2] for row in rows]])
    more = len(rows) == most
    if not more:
        connection.execute(_MOVE, [horizon, horizon])
        connection.execute(_FORGET, [horizon])
    return News({row[1] for row in rows}, more)


def _one(connection: Connection, query: str) -> str | None:
    row = connection.execute(query.encode()).fetchone()
    return None if row is None else str(row[0])
