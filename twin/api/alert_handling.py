"""What people do with an alert without moving it: shelve it, comment it, add photos."""

from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from alerts.handling.pictures import NoPictureError
from alerts.handling.remarks import (
    PhotoRefusedError,
    UnknownPhotoError,
    add_photo,
    comment,
    read_photo,
)
from alerts.handling.shelving import Shelf, ShelfTimeError, shelve, unshelve
from twin.api.access import Caller, check_origin, check_site, needs
from twin.api.alert_documents import Alert
from twin.api.alerting import PlaceOfPhone, doer_of
from twin.api.parameters import Instant, NoQuery, Place, RowId, SearchText, ShortText
from twin.api.permissions import Permission
from twin.api.picture_body import picture_answer, picture_body, picture_of
from twin.api.problems import documented
from twin.api.store import Store

router = APIRouter(prefix="/api/v1/alerts", tags=["alerts"], responses=documented(404))

STATUS: Mapping[type[Exception], HTTPStatus] = {
    NoPictureError: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    PhotoRefusedError: HTTPStatus.CONFLICT,
    UnknownPhotoError: HTTPStatus.NOT_FOUND,
    ShelfTimeError: HTTPStatus.UNPROCESSABLE_ENTITY,
}

Handler = Annotated[Caller, Depends(needs(Permission.ALERT_HANDLE))]
Reporter = Annotated[Caller, Depends(needs(Permission.FIELD_REPORT, Permission.ALERT_HANDLE))]
_JSON = [Depends(check_origin)]
_CHANGING = documented(403, 404, 409, 413, 415)

# A photo comes from outside: no page may run what stands in it, nor guess that it is anything else.
_SAFE = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, max-age=31536000, immutable",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class NewShelf(_Body):
    """Until when an alert is put aside, and why."""

    until: Instant
    reason: SearchText
    version: int | None = Field(default=None, ge=1, le=2_147_483_647)


class EndOfShelf(_Body):
    """Why an alert is taken from the shelf."""

    reason: ShortText = ""


class NewComment(_Body):
    """What somebody has to say about an alert."""

    text: Annotated[ShortText, Field(min_length=1)]
    place: PlaceOfPhone | None = Field(default=None, description="longitude and latitude")


class PhotoQuery(NoQuery):
    """What is said of a photo."""

    caption: ShortText = ""
    place: Place | None = Field(default=None, description="longitude,latitude of the phone")


class PhotoKept(BaseModel):
    """A photo that was taken."""

    alert: int
    photo: int
    address: str


@router.post("/{alert_id}/shelve", dependencies=_JSON, responses=_CHANGING)
async def shelve_alert(
    request: Request,
    store: Store,
    caller: Handler,
    alert_id: RowId,
    new: NewShelf,
    _query: Annotated[NoQuery, Query()],
) -> Alert:
    """Put an alert aside until an instant; it speaks again then, or when its level rises."""
    longest = timedelta(hours=request.app.state.config.handling.longest_shelf_h)
    shelf = Shelf(new.until, new.reason, longest, new.version)
    async with store.connection() as connection:
        moved = await shelve(connection, alert_id, shelf, doer_of(request, caller))
    return Alert.model_validate(moved)


@router.post("/{alert_id}/unshelve", dependencies=_JSON, responses=_CHANGING)
async def unshelve_alert(
    request: Request,
    store: Store,
    caller: Handler,
    alert_id: RowId,
    new: EndOfShelf,
    _query: Annotated[NoQuery, Query()],
) -> Alert:
    """Take an alert from the shelf before its time."""
    async with store.connection() as connection:
        moved = await unshelve(connection, alert_id, new.reason, doer_of(request, caller))
    return Alert.model_validate(moved)


@router.post("/{alert_id}/comments", status_code=201, dependencies=_JSON, responses=_CHANGING)
async def comment_alert(
    request: Request,
    store: Store,
    caller: Reporter,
    alert_id: RowId,
    new: NewComment,
    _query: Annotated[NoQuery, Query()],
) -> Alert:
    """Write into the history of an alert, be it closed or not."""
    async with store.connection() as connection:
        told = await comment(connection, alert_id, new.text, doer_of(request, caller, new.place))
    return Alert.model_validate(told)


@router.post(
    "/{alert_id}/photos",
    status_code=201,
    dependencies=[Depends(check_site)],
    responses=_CHANGING,
    openapi_extra=picture_body(),
)
async def keep_photo(
    request: Request,
    store: Store,
    caller: Reporter,
    alert_id: RowId,
    query: Annotated[PhotoQuery, Query()],
) -> PhotoKept:
    """Keep a photo of at most 8 MiB, as the body itself or as the part `photo` of a form.

    What it is called does not matter: it must be a JPEG, PNG or WebP.
    """
    content, caption = await picture_of(request)
    place = (query.place.longitude, query.place.latitude) if query.place else None
    doer = doer_of(request, caller, place)
    async with store.connection() as connection:
        number = await add_photo(connection, alert_id, content, query.caption or caption, doer)
    address = f"/api/v1/alerts/{alert_id}/photos/{number}"
    return PhotoKept(alert=alert_id, photo=number, address=address)


@router.get("/{alert_id}/photos/{photo}", response_class=Response, responses=picture_answer())
async def show_photo(
    store: Store, alert_id: RowId, photo: RowId, _query: Annotated[NoQuery, Query()]
) -> Response:
    """Return a photo as it was sent."""
    async with store.connection() as connection:
        found = await read_photo(connection, alert_id, photo)
    ending = found.media_type.removeprefix("image/")
    headers = {
        **_SAFE,
        "Content-Disposition": f'inline; filename="alert-{alert_id}-photo-{photo}.{ending}"',
        "ETag": f'"{found.digest}"',
    }
    return Response(found.content, media_type=found.media_type, headers=headers)
