"""Making and changing entities."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Response

from twin.api import register_changes
from twin.api.access import check_origin
from twin.api.entity_answers import WRITTEN, ChangedEntity, NoneAsked, StewardsDesk, versions_in
from twin.api.entity_bodies import ChangedFacts, NewEntity
from twin.api.entity_documents import ENTITIES
from twin.api.parameters import Code
from twin.api.problems import documented

router = APIRouter(
    prefix=ENTITIES, tags=["register"], dependencies=[Depends(check_origin)], responses=WRITTEN
)


@router.post("", status_code=HTTPStatus.CREATED, response_model=ChangedEntity)
async def make_entity(desk: StewardsDesk, new: NewEntity, _query: NoneAsked) -> Response:
    """Make an entity; its code is issued and stays its own for life.

    The county is that of its place, unless it is given; near a boundary it must be given.
    """
    done = await desk.do(new, lambda store, author: register_changes.create(store, author, new))
    return await desk.tell(done, HTTPStatus.CREATED)


@router.patch("/{code}", response_model=ChangedEntity, responses=documented(412))
async def change_entity(
    desk: StewardsDesk,
    code: Code,
    new: ChangedFacts,
    _query: NoneAsked,
    if_match: Annotated[
        str | None, Header(description="the ETag of a reading: refuse if there is a newer version")
    ] = None,
) -> Response:
    """Change what is named and leave the rest (JSON Merge Patch, RFC 7396).

    An entity moves by `geometry` or `part_of`. A value for a property that another source is the
    authority of changes nothing: it is kept and shown under /conflicts.
    """
    expected = versions_in(if_match)
    done = await desk.do(
        new, lambda store, author: register_changes.change(store, author, code, new, expected)
    )
    return await desk.tell(done)
