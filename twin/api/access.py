"""Who calls, and what they may do: API keys, passwords, and callers without either."""

import base64
import binascii
from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.requests import HTTPConnection

from twin.api.key_ring import KeyRing
from twin.api.names import normal
from twin.api.permissions import GRANTS, Permission, Role, holders_of
from twin.api.problems import MediaTypeError, NotAllowedError, NotSignedInError
from twin.api.sign_in import SignIns

_LONGEST = 4000

Issuer = Literal["local", "key", "anonymous"]


class Caller(NamedTuple):
    """Who sent a request.

    Attributes:
        actor: as it is written into the history.
        role: what they are.
        permissions: what they may do; of a key with scopes less than its role holds.
        issuer: who vouches for them: our accounts, our keys, or nobody.
    """

    actor: str
    role: Role
    permissions: frozenset[Permission]
    issuer: Issuer

    def require(self, *permissions: Permission) -> None:
        """Refuse a caller who may not do this, for which one of the permissions suffices.

        Raises:
            NotSignedInError: they might, once they sign in.
            NotAllowedError: they may not.
        """
        if self.permissions.intersection(permissions):
            return
        named = " or ".join(f"{each} (of {holders_of(each)})" for each in permissions)
        needed = f"this needs the permission {named}"
        if self.issuer == "anonymous":
            raise NotSignedInError(f"{needed}: sign in")
        limit = "" if self.permissions == GRANTS[self.role] else " with other scopes"
        raise NotAllowedError(f"{needed}, and {self.actor} is {self.role}{limit}")


async def identify(connection: HTTPConnection) -> Caller:
    """Return who sent a request; wrong credentials never count as none.

    Raises:
        NotSignedInError: the credentials are wrong.
    """
    state = connection.app.state
    authorization = connection.headers.get("authorization")
    key = connection.headers.get("x-api-key")
    if authorization is None and key is None:
        role = Role.named(state.config.anonymous_role)
        return Caller("anonymous", role, GRANTS[role], "anonymous")
    if authorization is None:
        return await _holder_of(state.keys, key or "")
    scheme, _, given = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return await _holder_of(state.keys, given.strip())
    if scheme.lower() == "basic":
        return await _account(state.sign_ins, given.strip())
    raise NotSignedInError(f"authorization scheme {scheme[:50]!r}: expected Bearer or Basic")


@dataclass(frozen=True)
class Needs:
    """The dependency that lets in callers who hold a permission, and gives who it is."""

    permission: Permission
    others: tuple[Permission, ...] = ()

    async def __call__(self, connection: HTTPConnection) -> Caller:
        """Return the caller of this request, whom several dependencies identify only once."""
        # Not a dependency of a dependency: each level costs as much as identifying by a key.
        caller: Caller | None = getattr(connection.state, "caller", None)
        if caller is None:
            caller = connection.state.caller = await identify(connection)
        caller.require(self.permission, *self.others)
        return caller


def needs(permission: Permission, *others: Permission) -> Needs:
    """Return the dependency that lets in callers who hold this permission, or one of others."""
    return Needs(permission, others)


async def check_origin(request: Request) -> None:
    """Refuse a change with a body that another site's page makes a browser send.

    Raises:
        MediaTypeError: not declared as JSON, which a foreign form cannot do.
        NotAllowedError: it says that it comes from another site.
    """
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        raise MediaTypeError(f"content type {media[:100]!r}: expected application/json")
    await check_site(request)


async def check_site(request: Request) -> None:
    """Refuse a change that says that it comes from another site's page.

    Raises:
        NotAllowedError: it does.
    """
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


async def _holder_of(keys: KeyRing, key: str) -> Caller:
    holder = await keys.holder(key)
    if holder is None:
        raise NotSignedInError("unknown, expired or revoked API key")
    return Caller(f"key {holder.name}", holder.role, holder.permissions, "key")


async def _account(sign_ins: SignIns, given: str) -> Caller:
    username, password = _split_basic(given)
    role = await sign_ins.role_of(username, password)
    return Caller(username, role, GRANTS[role], "local")


def _split_basic(given: str) -> tuple[str, str]:
    try:
        username, colon, password = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        username, colon, password = "", "", ""
    if not colon or "\0" in username or len(given) > _LONGEST:
        raise NotSignedInError("basic credentials: expected base64 of username:password in UTF-8")
    return normal(username), password


Reader = Annotated[Caller, Depends(needs(Permission.READ))]
