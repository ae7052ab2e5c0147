"""Alerts: the list, one, its history, what people do with it, and how often alerts were right."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from psycopg.sql import SQL
from pydantic import BaseModel, ConfigDict, Field

from alerts.handling.moves import IllegalTransitionError
from alerts.handling.precision import By, Precision, Span, count_precision, total
from alerts.handling.writing import Doer, UnknownAlertError
from alerts.listing import AlertFilters, InvalidCursorError, list_alerts
from alerts.people import IncompleteMoveError, Wish, transition
from alerts.projection import AlertDocument, read_documents
from alerts.states import State
from twin.api import cursors
from twin.api.access import Caller, Reader, check_origin, needs
from twin.api.alert_documents import (
    Alert,
    AlertList,
    AlertMode,
    Latitude,
    Level,
    Longitude,
    TransitionList,
    Verdict,
    transition_of,
)
from twin.api.parameters import (
    Code,
    DomainCode,
    Instant,
    NoQuery,
    PageQuery,
    RowId,
    SearchText,
    ShortText,
    page_of,
)
from twin.api.permissions import Permission
from twin.api.problems import UnknownError, documented
from twin.api.store import Store, rows

router = APIRouter(prefix="/api/v1/alerts", tags=["alerts"], responses=documented())

STATUS: Mapping[type[Exception], HTTPStatus] = {
    InvalidCursorError: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnknownAlertError: HTTPStatus.NOT_FOUND,
    IllegalTransitionError: HTTPStatus.CONFLICT,
    IncompleteMoveError: HTTPStatus.UNPROCESSABLE_ENTITY,
}

HANDLERS = (
    Permission.ALERT_ACKNOWLEDGE,
    Permission.ALERT_HANDLE,
    Permission.ALERT_DISPATCH,
    Permission.FIELD_REPORT,
)
"""Who does anything with alerts holds one of these."""

_ALLOWING: Mapping[State, tuple[Permission, ...]] = {
    "acknowledged": (Permission.ALERT_ACKNOWLEDGE,),
    "assigned": (Permission.ALERT_HANDLE, Permission.ALERT_DISPATCH),
    "dispatched": (Permission.ALERT_DISPATCH,),
    "on_site": (Permission.FIELD_REPORT, Permission.ALERT_HANDLE),
    "resolved": (Permission.FIELD_REPORT, Permission.ALERT_HANDLE),
}
"""Which permission it takes to bring an alert there; alert.handle for all that is not named."""

_HISTORY = SQL("""
    SELECT id, event, from_state, to_state AS to, level, actor, reason, note, at, observed_at,
           value, address, lon, lat, photo
    FROM alert_transition
    WHERE alert_id = %(alert)s AND id > %(after)s ORDER BY id LIMIT %(more)s""")

PlaceOfPhone = Annotated[tuple[Longitude, Latitude], Field(strict=False)]


class AlertQuery(PageQuery):
    """Which alerts; conditions add up."""

    state: Literal["open", "not_closed"] | State | None = Field(
        default=None, description="`open` is neither cleared nor closed"
    )
    domain: DomainCode | None = None
    level: Level | None = None
    mode: AlertMode | None = None
    entity: Code | None = Field(default=None, description="code of what the alert is about")
    rule: SearchText | None = None
    quiet: bool | None = Field(default=None, description="shelved, silenced or suppressed")
    assignee: SearchText | None = None
    department: SearchText | None = None
    found_by: SearchText | None = None
    verdict: Verdict | None = None


class NewTransition(BaseModel):
    """What a person does with an alert; with ``version`` only if it is still as they saw it."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    to: State
    note: ShortText = ""
    version: int | None = Field(default=None, ge=1, le=2_147_483_647)
    assignee: SearchText | None = Field(default=None, description="who shall have it in hand")
    department: SearchText | None = Field(default=None, description="which department shall")
    verdict: Verdict | None = Field(default=None, description="needed to close it")
    reason: ShortText = Field(default="", description="needed to close or to return it")
    duplicate_of: RowId | None = Field(default=None, description="with the verdict duplicate")
    place: PlaceOfPhone | None = Field(
        default=None, description="where it is done: longitude and latitude of a phone"
    )


class PrecisionQuery(NoQuery):
    """Of which alerts, and by what they are counted."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    by: By = "rule"
    begin: Instant | None = Field(default=None, alias="from", description="raised from then on")
    end: Instant | None = Field(default=None, alias="to", description="raised before then")
    mode: AlertMode = "actual"


class PrecisionRow(BaseModel):
    """How often alerts were right: confirmed / (confirmed + false)."""

    key: str | None
    name: str | None = Field(description="of the device")
    confirmed: int
    false: int
    duplicate: int
    test: int
    waiting: int = Field(description="no verdict yet")
    precision: float | None = Field(description="null where nothing was confirmed or false")


class PrecisionReport(BaseModel):
    """How often alerts were right, by what was asked for and in all."""

    by: By
    items: list[PrecisionRow]
    total: PrecisionRow


@router.get("")
async def read_alerts(store: Store, query: Annotated[AlertQuery, Query()]) -> AlertList:
    """Return alerts, the newest first."""
    filters = AlertFilters(**query.model_dump(exclude={"limit", "cursor"}))
    async with store.connection() as connection:
        page = await list_alerts(connection, filters, query.limit, query.cursor)
    return AlertList(items=[Alert.model_validate(item) for item in page.items], next=page.next)


@router.get("/precision")
async def read_precision(
    store: Store, query: Annotated[PrecisionQuery, Query()]
) -> PrecisionReport:
    """Return how often alerts were right, as people judged them when they closed them."""
    span = Span(query.begin, query.end, query.mode)
    async with store.connection() as connection:
        counted = await count_precision(connection, query.by, span)
    return PrecisionReport(
        by=query.by, items=[_told(row) for row in counted], total=_told(total(counted))
    )


@router.get("/{alert_id}", responses=documented(404))
async def read_alert(store: Store, alert_id: RowId, _query: Annotated[NoQuery, Query()]) -> Alert:
    """Return one alert."""
    return Alert.model_validate(await document_of(store, alert_id))


@router.get("/{alert_id}/transitions", responses=documented(404))
async def read_history(
    store: Store, caller: Reader, alert_id: RowId, query: Annotated[PageQuery, Query()]
) -> TransitionList:
    """Return the steps of an alert, from its beginning; comments and photos are among them."""
    await document_of(store, alert_id)
    after = cursors.decode_int(query.cursor) or 0
    parameters = {"alert": alert_id, "after": after, "more": query.limit + 1}
    items, last = page_of(await rows(store, _HISTORY, parameters), query.limit)
    with_address = Permission.ALERT_HANDLE in caller.permissions
    return TransitionList(
        items=[transition_of(item, with_address=with_address) for item in items],
        next=last and cursors.encode(last["id"]),
    )


@router.post(
    "/{alert_id}/transitions",
    dependencies=[Depends(check_origin)],
    responses=documented(403, 404, 409, 413, 415),
)
async def make_transition(
    request: Request,
    store: Store,
    caller: Annotated[Caller, Depends(needs(*HANDLERS))],
    alert_id: RowId,
    new: NewTransition,
    _query: Annotated[NoQuery, Query()],
) -> Alert:
    """Bring an alert a step further, or close it with a verdict; docs/alerts.md has the table.

    To acknowledge takes alert.acknowledge, to dispatch alert.dispatch, to say that one is on site
    or that it is resolved field.report or alert.handle, everything else alert.handle.
    """
    caller.require(*_ALLOWING.get(new.to, (Permission.ALERT_HANDLE,)))
    wish = Wish(**new.model_dump(exclude={"place"}))
    async with store.connection() as connection:
        moved = await transition(connection, alert_id, wish, doer_of(request, caller, new.place))
    return Alert.model_validate(moved)


def doer_of(request: Request, caller: Caller, place: tuple[float, float] | None = None) -> Doer:
    """Return who acts by a request, and from where."""
    address = request.client.host if request.client else None
    return Doer(caller.actor, address, place)


async def document_of(store: Store, alert_id: int) -> AlertDocument:
    """Return the document of an alert.

    Raises:
        UnknownError: there is none.
    """
    async with store.connection() as connection:
        found = await read_documents(connection, [alert_id])
    if alert_id not in found:
        raise UnknownError(f"alert {alert_id}: not in the store")
    return found[alert_id]


def _told(row: Precision) -> PrecisionRow:
    return PrecisionRow(**row._asdict(), precision=row.precision)
