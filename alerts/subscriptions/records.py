"""Subscriptions as they are kept: made, listed, changed, withdrawn."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, LiteralString

import psycopg
from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier, Placeholder

from alerts.subscriptions.addresses import parse_endpoint
from alerts.subscriptions.mail import parse_addresses
from alerts.subscriptions.signing import new_secret
from alerts.subscriptions.subscription import HTTP_KINDS

Connection = psycopg.Connection[tuple[Any, ...]]
Row = dict[str, Any]

SETTINGS = (
    "name",
    "kind",
    "target",
    "recipients",
    "language",
    "modes",
    "levels",
    "domains",
    "classes",
    "departments",
    "area",
    "quiet_from",
    "quiet_to",
    "quiet_level",
    "group_wait_s",
    "group_interval_s",
    "repeat_interval_s",
    "per_minute",
    "enabled",
)
"""What whoever makes a subscription may say."""

_SHOWN: LiteralString = """
SELECT s.id, s.name, s.kind, s.target, s.recipients, s.language, s.modes, s.levels, s.domains,
       s.classes, s.departments, s.area, s.quiet_from, s.quiet_to, s.quiet_level, s.group_wait_s,
       s.group_interval_s, s.repeat_interval_s, s.per_minute, s.enabled, s.note,
       s.secret IS NOT NULL AS has_secret, s.old_secret_until, s.created_by, s.created_at,
       s.version, coalesce(t.failures, 0) AS failures
FROM subscription s LEFT JOIN subscription_sending t ON t.subscription_id = s.id
WHERE s.withdrawn_at IS NULL
"""
_LIST = _SHOWN + " AND s.id > %s ORDER BY s.id LIMIT %s"
_ONE = _SHOWN + " AND s.id = %s"
_SENDING = "INSERT INTO subscription_sending (subscription_id) VALUES (%s)"
_RESUME = """
UPDATE subscription_sending SET failures = 0, resume_at = NULL WHERE subscription_id = %s
"""
_ROTATE = """
UPDATE subscription
SET old_secret = secret, old_secret_until = %s, secret = %s, version = version + 1
WHERE id = %s AND withdrawn_at IS NULL RETURNING id
"""
_WITHDRAW = """
UPDATE subscription
SET withdrawn_at = %s, enabled = false, secret = NULL, old_secret = NULL, version = version + 1
WHERE id = %s AND withdrawn_at IS NULL RETURNING name
"""
_DROP_WAITING = """
UPDATE delivery SET state = 'given up', error = 'the subscription was withdrawn'
WHERE subscription_id = %s AND state = 'waiting'
"""


class UnknownSubscriptionError(LookupError):
    """No subscription has this number. Look it up in the list."""


class SubscriptionError(ValueError):
    """A subscription that could not work. Correct what the message names."""


class NameTakenError(Exception):
    """Another subscription has this name. Choose another, or change that one."""


def add_subscription(
    connection: Connection, settings: Mapping[str, object], actor: str
) -> tuple[int, str | None]:
    """Make a subscription; return its number and its secret, which is never given again.

    Args:
        connection: the running transaction.
        settings: some of ``SETTINGS``; at least a name and a kind.
        actor: who makes it.

    Raises:
        SubscriptionError: it could not work as it is.
        NameTakenError: another one has its name.
        AddressError: its target is no address of a webhook.
        MailAddressError: its target is no address of a mail.
    """
    check_settings(settings)
    secret = new_secret() if settings["kind"] in HTTP_KINDS else None
    values = dict(settings) | {
        "secret": secret,
        "receipt_key": new_secret(),
        "created_by": actor,
    }
    query = SQL("INSERT INTO subscription ({}) VALUES ({}) RETURNING id").format(
        SQL(", ").join(map(Identifier, values)), SQL(", ").join(map(Placeholder, values))
    )
    row = _named(connection, query, values)
    connection.execute(_SENDING, [row[0]])
    return int(row[0]), secret


def change_subscription(connection: Connection, number: int, changes: Mapping[str, object]) -> None:
    """Change settings of a subscription; its target is tried again at once.

    Raises:
        UnknownSubscriptionError: there is no such subscription.
        SubscriptionError: and what else ``add_subscription`` raises.
    """
    now = read_subscription(connection, number)
    check_settings({**{name: now[name] for name in SETTINGS}, **changes})
    if changes.get("enabled"):
        changes = {**changes, "note": ""}
    if changes:
        sets = [SQL("{} = {}").format(Identifier(name), Placeholder(name)) for name in changes]
        query = SQL(
            "UPDATE subscription SET {}, version = version + 1 WHERE id = %(number)s RETURNING id"
        ).format(SQL(", ").join(sets))
        _named(connection, query, {**changes, "number": number})
        connection.execute(_RESUME, [number])


def _named(connection: Connection, query: Any, values: Mapping[str, object]) -> tuple[Any, ...]:  # noqa: ANN401 - composed
    try:
        row = connection.execute(query, values).fetchone()
    except psycopg.errors.UniqueViolation:
        raise NameTakenError(
            f"subscription {values.get('name')!r}: expected a name that no other one has"
        ) from None
    return row or (0,)


def check_settings(settings: Mapping[str, object]) -> None:
    """Refuse settings that could not work together.

    Raises:
        SubscriptionError: a target where none belongs, half of the quiet hours, and the like.
        AddressError: the target is no address of a webhook.
        MailAddressError: the target is no address of a mail.
    """
    kind, target = settings["kind"], str(settings.get("target") or "")
    if kind in HTTP_KINDS:
        parse_endpoint(target)
    elif kind == "email":
        parse_addresses(target)
    elif target:
        raise SubscriptionError(f"target {target[:100]!r}: expected none of the kind 'cap'")
    _check_recipients(kind, settings.get("recipients"))
    if (settings.get("quiet_from") is None) != (settings.get("quiet_to") is None):
        raise SubscriptionError("quiet hours: expected both quiet_from and quiet_to, or neither")


def _check_recipients(kind: object, recipients: object) -> None:
    needed = kind in ("sms", "public_address")
    if needed and not recipients:
        raise SubscriptionError(f"recipients of the kind {kind!r}: expected at least one")
    if recipients and not needed:
        raise SubscriptionError(f"recipients of the kind {kind!r}: expected none, it has a target")


def list_subscriptions(connection: Connection, after: int, most: int) -> list[Row]:
    """Return subscriptions in the order in which they were made, without their secrets."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_LIST, [after, most]).fetchall()


def read_subscription(connection: Connection, number: int) -> Row:
    """Return one subscription without its secrets.

    Raises:
        UnknownSubscriptionError: there is no such subscription.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(_ONE, [number]).fetchone()
    if row is None:
        raise UnknownSubscriptionError(f"subscription {number}: expected one of the list")
    return row


def rotate_secret(connection: Connection, number: int, now: datetime, overlap: timedelta) -> str:
    """Give a webhook a new secret and return it; the old one counts too for a while.

    Raises:
        UnknownSubscriptionError: there is no such subscription.
        SubscriptionError: it is of a kind that has none.
    """
    if not read_subscription(connection, number)["has_secret"]:
        raise SubscriptionError(f"subscription {number}: expected one of a kind that is signed")
    secret = new_secret()
    connection.execute(_ROTATE, [now + overlap, secret, number])
    return secret


def withdraw_subscription(connection: Connection, number: int, now: datetime) -> str:
    """End a subscription; what waits for it is given up, its history stays; return its name.

    Raises:
        UnknownSubscriptionError: there is no such subscription.
    """
    row = connection.execute(_WITHDRAW, [now, number]).fetchone()
    if row is None:
        raise UnknownSubscriptionError(f"subscription {number}: expected one of the list")
    connection.execute(_DROP_WAITING, [number])
    return str(row[0])
