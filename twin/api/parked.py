"""Parked messages offered again or dropped, by whoever may."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Self

import psycopg
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field, model_validator

from data import parked
from data.parked import Choice
from twin.api.access import Caller, check_origin, needs
from twin.api.actor_log import log
from twin.api.parameters import NoQuery, SearchText
from twin.api.permissions import Permission
from twin.api.problems import documented
from twin.api.register_store import Register, RegisterStore

Connection = psycopg.Connection[tuple[Any, ...]]
Deed = Callable[[Connection, Choice], int]

_MOST = 1000

router = APIRouter(
    prefix="/api/v1/parked",
    tags=["intake"],
    responses=documented(413, 415),
    dependencies=[Depends(check_origin)],
)

Replayer = Annotated[Caller, Depends(needs(Permission.PARKED_REPLAY))]
NoneAsked = Annotated[NoQuery, Query()]
MessageId = Annotated[int, Field(ge=1, le=9_223_372_036_854_775_807)]


class ChosenMessages(BaseModel):
    """Which messages: by number, by reason, or all; one of the three."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={"examples": [{"reason": "unknown device"}, {"ids": [17, 18]}]},
    )

    ids: list[MessageId] = Field(default_factory=list, max_length=_MOST)
    reason: SearchText | None = None
    everything: bool = Field(default=False, alias="all")

    @model_validator(mode="after")
    def _one_of_three(self) -> Self:
        if sum((bool(self.ids), self.reason is not None, self.everything)) != 1:
            raise ValueError("expected ids, reason or all, one of the three")
        return self

    def choice(self) -> Choice:
        """Return it for the store."""
        return Choice(self.ids, self.reason, self.everything)


class MessageCount(BaseModel):
    """How many messages it was."""

    messages: int


@router.post("/replay")
async def replay_parked(
    register: Register, caller: Replayer, chosen: ChosenMessages, _query: NoneAsked
) -> MessageCount:
    """Have messages offered again by the ingest process, as of their first arrival."""
    return await _done(register, caller, "parked.replay", parked.want_replay, chosen.choice())


@router.post("/drop")
async def drop_parked(
    register: Register, caller: Replayer, chosen: ChosenMessages, _query: NoneAsked
) -> MessageCount:
    """Forget messages for good."""
    return await _done(register, caller, "parked.drop", parked.drop, chosen.choice())


async def _done(
    register: RegisterStore, caller: Caller, action: str, deed: Deed, choice: Choice
) -> MessageCount:
    work = partial(_do, actor=caller.actor, action=action, deed=deed, choice=choice)
    return MessageCount(messages=await register.do(work))


def _do(connection: Connection, *, actor: str, action: str, deed: Deed, choice: Choice) -> int:
    count = deed(connection, choice)
    if count:
        log(connection, actor, action, choice.called(), messages=count)
    return count
