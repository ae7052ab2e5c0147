"""Series with their latest values, and the observations of one."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Query
from psycopg.rows import DictRow
from psycopg.sql import SQL
from pydantic import BaseModel, Field, model_validator

from data.reference import quantities
from twin.api import cursors
from twin.api.parameters import (
    Code,
    Instant,
    NoQuery,
    PageQuery,
    QuantityCode,
    SeriesId,
    page_of,
)
from twin.api.problems import MalformedError, UnknownError, documented
from twin.api.series_points import SeriesPoints, Span, points_of
from twin.api.store import Store, all_of, row, rows
from twin.model import Check, grade_of, to_us

router = APIRouter(prefix="/api/v1/series", tags=["series"], responses=documented())

_SERIES = SQL("""
    SELECT s.id, s.entity::text, s.device::text, s.quantity, s.statistic, s.period_s, s.channel,
           s.mode, l.ts AS observed_at, l.value, l.quality
    FROM series s LEFT JOIN series_latest l ON l.series_id = s.id
    WHERE {conditions} ORDER BY s.id LIMIT %(more)s""")

_CONDITIONS = {
    "after": SQL("s.id > %(after)s"),
    "id": SQL("s.id = %(id)s"),
    "device": SQL("s.device = %(device)s"),
    "entity": SQL("s.entity = %(entity)s"),
    "quantity": SQL("s.quantity = %(quantity)s"),
    "mode": SQL("s.mode = %(mode)s"),
}

_KNOWN = SQL("SELECT FROM series WHERE id = %(id)s")

_OBSERVATIONS = SQL("""
    SELECT ts AS observed_at, received_at, value, quality FROM observation
    WHERE series_id = %(id)s AND {conditions} ORDER BY ts DESC LIMIT %(more)s""")

_SPAN = {
    "from": SQL("ts >= %(from)s"),
    "to": SQL("ts < %(to)s"),
    "before": SQL("ts < %(before)s"),
}

Mode = Literal["actual", "exercise", "replay"]
Grade = Literal["good", "doubtful", "unreliable"]


class SeriesQuery(PageQuery):
    """Which series; conditions add up."""

    device: Code | None = Field(default=None, description="code of the measuring device")
    entity: Code | None = Field(default=None, description="code of what is measured")
    quantity: QuantityCode | None = None
    mode: Mode | None = None


class ObservationQuery(PageQuery):
    """Which part of a series: from (included) to (not included), RFC 3339 with a zone."""

    from_: Instant | None = Field(default=None, alias="from")
    to: Instant | None = None
    points: int | None = Field(
        default=None,
        ge=1,
        le=10_000,
        description="tell the span from `from` to `to` (default: now) in at most so many points,"
        " each with its extremes",
    )

    @model_validator(mode="after")
    def _points_have_a_span(self) -> Self:
        if self.points is None:
            return self
        if self.from_ is None or self.cursor is not None:
            raise ValueError("points: expected with from, and without a cursor")
        if self.to is not None and self.to <= self.from_:
            raise ValueError(f"to {self.to.isoformat()}: expected an instant after from")
        return self


class Measured(BaseModel):
    """A value in the series' unit; ``quality`` is as stored, ``grade`` and ``checks`` spell it."""

    observed_at: datetime
    value: float
    quality: int = Field(description="grade in the two lowest bits, then one bit for each check")
    grade: Grade
    checks: list[str]


class Observation(Measured):
    """A stored value, and when it arrived."""

    received_at: datetime


class Series(BaseModel):
    """A series and its latest value."""

    id: int
    entity: str
    device: str | None
    quantity: str
    unit: str
    statistic: str
    period_s: int
    channel: str
    mode: Mode
    latest: Measured | None


class SeriesList(BaseModel):
    """Series in the order of their numbers."""

    items: list[Series]
    next: str | None


class ObservationList(BaseModel):
    """Observations, the newest first."""

    items: list[Observation]
    next: str | None


@router.get("")
async def list_series(store: Store, query: Annotated[SeriesQuery, Query()]) -> SeriesList:
    """Return series with their latest values."""
    wanted = query.model_dump(exclude_none=True, exclude={"cursor", "limit"})
    if (after := cursors.decode_int(query.cursor)) is not None:
        wanted["after"] = after
    statement = _SERIES.format(conditions=all_of(_CONDITIONS, wanted))
    found = await rows(store, statement, wanted | {"more": query.limit + 1})
    items, last = page_of(found, query.limit)
    return SeriesList(
        items=[_series(item) for item in items], next=last and cursors.encode(last["id"])
    )


@router.get("/{series_id}", responses=documented(404))
async def read_series(
    store: Store, series_id: SeriesId, _query: Annotated[NoQuery, Query()]
) -> Series:
    """Return one series with its latest value."""
    statement = _SERIES.format(conditions=_CONDITIONS["id"])
    found = await row(store, statement, {"id": series_id, "more": 1})
    if found is None:
        raise UnknownError(f"series {series_id}: not in the store")
    return _series(found)


@router.get("/{series_id}/observations", responses=documented(404))
async def list_observations(
    store: Store, series_id: SeriesId, query: Annotated[ObservationQuery, Query()]
) -> ObservationList | SeriesPoints:
    """Return stored values, the newest first; or, with `points`, what a chart can show of them."""
    if await row(store, _KNOWN, {"id": series_id}) is None:
        raise UnknownError(f"series {series_id}: not in the store")
    if query.points is not None and query.from_ is not None:
        return await points_of(store, series_id, _span(query.from_, query.to, query.points))
    wanted: dict[str, Any] = {
        "from": query.from_,
        "to": query.to,
        "before": cursors.decode_instant(query.cursor),
    }
    wanted = {name: value for name, value in wanted.items() if value is not None}
    statement = _OBSERVATIONS.format(conditions=all_of(_SPAN, wanted))
    found = await rows(store, statement, wanted | {"id": series_id, "more": query.limit + 1})
    items, last = page_of(found, query.limit)
    return ObservationList(
        items=[Observation.model_validate(_graded(item)) for item in items],
        next=last and cursors.encode(to_us(last["observed_at"])),
    )


def _span(start: datetime, end: datetime | None, points: int) -> Span:
    until = end or datetime.now(UTC)
    if until <= start:
        raise MalformedError(f"from {start.isoformat()}: expected an instant of the past")
    return Span(start, until, points)


def _series(found: DictRow) -> Series:
    latest = None if found["observed_at"] is None else _graded(found)
    unit = quantities()[found["quantity"]].unit if found["quantity"] in quantities() else ""
    return Series.model_validate(found | {"unit": unit, "latest": latest})


def _graded(found: DictRow) -> dict[str, Any]:
    packed = found["quality"]
    checks = [check.name.lower() for check in Check if packed & check and check.name]
    return found | {"grade": grade_of(packed).name.lower(), "checks": checks}
