"""What is known of things: ``GET /api/v1/alerts/status``."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from alerts.knowing.status import Part, Scope, read_status
from twin.api import cursors
from twin.api.alert_documents import Rfc3339
from twin.api.parameters import Code, DomainCode, PageQuery, page_of
from twin.api.problems import documented
from twin.api.store import Store

router = APIRouter(prefix="/api/v1/alerts", tags=["alerts"], responses=documented())

State = Literal["red", "orange", "yellow", "blue", "unknown", "clear"]


class StatusQuery(PageQuery):
    """Which things and fields; conditions add up. ``counts`` do not depend on ``state``."""

    entity: Code | None = Field(default=None, description="code of a thing")
    area: Code | None = Field(default=None, description="code of an area that things touch")
    domain: DomainCode | None = None
    state: State | None = None


class RuleStatus(BaseModel):
    """What one rule says of a thing."""

    rule: str
    state: State
    since: Rfc3339 | None
    why: str = Field(description="the judgement, or why nothing is known; empty where it is clear")
    alert: int | None = Field(description="number of the alert that stands")


class ThingStatus(BaseModel):
    """What the rules of a field say of a thing: the highest level, unknown, or clear.

    It is unknown where a series that a rule needs is silent or not to be believed, or where
    nothing is measured at all; a thing is clear as far as it is measured.
    """

    entity: str
    entity_name: str
    domain: str
    state: State
    since: Rfc3339 | None
    why: str
    standing: int = Field(description="how many rules have a level there")
    clear: int = Field(description="how many rules are clear there")
    unknown: int = Field(description="how many rules have lost sight of it")
    not_set_up: int = Field(description="of how many rules nothing is measured, or no limit known")
    rules: list[RuleStatus]


class StatusList(BaseModel):
    """What is known at an instant, with how many things there are of each field and state."""

    at: datetime
    counts: dict[str, dict[str, int]] = Field(description="things by field and state")
    items: list[ThingStatus]
    next: str | None


@router.get("/status")
async def read_known(store: Store, query: Annotated[StatusQuery, Query()]) -> StatusList:
    """Return at which level things stand, that they are clear, or that nobody knows."""
    entities = None if query.entity is None else [query.entity]
    scope = Scope(entities, query.area, query.domain, query.state)
    after = _place_of(query.cursor)
    now = datetime.now(UTC)
    async with store.connection() as connection:
        found = await read_status(connection, scope, Part(query.limit + 1, after), now)
    items, last = page_of(found.items, query.limit)
    return StatusList(
        at=now,
        counts=found.counts,
        items=[ThingStatus.model_validate(item) for item in items],
        next=last and cursors.encode(int(str(last["entity"])), str(last["domain"])),
    )


def _place_of(cursor: str | None) -> tuple[int, str] | None:
    if cursor is None:
        return None
    entity, domain = cursors.decode(cursor, (int, str))
    return int(entity), str(domain)
