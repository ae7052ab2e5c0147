"""Subscriptions: who is told of incidents, how, of what and when not."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from alerts.subscriptions.addresses import AddressError
from alerts.subscriptions.mail import MailAddressError
from alerts.subscriptions.records import (
    NameTakenError,
    SubscriptionError,
    UnknownSubscriptionError,
    add_subscription,
    change_subscription,
    list_subscriptions,
    read_subscription,
    rotate_secret,
    withdraw_subscription,
)
from alerts.subscriptions.trying import send_test
from twin.api import cursors
from twin.api.access import Caller, Reader, check_origin, check_site, needs
from twin.api.actor_log import Connection, log
from twin.api.parameters import NoQuery, PageQuery, RowId, page_of
from twin.api.permissions import Permission
from twin.api.problems import documented
from twin.api.register_store import Register
from twin.api.subscription_documents import (
    MadeSubscription,
    NewSubscription,
    Nothing,
    Queued,
    Secret,
    SecretWish,
    Subscription,
    SubscriptionChange,
    SubscriptionList,
)

router = APIRouter(prefix="/api/v1/subscriptions", tags=["notices"], responses=documented())

STATUS: Mapping[type[Exception], HTTPStatus] = {
    AddressError: HTTPStatus.UNPROCESSABLE_ENTITY,
    MailAddressError: HTTPStatus.UNPROCESSABLE_ENTITY,
    SubscriptionError: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnknownSubscriptionError: HTTPStatus.NOT_FOUND,
    NameTakenError: HTTPStatus.CONFLICT,
}

NoneAsked = Annotated[NoQuery, Query()]
Steward = Annotated[Caller, Depends(needs(Permission.PEOPLE_MANAGE))]
_CHANGES = documented(404, 409, 413, 415)


def _now() -> datetime:
    return datetime.now(UTC)


def _whole(caller: Caller) -> bool:
    return Permission.PEOPLE_MANAGE in caller.permissions


@router.get("")
async def read_subscriptions(
    register: Register, caller: Reader, query: Annotated[PageQuery, Query()]
) -> SubscriptionList:
    """Return subscriptions, without their secrets."""
    after = cursors.decode_int(query.cursor) or 0
    found = await register.do(partial(list_subscriptions, after=after, most=query.limit + 1))
    items, last = page_of(found, query.limit)
    return SubscriptionList(
        items=[Subscription.of(item, whole=_whole(caller)) for item in items],
        next=last and cursors.encode(last["id"]),
    )


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    dependencies=[Depends(check_origin)],
    responses=documented(409, 413, 415),
)
async def make_subscription(
    register: Register, caller: Steward, new: NewSubscription, _query: NoneAsked
) -> MadeSubscription:
    """Make a subscription; a webhook's secret is in this answer and in no other."""

    def work(connection: Connection) -> MadeSubscription:
        number, secret = add_subscription(connection, new.model_dump(), caller.actor)
        log(connection, caller.actor, "subscription.add", new.name, kind=new.kind)
        shown = Subscription.of(read_subscription(connection, number), whole=True)
        return MadeSubscription(**shown.model_dump(), secret=secret)

    return await register.do(work)


@router.get("/{subscription_id}", responses=documented(404))
async def read_one(
    register: Register, caller: Reader, subscription_id: RowId, _query: NoneAsked
) -> Subscription:
    """Return one subscription, without its secrets."""
    found = await register.do(partial(read_subscription, number=subscription_id))
    return Subscription.of(found, whole=_whole(caller))


@router.patch("/{subscription_id}", dependencies=[Depends(check_origin)], responses=_CHANGES)
async def change_one(
    register: Register,
    caller: Steward,
    subscription_id: RowId,
    change: SubscriptionChange,
    _query: NoneAsked,
) -> Subscription:
    """Change a subscription; what is absent stays."""

    def work(connection: Connection) -> dict[str, Any]:
        change_subscription(connection, subscription_id, change.changes())
        found = read_subscription(connection, subscription_id)
        named = sorted(change.changes())
        log(connection, caller.actor, "subscription.change", found["name"], changed=named)
        return found

    return Subscription.of(await register.do(work), whole=True)


@router.delete(
    "/{subscription_id}",
    status_code=HTTPStatus.NO_CONTENT,
    dependencies=[Depends(check_site)],
    responses=documented(404),
)
async def withdraw_one(
    register: Register, caller: Steward, subscription_id: RowId, _query: NoneAsked
) -> Response:
    """End a subscription; what was sent to it stays in the list of deliveries."""

    def work(connection: Connection) -> None:
        name = withdraw_subscription(connection, subscription_id, _now())
        log(connection, caller.actor, "subscription.withdraw", name)

    await register.do(work)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.post(
    "/{subscription_id}/test",
    status_code=HTTPStatus.ACCEPTED,
    dependencies=[Depends(check_origin)],
    responses=_CHANGES,
)
async def try_one(
    register: Register, caller: Steward, subscription_id: RowId, _said: Nothing, _query: NoneAsked
) -> Queued:
    """Send a test notice; whether it arrived is in the list of deliveries."""
    work = partial(send_test, subscription=subscription_id, actor=caller.actor, now=_now())
    return Queued(notice=await register.do(work))


@router.post("/{subscription_id}/secret", dependencies=[Depends(check_origin)], responses=_CHANGES)
async def renew_secret(
    register: Register, caller: Steward, subscription_id: RowId, wish: SecretWish, _query: NoneAsked
) -> Secret:
    """Give a webhook a new secret; requests bear the signatures of both for a while."""
    now = _now()
    overlap = timedelta(seconds=wish.overlap_s)

    def work(connection: Connection) -> str:
        secret = rotate_secret(connection, subscription_id, now, overlap)
        log(connection, caller.actor, "subscription.secret", str(subscription_id))
        return secret

    return Secret(secret=await register.do(work), old_secret_until=now + overlap)
