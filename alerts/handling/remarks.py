"""What people add to an alert without moving it: comments, and photos from the field."""

from hashlib import sha256
from typing import NamedTuple

from psycopg.rows import tuple_row

from alerts.handling.pictures import MediaType, media_type_of
from alerts.handling.writing import Connection, Doer, lock, step_of, tell
from alerts.projection import AlertDocument

MOST_PHOTOS = 50

_COUNT = "SELECT count(*), count(*) FILTER (WHERE digest = %s) FROM alert_photo WHERE alert_id = %s"
_KEEP = """
INSERT INTO alert_photo (alert_id, media_type, bytes, digest, added_by, added_at)
VALUES (%s, %s, %s, %s, %s, %s) RETURNING id
"""
_PHOTO = "SELECT media_type, digest, bytes FROM alert_photo WHERE alert_id = %s AND id = %s"


class PhotoRefusedError(Exception):
    """A photo that the alert has already, or one too many. Leave it out."""


class UnknownPhotoError(LookupError):
    """The alert has no such photo. Look it up in its history."""


class Photo(NamedTuple):
    """A picture as it was sent."""

    media_type: MediaType
    digest: str
    content: bytes


async def comment(connection: Connection, alert_id: int, text: str, doer: Doer) -> AlertDocument:
    """Write a comment into the history of an alert, be it closed or not; return its document.

    Raises:
        UnknownAlertError: no such alert.
    """
    async with connection.transaction():
        found, now = await lock(connection, alert_id)
        told = (f"comment by {doer.actor}", text)
        step = step_of(found[alert_id].alert, "commented", doer, told, now)
        return await tell(connection, step, doer)


async def add_photo(
    connection: Connection, alert_id: int, content: bytes, caption: str, doer: Doer
) -> int:
    """Keep a photo of an alert, be it closed or not, and return the photo's number.

    Raises:
        UnknownAlertError: no such alert.
        NoPictureError: the bytes are no picture.
        PhotoRefusedError: the alert has this photo already, or has too many.
    """
    media_type = media_type_of(content)
    digest = sha256(content).hexdigest()
    async with connection.transaction():
        found, now = await lock(connection, alert_id)
        await _check_room(connection, alert_id, digest)
        async with connection.cursor(row_factory=tuple_row) as cursor:
            row = (alert_id, media_type, content, digest, doer.actor, now)
            await cursor.execute(_KEEP, row)
            number = int((await cursor.fetchall())[0][0])
        told = (f"photo by {doer.actor}", caption)
        step = step_of(found[alert_id].alert, "photographed", doer, told, now)
        await tell(connection, step, doer, number)
    return number


async def read_photo(connection: Connection, alert_id: int, photo: int) -> Photo:
    """Return a photo of an alert.

    Raises:
        UnknownPhotoError: the alert has none of this number.
    """
    async with connection.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_PHOTO, [alert_id, photo], binary=True)
        row = await cursor.fetchone()
    if row is None:
        raise UnknownPhotoError(f"photo {photo!r}: expected one of alert {alert_id}")
    return Photo(*row)


async def _check_room(connection: Connection, alert_id: int, digest: str) -> None:
    async with connection.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_COUNT, [digest, alert_id])
        count, same = (await cursor.fetchall())[0]
    if same:
        raise PhotoRefusedError(f"alert {alert_id} has this very photo already")
    if count >= MOST_PHOTOS:
        raise PhotoRefusedError(f"alert {alert_id} has {count} photos: expected at most that many")
