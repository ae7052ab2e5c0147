"""Accounts of people: making, changing and listing them. Every change is logged."""

from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import class_row

from twin.api.actor_log import log
from twin.api.keys import create_api_key
from twin.api.names import (
    InvalidNameError,
    NameTakenError,
    UnknownNameError,
    check_name,
    name_digest,
)
from twin.api.passwords import InvalidPasswordError, hash_password, new_password
from twin.api.permissions import InvalidGrantError, Role

__all__ = [
    "REFUSALS",
    "Account",
    "AccountChange",
    "LastAdministratorError",
    "add_account",
    "change_account",
    "create_account",
    "create_api_key",
    "list_accounts",
    "new_password",
    "read_account",
]

Connection = psycopg.Connection[tuple[Any, ...]]

_ACCOUNTS = """
    SELECT a.username, a.role, a.disabled, a.created_at, f.locked_until
    FROM account a LEFT JOIN sign_in_failure f
        ON f.name_digest = sha256(convert_to(a.username, 'UTF8')) AND f.locked_until > now()"""
_LIST = f"{_ACCOUNTS} WHERE a.username > %s ORDER BY a.username LIMIT %s"
_ONE = f"{_ACCOUNTS} WHERE a.username = %s"

_ADD = """
    INSERT INTO account (username, password_hash, role) VALUES (%s, %s, %s)
    ON CONFLICT (username) DO NOTHING"""

_CHANGE = """
    UPDATE account SET password_hash = coalesce(%s, password_hash), role = coalesce(%s, role),
        disabled = coalesce(%s, disabled)
    WHERE username = %s"""

_UNLOCK = "DELETE FROM sign_in_failure WHERE name_digest = %s"

# Two administrators who disable each other at the same moment must not both succeed.
_ADMINISTRATORS = """
    SELECT username FROM account WHERE role = 'administrator' AND NOT disabled
    ORDER BY username FOR UPDATE"""


class LastAdministratorError(Exception):
    """Nobody would be left to manage accounts. Make another administrator first."""


REFUSALS = (
    InvalidGrantError,
    InvalidNameError,
    InvalidPasswordError,
    LastAdministratorError,
    NameTakenError,
    UnknownNameError,
)
"""What a change of accounts and keys may be refused for; each has a status in ``people``."""


class Account(NamedTuple):
    """A person's account.

    Attributes:
        username: its name.
        role: what it may do.
        disabled: nobody can sign in to it.
        created_at: when it was made.
        locked_until: after too many failures, else None.
    """

    username: str
    role: str
    disabled: bool
    created_at: datetime
    locked_until: datetime | None


class AccountChange(NamedTuple):
    """What is to change of an account; None leaves it as it is.

    Attributes:
        role: what it may do from now on.
        disabled: whether nobody can sign in to it.
        password: the new one, which ends a lock too.
        unlock: end the lock after too many failures.
    """

    role: str | None = None
    disabled: bool | None = None
    password: str | None = None
    unlock: bool = False

    def told(self) -> dict[str, object]:
        """Return what changes, for the log: without the password."""
        hidden = None if self.password is None else "new"
        changed = self._asdict() | {"password": hidden, "unlock": self.unlock or None}
        return {name: value for name, value in changed.items() if value is not None}


def list_accounts(
    connection: Connection, *, after: str = "", most: int | None = None
) -> list[Account]:
    """Return accounts in the order of their names, from the one after ``after`` on."""
    with connection.cursor(row_factory=class_row(Account)) as cursor:
        return cursor.execute(_LIST, (after, most)).fetchall()


def read_account(connection: Connection, username: str) -> Account:
    """Return one account.

    Raises:
        UnknownNameError: there is none of this name.
    """
    with connection.cursor(row_factory=class_row(Account)) as cursor:
        found = cursor.execute(_ONE, (username,)).fetchone()
    if found is None:
        raise UnknownNameError(f"account {username!r}: not in the store")
    return found


def add_account(
    connection: Connection, username: str, password: str, role: str, *, by: str
) -> Account:
    """Make an account. The caller commits.

    Raises:
        InvalidNameError: a name that no account can have.
        InvalidPasswordError: too short, too long, or the name itself.
        InvalidGrantError: no such role.
        NameTakenError: there is one of this name.
    """
    check_name(username)
    row = (username, hash_password(username, password), Role.named(role))
    with connection.transaction():
        if not connection.execute(_ADD, row).rowcount:
            raise NameTakenError(f"account {username!r}: exists")
        log(connection, by, "account.add", username, role=role)
        return read_account(connection, username)


def change_account(
    connection: Connection, username: str, change: AccountChange, *, by: str
) -> Account:
    """Change an account and return it as it is now. The caller commits.

    Raises:
        UnknownNameError: there is none of this name.
        InvalidPasswordError: too short, too long, or the name itself.
        InvalidGrantError: no such role.
        LastAdministratorError: no administrator would be left who can sign in.
    """
    hashed = None if change.password is None else hash_password(username, change.password)
    role = None if change.role is None else Role.named(change.role)
    with connection.transaction():
        before = connection.execute(_ADMINISTRATORS).fetchall()
        connection.execute(_CHANGE, (hashed, role, change.disabled, username))
        if before and not connection.execute(_ADMINISTRATORS).fetchall():
            raise LastAdministratorError(f"account {username!r}: the last administrator's")
        if change.unlock or change.password is not None:
            connection.execute(_UNLOCK, (name_digest(username),))
        changed = read_account(connection, username)
        log(connection, by, "account.change", username, **change.told())
    return changed


def create_account(
    connection: Connection, username: str, password: str, role: str, *, by: str = "twin"
) -> None:
    """Make an account, or give the one of that name a new password and role. The caller commits.

    Raises:
        As ``add_account`` and ``change_account``, but for a name that is taken.
    """
    try:
        add_account(connection, username, password, role, by=by)
    except NameTakenError:
        change_account(connection, username, AccountChange(role=role, password=password), by=by)
