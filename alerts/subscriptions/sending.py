"""Sends what is planned: at least once, in order for each subject, and one at a time per target."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import psycopg
import structlog
from psycopg.rows import dict_row

from alerts.delivery import delay_after
from alerts.subscriptions.outcome import (
    Carrier,
    Delivered,
    Gone,
    Letter,
    Outcome,
    Refused,
    TryLater,
)
from alerts.subscriptions.subscription import COLUMNS, subscription_in

Connection = psycopg.Connection[tuple[Any, ...]]

_log = structlog.get_logger(__name__)

# What is under way holds its target's row, and is sent again should we die before we say so.
_TAKE = f"""
SELECT {COLUMNS}, d.id AS delivery, d.notice_id::text AS number, d.body, d.attempts,
       d.patience_from, t.failures,
       ARRAY(SELECT m.subject FROM delivery_subject m WHERE m.delivery_id = d.id
             ORDER BY m.subject) AS subjects
FROM delivery d
JOIN subscription s ON s.id = d.subscription_id
JOIN subscription_sending t ON t.subscription_id = s.id
WHERE d.state = 'waiting' AND d.next_attempt_at <= %(now)s
  AND s.enabled AND s.withdrawn_at IS NULL AND (t.resume_at IS NULL OR t.resume_at <= %(now)s)
  AND NOT EXISTS (
      SELECT FROM delivery_subject mine
      JOIN delivery_subject other ON other.subscription_id = mine.subscription_id
        AND other.subject = mine.subject AND other.delivery_id < mine.delivery_id
      JOIN delivery earlier ON earlier.id = other.delivery_id AND earlier.state = 'waiting'
      WHERE mine.delivery_id = d.id)
ORDER BY d.id LIMIT 1
FOR NO KEY UPDATE OF d, t SKIP LOCKED
"""  # noqa: S608 -- own columns
_DELIVERED = """
UPDATE delivery SET state = 'delivered', delivered_at = %s, attempts = attempts + 1, error = ''
WHERE id = %s
"""
_WELL = "UPDATE subscription_sending SET failures = 0, resume_at = NULL WHERE subscription_id = %s"
_LATER = """
UPDATE delivery SET attempts = attempts + 1, next_attempt_at = %s, error = %s WHERE id = %s
"""
_PAUSE = """
UPDATE subscription_sending SET failures = failures + 1, resume_at = %s WHERE subscription_id = %s
"""
_GIVE_UP = """
UPDATE delivery SET state = 'given up', attempts = attempts + 1, error = %s WHERE id = %s
"""
_DISABLE = "UPDATE subscription SET enabled = false, note = %s, version = version + 1 WHERE id = %s"

_LONGEST_SENTENCE = 500


def send_one(
    connection: Connection, carriers: Mapping[str, Carrier], now: datetime, give_up: timedelta
) -> bool:
    """Send the oldest thing that is due and whose turn it is.

    Args:
        connection: the attempt is one transaction of it.
        carriers: by kind of subscription.
        now: our clock.
        give_up: how long something is tried.

    Returns:
        Whether there was anything.
    """
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(_TAKE.encode(), {"now": now}).fetchone()
        if row is None:
            return False
        subscription = subscription_in(row)
        letter = Letter(row["number"], row["body"], row["subjects"], row["attempts"])
        outcome = carriers[subscription.kind].send(subscription, letter, now)
        _settle(cursor, row, outcome, now, give_up)
    return True


def _settle(
    cursor: psycopg.Cursor[dict[str, Any]],
    row: Mapping[str, Any],
    outcome: Outcome,
    now: datetime,
    give_up: timedelta,
) -> None:
    match outcome:
        case Delivered():
            cursor.execute(_DELIVERED, [now, row["delivery"]])
            if row["failures"]:
                cursor.execute(_WELL, [row["id"]])
        case Gone(sentence):
            cursor.execute(_GIVE_UP, [_short(sentence), row["delivery"]])
            cursor.execute(_DISABLE, [f"disabled: {_short(sentence)}", row["id"]])
            _log.warning("subscription disabled", name=row["name"], why=sentence)
        case Refused(sentence):
            _bury(cursor, row, sentence)
        case TryLater(sentence, after):
            _wait(cursor, row, sentence, now, after or timedelta(0))
            if now - row["patience_from"] >= give_up:
                _bury(cursor, row, sentence)


def _wait(
    cursor: psycopg.Cursor[dict[str, Any]],
    row: Mapping[str, Any],
    sentence: str,
    now: datetime,
    asked: timedelta,
) -> None:
    again = now + max(asked, delay_after(row["attempts"] + 1))
    cursor.execute(_LATER, [again, _short(sentence), row["delivery"]])
    # Others for the same target wait too: it is likely the target, not this notice.
    pause = now + max(asked, delay_after(row["failures"] + 1))
    cursor.execute(_PAUSE, [pause, row["id"]])
    _log.info("notice not sent", name=row["name"], number=row["number"], why=sentence)


def _bury(cursor: psycopg.Cursor[dict[str, Any]], row: Mapping[str, Any], sentence: str) -> None:
    cursor.execute(_GIVE_UP, [_short(sentence), row["delivery"]])
    _log.warning("notice given up", name=row["name"], number=row["number"], why=sentence)


def _short(sentence: str) -> str:
    return sentence.replace("\0", " ")[:_LONGEST_SENTENCE]
