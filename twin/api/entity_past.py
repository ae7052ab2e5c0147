"""What an entity was, and what it is made of: its history and its parts."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from data.registry import history
from twin.api import cursors
from twin.api.entity_documents import ENTITIES, answered, identity
from twin.api.parameters import Code, NoQuery, PageQuery
from twin.api.problems import UnknownError, documented
from twin.api.register_store import Register
from twin.api.store import Store, tuples

router = APIRouter(prefix=ENTITIES, tags=["register"], responses=documented(404))

_MOST_LEVELS = 20
_PARTS = b"""
    WITH RECURSIVE part (code, whole, level) AS (
        SELECT r.origin, r.target, 1 FROM relation r
        WHERE r.target = %(code)s AND r.kind = 'part_of' AND r.superseded_in IS NULL
        UNION
        SELECT r.origin, r.target, p.level + 1 FROM part p JOIN relation r ON r.target = p.code
        WHERE r.kind = 'part_of' AND r.superseded_in IS NULL AND p.level < %(levels)s)
    SELECT e.code, e.class_code, e.name, p.whole::text, p.level
    FROM part p JOIN entity e ON e.code = p.code
    WHERE e.code > %(after)s ORDER BY e.code LIMIT %(more)s"""
_KNOWN = b"SELECT FROM entity WHERE code = %(code)s"

# The value before and after, of whatever type the field or property has.
BeforeAndAfter = tuple[Any, Any]


class Version(BaseModel):
    """One change of an entity: who, when, why, from which import, and what became what."""

    change_set: int
    recorded_at: datetime | None
    actor: str
    reason: str
    source: str
    model: str = Field(description="of an import")
    file: str = Field(description="of an import")
    changes: dict[str, BeforeAndAfter] = Field(
        description="by field, property, `name scheme` or relation: before and after; of a "
        "geometry its type, middle (m in the district's CRS) and size (m or m2)"
    )


class History(BaseModel):
    """All versions of an entity, the oldest first."""

    items: list[Version]
    next: None = Field(default=None, description="always null: the list is whole")


class Part(BaseModel):
    """A part of an entity, direct or not: ``whole`` and ``level`` make the tree."""

    code: str
    printed: str
    klass: str = Field(alias="class")
    class_name_zh: str
    class_name_en: str
    name: str
    whole: str = Field(description="code of what it is a direct part of")
    level: int = Field(description="1 for direct parts")


class PartList(BaseModel):
    """Parts in the order of their codes."""

    items: list[Part]
    next: str | None


class PartQuery(PageQuery):
    """How deep to look for parts."""

    levels: int = Field(default=_MOST_LEVELS, ge=1, le=_MOST_LEVELS)


@router.get("/{code}/history", response_model=History)
async def read_history(
    register: Register, code: Code, _query: Annotated[NoQuery, Query()]
) -> Response:
    """Return every change of an entity, its names and its relations, the oldest first."""
    found = await register.do(partial(history.versions, code=code))
    if not found:
        raise UnknownError(f"entity {code}: not in the register")
    return answered({"items": [version._asdict() for version in found], "next": None})


@router.get("/{code}/parts", response_model=PartList)
async def list_parts(store: Store, code: Code, query: Annotated[PartQuery, Query()]) -> Response:
    """Return the parts of an entity and their parts, each with the whole it belongs to."""
    asked = {
        "code": code,
        "levels": query.levels,
        "after": cursors.decode_int(query.cursor) or 0,
        "more": query.limit + 1,
    }
    found = await tuples(store, _PARTS, asked)
    if not found and not await tuples(store, _KNOWN, {"code": code}):
        raise UnknownError(f"entity {code}: not in the register")
    items = [_part(*row) for row in found[: query.limit]]
    more = len(found) > query.limit
    return answered({"items": items, "next": _after(items) if more else None})


def _after(items: Sequence[dict[str, Any]]) -> str:
    return cursors.encode(int(items[-1]["code"]))


def _part(code: int, klass: str, name: str, whole: str, level: int) -> dict[str, Any]:
    return identity(code, klass) | {"name": name, "whole": whole, "level": level}
