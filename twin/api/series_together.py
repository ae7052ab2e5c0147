"""The observations of several series in one answer."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import orjson
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, WithJsonSchema

from twin.api.negotiation import Accept
from twin.api.parameters import of_text
from twin.api.problems import MalformedError, documented
from twin.api.series_columns import Columns, length
from twin.api.series_formats import (
    COLUMNS_ANSWER,
    json_answer,
    streamed,
    wanted_format,
)
from twin.api.series_observations import SpanQuery
from twin.api.series_points import SeriesPoints, points_of
from twin.api.series_shapes import described
from twin.api.series_values import values_of
from twin.api.store import Pool, Store

router = APIRouter(prefix="/api/v1", tags=["series"], responses=documented())

_MOST_SERIES = 50
_LONGEST = len("2147483647")
_PATTERN = rf"^[1-9]\d{{0,8}}(,[1-9]\d{{0,8}}){{0,{_MOST_SERIES - 1}}}$"
_FILE = "observations"


@dataclass(frozen=True, slots=True)
class SeriesIds:
    """Numbers of series; a bare tuple would be taken for a parameter that is given many times."""

    numbers: tuple[int, ...]


def parse_series(text: str) -> SeriesIds:
    """Read numbers of series, separated by commas.

    Raises:
        ValueError: something else, one of them twice, or more than 50.
    """
    parts = text.split(",")
    if len(parts) > _MOST_SERIES:
        raise ValueError(f"{len(parts)} series: expected at most {_MOST_SERIES}")
    numbers = tuple(
        int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < _LONGEST
    )
    if len(set(numbers)) < len(parts):
        raise ValueError(f"{text[:100]!r}: expected numbers of series, each once, e.g. 1,2,3")
    return SeriesIds(numbers)


class SeveralQuery(SpanQuery):
    """Which series, which part of them, and how."""

    series: Annotated[
        SeriesIds,
        of_text(parse_series),
        WithJsonSchema({"type": "string", "pattern": _PATTERN, "examples": ["1,2,3"]}),
    ]


class PointsOfSeries(SeriesPoints):
    """The points of one of several series."""

    series: int


class PointsOfSeveral(BaseModel):
    """Several series in points, in the order in which they were asked for."""

    items: list[PointsOfSeries]


@router.get(
    "/observations", responses=documented(404) | COLUMNS_ANSWER, response_model=PointsOfSeveral
)
async def list_of_several(
    store: Store, query: Annotated[SeveralQuery, Query()], accept: Accept = ""
) -> Response:
    """Return the values of several series, one series after the other.

    JSON has them in `points` only; Arrow and CSV have a column `series`.
    """
    form = wanted_format(query.format, accept)
    about = await described(store, query.series.numbers)
    span = query.span()
    if span is None:
        if form == "json":
            raise MalformedError("points: expected with JSON; Arrow and CSV give every value too")
        told = {"resolution": "observations", "series": orjson.dumps(about).decode()}
        return await streamed(form, _values(store, query), told, _FILE)
    found = {number: await points_of(store, number, span) for number in query.series.numbers}
    if form == "json":
        items = [{"series": number, **points.as_json()} for number, points in found.items()]
        return json_answer({"items": items})
    resolved = [
        one | {"resolution": points.level, "span_s": points.span_s}
        for one, points in zip(about, found.values(), strict=True)
    ]
    windows = _numbered({number: points.columns for number, points in found.items()})
    return await streamed(form, windows, {"series": orjson.dumps(resolved).decode()}, _FILE)


async def _values(store: Pool, query: SeveralQuery) -> AsyncIterator[Columns]:
    for number in query.series.numbers:
        async for window in values_of(store, number, query.from_, query.to):
            yield _of(number, window)


async def _numbered(found: dict[int, Columns]) -> AsyncIterator[Columns]:
    for number, window in found.items():
        yield _of(number, window)


def _of(number: int, window: Columns) -> Columns:
    return {"series": np.full(length(window), number, dtype=np.int32), **window}
