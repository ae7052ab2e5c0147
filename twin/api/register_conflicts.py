"""Values that were kept apart, because another source is the authority, and the decision."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from psycopg.sql import SQL, Composed
from pydantic import BaseModel, Field

from data.registry import deciding
from data.registry.staging import FIELDS
from twin.api import cursors
from twin.api.access import Caller, check_origin, needs
from twin.api.entity_answers import NoneAsked
from twin.api.entity_bodies import Reasoned, author_of
from twin.api.entity_documents import answered
from twin.api.parameters import ClassCode, Code, PageQuery, RowId, SearchText
from twin.api.permissions import Permission
from twin.api.problems import UnknownError, documented
from twin.api.register_store import Register
from twin.api.store import Pool, Store, all_of, row, rows

router = APIRouter(prefix="/api/v1/conflicts", tags=["register"], responses=documented())

_CONFLICTS = SQL("""
    SELECT c.id, c.code::text, e.class_code AS class, e.name, c.property, c.source, c.value,
           CASE c.property {fields} ELSE e.properties -> c.property END AS standing,
           a.source AS authority, c.resolution, made.recorded_at AS said_at, made.actor,
           made.reason, decided.recorded_at AS resolved_at, decided.actor AS resolved_by
    FROM property_conflict c JOIN entity e USING (code)
    JOIN change_set made ON made.id = c.change_set_id
    LEFT JOIN change_set decided ON decided.id = c.resolved_in
    LEFT JOIN authority a ON a.class_code = e.class_code AND a.property = c.property
    WHERE {conditions} ORDER BY c.id LIMIT %(more)s""")
_FIELDS = SQL(" ").join(
    SQL("WHEN {} THEN {}").format(field.name, field.as_json("e")) for field in FIELDS
)
_CONDITIONS = {
    "after": SQL("c.id > %(after)s"),
    "id": SQL("c.id = %(id)s"),
    "entity": SQL("c.code = %(entity)s"),
    "klass": SQL("e.class_code = %(klass)s"),
    "property": SQL("c.property = %(property)s"),
    "source": SQL("c.source = %(source)s"),
    "open": SQL("(c.resolved_in IS NULL) = %(open)s"),
}

Resolution = Literal["agreed", "taken", "dismissed", "withdrawn"]


class Conflict(BaseModel):
    """What a source that is not the authority said otherwise; the standing value stays."""

    id: int
    code: str = Field(description="of the entity")
    klass: str = Field(alias="class")
    name: str = Field(description="of the entity")
    property: str
    source: str
    value: Any = Field(description="of a geometry GeoJSON in the district's CRS")
    standing: Any = Field(description="the value that the entity has now")
    authority: str | None = Field(description="whose word counts now")
    resolution: Resolution | None = Field(description="null: it waits for a decision")
    said_at: datetime | None
    actor: str
    reason: str
    resolved_at: datetime | None
    resolved_by: str | None


class ConflictList(BaseModel):
    """Conflicts, the oldest first."""

    items: list[Conflict]
    next: str | None


class ConflictQuery(PageQuery):
    """Which conflicts; conditions add up."""

    entity: Code | None = None
    klass: ClassCode | None = Field(default=None, alias="class")
    property: SearchText | None = None
    source: SearchText | None = None
    state: Literal["open", "resolved", "any"] = "open"


class Decision(Reasoned):
    """What becomes of a conflict: its value stands from now on, or what stands stays."""

    resolution: Literal["taken", "dismissed"]


@router.get("", response_model=ConflictList)
async def list_conflicts(store: Store, query: Annotated[ConflictQuery, Query()]) -> Response:
    """Return values that were kept apart, the oldest first."""
    wanted = query.model_dump(exclude_none=True, exclude={"limit", "cursor", "state"})
    if query.state != "any":
        wanted["open"] = query.state == "open"
    if (after := cursors.decode_int(query.cursor)) is not None:
        wanted["after"] = after
    found = await rows(store, _asked(*wanted), wanted | {"more": query.limit + 1})
    items = found[: query.limit]
    more = len(found) > query.limit
    return answered({"items": items, "next": cursors.encode(items[-1]["id"]) if more else None})


@router.get("/{conflict}", response_model=Conflict, responses=documented(404))
async def read_conflict(store: Store, conflict: RowId, _query: NoneAsked) -> Response:
    """Return one conflict."""
    return answered(await _one(store, conflict))


@router.post(
    "/{conflict}",
    response_model=Conflict,
    dependencies=[Depends(check_origin)],
    responses=documented(404, 409, 413, 415),
)
async def decide_conflict(
    store: Store,
    register: Register,
    caller: Annotated[Caller, Depends(needs(Permission.REGISTER_WRITE))],
    conflict: RowId,
    decision: Decision,
    _query: NoneAsked,
) -> Response:
    """Let the value stand as the authority's word (taken), or leave what stands (dismissed).

    A dismissed value is not brought up again by the same source.
    """
    await _one(store, conflict)
    decide = deciding.take if decision.resolution == "taken" else deciding.dismiss
    author = author_of(caller, decision)
    await register.do(partial(decide, author=author, conflict_id=conflict))
    return answered(await _one(store, conflict))


async def _one(store: Pool, conflict: int) -> dict[str, Any]:
    found = await row(store, _asked("id"), {"id": conflict, "more": 1})
    if found is None:
        raise UnknownError(f"conflict {conflict}: not in the register")
    return found


def _asked(*wanted: str) -> Composed:
    return _CONFLICTS.format(fields=_FIELDS, conditions=all_of(_CONDITIONS, wanted))
