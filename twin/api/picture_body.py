"""A photo on its way: as the body itself, or as a part of a form beside what is said of it."""

from collections.abc import Mapping
from email.message import Message
from http import HTTPStatus
from typing import Any

from starlette.requests import Request

from twin.api.problems import MalformedError, MediaTypeError

FORM = "multipart/form-data"
PICTURES = ("image/jpeg", "image/png", "image/webp")
_HEAD_END = b"\r\n\r\n"
_MOST_PARTS = 20

_BINARY: Mapping[str, Any] = {"schema": {"type": "string", "format": "binary"}}


def picture_body() -> dict[str, Any]:
    """Return the OpenAPI entry of a body that is a photo, or a form with the part ``photo``."""
    content: dict[str, Any] = {media: dict(_BINARY) for media in PICTURES}
    return {"requestBody": {"required": True, "content": content | {FORM: {"schema": {}}}}}


def picture_answer() -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI entry of an answer that is a photo."""
    content = {media: dict(_BINARY) for media in PICTURES}
    return {int(HTTPStatus.OK): {"content": content, "description": "the photo as it was sent"}}


def media_of(request: Request) -> str:
    """Return the media type of a body as it is declared, in small letters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def picture_of(request: Request) -> tuple[bytes, str]:
    """Return the photo of a request and its caption, if the form has one.

    Raises:
        MediaTypeError: it is declared as neither picture nor form.
        MalformedError: the form cannot be read, or has no part ``photo``.
    """
    media = media_of(request)
    if media in PICTURES:
        return await request.body(), ""
    if media != FORM:
        wanted = ", ".join((*PICTURES, FORM))
        raise MediaTypeError(f"content type {media[:100]!r}: expected one of {wanted}")
    parts = await form_of(request)
    if "photo" not in parts:
        raise MalformedError(f"form with the parts {sorted(parts)!r}: expected a part 'photo'")
    return parts["photo"], text_of(parts.get("caption", b""))


async def form_of(request: Request) -> dict[str, bytes]:
    """Return the parts of a form by name (RFC 7578).

    Raises:
        MalformedError: it cannot be read.
    """
    head = Message()
    head["content-type"] = request.headers.get("content-type", "")
    boundary = head.get_param("boundary")
    if not isinstance(boundary, str) or not boundary:
        raise MalformedError("form: expected a boundary in its content type")
    body = b"\r\n" + await request.body()
    first, *parts = body.split(b"\r\n--" + boundary.encode("latin-1", "replace"))
    if not parts or not parts[-1].startswith(b"--") or len(parts) > _MOST_PARTS:
        raise MalformedError(f"form of {len(first)} bytes before its parts: expected it whole")
    return dict(_part(part) for part in parts[:-1])


def text_of(part: bytes) -> str:
    """Return a part of a form that is text.

    Raises:
        MalformedError: it is not in UTF-8.
    """
    try:
        text = part.decode()
    except UnicodeDecodeError as error:
        raise MalformedError(f"form: expected text in UTF-8: {error}") from error
    if "\0" in text:
        raise MalformedError("form: expected text without NUL")
    return text


def _part(part: bytes) -> tuple[str, bytes]:
    head, found, content = part.partition(_HEAD_END)
    told = Message()
    for line in head.decode("utf-8", "replace").splitlines():
        field, _, value = line.partition(":")
        if field.strip().lower() == "content-disposition":
            told["content-disposition"] = value.strip()
    name = told.get_param("name", header="content-disposition")
    if not found or not isinstance(name, str):
        raise MalformedError("form: expected parts with a name")
    return name, content
