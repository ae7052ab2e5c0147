"""API keys of programs, for administrators: the list, a new one, and the end of one."""

from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from twin.api import cursors
from twin.api.access import check_origin, check_site
from twin.api.administration import (
    Administrator,
    Named,
    RoleName,
    Scope,
    in_store,
    may_grant,
    name_in,
)
from twin.api.keys import (
    DAYS,
    MOST_DAYS,
    ApiKey,
    Connection,
    NewKey,
    add_api_key,
    list_keys,
    read_key,
    revoke_key,
)
from twin.api.parameters import NoQuery, PageQuery, page_of
from twin.api.permissions import Permission, Role
from twin.api.problems import documented

router = APIRouter(prefix="/people/keys")


class KeyRow(BaseModel):
    """What is known of an API key; the store does not know the key itself."""

    name: str = Field(description="histories say `key name`")
    prefix: str = Field(description="how the key begins")
    role: Role
    scopes: list[str] = Field(description="the only permissions that it has; none: its role's")
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    last_used_at: datetime | None = Field(description="to the minute")
    revoked_at: datetime | None


class MadeKey(KeyRow):
    """A key that was just made."""

    key: str = Field(description="told only here and now")


class KeyList(BaseModel):
    """API keys in the order of their names."""

    items: list[KeyRow]
    next: str | None


class AskedKey(BaseModel):
    """An API key that is to be made."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(max_length=200)
    role: RoleName
    scopes: list[Scope] = Field(default_factory=list, max_length=len(Permission))
    days: int | None = Field(
        default=DAYS, ge=1, le=MOST_DAYS, description="how long it lasts; null: for ever"
    )


@router.get("")
async def read_keys(
    request: Request, _caller: Administrator, query: Annotated[PageQuery, Query()]
) -> KeyList:
    """Return the API keys."""
    after = name_in(query.cursor)
    found = await in_store(request, partial(list_keys, after=after, most=query.limit + 1))
    items, last = page_of(found, query.limit)
    return KeyList(
        items=[KeyRow.model_validate(item._asdict()) for item in items],
        next=last and cursors.encode(last.name),
    )


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    dependencies=[Depends(check_origin)],
    responses=documented(409, 413, 415),
)
async def make_key(
    request: Request,
    response: Response,
    caller: Administrator,
    asked: AskedKey,
    _query: Annotated[NoQuery, Query()],
) -> MadeKey:
    """Make an API key and tell it, once."""
    may_grant(caller, asked.role, asked.scopes)
    new = NewKey(asked.name, asked.role, tuple(asked.scopes), asked.days)

    def make(store: Connection) -> tuple[str, ApiKey]:
        return add_api_key(store, new, by=caller.actor), read_key(store, new.name)

    key, made = await in_store(request, make)
    response.headers["Cache-Control"] = "no-store"
    return MadeKey(key=key, **made._asdict())


@router.delete("/{name}", dependencies=[Depends(check_site)], responses=documented(404))
async def end_key(
    request: Request, caller: Administrator, name: Named, _query: Annotated[NoQuery, Query()]
) -> KeyRow:
    """Revoke an API key; it may be let in for two seconds more."""
    ended = await in_store(request, lambda store: revoke_key(store, name, by=caller.actor))
    return KeyRow.model_validate(ended._asdict())
