"""What managing accounts and keys over HTTP has in common: the store, and the bound on grants."""

import asyncio
from collections.abc import Callable, Collection
from typing import Annotated, Any, TypeVar

import psycopg
from fastapi import Depends, Path, Request
from pydantic import Field

from data.connection import connect
from twin.api import cursors
from twin.api.access import Caller, needs
from twin.api.parameters import SearchText
from twin.api.permissions import Permission, Role, permissions_of
from twin.api.problems import NotAllowedError

Administrator = Annotated[Caller, Depends(needs(Permission.PEOPLE_MANAGE))]
Named = Annotated[SearchText, Path()]
# JSON has no enums: their texts are taken although the rest of a body is strict.
RoleName = Annotated[Role, Field(strict=False)]
Scope = Annotated[Permission, Field(strict=False)]

Result = TypeVar("Result")


async def in_store(
    request: Request, work: Callable[[psycopg.Connection[tuple[Any, ...]]], Result]
) -> Result:
    """Do in one transaction what the command line does too.

    Beside the event loop and on a connection of its own: making a hash takes a core 50 ms, and
    people are managed rarely.
    """
    return await asyncio.to_thread(_work_in, request.app.state.store_url, work)


def may_grant(caller: Caller, role: Role, scopes: Collection[str] = ()) -> None:
    """Refuse to hand out, or to take over, what the caller does not hold.

    Raises:
        NotAllowedError: it would give more than they have, as a key with few scopes could.
    """
    beyond = permissions_of(role, scopes) - caller.permissions
    if beyond:
        missing = ", ".join(sorted(beyond))
        raise NotAllowedError(f"role {role}: {caller.actor} does not hold {missing}")


def name_in(cursor: str | None) -> str:
    """Return the name in the cursor of a list that is sorted by names; empty for its beginning."""
    return "" if cursor is None else str(cursors.decode(cursor, (str,))[0])


def _work_in(
    store_url: str, work: Callable[[psycopg.Connection[tuple[Any, ...]]], Result]
) -> Result:
    with connect(store_url, name="citytwin people") as connection:
        return work(connection)
