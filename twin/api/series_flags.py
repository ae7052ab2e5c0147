"""What people say of the stored values of a series: flags set for a time, and lifted again."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any, Literal, Self

import psycopg
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field, model_validator

from data import quality_flags
from data.quality import read_series
from data.quality_flags import TooManyValuesError, Verdict, Wanted
from twin.api import cursors
from twin.api.access import Caller, check_origin, needs
from twin.api.actor_log import log
from twin.api.parameters import Instant, NoQuery, PageQuery, SeriesId, ShortText, page_of
from twin.api.permissions import Permission
from twin.api.problems import documented
from twin.api.register_store import Register

Connection = psycopg.Connection[tuple[Any, ...]]

STATUS: dict[type[Exception], HTTPStatus] = {TooManyValuesError: HTTPStatus.UNPROCESSABLE_ENTITY}

router = APIRouter(prefix="/api/v1/series", tags=["series"], responses=documented(404))

Grader = Annotated[Caller, Depends(needs(Permission.READINGS_WRITE))]
NoneAsked = Annotated[NoQuery, Query()]
Reason = Annotated[ShortText, Field(min_length=1, description="why; it is kept")]
_NEWEST = 2**63 - 1


class FlagChange(BaseModel):
    """What a person says of stored values, from (included) to (not included)."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={
            "examples": [
                {
                    "from": "2026-05-01T08:00:00+08:00",
                    "to": "2026-05-01T09:30:00+08:00",
                    "grade": "unreliable",
                    "reason": "the probe was cleaned",
                }
            ]
        },
    )

    from_: Instant = Field(alias="from")
    to: Instant
    grade: Verdict = Field(description="`lift` gives values the grades back that checks gave them")
    reason: Reason

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.to <= self.from_:
            raise ValueError(f"to {self.to.isoformat()}: expected an instant after from")
        return self


class ValueFlag(BaseModel):
    """What a person said; ``before`` counts the values by the grades that they had."""

    id: int
    from_: datetime = Field(alias="from")
    to: datetime
    grade: Verdict
    values: int
    before: dict[Literal["good", "doubtful", "unreliable"], int]
    actor: str
    reason: str
    at: datetime


class FlagList(BaseModel):
    """Flags, the newest first."""

    items: list[ValueFlag]
    next: str | None


@router.get("/{series_id}/flags")
async def list_flags(
    register: Register, series_id: SeriesId, query: Annotated[PageQuery, Query()]
) -> FlagList:
    """Return what people said of the values of a series, the newest first."""
    before = cursors.decode_int(query.cursor)
    work = partial(
        quality_flags.flags_of,
        series_id=series_id,
        before=_NEWEST if before is None else before,
        most=query.limit + 1,
    )
    found = await register.do(_of_known(series_id, work))
    items, last = page_of(found, query.limit)
    return FlagList(items=[_flag(item) for item in items], next=last and cursors.encode(last.id))


@router.post(
    "/{series_id}/flags",
    responses=documented(409, 413, 415),
    dependencies=[Depends(check_origin)],
)
async def flag_values(
    register: Register, caller: Grader, series_id: SeriesId, change: FlagChange, _query: NoneAsked
) -> ValueFlag:
    """Set or lift a flag for the stored values of a time; rollups follow within seconds."""
    actor, reason = caller.actor, change.reason
    wanted = Wanted(series_id, change.from_, change.to, change.grade, actor, reason)
    return _flag(await register.do(_of_known(series_id, partial(_done, wanted=wanted))))


def _of_known(series_id: int, work: Callable[[Connection], Any]) -> Callable[[Connection], Any]:
    def do(connection: Connection) -> Any:  # noqa: ANN401 - whatever the work gives
        read_series(connection, series_id)
        return work(connection)

    return do


def _done(connection: Connection, *, wanted: Wanted) -> quality_flags.Flag:
    done = quality_flags.flag(connection, wanted)
    log(
        connection,
        wanted.actor,
        "series.flag",
        f"series {wanted.series_id}",
        flag=done.id,
        grade=wanted.verdict,
        values=done.observations,
        reason=wanted.reason,
    )
    return done


def _flag(found: quality_flags.Flag) -> ValueFlag:
    return ValueFlag.model_validate(
        {
            "id": found.id,
            "from": found.flagged_from,
            "to": found.flagged_to,
            "grade": found.verdict,
            "values": found.observations,
            "before": found.before,
            "actor": found.actor,
            "reason": found.reason,
            "at": found.flagged_at,
        }
    )
