"""What a request that hands readings in must look like: its media type, its size, its packing."""

import zlib
from collections.abc import AsyncIterator, Mapping
from http import HTTPStatus

from fastapi import Request
from starlette.exceptions import HTTPException

from ingest.decoders.documents import MAX_PAYLOAD_BYTES
from ingest.handed_in import BodyKind
from twin.api.access import check_site
from twin.api.problems import MalformedError, MediaTypeError

KINDS: Mapping[str, BodyKind] = {
    "application/json": BodyKind.JSON,
    "application/senml+json": BodyKind.SENML_JSON,
    "application/senml+cbor": BodyKind.SENML_CBOR,
    "application/senml+xml": BodyKind.SENML_XML,
}
CSV = "text/csv"
MOST_UNPACKED_BYTES = 2 << 30
"""Of an uploaded file; a heap of zeros packs a thousandfold."""

_GZIP = 16 + zlib.MAX_WBITS
_AT_ONCE = 1 << 18


async def check_body_origin(request: Request) -> None:
    """Refuse a body that another site's page makes a browser send.

    A foreign form can declare none of our media types, and none is sent without its declaration.

    Raises:
        MediaTypeError: not declared as one of ours.
        NotAllowedError: it says that it comes from another site.
    """
    if (media := _media_of(request)) not in {*KINDS, CSV}:
        raise MediaTypeError(f"content type {media[:100]!r}: expected {', '.join(KINDS)} or {CSV}")
    await check_site(request)


def kind_of(request: Request) -> BodyKind:
    """Return how the body of a request is written.

    Raises:
        MediaTypeError: it is a table.
    """
    media = _media_of(request)
    if media not in KINDS:
        raise MediaTypeError(f"content type {media!r}: expected {', '.join(KINDS)}")
    return KINDS[media]


def check_is_table(request: Request) -> None:
    """Refuse what is no CSV.

    Raises:
        MediaTypeError: it is something else.
    """
    if (media := _media_of(request)) != CSV:
        raise MediaTypeError(f"content type {media!r}: expected {CSV}")


async def body_of(request: Request) -> bytes:
    """Return the body, unpacked.

    Raises:
        HTTPException: it unpacks to more than 1 MiB.
        MalformedError: it is damaged gzip.
        MediaTypeError: it is packed in another way.
    """
    parts = [part async for part in unpacked(request, MAX_PAYLOAD_BYTES)]
    return b"".join(parts)


async def unpacked(request: Request, most: int) -> AsyncIterator[bytes]:
    """Yield the body piece by piece as it comes, unpacked where it is gzip (RFC 1952).

    Raises:
        HTTPException: it comes to more than ``most`` bytes.
        MalformedError: it is damaged gzip.
        MediaTypeError: it is packed in another way.
    """
    pieces = _pieces(request)
    taken = 0
    async for piece in pieces:
        taken += len(piece)
        if taken > most:
            raise HTTPException(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"body too large: expected at most {most} bytes",
            )
        yield piece


def _pieces(request: Request) -> AsyncIterator[bytes]:
    packing = request.headers.get("content-encoding", "identity").strip().lower()
    if packing == "identity":
        return request.stream()
    if packing != "gzip":
        raise MediaTypeError(f"content encoding {packing[:100]!r}: expected gzip or none")
    return _gunzipped(request.stream())


async def _gunzipped(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    unpacker = zlib.decompressobj(_GZIP)
    try:
        async for chunk in chunks:
            rest = chunk
            while rest:
                if unpacker.eof:
                    unpacker = zlib.decompressobj(_GZIP)
                yield unpacker.decompress(rest, _AT_ONCE)
                rest = unpacker.unconsumed_tail or unpacker.unused_data
    except zlib.error as error:
        raise MalformedError(f"body is damaged gzip ({error}): expected it whole") from error
    if not unpacker.eof:
        raise MalformedError("gzip body is cut off: expected it whole")


def _media_of(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
