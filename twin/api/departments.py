"""Departments with what they answer for, and who is on duty."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from alerts.incidents.roster import (
    Department,
    Duty,
    InvalidRosterError,
    Shift,
    UnknownShiftError,
    add_shift,
    departments,
    put_department,
    remove_shift,
    shifts,
)
from twin.api import cursors
from twin.api.access import check_origin, check_site, needs
from twin.api.incident_documents import DepartmentCode
from twin.api.parameters import (
    ClassCode,
    Code,
    DomainCode,
    Instant,
    NoQuery,
    PageQuery,
    RowId,
    SearchText,
)
from twin.api.permissions import Permission
from twin.api.problems import documented
from twin.api.store import Store

router = APIRouter(prefix="/api/v1", tags=["incidents"], responses=documented())

STATUS: Mapping[type[Exception], HTTPStatus] = {
    InvalidRosterError: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnknownShiftError: HTTPStatus.NOT_FOUND,
}

Nothing = Annotated[NoQuery, Query()]
_WRITING = [Depends(needs(Permission.REGISTER_WRITE, Permission.PEOPLE_MANAGE))]


class Answering(BaseModel):
    """What a department is responsible for; an absent field stands for anything."""

    model_config = ConfigDict(extra="forbid", strict=True)

    domain: DomainCode | None = None
    entity_class: ClassCode | None = None
    area: Code | None = None


class DepartmentBody(BaseModel):
    """A department as it is to be."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name_zh: SearchText
    name_en: SearchText
    parent: DepartmentCode | None = Field(default=None, description="to whom it hands up")
    supervisor: SearchText | None = Field(default=None, description="hears of what is overdue")
    answers_for: list[Answering] = Field(default=[], max_length=1000)


class ToldAnswering(BaseModel):
    """What a department is responsible for; null stands for anything."""

    domain: str | None
    entity_class: str | None
    area: str | None


class DepartmentDocument(BaseModel):
    """A department."""

    code: str
    name_zh: str
    name_en: str
    parent: str | None
    supervisor: str | None
    version: int
    answers_for: list[ToldAnswering]


class DepartmentList(BaseModel):
    """All departments, by code."""

    items: list[DepartmentDocument]
    next: str | None = None


class ShiftBody(BaseModel):
    """Who is on duty, where and when."""

    model_config = ConfigDict(extra="forbid", strict=True)

    department: DepartmentCode
    person: SearchText
    role: Literal["duty", "supervisor"] = "duty"
    domain: DomainCode | None = None
    area: Code | None = None
    starts_at: Instant
    ends_at: Instant


class ShiftDocument(BaseModel):
    """A shift."""

    id: int
    department: str
    person: str
    role: Literal["duty", "supervisor"]
    domain: str | None
    area: str | None
    starts_at: datetime
    ends_at: datetime


class ShiftList(BaseModel):
    """Shifts, in the order in which they were entered."""

    items: list[ShiftDocument]
    next: str | None


class DutyQuery(PageQuery):
    """Which shifts."""

    department: DepartmentCode | None = None
    at: Instant | None = Field(default=None, description="only those that run at this instant")


@router.get("/departments")
async def read_departments(store: Store, _query: Nothing) -> DepartmentList:
    """Return all departments."""
    async with store.connection() as connection:
        return DepartmentList.model_validate({"items": await departments(connection)})


@router.put(
    "/departments/{code}",
    dependencies=[*_WRITING, Depends(check_origin)],
    responses=documented(403, 413, 415),
)
async def write_department(
    store: Store, code: DepartmentCode, body: DepartmentBody, _query: Nothing
) -> DepartmentDocument:
    """Make a department, or let it be as is wanted."""
    answers = tuple(Duty(**each.model_dump()) for each in body.answers_for)
    wanted = Department(code, body.name_zh, body.name_en, body.parent, body.supervisor, answers)
    async with store.connection() as connection:
        return DepartmentDocument.model_validate(await put_department(connection, wanted))


@router.get("/duty")
async def read_duty(store: Store, query: Annotated[DutyQuery, Query()]) -> ShiftList:
    """Return the roster."""
    after = cursors.decode_int(query.cursor) or 0
    asked = {"department": query.department, "at": query.at, "after": after}
    async with store.connection() as connection:
        items, last = await shifts(connection, asked, query.limit)
    following = None if last is None else cursors.encode(last)
    return ShiftList.model_validate({"items": items, "next": following})


@router.post(
    "/duty",
    status_code=201,
    dependencies=[*_WRITING, Depends(check_origin)],
    responses=documented(403, 413, 415),
)
async def enter_shift(store: Store, body: ShiftBody, _query: Nothing) -> ShiftDocument:
    """Enter a shift."""
    async with store.connection() as connection:
        return ShiftDocument.model_validate(await add_shift(connection, Shift(**body.model_dump())))


@router.delete(
    "/duty/{shift_id}",
    status_code=204,
    dependencies=[*_WRITING, Depends(check_site)],
    responses=documented(403, 404),
)
async def drop_shift(store: Store, shift_id: RowId, _query: Nothing) -> None:
    """Remove a shift."""
    async with store.connection() as connection:
        await remove_shift(connection, shift_id)
