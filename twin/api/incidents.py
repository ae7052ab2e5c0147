"""Incidents: the list, one with its alerts and timeline, and what people do with them."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from alerts.incidents.listing import (
    IncidentFilters,
    list_incidents,
    read_incident,
    read_members,
    read_timeline,
)
from alerts.incidents.people import Asked, step
from alerts.incidents.rearranging import Rearranged, merge, split
from alerts.incidents.stages import IllegalStepError, UnknownIncidentError
from twin.api.access import Caller, check_origin, needs
from twin.api.incident_documents import (
    DepartmentCode,
    Incident,
    IncidentList,
    Level,
    MemberList,
    Mode,
    TimelineList,
)
from twin.api.parameters import Code, DomainCode, NoQuery, PageQuery, RowId, SearchText, ShortText
from twin.api.permissions import Permission
from twin.api.problems import documented
from twin.api.store import Store

router = APIRouter(prefix="/api/v1/incidents", tags=["incidents"], responses=documented())

STATUS: Mapping[type[Exception], HTTPStatus] = {
    UnknownIncidentError: HTTPStatus.NOT_FOUND,
    IllegalStepError: HTTPStatus.CONFLICT,
}

_HANDED = frozenset({"hand_up", "hand_down", "return"})
Version = Annotated[int | None, Field(ge=1, le=2_147_483_647)]
Nothing = Annotated[NoQuery, Query()]
Handler = Annotated[Caller, Depends(needs(Permission.ALERT_HANDLE))]
Dispatcher = Annotated[Caller, Depends(needs(Permission.ALERT_DISPATCH))]
_CHANGING = [Depends(check_origin)]
_ANSWERS = documented(403, 404, 409, 413, 415)


class IncidentQuery(PageQuery):
    """Which incidents; conditions add up."""

    state: Literal["living", "open", "ended", "closed"] | None = Field(
        default=None, description="`living` is open or ended"
    )
    level: Level | None = None
    domain: DomainCode | None = None
    mode: Mode | None = None
    department: DepartmentCode | None = Field(
        default=None, description="that answers for it, or that it is offered to"
    )
    owner: SearchText | None = None
    area: Code | None = Field(default=None, description="an area that its place touches")


class NewStep(BaseModel):
    """What a person does; with ``version`` only if the incident is still as they saw it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    action: Literal["accept", "hand_up", "hand_down", "return", "comment", "close"]
    note: ShortText = Field(default="", description="needed to return, comment and close")
    department: DepartmentCode | None = Field(default=None, description="to whom to hand it")
    version: Version = None


class NewMerge(BaseModel):
    """Which incident goes into this one."""

    model_config = ConfigDict(extra="forbid", strict=True)

    incident: RowId
    note: ShortText = ""
    version: Version = None


class NewSplit(BaseModel):
    """Which alerts become an incident of their own."""

    model_config = ConfigDict(extra="forbid", strict=True)

    alerts: list[RowId] = Field(min_length=1, max_length=3_000)
    note: ShortText = ""
    version: Version = None


@router.get("")
async def read_incidents(store: Store, query: Annotated[IncidentQuery, Query()]) -> IncidentList:
    """Return incidents, the newest first; those that went into another one are left out."""
    filters = IncidentFilters(**query.model_dump(exclude={"limit", "cursor"}))
    async with store.connection() as connection:
        page = await list_incidents(connection, filters, query.limit, query.cursor)
    return IncidentList.model_validate(page._asdict())


@router.get("/{incident_id}", responses=documented(404))
async def read_one(store: Store, incident_id: RowId, _query: Nothing) -> Incident:
    """Return one incident."""
    async with store.connection() as connection:
        return Incident.model_validate(await read_incident(connection, incident_id))


@router.get("/{incident_id}/alerts", responses=documented(404))
async def read_alerts(
    store: Store, incident_id: RowId, query: Annotated[PageQuery, Query()]
) -> MemberList:
    """Return the alerts of an incident with their roles and why they are in it."""
    async with store.connection() as connection:
        await read_incident(connection, incident_id)
        page = await read_members(connection, incident_id, query.limit, query.cursor)
    return MemberList.model_validate(page._asdict())


@router.get("/{incident_id}/timeline", responses=documented(404))
async def read_history(
    store: Store, incident_id: RowId, query: Annotated[PageQuery, Query()]
) -> TimelineList:
    """Return what happened to an incident, from its beginning."""
    async with store.connection() as connection:
        await read_incident(connection, incident_id)
        page = await read_timeline(connection, incident_id, query.limit, query.cursor)
    return TimelineList.model_validate(page._asdict())


@router.post("/{incident_id}/transitions", dependencies=_CHANGING, responses=_ANSWERS)
async def make_step(
    store: Store, caller: Handler, incident_id: RowId, new: NewStep, _query: Nothing
) -> Incident:
    """Accept, comment on or close an incident (alert.handle), or hand it on (alert.dispatch)."""
    if new.action in _HANDED:
        caller.require(Permission.ALERT_DISPATCH)
    asked = Asked(new.action, caller.actor, new.note, new.department, new.version)
    async with store.connection() as connection:
        return Incident.model_validate(await step(connection, incident_id, asked))


@router.post("/{incident_id}/merge", dependencies=_CHANGING, responses=_ANSWERS)
async def make_merge(
    store: Store, caller: Dispatcher, incident_id: RowId, new: NewMerge, _query: Nothing
) -> Incident:
    """Put another incident into this one."""
    asked = Rearranged(caller.actor, new.note, new.version)
    async with store.connection() as connection:
        return Incident.model_validate(await merge(connection, incident_id, new.incident, asked))


@router.post("/{incident_id}/split", dependencies=_CHANGING, responses=_ANSWERS)
async def make_split(
    store: Store, caller: Dispatcher, incident_id: RowId, new: NewSplit, _query: Nothing
) -> Incident:
    """Put some of its alerts into an incident of their own; returns the new one."""
    asked = Rearranged(caller.actor, new.note, new.version)
    async with store.connection() as connection:
        return Incident.model_validate(await split(connection, incident_id, new.alerts, asked))
