"""Series with their latest values."""

from typing import Annotated

from fastapi import APIRouter, Query
from psycopg.rows import DictRow
from psycopg.sql import SQL
from pydantic import BaseModel, Field

from twin.api import cursors, series_latest, series_observations
from twin.api.parameters import Code, NoQuery, PageQuery, QuantityCode, SeriesId, page_of
from twin.api.problems import UnknownError, documented
from twin.api.series_shapes import Measured, Mode, graded, unit_of
from twin.api.store import Store, all_of, row, rows

router = APIRouter(prefix="/api/v1/series", tags=["series"], responses=documented())
# Before the numbers of series, of which "latest" is none.
router.include_router(series_latest.router)
router.include_router(series_observations.router)

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


class SeriesQuery(PageQuery):
    """Which series; conditions add up."""

    device: Code | None = Field(default=None, description="code of the measuring device")
    entity: Code | None = Field(default=None, description="code of what is measured")
    quantity: QuantityCode | None = None
    mode: Mode | None = None


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


def _series(found: DictRow) -> Series:
    latest = None if found["observed_at"] is None else graded(found)
    unit = unit_of(found["quantity"])
    return Series.model_validate(found | {"unit": unit, "latest": latest})
