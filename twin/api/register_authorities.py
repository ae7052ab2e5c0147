"""Whose word counts for a property of a class."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response
from psycopg.sql import SQL
from pydantic import BaseModel, Field

from data.reference.class_properties import EXTRA_PREFIX, property_kinds
from data.registry import deciding
from data.registry.staging import FIELDS
from twin.api import cursors
from twin.api.access import Caller, check_origin, check_site, needs
from twin.api.entity_answers import NoneAsked
from twin.api.entity_bodies import Reasoned, Said, author_of
from twin.api.entity_documents import answered
from twin.api.parameters import ClassCode, PageQuery, SearchText
from twin.api.permissions import Permission
from twin.api.problems import MalformedError, UnknownError, documented
from twin.api.register_store import Register
from twin.api.store import Pool, Store, row, rows

router = APIRouter(prefix="/api/v1/authorities", tags=["register"], responses=documented())

_SELECTED = """
    SELECT a.class_code AS class, a.property, a.source, c.recorded_at AS since, c.actor, c.reason
    FROM authority a JOIN change_set c ON c.id = a.change_set_id"""
_LIST = SQL(
    _SELECTED
    + """
    WHERE (a.class_code, a.property) > (%(klass)s, %(property)s)
    ORDER BY a.class_code, a.property LIMIT %(more)s"""
)
_ONE = SQL(_SELECTED + " WHERE a.class_code = %(klass)s AND a.property = %(property)s")

PropertyName = Annotated[
    SearchText,
    Path(description="a field, a property of the class, or one of a source's own (x_…)"),
]
Keeper = Annotated[Caller, Depends(needs(Permission.REGISTER_AUTHORITY))]


class Authority(BaseModel):
    """Whose word counts for a property of a class, since when, and who said so."""

    klass: str = Field(alias="class")
    property: str
    source: str
    since: datetime | None
    actor: str
    reason: str


class AuthorityList(BaseModel):
    """Authorities in the order of class and property."""

    items: list[Authority]
    next: str | None


class NewAuthority(Reasoned):
    """Whose word shall count."""

    authority: Said = Field(
        description="as changes and imports name their source", examples=["water bureau"]
    )


@router.get("", response_model=AuthorityList)
async def list_authorities(store: Store, query: Annotated[PageQuery, Query()]) -> Response:
    """Return whose word counts for what; what is not listed everybody may say."""
    klass, name = ("", "") if query.cursor is None else cursors.decode(query.cursor, (str, str))
    asked = {"klass": klass, "property": name, "more": query.limit + 1}
    found = await rows(store, _LIST, asked)
    items = found[: query.limit]
    more = len(found) > query.limit
    after = cursors.encode(items[-1]["class"], items[-1]["property"]) if more else None
    return answered({"items": items, "next": after})


@router.get("/{klass}/{name}", response_model=Authority, responses=documented(404))
async def read_authority(
    store: Store, klass: ClassCode, name: PropertyName, _query: NoneAsked
) -> Response:
    """Return whose word counts for a property of a class."""
    return answered(await _one(store, klass, name))


@router.put(
    "/{klass}/{name}",
    response_model=Authority,
    dependencies=[Depends(check_origin)],
    responses=documented(404, 413, 415),
)
async def set_authority(
    store: Store,
    register: Register,
    caller: Keeper,
    klass: ClassCode,
    name: PropertyName,
    new: NewAuthority,
    _query: NoneAsked,
) -> Response:
    """Say whose word counts for a property of a class from now on."""
    _check(klass, name)
    work = partial(
        deciding.set_authority,
        author=author_of(caller, new),
        klass=klass,
        property_name=name,
        source=new.authority,
    )
    await register.do(work)
    return answered(await _one(store, klass, name))


@router.delete(
    "/{klass}/{name}",
    response_model=Authority,
    dependencies=[Depends(check_site)],
    responses=documented(404),
)
async def end_authority(
    store: Store,
    register: Register,
    caller: Keeper,
    klass: ClassCode,
    name: PropertyName,
    asked: Annotated[Reasoned, Query()],
) -> Response:
    """Leave a property of a class to everybody, and return whose word counted."""
    ended = await _one(store, klass, name)
    work = partial(
        deciding.set_authority,
        author=author_of(caller, asked),
        klass=klass,
        property_name=name,
        source=None,
    )
    await register.do(work)
    return answered(ended)


async def _one(store: Pool, klass: str, name: str) -> dict[str, Any]:
    found = await row(store, _ONE, {"klass": klass, "property": name})
    if found is None:
        raise UnknownError(f"class {klass}, property {name[:100]!r}: everybody may say it")
    return found


def _check(klass: str, name: str) -> None:
    known = [field.name for field in FIELDS] + list(property_kinds(klass))
    if name not in known and not name.startswith(EXTRA_PREFIX):
        raise MalformedError(
            f"property {name[:100]!r} of class {klass}: expected one of {', '.join(known)}, "
            f"or {EXTRA_PREFIX}…"
        )
