"""The difference between two moments of the register."""

from datetime import datetime
from functools import partial
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from data.registry import history
from twin.api import cursors
from twin.api.entity_documents import ENTITIES, answered
from twin.api.entity_past import BeforeAndAfter
from twin.api.parameters import ClassCode, Code, Moment, PageQuery, SearchText
from twin.api.problems import MalformedError, documented
from twin.api.register_store import Connection, Register

router = APIRouter(prefix=ENTITIES, tags=["register"], responses=documented())


class Difference(BaseModel):
    """What became of an entity between two moments."""

    code: str
    name: str
    kind: str = Field(description="created, changed, retired or reinstated")
    changes: dict[str, BeforeAndAfter]


class DifferenceList(BaseModel):
    """Entities that are otherwise, in the order of their codes."""

    before: int = Field(description="change set at the first moment, 0 for none")
    after: int = Field(description="change set at the second moment")
    items: list[Difference]
    next: str | None


class DifferenceQuery(PageQuery):
    """Between which moments, and of which entities; conditions add up."""

    from_: Moment = Field(alias="from", description="an instant, or the number of a change set")
    to: Moment | None = Field(default=None, description="the same; default is now")
    code: Code | None = Field(default=None, description="of an entity and its parts")
    klass: ClassCode | None = Field(default=None, alias="class")
    model: SearchText | None = Field(default=None, description="of what its imports named")


@router.get("/differences", response_model=DifferenceList)
async def list_differences(
    register: Register, query: Annotated[DifferenceQuery, Query()]
) -> Response:
    """Return what is otherwise at one moment than at another: before and after of each field."""
    return answered(await register.do(partial(_differences, query=query)))


def _differences(register: Connection, query: DifferenceQuery) -> dict[str, Any]:
    before, after, last = _span(register, query)
    if before > after:
        raise MalformedError(f"from {before} to {after}: expected the older moment first")
    scope = {"code": query.code, "klass": query.klass, "model": query.model}
    found = history.difference(register, before, after, **scope)
    rest = (difference for difference in found if difference.code > last)
    page = [_document(difference) for difference in islice(rest, query.limit + 1)]
    items = page[: query.limit]
    more = len(page) > query.limit
    following = cursors.encode(before, after, int(items[-1]["code"])) if more else None
    return {"before": before, "after": after, "items": items, "next": following}


def _span(register: Connection, query: DifferenceQuery) -> tuple[int, int, int]:
    """Return both change sets and the last code told; a cursor keeps what "now" was at first."""
    if query.cursor is not None:
        before, after, last = map(int, cursors.decode(query.cursor, (int, int, int)))
        return before, after, last
    return _change_set(register, query.from_), _change_set(register, query.to), 0


def _change_set(register: Connection, moment: datetime | int | None) -> int:
    if isinstance(moment, int):
        return moment
    if moment is not None:
        return history.last_change_set(register, moment)
    found = register.execute("SELECT coalesce(max(id), 0) FROM change_set").fetchall()
    return int(found[0][0])


def _document(difference: history.Difference) -> dict[str, Any]:
    return difference._asdict() | {"code": str(difference.code)}
