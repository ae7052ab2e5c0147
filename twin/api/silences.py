"""Silences and maintenance beforehand: listed, made, and ended before their time."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from alerts.handling.silences import (
    Kind,
    MatcherError,
    NewSilence,
    SilenceMode,
    SilenceOverError,
    SilenceRow,
    Standing,
    UnknownSilenceError,
    end_silence,
    list_silences,
    make_silence,
    read_silence,
)
from twin.api import cursors
from twin.api.access import Caller, check_origin, check_site, needs
from twin.api.alert_documents import Level
from twin.api.parameters import (
    ClassCode,
    Code,
    DomainCode,
    Instant,
    NoQuery,
    PageQuery,
    RowId,
    SearchText,
    page_of,
)
from twin.api.permissions import Permission
from twin.api.problems import documented
from twin.api.store import Store

router = APIRouter(prefix="/api/v1/silences", tags=["alerts"], responses=documented())

STATUS: Mapping[type[Exception], HTTPStatus] = {
    MatcherError: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnknownSilenceError: HTTPStatus.NOT_FOUND,
    SilenceOverError: HTTPStatus.CONFLICT,
}

Handler = Annotated[Caller, Depends(needs(Permission.ALERT_HANDLE))]


class SilenceBody(BaseModel):
    """Which alerts to come are quiet: those that match every part that is named."""

    model_config = ConfigDict(extra="forbid", strict=True)

    kind: Kind = Field(
        default="silence",
        description="maintenance also matches by the device that noticed it",
    )
    mode: SilenceMode = "actual"
    entities: list[Code] | None = Field(default=None, min_length=1, max_length=1000)
    area: Code | None = Field(default=None, description="code of an area that they touch")
    classes: list[ClassCode] | None = Field(default=None, min_length=1, max_length=200)
    rules: list[SearchText] | None = Field(default=None, min_length=1, max_length=200)
    domains: list[DomainCode] | None = Field(default=None, min_length=1, max_length=50)
    at_most: Level = Field(default="red", description="alerts of a higher level are not silenced")
    starts_at: Instant | None = Field(default=None, description="now if absent")
    ends_at: Instant
    reason: SearchText


class Silence(BaseModel):
    """A silence; it stays in the list when it is over."""

    id: int
    kind: Kind
    mode: SilenceMode
    entities: list[str] | None
    area: str | None
    classes: list[str] | None
    rules: list[str] | None
    domains: list[str] | None
    at_most: Level
    starts_at: datetime
    ends_at: datetime
    reason: str
    made_by: str
    made_at: datetime
    ended_at: datetime | None
    ended_by: str | None
    standing: Standing


class SilenceList(BaseModel):
    """Silences, the newest first."""

    items: list[Silence]
    next: str | None


class SilenceQuery(PageQuery):
    """Which silences."""

    standing: Standing | None = None


@router.get("")
async def read_silences(store: Store, query: Annotated[SilenceQuery, Query()]) -> SilenceList:
    """Return silences, the newest first."""
    before = cursors.decode_int(query.cursor)
    async with store.connection() as connection:
        found = await list_silences(connection, query.standing, query.limit + 1, before)
    items, last = page_of(found, query.limit)
    return SilenceList(
        items=[_told(item) for item in items], next=last and cursors.encode(last["id"])
    )


@router.post(
    "",
    status_code=201,
    dependencies=[Depends(check_origin)],
    responses=documented(413, 415),
)
async def add_silence(
    request: Request,
    store: Store,
    caller: Handler,
    new: SilenceBody,
    _query: Annotated[NoQuery, Query()],
) -> Silence:
    """Silence alerts to come; those that stand already are shelved one by one."""
    longest = timedelta(days=request.app.state.config.handling.longest_silence_d)
    async with store.connection() as connection:
        wanted = NewSilence(**new.model_dump())
        made = await make_silence(connection, wanted, longest, caller.actor)
    return _told(made)


@router.get("/{silence_id}", responses=documented(404))
async def show_silence(
    store: Store, silence_id: RowId, _query: Annotated[NoQuery, Query()]
) -> Silence:
    """Return one silence."""
    async with store.connection() as connection:
        return _told(await read_silence(connection, silence_id))


@router.delete("/{silence_id}", dependencies=[Depends(check_site)], responses=documented(404, 409))
async def stop_silence(
    store: Store, caller: Handler, silence_id: RowId, _query: Annotated[NoQuery, Query()]
) -> Silence:
    """End a silence now; it stays in the list, and its alerts speak within a second."""
    async with store.connection() as connection:
        return _told(await end_silence(connection, silence_id, caller.actor))


def _told(row: SilenceRow) -> Silence:
    return Silence.model_validate(row)
