"""The latest values of all series, in one answer."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from psycopg.sql import SQL
from pydantic import BaseModel, Field

from twin.api.negotiation import Accept
from twin.api.parameters import NoQuery, QuantityCode
from twin.api.problems import documented
from twin.api.series_columns import Columns, columns, length
from twin.api.series_formats import (
    COLUMNS_ANSWER,
    FormatQuery,
    streamed,
    wanted_format,
)
from twin.api.series_shapes import Mode
from twin.api.store import Pool, Store

router = APIRouter(tags=["series"], responses=documented())

_WINDOW = 50_000

# Looking for the few series that are not wanted takes half the time of joining all that are.
_LATEST = SQL("""
    SELECT l.series_id AS series, l.ts, l.value, l.quality FROM series_latest l
    WHERE l.series_id > %(after)s AND NOT EXISTS (
        SELECT FROM series s WHERE s.id = l.series_id AND (s.mode <> %(mode)s OR {other}))
    ORDER BY l.series_id LIMIT %(most)s""")
_OTHER_QUANTITY = SQL("s.quantity <> %(quantity)s")
_COLUMNS = ("series", "ts", "value", "quality")


class LatestQuery(NoQuery):
    """Which series."""

    mode: Mode = "actual"
    quantity: QuantityCode | None = None
    format: FormatQuery = None


class LatestValue(BaseModel):
    """The latest value of a series in its unit, which `/series/{id}` describes."""

    series: int
    observed_at: datetime
    value: float
    quality: int = Field(description="grade in the two lowest bits, then one bit for each check")


class LatestValueList(BaseModel):
    """The latest values of all series that have one, in the order of their numbers."""

    items: list[LatestValue]


@router.get("/latest", responses=COLUMNS_ANSWER, response_model=LatestValueList)
async def list_latest(
    store: Store, query: Annotated[LatestQuery, Query()], accept: Accept = ""
) -> Response:
    """Return the latest values of all series, as JSON, Arrow or CSV."""
    form = wanted_format(query.format, accept)
    wanted = query.model_dump(exclude_none=True, exclude={"format"})
    return await streamed(form, _latest(store, wanted), {"mode": query.mode}, "latest")


async def _latest(store: Pool, wanted: dict[str, Any]) -> AsyncIterator[Columns]:
    other = _OTHER_QUANTITY if "quantity" in wanted else SQL("false")
    statement = _LATEST.format(other=other)
    after = 0
    while True:
        told = wanted | {"after": after, "most": _WINDOW}
        found = await columns(store, statement, _COLUMNS, told)
        yield found
        if length(found) < _WINDOW:
            return
        after = int(found["series"][-1])
