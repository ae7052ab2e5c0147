"""The observations of one series, as JSON, Arrow and CSV."""

from datetime import UTC, datetime
from typing import Annotated, Any, Self

from fastapi import APIRouter, Query, Response
from psycopg.sql import SQL
from pydantic import BaseModel, Field, model_validator

from twin.api import cursors
from twin.api.negotiation import Accept
from twin.api.parameters import Instant, NoQuery, PageQuery, SeriesId, page_of
from twin.api.problems import MalformedError, documented
from twin.api.series_formats import (
    COLUMNS_ANSWER,
    FormatQuery,
    json_answer,
    one_window,
    streamed,
    wanted_format,
)
from twin.api.series_points import SeriesPoints, Span, points_of
from twin.api.series_shapes import Measured, described, graded
from twin.api.series_values import values_of
from twin.api.store import Pool, Store, all_of, rows
from twin.model import to_us

router = APIRouter(tags=["series"], responses=documented())

_PAGE = SQL("""
    SELECT ts AS observed_at, received_at, value, quality FROM observation
    WHERE series_id = %(id)s AND {conditions} ORDER BY ts DESC LIMIT %(more)s""")

_SPAN = {
    "from": SQL("ts >= %(from)s"),
    "to": SQL("ts < %(to)s"),
    "before": SQL("ts < %(before)s"),
}


class SpanQuery(NoQuery):
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
    format: FormatQuery = None

    @model_validator(mode="after")
    def _points_have_a_span(self) -> Self:
        if self.points is None:
            return self
        if self.from_ is None:
            raise ValueError("points: expected with from")
        if self.to is not None and self.to <= self.from_:
            raise ValueError(f"to {self.to.isoformat()}: expected an instant after from")
        return self

    def span(self) -> Span | None:
        """Return what is to be told in points, None where single values are asked for."""
        if self.points is None or self.from_ is None:
            return None
        until = self.to or datetime.now(UTC)
        if until <= self.from_:
            raise MalformedError(f"from {self.from_.isoformat()}: expected an instant of the past")
        return Span(self.from_, until, self.points)


class ObservationQuery(SpanQuery, PageQuery):
    """Which part of a series, and how; pages are of JSON without points."""

    @model_validator(mode="after")
    def _points_have_no_pages(self) -> Self:
        if self.points is not None and self.cursor is not None:
            raise ValueError("points: expected without a cursor")
        return self


class Observation(Measured):
    """A stored value, and when it arrived."""

    received_at: datetime


class ObservationList(BaseModel):
    """Observations, the newest first."""

    items: list[Observation]
    next: str | None


@router.get(
    "/{series_id}/observations",
    responses=documented(404) | COLUMNS_ANSWER,
    response_model=ObservationList | SeriesPoints,
)
async def list_observations(
    store: Store,
    series_id: SeriesId,
    query: Annotated[ObservationQuery, Query()],
    accept: Accept = "",
) -> Response:
    """Return stored values or, with `points`, what a chart can show of them.

    JSON comes in pages, the newest value first; Arrow and CSV give the whole span, the oldest
    first.
    """
    form = wanted_format(query.format, accept)
    (about,) = await described(store, [series_id])
    span = query.span()
    if span is not None:
        points = await points_of(store, series_id, span)
        if form == "json":
            return json_answer(points.as_json())
        told = about | {"resolution": points.level, "span_s": points.span_s}
        return await streamed(form, one_window(points.columns), told, f"series-{series_id}")
    if form == "json":
        return json_answer((await _page(store, series_id, query)).model_dump())
    if query.model_fields_set & {"limit", "cursor"}:
        raise MalformedError("limit and cursor: expected with JSON; others give the whole span")
    windows = values_of(store, series_id, query.from_, query.to)
    told = about | {"resolution": "observations", "span_s": 0}
    return await streamed(form, windows, told, f"series-{series_id}")


async def _page(store: Pool, series_id: int, query: ObservationQuery) -> ObservationList:
    wanted: dict[str, Any] = {
        "from": query.from_,
        "to": query.to,
        "before": cursors.decode_instant(query.cursor),
    }
    wanted = {name: value for name, value in wanted.items() if value is not None}
    statement = _PAGE.format(conditions=all_of(_SPAN, wanted))
    found = await rows(store, statement, wanted | {"id": series_id, "more": query.limit + 1})
    items, last = page_of(found, query.limit)
    return ObservationList(
        items=[Observation.model_validate(graded(item)) for item in items],
        next=last and cursors.encode(to_us(last["observed_at"])),
    )
