"""Readings handed in over HTTP: bodies of JSON and SenML, and files of history."""

from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from ingest.decoders.handed_in.csv_rows import UnreadableCsvError
from ingest.handed_in import topic_of
from twin.api.access import Caller, needs
from twin.api.actor_log import log
from twin.api.parameters import NoQuery, SearchText
from twin.api.permissions import Permission
from twin.api.problems import MalformedError, UnavailableError, documented
from twin.api.readings_body import (
    CSV,
    KINDS,
    MOST_UNPACKED_BYTES,
    body_of,
    check_body_origin,
    check_is_table,
    kind_of,
    unpacked,
)
from twin.api.readings_door import TheDoor
from twin.api.readings_upload import AskDevices, Connection, Upload, UploadReport, Wish, refusals
from twin.api.register_store import Register, RegisterStore
from twin.model import Mode, Name

router = APIRouter(
    prefix="/api/v1/readings",
    tags=["readings"],
    responses=documented(413, 415),
    dependencies=[Depends(check_body_origin)],
)

Sender = Annotated[Caller, Depends(needs(Permission.READINGS_WRITE))]
ModeName = Literal["actual", "exercise", "replay", "backfill"]
_LINES = "application/x-ndjson"
_SHOWN = 20


class HandingQuery(NoQuery):
    """What a body counts as."""

    mode: ModeName = "actual"
    revise: Annotated[SearchText, Field(pattern=r"\S")] | None = Field(
        default=None, description="the reason why these values replace what stands"
    )


class UploadQuery(HandingQuery):
    """What a file counts as."""

    mode: ModeName = "backfill"


class BodyFault(BaseModel):
    """A part of the body that could not be taken; the body is parked whole."""

    reason: str
    sentence: str


class HandedIn(BaseModel):
    """What became of a body; all of it is committed."""

    stored: int = Field(description="readings newly stored, or corrected")
    known: int = Field(description="readings that stood already, or contradict what stands")
    faults: list[BodyFault]


def _body(*medias: str) -> dict[str, Any]:
    content: dict[str, Any] = {media: {"schema": {}} for media in medias}
    return {"requestBody": {"required": True, "content": content}}


@router.post("", openapi_extra=_body(*KINDS))
async def hand_in_readings(
    request: Request,
    caller: Sender,
    door: TheDoor,
    register: Register,
    query: Annotated[HandingQuery, Query()],
) -> HandedIn:
    """Store readings and answer once they are committed; the same body again does no harm.

    The body is at most 1 MiB, also unpacked where it is gzip. It is refused where nothing of it
    could be taken.
    """
    topic = topic_of(Mode(query.mode), kind_of(request), caller.actor, query.revise)
    outcome = await door.hand_in(topic, await body_of(request))
    if outcome.faults and not outcome.stored + outcome.known:
        raise MalformedError("; ".join(fault.sentence for fault in outcome.faults))
    await _write_down(register, caller.actor, query.revise, outcome.stored)
    faults = [BodyFault(reason=fault.reason, sentence=fault.sentence) for fault in outcome.faults]
    return HandedIn(stored=outcome.stored, known=outcome.known, faults=faults)


@router.post(
    "/csv",
    response_model=UploadReport,
    openapi_extra=_body(CSV),
    responses={200: {"content": {_LINES: {}}}},
)
async def upload_readings(
    request: Request,
    caller: Sender,
    door: TheDoor,
    register: Register,
    query: Annotated[UploadQuery, Query()],
) -> Response:
    """Store a file of history, of any length up to 256 MiB (2 GiB unpacked).

    Columns: `device` (code, or `scheme:value`), `ts`, `quantity`, `value`, and where needed
    `unit`, `channel`, `statistic`, `period`. With `Accept: application/x-ndjson` the answer begins
    at once and tells how far it has come, a line at a time; the last line has `done`.
    """
    check_is_table(request)
    wish = Wish(Mode(query.mode), caller.actor, query.revise)
    upload = Upload(door, _asking(register), wish)
    reports = upload.run(_present(unpacked(request, MOST_UNPACKED_BYTES)))
    try:
        await anext(reports)
        if _LINES in request.headers.get("accept", ""):
            return _Lines(_lines(_told(reports, register, upload)), media_type=_LINES)
        async for _ in reports:
            pass
    except UnreadableCsvError as error:
        await _written_down(register, upload)
        raise MalformedError(_standing(error, upload.report)) from error
    except UnavailableError as error:
        await _written_down(register, upload)
        raise UnavailableError(_standing(error, upload.report)) from error
    except (MalformedError, HTTPException):
        await _written_down(register, upload)
        raise
    await _written_down(register, upload)
    return _answer(upload.report)


def _standing(error: Exception, report: UploadReport) -> str:
    stand = report.stored + report.known
    return f"{error}; {stand} of {report.rows} rows stand" if report.rows else str(error)


class _Lines(StreamingResponse):
    """Lines that are sent while the request still comes.

    The framework would take the rest of the request away, to notice that the client has gone.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send."""
        await self.stream_response(send)


async def _lines(reports: AsyncIterator[UploadReport]) -> AsyncIterator[bytes]:
    async for report in reports:
        brief = None if report.done else {"done", "rows", "stored", "known", "refused"}
        yield report.model_dump_json(include=brief).encode() + b"\n"


async def _told(
    reports: AsyncIterator[UploadReport], register: RegisterStore, upload: Upload
) -> AsyncIterator[UploadReport]:
    """Yield reports; an upload that ends early says so in its last one.

    Before that, corrections are written into the log.
    """
    try:
        async for report in reports:
            if not report.done:
                yield report
    except (UnreadableCsvError, MalformedError, UnavailableError) as error:
        upload.ended(str(error))
    except HTTPException as error:
        upload.ended(error.detail)
    await _written_down(register, upload)
    yield upload.report


async def _written_down(register: RegisterStore, upload: Upload) -> None:
    """Write into the log what a file corrected, also one that ended early."""
    await _write_down(register, upload.wish.actor, upload.wish.revise, upload.report.stored)


async def _write_down(register: RegisterStore, actor: str, revise: str | None, stored: int) -> None:
    if revise is None or not stored:
        return

    def deed(connection: Connection) -> None:
        log(connection, actor, "readings.revise", revise, readings=stored)

    await register.do(deed)


async def _present(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    try:
        async for piece in body:
            yield piece
    except ClientDisconnect as error:
        raise UnavailableError("the sender has gone in the middle of the file") from error


def _answer(report: UploadReport) -> Response:
    if report.faults and not report.stored + report.known:
        shown = (f"line {fault.line}: {fault.sentence}" for fault in report.faults[:_SHOWN])
        raise MalformedError("; ".join(shown))
    return Response(report.model_dump_json(), media_type="application/json")


def _asking(register: RegisterStore) -> AskDevices:
    async def ask(names: Sequence[Name]) -> dict[Name, str]:
        return await register.do(partial(refusals, names=names))

    return ask
