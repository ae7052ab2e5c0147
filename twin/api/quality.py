"""What is expected of the values of a series, by the reference tables or as somebody set it."""

from datetime import datetime
from functools import partial
from http import HTTPStatus
from itertools import pairwise
from math import isfinite
from typing import Annotated, Any

import psycopg
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from data import quality
from data.quality import CheckedSeries, Scope, UnknownSeriesError
from data.reference.quality_checks import LIMITS, CheckSettings, with_overrides
from twin.api.access import Caller, check_origin, needs
from twin.api.actor_log import log
from twin.api.parameters import NoQuery, SeriesId, ShortText
from twin.api.permissions import Permission
from twin.api.problems import MalformedError, documented
from twin.api.register_store import Register

Connection = psycopg.Connection[tuple[Any, ...]]

STATUS: dict[type[Exception], HTTPStatus] = {UnknownSeriesError: HTTPStatus.NOT_FOUND}

router = APIRouter(prefix="/api/v1/series", tags=["series"], responses=documented(404))

Grader = Annotated[Caller, Depends(needs(Permission.READINGS_WRITE))]
NoneAsked = Annotated[NoQuery, Query()]
Reason = Annotated[ShortText, Field(min_length=1, description="why; it is kept")]
Number = Annotated[float, Field(allow_inf_nan=False, ge=-1e15, le=1e15)]
Size = Annotated[float, Field(allow_inf_nan=False, ge=0, le=1e15)]


class Checks(BaseModel):
    """What is expected of values, in the series' unit; null expects nothing.

    A field that is left out is as the reference tables have it.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    hard_min: Number | None = Field(default=None, description="smaller values are unreliable")
    soft_min: Number | None = Field(default=None, description="smaller values are doubtful")
    soft_max: Number | None = Field(default=None, description="greater values are doubtful")
    hard_max: Number | None = Field(default=None, description="greater values are unreliable")
    noise: Size | None = Field(default=None, description="two readings may differ so much at once")
    rate_soft: Size | None = Field(default=None, description="doubtful change in an hour")
    rate_hard: Size | None = Field(default=None, description="unreliable change in an hour")
    spike: Size | None = Field(
        default=None, description="a jump that the next reading must confirm"
    )
    stuck_s: Size | None = Field(default=None, description="seconds that a value may stand")
    stuck_readings: Annotated[float, Field(ge=2, le=1e6)] | None = Field(
        default=None, description="readings of a value that are needed to call it stuck"
    )
    still_min: Number | None = Field(default=None, description="from here a value may stand")
    still_max: Number | None = Field(default=None, description="up to here a value may stand")
    future_s: Size | None = Field(default=None, description="seconds ahead of our clock")
    lag_s: Size | None = Field(default=None, description="seconds steadily behind our clock")
    sentinels: list[Number] | None = Field(
        default=None, max_length=100, description='raw values that mean "full scale" or "none"'
    )


class ChecksChange(BaseModel):
    """What shall be expected instead of the defaults, for this series or for all such ones."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={
            "examples": [{"checks": {"hard_max": 45.0, "spike": None}, "reason": "dam crest"}]
        },
    )

    scope: Scope = Field(
        default="series",
        description="`entity`: all series of the same entity and quantity, also later ones",
    )
    checks: Checks = Field(description="replaces what was set in this scope")
    reason: Reason


class SetChecks(BaseModel):
    """What somebody set."""

    scope: Scope
    checks: dict[str, float | list[float] | None]
    actor: str
    reason: str
    set_at: datetime


class SeriesChecks(BaseModel):
    """What is expected of the values of a series after all, and who changed the defaults."""

    series: int
    checks: Checks
    set: list[SetChecks]


@router.get("/{series_id}/quality")
async def read_checks(register: Register, series_id: SeriesId, _query: NoneAsked) -> SeriesChecks:
    """Return what is expected of the values of a series."""
    return await register.do(partial(_told, series_id=series_id))


@router.put(
    "/{series_id}/quality",
    responses=documented(409, 413, 415),
    dependencies=[Depends(check_origin)],
)
async def set_checks(
    register: Register, caller: Grader, series_id: SeriesId, change: ChecksChange, _query: NoneAsked
) -> SeriesChecks:
    """Replace what is expected of a series, or of all of its entity and quantity.

    Values that are stored already keep their quality.
    """
    work = partial(_set, series_id=series_id, change=change, actor=caller.actor)
    return await register.do(work)


def _told(connection: Connection, *, series_id: int) -> SeriesChecks:
    series = quality.read_series(connection, series_id)
    settings = quality.settings_of(connection, series_id)
    known = quality.effective(series, settings)._asdict()
    sentinels = list(known.pop("sentinels"))
    finite = {name: number if isfinite(number) else None for name, number in known.items()}
    return SeriesChecks(
        series=series_id,
        checks=Checks(**finite, sentinels=sentinels),
        set=[
            SetChecks(
                scope="series" if each.own else "entity",
                checks=each.settings,
                actor=each.actor,
                reason=each.reason,
                set_at=each.set_at,
            )
            for each in settings
        ],
    )


def _set(
    connection: Connection, *, series_id: int, change: ChecksChange, actor: str
) -> SeriesChecks:
    series = quality.read_series(connection, series_id)
    settings = change.checks.model_dump(exclude_unset=True)
    _check_order(series, settings)
    before = _standing(connection, series_id, change.scope)
    quality.set_settings(connection, series, change.scope, settings, by=(actor, change.reason))
    log(
        connection,
        actor,
        "quality.set",
        f"{change.scope} of series {series_id}",
        before=before,
        after=settings,
        reason=change.reason,
    )
    return _told(connection, series_id=series_id)


def _standing(connection: Connection, series_id: int, scope: Scope) -> dict[str, Any]:
    settings = quality.settings_of(connection, series_id)
    return next((each.settings for each in settings if each.own == (scope == "series")), {})


def _check_order(series: CheckedSeries, settings: dict[str, Any]) -> None:
    """Refuse limits that contradict each other.

    Raises:
        MalformedError: they do.
    """
    after: CheckSettings = with_overrides(series.defaults(), settings)
    named = [(name, getattr(after, name)) for name in LIMITS]
    for (low, smaller), (high, greater) in pairwise(named):
        if smaller > greater:
            raise MalformedError(
                f"{low} {smaller:g} and {high} {greater:g}: expected them in their order"
                f" ({', '.join(LIMITS)})"
            )
    if after.rate_soft > after.rate_hard:
        raise MalformedError(
            f"rate_soft {after.rate_soft:g}: expected at most rate_hard {after.rate_hard:g}"
        )
