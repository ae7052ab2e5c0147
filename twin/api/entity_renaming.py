"""Names that entities get and lose."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from twin.api import register_changes
from twin.api.access import check_origin, check_site
from twin.api.entity_answers import WRITTEN, ChangedEntity, NoneAsked, StewardsDesk
from twin.api.entity_bodies import GivenNames, Reasoned, Text
from twin.api.entity_documents import ENTITIES
from twin.api.parameters import Code
from twin.api.problems import documented

router = APIRouter(prefix=ENTITIES, tags=["register"], responses=documented(404, 409))


class EndedNameQuery(Reasoned):
    """Which name ends, and why."""

    scheme: Annotated[Text, Field(min_length=1, max_length=60, examples=["asset.water"])]
    value: Annotated[Text, Field(min_length=1, max_length=200, examples=["R-1"])]


@router.post(
    "/{code}/names",
    response_model=ChangedEntity,
    dependencies=[Depends(check_origin)],
    responses=WRITTEN,
)
async def add_names(
    desk: StewardsDesk, code: Code, asked: GivenNames, _query: NoneAsked
) -> Response:
    """Give an entity names in schemes; a name means one entity at a time."""
    done = await desk.do(
        asked,
        lambda store, author: register_changes.add_names(store, author, code, asked.names),
    )
    return await desk.tell(done)


@router.delete(
    "/{code}/names",
    response_model=ChangedEntity,
    dependencies=[Depends(check_site)],
)
async def end_name(
    desk: StewardsDesk, code: Code, asked: Annotated[EndedNameQuery, Query()]
) -> Response:
    """End a name of an entity; the history keeps it."""
    done = await desk.do(
        asked,
        lambda store, author: register_changes.end_name(
            store, author, code, asked.scheme, asked.value
        ),
    )
    return await desk.tell(done)
