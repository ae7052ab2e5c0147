"""What else was said of a series' values: those that were corrected, and those that contradict."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from psycopg.sql import SQL
from pydantic import BaseModel, Field

from twin.api import cursors
from twin.api.parameters import PageQuery, SeriesId, page_of
from twin.api.problems import MalformedError, UnknownError, documented
from twin.api.store import Store, row, rows
from twin.model import to_us

router = APIRouter(prefix="/api/v1/series", tags=["series"], responses=documented(404))

_KNOWN = SQL("SELECT FROM series WHERE id = %(series)s")

_REVISIONS = SQL("""
    SELECT id, ts AS observed_at, old_value, old_quality, new_value, new_quality, revised_at,
           actor, reason
    FROM observation_revision
    WHERE series_id = %(series)s AND (%(before)s::int8 IS NULL OR id < %(before)s)
    ORDER BY id DESC LIMIT %(more)s""")

_CONFLICTS = SQL("""
    SELECT ts AS observed_at, value, quality, received_at FROM observation_conflict
    WHERE series_id = %(series)s
    AND (%(ts)s::timestamptz IS NULL OR (ts, value) < (%(ts)s, %(value)s::float8))
    ORDER BY ts DESC, value DESC LIMIT %(more)s""")

_Quality = Annotated[
    int, Field(description="grade in the two lowest bits, then one bit for each check")
]


class Revision(BaseModel):
    """A stored value that was replaced: by whom, when and why."""

    id: int
    observed_at: datetime
    old_value: float
    old_quality: _Quality
    new_value: float
    new_quality: _Quality
    revised_at: datetime
    actor: str
    reason: str


class RevisionList(BaseModel):
    """Revisions of a series, the last one first."""

    items: list[Revision]
    next: str | None


class Conflict(BaseModel):
    """A value that came for an instant at which another one stands."""

    observed_at: datetime
    value: float
    quality: _Quality
    received_at: datetime


class ConflictList(BaseModel):
    """Conflicting values of a series, those of the newest instant first."""

    items: list[Conflict]
    next: str | None


@router.get("/{series_id}/revisions")
async def list_revisions(
    store: Store, series_id: SeriesId, query: Annotated[PageQuery, Query()]
) -> RevisionList:
    """Return the values of a series that were replaced by declared corrections."""
    before = cursors.decode_int(query.cursor)
    found = await _rows(store, _REVISIONS, series_id, {"before": before, "more": query.limit + 1})
    items, last = page_of(found, query.limit)
    return RevisionList(
        items=[Revision.model_validate(item) for item in items],
        next=last and cursors.encode(last["id"]),
    )


@router.get("/{series_id}/conflicts")
async def list_conflicts(
    store: Store, series_id: SeriesId, query: Annotated[PageQuery, Query()]
) -> ConflictList:
    """Return values that contradict those which stand; a correction settles a conflict."""
    told = _after(query.cursor) | {"more": query.limit + 1}
    items, last = page_of(await _rows(store, _CONFLICTS, series_id, told), query.limit)
    return ConflictList(
        items=[Conflict.model_validate(item) for item in items],
        next=last and cursors.encode(to_us(last["observed_at"]), repr(last["value"])),
    )


async def _rows(
    store: Store, statement: SQL, series_id: int, told: dict[str, Any]
) -> list[dict[str, Any]]:
    if await row(store, _KNOWN, {"series": series_id}) is None:
        raise UnknownError(f"series {series_id}: not in the store")
    return await rows(store, statement, told | {"series": series_id})


def _after(cursor: str | None) -> dict[str, Any]:
    if cursor is None:
        return {"ts": None, "value": None}
    microseconds, value = cursors.decode(cursor, (int, str))
    try:
        number = float(value)
    except ValueError:
        raise MalformedError(f"cursor {cursor!r}: expected 'next' of the same list") from None
    return {"ts": cursors.instant(cursor, int(microseconds)), "value": number}
