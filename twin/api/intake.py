"""What came in besides readings: messages that could not be taken, and what cameras saw."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from psycopg.sql import SQL
from pydantic import BaseModel, Field

from twin.api import cursors
from twin.api.parameters import Code, PageQuery, page_of
from twin.api.problems import MalformedError, documented
from twin.api.store import Store, all_of, rows
from twin.model import to_us

router = APIRouter(prefix="/api/v1", tags=["intake"], responses=documented())

_PARKED = SQL("""
    SELECT id, source, mode, topic, reason, sentence, times, first_received_at, last_received_at,
           octet_length(payload) AS bytes
    FROM parked_message WHERE {conditions} ORDER BY id DESC LIMIT %(more)s""")

_EVENTS = SQL("""
    SELECT camera, ts AS observed_at, received_at, topic, source, active, data, mode, retained,
           verdict, encode(digest, 'hex') AS digest
    FROM video_event WHERE {conditions}
    ORDER BY ts DESC, camera DESC, topic DESC, digest DESC LIMIT %(more)s""")

_EVENT_CONDITIONS = {
    "camera": SQL("camera = %(camera)s"),
    # The bound on ts alone is what lets whole chunks be skipped.
    "ts": SQL(
        "ts <= %(ts)s AND (ts, camera, topic, digest)"
        " < (%(ts)s, %(after_camera)s, %(topic)s, %(digest)s)"
    ),
}


class VideoEventQuery(PageQuery):
    """Which video events."""

    camera: Code | None = Field(default=None, description="code of the camera")


class ParkedMessage(BaseModel):
    """A message that could not be taken, with the reason; the same content again is counted."""

    id: int
    source: str
    mode: str
    topic: str
    reason: str
    sentence: str
    times: int
    first_received_at: datetime
    last_received_at: datetime
    bytes: int = Field(description="size of the message")


class ParkedList(BaseModel):
    """Parked messages, the newest first."""

    items: list[ParkedMessage]
    next: str | None


class VideoEvent(BaseModel):
    """What a camera saw; ``verdict`` says what became of it, or why nothing did."""

    camera: str
    observed_at: datetime
    received_at: datetime
    topic: str
    source: str
    active: bool | None
    data: dict[str, Any]
    mode: str
    retained: bool
    verdict: str


class VideoEventList(BaseModel):
    """Video events, the newest first."""

    items: list[VideoEvent]
    next: str | None


@router.get("/parked")
async def list_parked(store: Store, query: Annotated[PageQuery, Query()]) -> ParkedList:
    """Return messages that could not be taken."""
    before = cursors.decode_int(query.cursor)
    conditions = SQL("true") if before is None else SQL("id < %(before)s")
    found = await rows(
        store,
        _PARKED.format(conditions=conditions),
        {"before": before, "more": query.limit + 1},
    )
    items, last = page_of(found, query.limit)
    return ParkedList(
        items=[ParkedMessage.model_validate(item) for item in items],
        next=last and cursors.encode(last["id"]),
    )


@router.get("/video-events")
async def list_video_events(
    store: Store, query: Annotated[VideoEventQuery, Query()]
) -> VideoEventList:
    """Return what cameras saw."""
    wanted = _after(query.cursor) | ({} if query.camera is None else {"camera": query.camera})
    statement = _EVENTS.format(conditions=all_of(_EVENT_CONDITIONS, wanted))
    found = await rows(store, statement, wanted | {"more": query.limit + 1})
    items, last = page_of(found, query.limit)
    return VideoEventList(
        items=[VideoEvent.model_validate(item | {"camera": str(item["camera"])}) for item in items],
        next=last
        and cursors.encode(
            to_us(last["observed_at"]), last["camera"], last["topic"], last["digest"]
        ),
    )


def _after(cursor: str | None) -> dict[str, Any]:
    if cursor is None:
        return {}
    microseconds, camera, topic, digest = cursors.decode(cursor, (int, int, str, str))
    try:
        after_digest = bytes.fromhex(str(digest))
    except ValueError:
        raise MalformedError(f"cursor {cursor!r}: expected 'next' of the same list") from None
    return {
        "ts": cursors.instant(cursor, int(microseconds)),
        "after_camera": camera,
        "topic": topic,
        "digest": after_digest,
    }
