"""Who calls, and what they may do: API keys, passwords, and callers without either."""

import asyncio
import base64
import binascii
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Annotated, NamedTuple
from urllib.parse import urlsplit

from argon2.exceptions import InvalidHashError, VerificationError
from fastapi import Depends, Request
from psycopg.sql import SQL
from starlette.requests import HTTPConnection

from twin.api.accounts import Role, hasher, key_digest
from twin.api.problems import MediaTypeError, NotAllowedError, NotSignedInError
from twin.api.store import Pool, row

_KEY = SQL("SELECT name, role FROM api_key WHERE key_digest = %(digest)s AND revoked_at IS NULL")
_ACCOUNT = SQL("SELECT password_hash, role FROM account WHERE username = %(username)s")
_LONGEST = 1000
_REMEMBERED_S = 60.0
_MOST_REMEMBERED = 1000
_AT_A_TIME = 2
"""Verifying a password takes 64 MiB and 50 ms of a core; more at once would starve the rest."""


class Caller(NamedTuple):
    """Who sent a request.

    Attributes:
        actor: as it is written into the history.
        role: what they may do.
    """

    actor: str
    role: Role


class PasswordChecks:
    """Verifies passwords off the event loop and remembers for a minute which were right.

    What is remembered depends on the stored hash, so a new password ends it at once; role and
    existence of the account are asked of the store every time.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._secret = secrets.token_bytes(32)
        self._until: OrderedDict[bytes, float] = OrderedDict()
        self._room = asyncio.Semaphore(_AT_A_TIME)
        self._nobody = hasher.hash(secrets.token_urlsafe(16))

    async def matches(self, stored: str | None, password: str) -> bool:
        """Whether the password belongs to the hash; takes as long where there is no account."""
        proof = hmac.digest(self._secret, f"{stored}\0{password}".encode(), sha256)
        if self._until.get(proof, 0.0) > self._clock():
            return True
        async with self._room:
            right = await asyncio.to_thread(_verify, stored or self._nobody, password)
        if right and stored is not None:
            self._remember(proof)
        return right and stored is not None

    def _remember(self, proof: bytes) -> None:
        self._until[proof] = self._clock() + _REMEMBERED_S
        self._until.move_to_end(proof)
        if len(self._until) > _MOST_REMEMBERED:
            self._until.popitem(last=False)


async def identify(connection: HTTPConnection) -> Caller:
    """Return who sent a request; wrong credentials never count as none.

    Raises:
        NotSignedInError: the credentials are wrong.
    """
    state = connection.app.state
    authorization = connection.headers.get("authorization")
    key = connection.headers.get("x-api-key")
    if authorization is None and key is None:
        return Caller("anonymous", Role.named(state.config.anonymous_role))
    if authorization is None:
        return await _holder_of(state.pool, key or "")
    scheme, _, given = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return await _holder_of(state.pool, given.strip())
    if scheme.lower() == "basic":
        return await _account(state.pool, state.passwords, given.strip())
    raise NotSignedInError(f"authorization scheme {scheme[:50]!r}: expected Bearer or Basic")


def at_least(role: Role) -> Callable[[Request], Awaitable[Caller]]:
    """Return the dependency that lets in callers with this role, and gives who it is."""

    async def check(request: Request) -> Caller:
        caller = await identify(request)
        if caller.role >= role:
            return caller
        needed = f"this needs the role {role.name.lower()}"
        if caller.actor == "anonymous":
            raise NotSignedInError(f"{needed}: sign in")
        raise NotAllowedError(f"{needed}, and {caller.actor} is {caller.role.name.lower()}")

    return check


async def check_origin(request: Request) -> None:
    """Refuse a change that another site's page makes a browser send.

    Raises:
        MediaTypeError: not declared as JSON, which a foreign form cannot do.
        NotAllowedError: it says that it comes from another site.
    """
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        raise MediaTypeError(f"content type {media[:100]!r}: expected application/json")
    if not from_here(request):
        origin = request.headers.get("origin", "")
        raise NotAllowedError(f"origin {origin[:200]!r}: expected the address of this service")


def from_here(connection: HTTPConnection) -> bool:
    """Whether a request names no origin, or ours."""
    origin = connection.headers.get("origin")
    if origin is None:
        return True
    public = connection.app.state.config.public_url
    if public is not None and origin.rstrip("/") == str(public).rstrip("/"):
        return True
    try:
        host = urlsplit(origin).netloc
    except ValueError:
        return False
    return bool(host) and host.lower() == connection.headers.get("host", "").lower()


async def _holder_of(pool: Pool, key: str) -> Caller:
    found = await row(pool, _KEY, {"digest": key_digest(key)}) if len(key) <= _LONGEST else None
    if found is None:
        raise NotSignedInError("unknown or revoked API key")
    return Caller(f"key {found['name']}", Role.named(found["role"]))


async def _account(pool: Pool, passwords: PasswordChecks, given: str) -> Caller:
    username, password = _split_basic(given)
    found = await row(pool, _ACCOUNT, {"username": username})
    stored = None if found is None else str(found["password_hash"])
    if not await passwords.matches(stored, password) or found is None:
        raise NotSignedInError("wrong username or password")
    return Caller(username, Role.named(found["role"]))


def _split_basic(given: str) -> tuple[str, str]:
    try:
        username, colon, password = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        username, colon, password = "", "", ""
    if not colon or "\0" in username or len(given) > _LONGEST:
        raise NotSignedInError("basic credentials: expected base64 of username:password in UTF-8")
    return username, password


def _verify(stored: str, password: str) -> bool:
    try:
        return hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


Viewer = Annotated[Caller, Depends(at_least(Role.VIEWER))]
Operator = Annotated[Caller, Depends(at_least(Role.OPERATOR))]
