"""Deliveries: what was sent, what waits, what nobody took; and what receivers answer."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from alerts.subscriptions.deliveries import (
    NotRetriableError,
    Position,
    UnknownDeliveryError,
    list_deliveries,
    read_delivery,
    retry,
)
from alerts.subscriptions.receipts import Receipt as Answered
from alerts.subscriptions.receipts import take_receipt
from alerts.subscriptions.signing import TokenError
from twin.api import cursors
from twin.api.access import Caller, Reader, check_origin, needs
from twin.api.actor_log import Connection, log
from twin.api.parameters import NoQuery, PageQuery, RowId, page_of
from twin.api.permissions import Permission
from twin.api.problems import Detail, MalformedError, documented
from twin.api.register_store import Register
from twin.api.subscription_documents import (
    Delivery,
    DeliveryList,
    DeliveryState,
    NewReceipt,
    Nothing,
)
from twin.model import to_us

router = APIRouter(prefix="/api/v1/deliveries", tags=["notices"], responses=documented())
receipts_router = APIRouter(tags=["notices"])
"""Open to whoever has the token of a notice: a receiver has no account here."""

STATUS: Mapping[type[Exception], HTTPStatus] = {
    UnknownDeliveryError: HTTPStatus.NOT_FOUND,
    NotRetriableError: HTTPStatus.CONFLICT,
    TokenError: HTTPStatus.FORBIDDEN,
}

NoneAsked = Annotated[NoQuery, Query()]
Handler = Annotated[Caller, Depends(needs(Permission.ALERT_HANDLE))]


class DeliveryQuery(PageQuery):
    """Which deliveries; conditions add up."""

    state: DeliveryState | None = Field(default=None, description="`given_up`: a dead letter")
    subscription: RowId | None = None


@router.get("")
async def read_deliveries(
    register: Register, caller: Reader, query: Annotated[DeliveryQuery, Query()]
) -> DeliveryList:
    """Return notices to subscriptions, and those to the broker that did not reach it."""
    work = partial(
        list_deliveries,
        most=query.limit + 1,
        state=query.state,
        subscription=query.subscription,
        before=_position(query.cursor),
    )
    items, last = page_of(await register.do(work), query.limit)
    whole = Permission.PEOPLE_MANAGE in caller.permissions
    return DeliveryList(
        items=[Delivery.of(item, whole=whole) for item in items],
        next=last and cursors.encode(to_us(last["created_at"]), str(last["id"])),
    )


def _position(cursor: str | None) -> Position | None:
    if cursor is None:
        return None
    microseconds, number = cursors.decode(cursor, (int, str))
    try:
        return Position(cursors.instant(cursor, int(microseconds)), UUID(str(number)))
    except ValueError:
        raise MalformedError(f"cursor {cursor!r}: expected 'next' of the same list") from None


@router.get("/{notice}", responses=documented(404))
async def read_one(register: Register, caller: Reader, notice: UUID, _query: NoneAsked) -> Delivery:
    """Return one notice to a subscription."""
    found = await register.do(partial(read_delivery, number=notice))
    return Delivery.of(found, whole=Permission.PEOPLE_MANAGE in caller.permissions)


@router.post(
    "/{notice}/retry",
    status_code=HTTPStatus.ACCEPTED,
    dependencies=[Depends(check_origin)],
    responses=documented(404, 409, 413, 415),
)
async def try_again(
    register: Register, caller: Handler, notice: UUID, _said: Nothing, _query: NoneAsked
) -> Nothing:
    """Send something again that nobody took, with its old number."""

    def work(connection: Connection) -> None:
        retry(connection, notice, datetime.now(UTC))
        log(connection, caller.actor, "delivery.retry", str(notice))

    await register.do(work)
    return Nothing()


_TOKEN_ANSWERS: dict[int | str, dict[str, Any]] = {
    status: {"model": Detail} for status in (403, 404, 413, 415, 422, 503)
}


@receipts_router.post(
    "/api/v1/receipts/{notice}",
    status_code=HTTPStatus.NO_CONTENT,
    dependencies=[Depends(check_origin)],
    responses=_TOKEN_ANSWERS,
)
async def answer_notice(
    register: Register, notice: UUID, new: NewReceipt, _query: NoneAsked
) -> Response:
    """Say that a notice was received, and whether somebody comes; with the notice's token."""
    receipt = Answered(new.who, new.answer, new.note)
    work = partial(
        take_receipt, number=notice, token=new.token, receipt=receipt, now=datetime.now(UTC)
    )
    await register.do(work)
    return Response(status_code=HTTPStatus.NO_CONTENT)
