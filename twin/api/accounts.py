"""Accounts of people and keys of programs: making them, and the hashes that are kept of them."""

import secrets
from enum import IntEnum
from hashlib import sha256
from typing import Any

import psycopg
from argon2 import PasswordHasher

_LONGEST_NAME = 200
_KEY_BYTES = 32

_ACCOUNT = """
    INSERT INTO account (username, password_hash, role) VALUES (%s, %s, %s)
    ON CONFLICT (username) DO UPDATE
    SET password_hash = excluded.password_hash, role = excluded.role"""

_API_KEY = """
    INSERT INTO api_key (name, key_digest, role) VALUES (%s, %s, %s)
    ON CONFLICT (name) DO UPDATE
    SET key_digest = excluded.key_digest, role = excluded.role, created_at = now(),
        revoked_at = NULL"""

hasher = PasswordHasher()


class InvalidAccountError(ValueError):
    """A name, password or role that no account can have. Choose another."""


class Role(IntEnum):
    """What a caller may do; each role may also do what those before it may."""

    VIEWER = 1
    OPERATOR = 2
    ADMINISTRATOR = 3

    @classmethod
    def named(cls, name: str) -> "Role":
        """Return the role by its name in the store.

        Raises:
            InvalidAccountError: there is no such role.
        """
        try:
            return cls[name.upper()]
        except KeyError:
            expected = ", ".join(role.name.lower() for role in cls)
            raise InvalidAccountError(f"role {name!r}: expected one of {expected}") from None


def new_password() -> str:
    """Return a random password of 128 bits that can be typed."""
    return secrets.token_urlsafe(16)


def key_digest(key: str) -> bytes:
    """Return what the store keeps of an API key."""
    return sha256(key.encode()).digest()


def create_account(
    connection: psycopg.Connection[tuple[Any, ...]], username: str, password: str, role: str
) -> None:
    """Make an account, or give the one of that name a new password and role. The caller commits.

    Raises:
        InvalidAccountError: an empty password, an unknown role, or a name that HTTP Basic cannot
            carry.
    """
    _check_name(username)
    if not password:
        raise InvalidAccountError(f"account {username!r}: expected a password that is not empty")
    Role.named(role)
    connection.execute(_ACCOUNT, (username, hasher.hash(password), role))


def create_api_key(connection: psycopg.Connection[tuple[Any, ...]], name: str, role: str) -> str:
    """Make the key of that name, which ends the one before it, and return it. The caller commits.

    The key is told only here; the store keeps its digest.

    Raises:
        InvalidAccountError: an unknown role or an impossible name.
    """
    _check_name(name)
    Role.named(role)
    key = secrets.token_urlsafe(_KEY_BYTES)
    connection.execute(_API_KEY, (name, key_digest(key), role))
    return key


def _check_name(name: str) -> None:
    # A colon ends the user name in HTTP Basic (RFC 7617, 2).
    if not name or len(name) > _LONGEST_NAME or ":" in name or not name.isprintable():
        raise InvalidAccountError(
            f"name {name!r}: expected 1 to {_LONGEST_NAME} printable characters and no colon"
        )
