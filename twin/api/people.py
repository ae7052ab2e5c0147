"""Who may act: accounts, and the log of changes for administrators; ``/me`` for everybody."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from psycopg.sql import SQL
from pydantic import BaseModel, ConfigDict, Field

from twin.api import cursors, program_keys
from twin.api.access import Issuer, Reader, check_origin
from twin.api.accounts import (
    AccountChange,
    LastAdministratorError,
    add_account,
    change_account,
    list_accounts,
    read_account,
)
from twin.api.administration import Administrator, Named, RoleName, in_store, may_grant, name_in
from twin.api.names import InvalidNameError, NameTakenError, UnknownNameError
from twin.api.parameters import NoQuery, PageQuery, page_of
from twin.api.passwords import InvalidPasswordError
from twin.api.permissions import InvalidGrantError, Permission, Role
from twin.api.problems import documented
from twin.api.store import Store, rows

router = APIRouter(prefix="/api/v1", tags=["people"], responses=documented())
router.include_router(program_keys.router)

STATUS: Mapping[type[Exception], HTTPStatus] = {
    InvalidGrantError: HTTPStatus.UNPROCESSABLE_ENTITY,
    InvalidNameError: HTTPStatus.UNPROCESSABLE_ENTITY,
    InvalidPasswordError: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnknownNameError: HTTPStatus.NOT_FOUND,
    NameTakenError: HTTPStatus.CONFLICT,
    LastAdministratorError: HTTPStatus.CONFLICT,
}

_LOG = SQL("""
    SELECT id, at, actor, action, subject, detail FROM actor_log
    WHERE %(before)s::int8 IS NULL OR id < %(before)s ORDER BY id DESC LIMIT %(more)s""")

NoneAsked = Annotated[NoQuery, Query()]
PageAsked = Annotated[PageQuery, Query()]


class Me(BaseModel):
    """Who the caller is; ``issuer`` is who vouches for it."""

    actor: str = Field(description="as histories name the caller")
    role: Role
    permissions: list[Permission]
    issuer: Issuer


class AccountRow(BaseModel):
    """A person's account."""

    username: str
    role: Role
    disabled: bool = Field(description="nobody can sign in to it")
    created_at: datetime
    locked_until: datetime | None = Field(description="after too many failures in a row")


class AccountList(BaseModel):
    """Accounts in the order of their names."""

    items: list[AccountRow]
    next: str | None


class NewAccount(BaseModel):
    """An account that is to be made."""

    model_config = ConfigDict(extra="forbid", strict=True)

    username: str = Field(max_length=200)
    role: RoleName
    password: str = Field(max_length=1000, description="at least 12 characters")


class ChangedAccount(BaseModel):
    """What is to change of an account; what is absent stays."""

    model_config = ConfigDict(extra="forbid", strict=True)

    role: RoleName | None = None
    disabled: bool | None = None
    password: str | None = Field(
        default=None, max_length=1000, description="the new one, which ends a lock too"
    )
    unlock: bool = Field(default=False, description="end the lock after too many failures")


class LogEntry(BaseModel):
    """Who did what to which account or key."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]


class LogList(BaseModel):
    """Entries of the log, the newest first."""

    items: list[LogEntry]
    next: str | None


@router.get("/me")
async def read_me(caller: Reader, _query: NoneAsked) -> Me:
    """Return who the caller is and what they may do."""
    held = sorted(caller.permissions)
    return Me(actor=caller.actor, role=caller.role, permissions=held, issuer=caller.issuer)


@router.get("/people/accounts")
async def read_accounts(request: Request, _caller: Administrator, query: PageAsked) -> AccountList:
    """Return the accounts."""
    after = name_in(query.cursor)
    found = await in_store(request, partial(list_accounts, after=after, most=query.limit + 1))
    items, last = page_of(found, query.limit)
    return AccountList(
        items=[AccountRow.model_validate(item._asdict()) for item in items],
        next=last and cursors.encode(last.username),
    )


@router.post(
    "/people/accounts",
    status_code=HTTPStatus.CREATED,
    dependencies=[Depends(check_origin)],
    responses=documented(409, 413, 415),
)
async def make_account(
    request: Request, caller: Administrator, new: NewAccount, _query: NoneAsked
) -> AccountRow:
    """Make an account."""
    may_grant(caller, new.role)
    made = await in_store(
        request,
        lambda store: add_account(store, new.username, new.password, new.role, by=caller.actor),
    )
    return AccountRow.model_validate(made._asdict())


@router.patch(
    "/people/accounts/{username}",
    dependencies=[Depends(check_origin)],
    responses=documented(404, 409, 413, 415),
)
async def patch_account(
    request: Request,
    caller: Administrator,
    username: Named,
    new: ChangedAccount,
    _query: NoneAsked,
) -> AccountRow:
    """Change an account's role or password, disable, enable or unlock it."""
    before = await in_store(request, partial(read_account, username=username))
    for role in {Role.named(before.role), new.role or Role.VIEWER}:
        may_grant(caller, role)
    change = AccountChange(**new.model_dump())
    changed = await in_store(
        request, lambda store: change_account(store, username, change, by=caller.actor)
    )
    return AccountRow.model_validate(changed._asdict())


@router.get("/people/log")
async def read_log(store: Store, _caller: Administrator, query: PageAsked) -> LogList:
    """Return who did what to accounts and keys."""
    before = cursors.decode_int(query.cursor)
    found = await rows(store, _LOG, {"before": before, "more": query.limit + 1})
    items, last = page_of(found, query.limit)
    return LogList(
        items=[LogEntry.model_validate(item) for item in items],
        next=last and cursors.encode(last["id"]),
    )
