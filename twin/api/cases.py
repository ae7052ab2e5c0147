"""Finds of people: a grid worker's, a hotline's, a patrol's or a drone's, handed in as cases."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from psycopg.sql import SQL
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from alerts.handling.cases import CaseNumberTakenError, CaseTimeError, Find, take
from alerts.handling.whereabouts import PlaceUnknownError
from data.reference.case_classes import case_classes
from twin.api import cursors
from twin.api.access import Caller, check_origin, needs
from twin.api.alert_documents import Alert, Level
from twin.api.alerting import PlaceOfPhone, doer_of
from twin.api.parameters import (
    Code,
    Instant,
    NoQuery,
    PageQuery,
    RowId,
    SearchText,
    ShortText,
    key_of,
    page_of,
)
from twin.api.permissions import Permission
from twin.api.problems import documented
from twin.api.store import Store, all_of, rows

router = APIRouter(prefix="/api/v1", tags=["alerts"], responses=documented())

STATUS: Mapping[type[Exception], HTTPStatus] = {
    CaseNumberTakenError: HTTPStatus.CONFLICT,
    CaseTimeError: HTTPStatus.UNPROCESSABLE_ENTITY,
    PlaceUnknownError: HTTPStatus.UNPROCESSABLE_ENTITY,
}

Finder = Annotated[Caller, Depends(needs(Permission.FIELD_REPORT, Permission.ALERT_HANDLE))]
_CASES = SQL("""
    SELECT c.id, c.alert_id AS alert, c.source, c.number, c.case_class AS class, c.reporter,
           c.text, c.lon, c.lat, c.observed_at, c.received_at, c.received_from, c.merged
    FROM alert_case c WHERE {conditions} ORDER BY c.id DESC LIMIT %(more)s""")
_CONDITIONS = {
    "alert": SQL("c.alert_id = %(alert)s"),
    "source": SQL("c.source = %(source)s"),
    "number": SQL("c.number = %(number)s"),
    "before": SQL("c.id < %(before)s"),
}


def _no_rule(source: str) -> str:
    if source == "rule":
        raise ValueError("'rule': expected who found it, e.g. grid, hotline, patrol or drone")
    return source


Source = Annotated[
    str,
    Field(pattern=r"^[a-z][a-z0-9_-]{0,49}$", examples=["grid", "hotline", "patrol", "drone"]),
    AfterValidator(_no_rule),
]
CaseClassCode = Annotated[
    str,
    key_of(case_classes()),
    WithJsonSchema({"type": "string", "enum": list(case_classes())}),
]


class NewCase(BaseModel):
    """What somebody found; sent again with the same number, it is not taken twice."""

    model_config = ConfigDict(
        extra="forbid", strict=True, allow_inf_nan=False, populate_by_name=True
    )

    number: SearchText = Field(description="that the source gave it, unique there")
    source: Source
    klass: CaseClassCode = Field(alias="class", description="a row of /api/v1/case-classes")
    level: Level | None = Field(default=None, description="that of its class if absent")
    place: PlaceOfPhone | None = Field(default=None, description="longitude and latitude")
    entity: Code | None = Field(default=None, description="what it is about, where that is known")
    reporter: Annotated[ShortText, Field(max_length=200)] = ""
    text: ShortText = ""
    observed_at: Instant | None = Field(default=None, description="now if absent")
    algorithm: SearchText | None = Field(default=None, description="program and version")
    mode: Literal["actual", "exercise"] = "actual"


class TakenCase(BaseModel):
    """What became of a find."""

    case: int
    alert: Alert
    merged: bool = Field(description="whether the alert stood before")
    repeated: bool = Field(description="whether the find was taken before")


class Case(BaseModel):
    """A find as it was handed in."""

    id: int
    alert: int
    source: str
    number: str
    klass: str = Field(alias="class")
    reporter: str
    text: str
    place: tuple[float, float] | None
    observed_at: datetime
    received_at: datetime
    received_from: str
    merged: bool


class CaseList(BaseModel):
    """Finds, the newest first."""

    items: list[Case]
    next: str | None


class CaseQuery(PageQuery):
    """Which finds; conditions add up."""

    alert: RowId | None = None
    source: SearchText | None = None
    number: SearchText | None = None


class CaseClassRow(BaseModel):
    """A class of finds."""

    code: str
    domain: str
    level: Level
    title_zh: str
    title_en: str
    entity_classes: list[str]
    near_m: float
    rules: list[str] = Field(description="whose alerts mean the same thing")
    quantities: list[str] = Field(description="whose alerts mean the same thing")
    classes: list[str] = Field(description="other classes of finds that do")


class CaseClassList(BaseModel):
    """The classes of finds."""

    items: list[CaseClassRow]


@router.post(
    "/cases",
    status_code=201,
    dependencies=[Depends(check_origin)],
    responses={**documented(409, 413, 415), 200: {"model": TakenCase}},
)
async def hand_in_case(
    request: Request,
    response: Response,
    store: Store,
    caller: Finder,
    new: NewCase,
    _query: Annotated[NoQuery, Query()],
) -> TakenCase:
    """Make a find an alert (201), or one more report of the open alert of the same thing (200).

    Photos follow at /photos of the alert.
    """
    find = Find(found=case_classes()[new.klass], **new.model_dump(exclude={"klass"}))
    async with store.connection() as connection:
        taken = await take(connection, find, doer_of(request, caller))
    if taken.merged or taken.repeated:
        response.status_code = HTTPStatus.OK
    return TakenCase.model_validate(taken._asdict())


@router.get("/cases")
async def read_cases(store: Store, query: Annotated[CaseQuery, Query()]) -> CaseList:
    """Return finds as they were handed in, the newest first."""
    wanted: dict[str, Any] = query.model_dump(exclude={"limit", "cursor"}, exclude_none=True)
    if before := cursors.decode_int(query.cursor):
        wanted["before"] = before
    conditions = all_of(_CONDITIONS, wanted)
    found = await rows(
        store, _CASES.format(conditions=conditions), {**wanted, "more": query.limit + 1}
    )
    items, last = page_of(found, query.limit)
    return CaseList(items=[_case(item) for item in items], next=last and cursors.encode(last["id"]))


@router.get("/case-classes")
async def read_case_classes(_query: Annotated[NoQuery, Query()]) -> CaseClassList:
    """Return the classes of finds, and what means the same."""
    return CaseClassList(
        items=[CaseClassRow.model_validate(row._asdict()) for row in case_classes().values()]
    )


def _case(row: dict[str, Any]) -> Case:
    place = None if row["lon"] is None else (row["lon"], row["lat"])
    return Case.model_validate({**row, "place": place})
