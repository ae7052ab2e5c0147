"""API keys of programs: making, revoking and listing them. Every change is logged."""

import secrets
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import class_row

from twin.api.actor_log import log
from twin.api.names import NameTakenError, UnknownNameError, check_name
from twin.api.permissions import Role, check_scopes

Connection = psycopg.Connection[tuple[Any, ...]]

DAYS = 365
MOST_DAYS = 3650
_MARK = "ct_"
_PREFIX_BYTES = 4
_SECRET_BYTES = 32

_KEYS = """
    SELECT name, prefix, role, scopes, created_at, created_by, expires_at, last_used_at, revoked_at
    FROM api_key"""
_LIST = f"{_KEYS} WHERE name > %s ORDER BY name LIMIT %s"
_ONE = f"{_KEYS} WHERE name = %s"

# A name may be used again once its key opens nothing any more; the log remembers the former one.
_ADD = """
    INSERT INTO api_key AS k (name, key_digest, role, prefix, scopes, expires_at, created_by)
    VALUES (%s, %s, %s, %s, %s, now() + %s * interval '1 day', %s)
    ON CONFLICT (name) DO UPDATE
    SET key_digest = excluded.key_digest, role = excluded.role, prefix = excluded.prefix,
        scopes = excluded.scopes, expires_at = excluded.expires_at, created_at = now(),
        created_by = excluded.created_by, last_used_at = NULL, revoked_at = NULL
    WHERE k.revoked_at IS NOT NULL OR k.expires_at <= now()"""

_REVOKE = "UPDATE api_key SET revoked_at = now() WHERE name = %s AND revoked_at IS NULL"


class ApiKey(NamedTuple):
    """What is known of a key; its secret is not.

    Attributes:
        name: of the key; histories say ``key name``.
        prefix: how the key begins, to find the program that holds it.
        role: what it may do.
        scopes: the only permissions of the role that it has; empty for all.
        created_at: when it was made.
        created_by: who made it.
        expires_at: when it ends by itself; None for never.
        last_used_at: when it was last used, to the minute.
        revoked_at: when it was ended.
    """

    name: str
    prefix: str
    role: str
    scopes: list[str]
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class NewKey(NamedTuple):
    """A key that is to be made.

    Attributes:
        name: what histories call its holder.
        role: what it may do.
        scopes: the only permissions of the role that it is to have; empty for all.
        days: how long it opens anything; None for ever.
    """

    name: str
    role: str
    scopes: tuple[str, ...] = ()
    days: int | None = DAYS


def key_digest(key: str) -> bytes:
    """Return what the store keeps of an API key."""
    return sha256(key.encode()).digest()


def list_keys(connection: Connection, *, after: str = "", most: int | None = None) -> list[ApiKey]:
    """Return keys in the order of their names, from the one after ``after`` on."""
    with connection.cursor(row_factory=class_row(ApiKey)) as cursor:
        return cursor.execute(_LIST, (after, most)).fetchall()


def read_key(connection: Connection, name: str) -> ApiKey:
    """Return what is known of one key.

    Raises:
        UnknownNameError: there is none of this name.
    """
    with connection.cursor(row_factory=class_row(ApiKey)) as cursor:
        found = cursor.execute(_ONE, (name,)).fetchone()
    if found is None:
        raise UnknownNameError(f"key {name!r}: not in the store")
    return found


def add_api_key(connection: Connection, new: NewKey, *, by: str) -> str:
    """Make a key and return it: it is told only here. The caller commits.

    Raises:
        InvalidNameError: a name that no key can have.
        InvalidGrantError: no such role, or a scope outside it.
        NameTakenError: a key of this name still opens something.
    """
    check_name(new.name)
    role = Role.named(new.role)
    check_scopes(role, new.scopes)
    prefix = _MARK + secrets.token_hex(_PREFIX_BYTES)
    key = f"{prefix}_{secrets.token_urlsafe(_SECRET_BYTES)}"
    scopes = sorted(set(new.scopes))
    row = (new.name, key_digest(key), role, prefix, scopes, new.days, by)
    with connection.transaction():
        if not connection.execute(_ADD, row).rowcount:
            raise NameTakenError(f"key {new.name!r}: exists and has not ended")
        log(connection, by, "key.add", new.name, role=role, scopes=scopes, days=new.days)
    return key


def revoke_key(connection: Connection, name: str, *, by: str) -> ApiKey:
    """End a key for good. The caller commits; web processes may let it in for two seconds more.

    Raises:
        UnknownNameError: there is none of this name that was not revoked already.
    """
    with connection.transaction():
        if not connection.execute(_REVOKE, (name,)).rowcount:
            raise UnknownNameError(f"key {name!r}: not in the store, or revoked already")
        log(connection, by, "key.revoke", name)
        return read_key(connection, name)


def create_api_key(connection: Connection, name: str, role: str, *, by: str = "twin") -> str:
    """Make the key of that name without end, which ends the one before it. The caller commits.

    Raises:
        InvalidNameError: a name that no key can have.
        InvalidGrantError: no such role.
    """
    check_name(name)
    connection.execute(_REVOKE, (name,))
    return add_api_key(connection, NewKey(name, role, days=None), by=by)
