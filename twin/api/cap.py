"""Our warnings as CAP 1.2: the feed and its documents; and the warnings of others in force."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from shapely import Point

from alerts.cap.feed import UnknownCapMessageError, read_feed, read_issued
from alerts.cap.received import signals_in_force
from twin.api.actor_log import Connection
from twin.api.parameters import Instant, NoQuery, Place, SearchText
from twin.api.problems import documented
from twin.api.register_store import Register
from twin.model import Mode

router = APIRouter(prefix="/api/v1/cap", tags=["cap"], responses=documented())

STATUS: Mapping[type[Exception], HTTPStatus] = {UnknownCapMessageError: HTTPStatus.NOT_FOUND}

_CAP = "application/cap+xml"
_ATOM = "application/atom+xml"


class FeedQuery(NoQuery):
    """Which warnings; an exercise is never in the feed of the city."""

    mode: Literal["actual", "exercise", "replay"] = "actual"


class SignalQuery(NoQuery):
    """Which warnings of others; conditions add up."""

    at: Instant | None = Field(default=None, description="now if absent")
    place: Place | None = None
    mode: Literal["actual", "exercise"] = "actual"


class SignalInForce(BaseModel):
    """A warning of somebody else that counts at an instant; level 1 is blue, 4 red."""

    sender: str
    identifier: str
    headline: str
    event: str
    level: int
    severity: str
    is_weather: bool
    begins_at: datetime
    expires_at: datetime
    area_text: str
    source: str


class SignalList(BaseModel):
    """Warnings of others, the highest first."""

    items: list[SignalInForce]
    next: None = None


@router.get("/feed.atom", response_class=Response, responses={200: {"content": {_ATOM: {}}}})
async def show_feed(
    request: Request, register: Register, query: Annotated[FeedQuery, Query()]
) -> Response:
    """Return the feed of our warnings that count now (RFC 4287)."""
    work = partial(
        read_feed, config=request.app.state.cap_config, mode=query.mode, now=datetime.now(UTC)
    )
    return Response(await register.do(work), media_type=_ATOM)


@router.get(
    "/alerts/{identifier}.xml",
    response_class=Response,
    responses={200: {"content": {_CAP: {}}}, **documented(404)},
)
async def show_message(
    register: Register, identifier: SearchText, _query: Annotated[NoQuery, Query()]
) -> Response:
    """Return one of our warnings (CAP 1.2)."""
    return Response(await register.do(partial(read_issued, identifier=identifier)), media_type=_CAP)


@router.get("/signals")
async def show_signals(register: Register, query: Annotated[SignalQuery, Query()]) -> SignalList:
    """Return the warnings of others that count at an instant, and perhaps at a place."""
    at = query.at or datetime.now(UTC)
    spot = query.place
    place = None if spot is None else Point(spot.longitude, spot.latitude)

    def work(connection: Connection) -> SignalList:
        found = signals_in_force(connection, at, place, Mode(query.mode))
        return SignalList(items=[SignalInForce(**one._asdict()) for one in found])

    return await register.do(work)
