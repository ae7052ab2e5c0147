"""What happens to entities: retired, brought back, merged, split, given another code."""

from fastapi import APIRouter, Depends, Response

from data.registry import lifecycle
from twin.api import register_changes
from twin.api.access import check_origin
from twin.api.entity_answers import (
    WRITTEN,
    ChangedEntity,
    NoneAsked,
    SplitEntities,
    StewardsDesk,
)
from twin.api.entity_bodies import Merger, NewNumber, Reasoned, Split
from twin.api.entity_documents import ENTITIES
from twin.api.parameters import Code
from twin.api.register_changes import Done

router = APIRouter(
    prefix=ENTITIES, tags=["register"], dependencies=[Depends(check_origin)], responses=WRITTEN
)


@router.post("/{code}/retire", response_model=ChangedEntity)
async def retire_entity(
    desk: StewardsDesk, code: Code, asked: Reasoned, _query: NoneAsked
) -> Response:
    """Take an entity out of the register's present; its code, names and history stay."""
    done = await desk.do(
        asked, lambda store, author: Done([code], lifecycle.retire(store, author, [code]))
    )
    return await desk.tell(done)


@router.post("/{code}/reinstate", response_model=ChangedEntity)
async def reinstate_entity(
    desk: StewardsDesk, code: Code, asked: Reasoned, _query: NoneAsked
) -> Response:
    """Bring a retired entity back, unless another has taken its place."""
    done = await desk.do(
        asked, lambda store, author: Done([code], lifecycle.reinstate(store, author, code))
    )
    return await desk.tell(done)


@router.post("/{code}/merge", response_model=ChangedEntity)
async def merge_entities(
    desk: StewardsDesk, code: Code, asked: Merger, _query: NoneAsked
) -> Response:
    """Make entities one with this one: their codes, names and relations lead to it."""
    done = await desk.do(
        asked,
        lambda store, author: Done([code], lifecycle.merge(store, author, asked.codes, code)),
    )
    return await desk.tell(done)


@router.post("/{code}/split", response_model=SplitEntities)
async def split_entity(desk: StewardsDesk, code: Code, asked: Split, _query: NoneAsked) -> Response:
    """Make an entity several: it retires, and its code leads to all of them."""
    done = await desk.do(
        asked, lambda store, author: register_changes.split(store, author, code, asked)
    )
    return await desk.tell_several(done)


@router.post("/{code}/renumber", response_model=ChangedEntity)
async def renumber_entity(
    desk: StewardsDesk, code: Code, asked: NewNumber, _query: NoneAsked
) -> Response:
    """Give an entity a code of another class or county; the old one leads to it."""
    done = await desk.do(
        asked, lambda store, author: register_changes.renumber(store, author, code, asked)
    )
    return await desk.tell(done)
