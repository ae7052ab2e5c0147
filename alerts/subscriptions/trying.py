"""A test notice: to see that a target is reached, without an alert."""

from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

from alerts.subscriptions.content import body_of
from alerts.subscriptions.planning import WAKE_WORD, add_delivery
from alerts.subscriptions.records import SubscriptionError, read_subscription

Connection = psycopg.Connection[tuple[Any, ...]]

_NUMBER = "SELECT notice_id FROM delivery WHERE id = %s"


def send_test(connection: Connection, subscription: int, *, actor: str, now: datetime) -> UUID:
    """Have a test notice sent at once; return its number.

    Raises:
        UnknownSubscriptionError: there is no such subscription.
        SubscriptionError: it is of the kind ``cap``, or disabled.
    """
    found = read_subscription(connection, subscription)
    if found["kind"] == "cap" or not found["enabled"]:
        raise SubscriptionError(
            f"subscription {subscription}: expected one that is enabled and not of the kind 'cap'"
        )
    body = body_of("test", "actual", [], now, f"test by {actor}")
    delivery = add_delivery(connection, subscription, body, [], now)
    connection.execute(f"NOTIFY {WAKE_WORD}")
    row = connection.execute(_NUMBER, [delivery]).fetchone()
    return UUID(str(row[0] if row else ""))
