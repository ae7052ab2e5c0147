"""Delivery of notices from the outbox: at least once, oldest first for each alert.

What nobody takes for a day is given up: a dead letter, which ``twin deliveries`` lists and retries.
"""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson
import psycopg
import structlog
from psycopg.rows import dict_row

from alerts.notices import WAKE_WORD
from data.connection import StoreUnavailableError, connect
from twin.model import from_us

_log = structlog.get_logger(__name__)

Publish = Callable[[str, bytes], object]
"""Sends a payload to a topic and returns once the receiver confirmed it, or raises."""

_FIRST_DELAY = timedelta(seconds=1)
_LONGEST_DELAY = timedelta(minutes=5)
_MOST_DOUBLINGS = 9
_LOOK_SECONDS = 0.5

MOST_ATTEMPTS = 300
"""After so many, a day of them, a notice is a dead letter and those after it get their turn."""

# A notice waits for the earlier ones of its alert, so that "cleared" never overtakes "raised".
_TAKE = """
SELECT o.id, o.notice_id, o.topic, o.payload, o.attempts
FROM outbox o
WHERE o.state = 'waiting' AND o.next_attempt_at <= %s
  AND NOT EXISTS (
      SELECT FROM outbox earlier
      WHERE earlier.state = 'waiting' AND earlier.alert_id = o.alert_id
        AND earlier.channel = o.channel AND earlier.id < o.id)
ORDER BY o.id
LIMIT %s
FOR UPDATE OF o SKIP LOCKED
"""
_DELIVERED = """
UPDATE outbox SET state = 'delivered', delivered_at = %s, attempts = attempts + 1, error = ''
WHERE id = ANY(%s)
"""
_FAILED = """
UPDATE outbox SET attempts = attempts + 1, next_attempt_at = %s, error = %s, state = %s
WHERE id = %s
"""


def keep_delivering(
    store_url: str,
    publish: Publish,
    stopping: threading.Event,
    now_us: Callable[[], int],
    retry_seconds: float,
) -> None:
    """Deliver the outbox until told to stop: at once when the store notifies of a commit.

    Args:
        store_url: of the store, in libpq's form.
        publish: sends and waits for the confirmation.
        stopping: ends it within half a second, which is also how often it looks unasked.
        now_us: our clock, microseconds since 1970 UTC.
        retry_seconds: between attempts while the store is away.
    """
    while not stopping.is_set():
        try:
            _follow(store_url, publish, stopping, now_us)
        except StoreUnavailableError as error:
            _log.warning("delivery waits for the store", error=str(error))
            stopping.wait(retry_seconds)


def _follow(
    store_url: str, publish: Publish, stopping: threading.Event, now_us: Callable[[], int]
) -> None:
    with connect(store_url, name="citytwin delivery") as connection:
        try:
            connection.autocommit = True
            connection.execute(f"LISTEN {WAKE_WORD}")
            while not stopping.is_set():
                while deliver(connection, publish, now_us=now_us()):
                    pass
                for _ in connection.notifies(timeout=_LOOK_SECONDS, stop_after=1):
                    pass
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise StoreUnavailableError(f"store lost while waiting: {error}") from error


def deliver(
    connection: psycopg.Connection[Any], publish: Publish, *, now_us: int, limit: int = 100
) -> int:
    """Publish notices that are due; a failure ends the round, and its notice waits longer.

    Args:
        connection: the round is one transaction of it; a crash in the middle sends again.
        publish: sends and waits for the confirmation.
        now_us: our clock, microseconds since 1970 UTC.
        limit: at most so many.

    Returns:
        How many were delivered; 0 when there is nothing to do for now.

    Raises:
        StoreUnavailableError: the store was lost; what was sent will be sent again.
    """
    now = from_us(now_us)
    try:
        with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
            cursor.execute(_TAKE, [now, limit])
            return _publish_all(cursor, publish, now)
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise StoreUnavailableError(f"store lost while delivering notices: {error}") from error


def _publish_all(cursor: psycopg.Cursor[dict[str, Any]], publish: Publish, now: datetime) -> int:
    delivered: list[int] = []
    failure = None
    for row in cursor.fetchall():
        failure = _try(publish, row)
        if failure:
            attempts = row["attempts"] + 1
            state = "given up" if attempts >= MOST_ATTEMPTS else "waiting"
            retry = now + delay_after(attempts)
            cursor.execute(_FAILED, [retry, failure, state, row["id"]])
            break
        delivered.append(row["id"])
    if delivered:
        cursor.execute(_DELIVERED, [now, delivered])
    return len(delivered)


def _try(publish: Publish, row: Mapping[str, Any]) -> str:
    """Publish a notice; return what went wrong, or an empty text."""
    notice = {"notice": str(row["notice_id"]), **row["payload"]}
    try:
        publish(row["topic"], orjson.dumps(notice))
    except Exception as error:  # noqa: BLE001 -- whatever went wrong, the remedy is to try again
        sentence = f"notice {row['notice_id']} to {row['topic']!r}: {error!r}"
        _log.warning("notice not delivered", topic=row["topic"], error=repr(error))
        return sentence
    return ""


def delay_after(attempts: int) -> timedelta:
    """Return how long a notice waits after so many failures: doubling up to five minutes."""
    doublings = min(attempts - 1, _MOST_DOUBLINGS)
    return min(_FIRST_DELAY * (1 << doublings), _LONGEST_DELAY)
