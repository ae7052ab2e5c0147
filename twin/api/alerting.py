"""Alerts: the list, one, its history, and what people do with it."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from psycopg.sql import SQL
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from alerts.listing import AlertFilters, InvalidCursorError, list_alerts
from alerts.people import IllegalTransitionError, UnknownAlertError, transition
from alerts.projection import AlertDocument, read_documents
from twin.api import cursors
from twin.api.access import Caller, check_origin, needs
from twin.api.parameters import (
    Code,
    DomainCode,
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
}

_HISTORY = SQL("""
    SELECT id, event, from_state, to_state AS to, level, actor, reason, note, at, observed_at, value
    FROM alert_transition
    WHERE alert_id = %(alert)s AND id > %(after)s ORDER BY id LIMIT %(more)s""")

Level = Literal["blue", "yellow", "orange", "red"]
State = Literal["raised", "acknowledged", "cleared", "closed"]
AlertMode = Literal["actual", "exercise", "replay", "backfill"]
Rfc3339 = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]


class AlertQuery(PageQuery):
    """Which alerts; conditions add up."""

    state: Literal["open", "raised", "acknowledged", "cleared", "closed"] | None = Field(
        default=None, description="`open` is raised or acknowledged"
    )
    domain: DomainCode | None = None
    level: Level | None = None
    mode: AlertMode | None = None
    entity: Code | None = Field(default=None, description="code of what the alert is about")
    rule: SearchText | None = None


class Alert(BaseModel):
    """An alert; ``entity`` is what it is about, ``device`` what noticed it."""

    id: int
    mode: AlertMode
    domain: str
    level: Level
    entity: str
    entity_name: str
    device: str | None
    device_name: str | None
    series: int | None
    quantity: str | None
    unit: str | None
    rule: str
    rule_version: int
    title_zh: str | None
    title_en: str | None
    state: State
    raised_at: Rfc3339
    observed_at: Rfc3339
    acknowledged_at: Rfc3339 | None
    cleared_at: Rfc3339 | None
    closed_at: Rfc3339 | None
    reason: str
    value: float | None
    limit: float | None
    version: int = Field(description="grows with each transition")
    place: tuple[float, float] | None = Field(description="longitude and latitude")


class AlertList(BaseModel):
    """Alerts, the newest first."""

    items: list[Alert]
    next: str | None


class Transition(BaseModel):
    """One step of an alert: what happened, by whom, why and when."""

    id: int
    event: str
    from_state: State | None
    to: State
    level: Level
    actor: str
    reason: str
    note: str
    at: datetime
    observed_at: datetime | None
    value: float | None


class TransitionList(BaseModel):
    """The history of an alert, from its beginning."""

    items: list[Transition]
    next: str | None


class NewTransition(BaseModel):
    """What a person does with an alert; with ``version`` only if it is still as they saw it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    to: State
    note: ShortText = ""
    version: int | None = Field(default=None, ge=1, le=2_147_483_647)


@router.get("")
async def read_alerts(store: Store, query: Annotated[AlertQuery, Query()]) -> AlertList:
    """Return alerts, the newest first."""
    filters = AlertFilters(**query.model_dump(exclude={"limit", "cursor"}))
    async with store.connection() as connection:
        page = await list_alerts(connection, filters, query.limit, query.cursor)
    return AlertList(items=[Alert.model_validate(item) for item in page.items], next=page.next)


@router.get("/{alert_id}", responses=documented(404))
async def read_alert(store: Store, alert_id: RowId, _query: Annotated[NoQuery, Query()]) -> Alert:
    """Return one alert."""
    return Alert.model_validate(await _document(store, alert_id))


@router.get("/{alert_id}/transitions", responses=documented(404))
async def read_history(
    store: Store, alert_id: RowId, query: Annotated[PageQuery, Query()]
) -> TransitionList:
    """Return the steps of an alert, from its beginning."""
    await _document(store, alert_id)
    after = cursors.decode_int(query.cursor) or 0
    parameters = {"alert": alert_id, "after": after, "more": query.limit + 1}
    items, last = page_of(await rows(store, _HISTORY, parameters), query.limit)
    return TransitionList(
        items=[Transition.model_validate(item) for item in items],
        next=last and cursors.encode(last["id"]),
    )


@router.post(
    "/{alert_id}/transitions",
    dependencies=[Depends(check_origin)],
    responses=documented(403, 404, 409, 413, 415),
)
async def make_transition(
    store: Store,
    caller: Annotated[Caller, Depends(needs(Permission.ALERT_ACKNOWLEDGE))],
    alert_id: RowId,
    new: NewTransition,
    _query: Annotated[NoQuery, Query()],
) -> Alert:
    """Acknowledge an alert (alert.acknowledge), or close it (alert.handle)."""
    if new.to != "acknowledged":
        caller.require(Permission.ALERT_HANDLE)
    async with store.connection() as connection:
        moved = await transition(
            connection, alert_id, new.to, actor=caller.actor, note=new.note, version=new.version
        )
    return Alert.model_validate(moved)


async def _document(store: Store, alert_id: int) -> AlertDocument:
    async with store.connection() as connection:
        found = await read_documents(connection, [alert_id])
    if alert_id not in found:
        raise UnknownError(f"alert {alert_id}: not in the store")
    return found[alert_id]
