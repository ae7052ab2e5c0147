"""Links of devices: listed, drawn, explained, fixed by people, released."""

import asyncio
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field

from data.links import LinkRun, Slot, as_document, explain_links, fix, relation_of, release
from data.links.drawing import lines_statement, lines_table
from data.links.listing import Wanted, described, statement
from data.registry.lifecycle import Author
from twin.api import cursors
from twin.api.access import check_origin
from twin.api.entity_answers import WRITTEN, Desk, NoneAsked, StewardsDesk
from twin.api.entity_bodies import Reasoned, author_of
from twin.api.entity_documents import answered
from twin.api.negotiation import Accept, preferred
from twin.api.parameters import Code, NoQuery, PageQuery, SearchText
from twin.api.problems import documented
from twin.api.register_store import Connection, Register
from twin.api.shape_formats import DRAWN_CONTENT, DRAWN_TYPES, DrawnFormat, drawn
from twin.api.store import Store, rows

router = APIRouter(prefix="/api/v1/links", tags=["register"], responses=documented())

LinkMethod = Literal["inside", "nearest", "at", "covers", "by a person", "by name"]
LinkKind = Annotated[SearchText, Field(examples=["monitors"])]


class Link(BaseModel):
    """A link that stands: of a device to an object, how it was found, and how sure it is."""

    id: int
    device: str = Field(description="its code")
    device_name: str
    relation: str = Field(examples=["monitors"])
    target: str = Field(description="code of the object")
    target_name: str
    method: LinkMethod
    said_by: str = Field(description="the method as the register keeps it")
    distance_m: float | None = Field(description="seen from above")
    confidence: float | None = Field(description="0 to 1; null: found by an older version")
    limit_m: float | None = Field(description="of the rule")
    rival: str | None = Field(description="code of the object that came next")
    rival_m: float | None
    along_m: float | None = Field(description="distance from the start of a line")
    side: Literal["left", "on", "right"] | None = Field(description="of that line")
    share: float | None = Field(description="of the object that a camera sees")
    valid_from: datetime | None
    valid_to: datetime | None = Field(description="not included")
    since: datetime | None = Field(description="since when the register says so")
    fixed_by: str | None = Field(description="who fixed it")
    fixed_why: str | None
    reason: str = Field(description="why, in a sentence")


class LinkList(BaseModel):
    """Links, the oldest first."""

    items: list[Link]
    next: str | None


class LinkConditions(NoQuery):
    """Which links; conditions add up."""

    entity: Code | None = Field(default=None, description="the device or the object")
    relation: LinkKind | None = None
    method: LinkMethod | None = None
    confidence_below: float | None = Field(default=None, ge=0, le=1)

    def wanted(self, after: int | None = None) -> Wanted:
        """Return them for the store."""
        return Wanted(self.entity, None, self.relation, self.method, self.confidence_below, after)


class LinkQuery(LinkConditions, PageQuery):
    """Which links, page by page."""


class LineQuery(LinkConditions):
    """Which links to draw."""

    limit: int = Field(default=1000, ge=1, le=10_000, description="at most so many lines")
    format: DrawnFormat | None = Field(
        default=None, description="form of the answer; without it, what Accept prefers, or GeoJSON"
    )


class Line(BaseModel):
    """A link as a feature of GeoJSON: from the device to the nearest place of the object."""

    type: Literal["Feature"]
    id: int
    geometry: dict[str, Any] | None
    properties: dict[str, Any]


class LineCollection(BaseModel):
    """Links as GeoJSON (RFC 7946) in WGS 84."""

    type: Literal["FeatureCollection"]
    features: list[Line]


class Candidate(BaseModel):
    """An object that was looked at for a device, as the register is now."""

    target: str
    target_name: str
    class_name: str
    relation: str
    rule: str = Field(examples=["inside within 15 m"])
    distance_m: float
    share: float | None
    taken: bool = Field(description="whether linking takes it, if nobody fixed the link")
    sentence: str = Field(description="why, or why not")


class Fixed(BaseModel):
    """What a person said of a device and a kind of relation; null: to none of these."""

    relation: str
    target: str | None
    actor: str
    reason: str
    at: datetime | None


class NotLinked(BaseModel):
    """Why a device has no link."""

    relation: str
    reason: str


class Around(BaseModel):
    """Something that a device stands in."""

    target: str
    target_name: str
    class_name: str


class LinkExplanation(BaseModel):
    """Why a device is linked as it is; ``since`` is since when it has been linked to that."""

    device: str
    name: str
    class_name: str
    retired: bool
    inside: list[Around] = Field(
        description="what it stands in, from the inside out: space, storey, building"
    )
    links: list[Link]
    fixes: list[Fixed]
    unlinked: list[NotLinked]
    candidates: list[Candidate]


class LinkFix(Reasoned):
    """What a device belongs to, said by a person; a target that is null: to none of these."""

    target: Code | None
    relation: LinkKind | None = Field(
        default=None, description="the kind that the device's class must have, if absent"
    )


class LinkRelease(Reasoned):
    """Which link linking may decide again."""

    relation: LinkKind | None = None


@router.get("", response_model=LinkList)
async def list_links(store: Store, query: Annotated[LinkQuery, Query()]) -> Response:
    """Return links that stand, the oldest first."""
    wanted = query.wanted(cursors.decode_int(query.cursor))
    asked, told = statement(wanted, query.limit + 1)
    found = [described(row) for row in await rows(store, asked, told)]
    items, more = found[: query.limit], len(found) > query.limit
    return answered({"items": items, "next": cursors.encode(items[-1]["id"]) if more else None})


@router.get(
    "/lines",
    response_model=LineCollection,
    responses={200: {"content": DRAWN_CONTENT}},
)
async def draw_links(
    store: Store, query: Annotated[LineQuery, Query()], accept: Accept = ""
) -> Response:
    """Return links as lines of GeoJSON or GeoParquet, from devices to what they belong to."""
    asked, told = lines_statement(query.wanted(), query.limit)
    found = await rows(store, asked, told)
    form = query.format or preferred(accept, DRAWN_TYPES)
    return await asyncio.to_thread(lambda: drawn(form, lines_table(found), "links", key="id"))


@router.get("/{code}", response_model=LinkExplanation, responses=documented(404))
async def explain_link(register: Register, code: Code, _query: NoneAsked) -> Response:
    """Say why a device is linked as it is: what was looked at, by which rule, who fixed it."""
    return answered(await register.do(partial(_explained, code=code)))


@router.post(
    "/{code}/fix",
    response_model=LinkExplanation,
    dependencies=[Depends(check_origin)],
    responses=WRITTEN,
)
async def fix_link(desk: StewardsDesk, code: Code, asked: LinkFix, _query: NoneAsked) -> Response:
    """Link a device to one object, or to none of these, until it is released."""
    slot = Slot(code, relation_of(code, asked.relation))
    return await _done(desk, asked, partial(fix, slot=slot, target=asked.target), code)


@router.post(
    "/{code}/release",
    response_model=LinkExplanation,
    dependencies=[Depends(check_origin)],
    responses=WRITTEN,
)
async def release_link(
    desk: StewardsDesk, code: Code, asked: LinkRelease, _query: NoneAsked
) -> Response:
    """Let linking decide again about a link that a person fixed."""
    slot = Slot(code, relation_of(code, asked.relation))
    return await _done(desk, asked, partial(release, slot=slot), code)


async def _done(desk: Desk, asked: Reasoned, work: "partial[LinkRun]", code: int) -> Response:
    def change(connection: Connection, author: Author) -> dict[str, Any]:
        work(connection, author)
        return _explained(connection, code)

    author = author_of(desk.caller, asked)
    return answered(await desk.register.do(lambda connection: change(connection, author)))


def _explained(connection: Connection, code: int) -> dict[str, Any]:
    return as_document(explain_links(connection, code))
