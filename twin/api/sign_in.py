"""Signing in with name and password, and the lock after too many failures in a row."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import NoReturn
from weakref import WeakValueDictionary

import structlog
from psycopg.rows import DictRow
from psycopg.sql import SQL

from twin.api.config import SignInConfig
from twin.api.names import name_digest
from twin.api.passwords import PasswordChecks
from twin.api.permissions import Role
from twin.api.problems import NotSignedInError
from twin.api.store import Pool, row, rows

_log = structlog.get_logger()

_FIND = SQL("""
    SELECT a.password_hash, a.role, a.disabled, f.locked_until
    FROM (SELECT) AS always
    LEFT JOIN account a ON a.username = %(username)s
    LEFT JOIN sign_in_failure f ON f.name_digest = %(digest)s AND f.locked_until > now()""")

# Counted before the password is verified: of many tries at the same moment no more than are left
# get to know whether they are right. A lock does not grow while it lasts, and failures that lie
# further apart than a lock is long are not in a row.
_COUNT = SQL("""
    INSERT INTO sign_in_failure AS f (name_digest, failures, last_at, locked_until)
    VALUES (%(digest)s, 1, now(), CASE WHEN %(most)s <= 1 THEN now() + %(lock)s END)
    ON CONFLICT (name_digest) DO UPDATE
    SET (failures, last_at, locked_until) = (
        SELECT n, CASE WHEN n > %(most)s THEN f.last_at ELSE now() END,
               CASE WHEN n > %(most)s THEN f.locked_until
                    WHEN n = %(most)s THEN now() + %(lock)s END
        FROM (SELECT CASE WHEN f.last_at < now() - %(lock)s THEN 1 ELSE f.failures + 1 END AS n)
             AS counted)
    RETURNING failures, locked_until""")

_RESET = SQL("DELETE FROM sign_in_failure WHERE name_digest = %(digest)s RETURNING failures")
_FORGET = SQL("""
    DELETE FROM sign_in_failure WHERE name_digest IN (
        SELECT name_digest FROM sign_in_failure WHERE last_at < now() - %(lock)s
        LIMIT 1000 FOR UPDATE SKIP LOCKED)
    RETURNING failures""")
_LOCKED = SQL("""
    INSERT INTO actor_log (actor, action, subject, detail)
    SELECT 'sign-in', 'account.lock', username, jsonb_build_object('until', %(until)s::timestamptz)
    FROM account WHERE username = %(username)s RETURNING id""")


class SignIns:
    """Lets people in by name and password.

    A name that nobody has is treated like any other: verified as long, counted and locked alike.
    A lock is told whether the password is right or wrong, so it does not say which.
    """

    def __init__(self, pool: Pool, passwords: PasswordChecks, config: SignInConfig) -> None:
        self._pool = pool
        self._passwords = passwords
        self._most = config.failures
        self._lock = timedelta(seconds=config.locked_s)
        self._turns: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()

    async def role_of(self, username: str, password: str) -> Role:
        """Return the role of the account that name and password open.

        Raises:
            NotSignedInError: one of them is wrong, or the account is locked or disabled.
        """
        found = await self._find(username)
        if found["locked_until"] is not None:
            await self._refuse_locked(username, password, found["locked_until"])
        stored = found["password_hash"]
        proof = self._passwords.proof(stored, password)
        # A page asks for many things at once: the first verifies, the others find it remembered.
        async with self._turns.setdefault(proof, asyncio.Lock()):
            if not self._passwords.remembers(proof):
                await self._try(username, stored, password)
        if found["disabled"]:
            raise NotSignedInError(f"account {username!r} is disabled: ask an administrator")
        return Role.named(found["role"])

    async def _find(self, name: str) -> DictRow:
        found = await row(self._pool, _FIND, {"username": name, "digest": name_digest(name)})
        if found is None:
            raise RuntimeError(f"account {name!r}: expected a row even where there is none")
        return found

    async def _try(self, name: str, stored: str | None, password: str) -> None:
        asked = {"digest": name_digest(name), "most": self._most, "lock": self._lock}
        failures, until = await self._count(asked)
        if until is not None and failures > self._most:
            await self._refuse_locked(name, password, until)
        if await self._passwords.matches(stored, password):
            await rows(self._pool, _RESET, asked)
            return
        if until is not None:
            _log.warning("sign-in locked", until=until.isoformat())
            await rows(self._pool, _LOCKED, {"username": name, "until": until})
        await rows(self._pool, _FORGET, asked)
        raise NotSignedInError("wrong username or password")

    async def _count(self, asked: dict[str, object]) -> tuple[int, datetime | None]:
        counted = await row(self._pool, _COUNT, asked)
        if counted is None:
            raise RuntimeError("failed sign-in: expected its count")
        return counted["failures"], counted["locked_until"]

    async def _refuse_locked(self, name: str, password: str, until: datetime) -> NoReturn:
        await self._passwords.matches(None, password)
        told = until.astimezone(UTC).isoformat(timespec="seconds")
        raise NotSignedInError(f"account {name!r} is locked until {told}: too many failures")
