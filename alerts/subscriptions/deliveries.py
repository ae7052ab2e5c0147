"""What was sent, what waits and what nobody took: listed, and tried again when somebody says so."""

from datetime import datetime
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from alerts.notices import WAKE_WORD as NOTICES_WAKE_WORD
from alerts.subscriptions.planning import WAKE_WORD

Connection = psycopg.Connection[tuple[Any, ...]]
Row = dict[str, Any]

STATES = ("waiting", "delivered", "given_up")

_SUBSCRIBED: LiteralString = """
SELECT d.notice_id AS id, 'subscription' AS channel, s.id AS subscription,
       s.name AS subscription_name, s.kind, s.target, d.reason, d.mode,
       replace(d.state, ' ', '_') AS state, d.attempts, d.created_at, d.next_attempt_at,
       d.delivered_at, d.error, d.call_id AS call, d.body->>'title_zh' AS title_zh,
       d.body->>'title_en' AS title_en,
       ARRAY(SELECT m.subject FROM delivery_subject m WHERE m.delivery_id = d.id
             ORDER BY m.subject) AS subjects
FROM delivery d JOIN subscription s ON s.id = d.subscription_id
"""
# Every transition becomes one of these: what was delivered of them is in the alert's history.
_PUBLISHED: LiteralString = """
SELECT o.notice_id AS id, o.channel, NULL::int8 AS subscription, NULL AS subscription_name,
       o.channel AS kind, o.topic AS target, o.payload->>'event' AS reason, o.mode,
       replace(o.state, ' ', '_') AS state, o.attempts, o.created_at, o.next_attempt_at,
       o.delivered_at, o.error, NULL::int8 AS call, o.payload->'alert'->>'title_zh' AS title_zh,
       o.payload->'alert'->>'title_en' AS title_en, ARRAY['alert:' || o.alert_id] AS subjects
FROM outbox o
"""
_ONE = _SUBSCRIBED + "WHERE d.notice_id = %s"
_LIST: LiteralString = f"""
SELECT * FROM (({_SUBSCRIBED}
    WHERE (%(state)s::text IS NULL OR d.state = %(state)s)
      AND (%(subscription)s::int8 IS NULL OR d.subscription_id = %(subscription)s)
      AND (%(at)s::timestamptz IS NULL OR (d.created_at, d.notice_id) < (%(at)s, %(id)s))
    ORDER BY d.created_at DESC, d.notice_id DESC LIMIT %(most)s
) UNION ALL ({_PUBLISHED}
    WHERE o.state IN ('waiting', 'given up') AND (%(state)s::text IS NULL OR o.state = %(state)s)
      AND %(subscription)s::int8 IS NULL
      AND (%(at)s::timestamptz IS NULL OR (o.created_at, o.notice_id) < (%(at)s, %(id)s))
    ORDER BY o.created_at DESC, o.notice_id DESC LIMIT %(most)s
)) found ORDER BY created_at DESC, id DESC LIMIT %(most)s
"""  # noqa: S608 -- own columns

_RETRY = """
UPDATE delivery SET state = 'waiting', next_attempt_at = %(now)s, patience_from = %(now)s
WHERE notice_id = %(id)s AND state <> 'delivered'
  AND EXISTS (SELECT FROM subscription s WHERE s.id = subscription_id AND s.withdrawn_at IS NULL)
RETURNING subscription_id
"""
_RESUME = """
UPDATE subscription_sending SET failures = 0, resume_at = NULL WHERE subscription_id = %s
"""
_RETRY_PUBLISHED = """
UPDATE outbox SET state = 'waiting', next_attempt_at = %(now)s, attempts = 0
WHERE notice_id = %(id)s AND state = 'given up' RETURNING id
"""


class UnknownDeliveryError(LookupError):
    """Nothing that was sent has this number. Look it up in the list."""


class NotRetriableError(Exception):
    """It was delivered, or nobody is there to take it. Nothing is to be done."""


class Position(NamedTuple):
    """Where a page of the list begins: behind what was made at an instant, with a number."""

    at: datetime
    id: UUID


def list_deliveries(
    connection: Connection,
    *,
    most: int,
    state: str | None = None,
    subscription: int | None = None,
    before: Position | None = None,
) -> list[Row]:
    """Return what was sent to subscribers, and what did not reach the broker, the newest first.

    Args:
        connection: to the store.
        most: so many at most.
        state: one of ``STATES``.
        subscription: to this subscription only.
        before: the last one of the page before.
    """
    values = {
        "most": most,
        "state": state and state.replace("_", " "),
        "subscription": subscription,
        "at": before and before.at,
        "id": before and before.id,
    }
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_LIST, values).fetchall()


def read_delivery(connection: Connection, number: UUID) -> Row:
    """Return one of a subscription.

    Raises:
        UnknownDeliveryError: there is none of this number.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(_ONE, [number]).fetchone()
    if row is None:
        raise UnknownDeliveryError(f"delivery {str(number)!r}: expected one of the list")
    return row


def retry(connection: Connection, number: UUID, now: datetime) -> None:
    """Have something tried again at once, with its old number.

    Raises:
        UnknownDeliveryError: there is none of this number.
        NotRetriableError: it was delivered, or its subscription was withdrawn.
    """
    values = {"id": number, "now": now}
    row = connection.execute(_RETRY, values).fetchone()
    if row is not None:
        connection.execute(_RESUME, [row[0]])
        connection.execute(f"NOTIFY {WAKE_WORD}")
        return
    if connection.execute(_RETRY_PUBLISHED, values).fetchone() is not None:
        connection.execute(f"NOTIFY {NOTICES_WAKE_WORD}")
        return
    found = read_delivery(connection, number)
    raise NotRetriableError(
        f"delivery {str(number)!r} is {found['state']!r}: expected one that was not "
        "delivered, of a subscription that stands"
    )
