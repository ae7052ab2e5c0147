"""The live stream: one WebSocket a page, and the index that says what the series in it are.

A connection begins with the text ``hello`` (``seq``, ``server_time``) and the text ``status``
(``ingest``, ``last_frame_at``), then a snapshot of all values. Then come changes as frames and
alerts as texts. Frames and alerts count in one sequence. A snapshot starts it anew at its own
number; a text with an older number after it is an alert that had waited.
"""

import asyncio
from http import HTTPStatus
from typing import Annotated

import numpy as np
import orjson
from fastapi import APIRouter, Query, Response, WebSocket, WebSocketDisconnect
from psycopg.sql import SQL
from pydantic import BaseModel, Field

from data.reference import quantities
from twin.api.access import Reader, from_here, identify
from twin.api.hub import Hub
from twin.api.latest import Values
from twin.api.parameters import NoQuery
from twin.api.permissions import Permission
from twin.api.problems import (
    CHALLENGE,
    NotAllowedError,
    NotSignedInError,
    answer,
    documented,
)
from twin.api.store import Pool, Store
from twin.api.viewer import Viewer

router = APIRouter(prefix="/api/v1/live", tags=["live"])

TRY_AGAIN_LATER = 1013
_CLOSING_S = 1.0

_INDEX = SQL("""
    SELECT id, device::text, entity::text, quantity, mode, channel FROM series ORDER BY id""")
_LATEST = SQL("""
    SELECT series_id, (extract(epoch FROM ts) * 1000000)::int8, value, quality
    FROM series_latest""")

IndexRow = tuple[int, str | None, str, str, str, str, str]


class LiveIndex(BaseModel):
    """Every series as number, device, entity, quantity, unit, mode and channel."""

    items: list[IndexRow]
    next: None = Field(default=None, description="always null: the list is whole")


async def load_latest(pool: Pool) -> Values:
    """Return the newest value of every series in the store."""
    async with pool.connection() as connection:
        found = await (await connection.execute(_LATEST)).fetchall()
    columns = list(zip(*found, strict=True)) or [(), (), (), ()]
    return Values(
        np.array(columns[0], dtype=np.uint32),
        np.array(columns[1], dtype=np.int64),
        np.array(columns[2], dtype=np.float32),
        (np.array(columns[3], dtype=np.int16) & 3).astype(np.uint8),
    )


@router.get("/index", response_model=LiveIndex, responses=documented())
async def read_index(
    store: Store, _caller: Reader, _query: Annotated[NoQuery, Query()]
) -> Response:
    """Return what each series of the live frames is."""
    async with store.connection() as connection:
        found = await (await connection.execute(_INDEX)).fetchall()
    units = {code: quantity.unit for code, quantity in quantities().items()}
    items = [(*row[:4], units.get(row[3], ""), *row[4:]) for row in found]
    # Tens of thousands of rows: checking each against the model would take longer than the query.
    return Response(orjson.dumps({"items": items, "next": None}), media_type="application/json")


@router.websocket("")
async def live(websocket: WebSocket) -> None:
    """Serve one viewer until it goes, or cannot keep up."""
    if not await _let_in(websocket):
        return
    hub: Hub = websocket.app.state.hub
    await websocket.accept()
    viewer, lost = hub.join()
    ends = [
        asyncio.create_task(work)
        for work in (_send(websocket, hub, viewer), _listen(websocket), lost.wait())
    ]
    try:
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        hub.leave(viewer)
        for task in ends:
            task.cancel()
        await asyncio.gather(*ends, return_exceptions=True)
    if lost.is_set():
        await _give_up(websocket, viewer.why_lost(asyncio.get_running_loop().time()))


async def _let_in(websocket: WebSocket) -> bool:
    try:
        (await identify(websocket)).require(Permission.READ)
        if from_here(websocket):
            return True
        refusal = answer(HTTPStatus.FORBIDDEN, "origin: expected the address of this service")
    except NotSignedInError as error:
        challenge = {"WWW-Authenticate": CHALLENGE}
        refusal = answer(HTTPStatus.UNAUTHORIZED, str(error), challenge)
    except NotAllowedError as error:
        refusal = answer(HTTPStatus.FORBIDDEN, str(error))
    await websocket.send_denial_response(refusal)
    return False


async def _send(websocket: WebSocket, hub: Hub, viewer: Viewer) -> None:
    try:
        await websocket.send_text(hub.hello())
        await websocket.send_text(hub.status())
        while True:
            data = await viewer.next(hub.snapshot)
            if isinstance(data, bytes):
                await websocket.send_bytes(data)
            else:
                await websocket.send_text(data)
    except WebSocketDisconnect:
        return


async def _listen(websocket: WebSocket) -> None:
    """Return when the viewer is gone; what it says means nothing."""
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass


async def _give_up(websocket: WebSocket, reason: str) -> None:
    # A viewer that takes nothing does not take the close either; the server then cuts the line.
    try:
        async with asyncio.timeout(_CLOSING_S):
            await websocket.close(TRY_AGAIN_LATER, reason or "too slow")
    except (TimeoutError, WebSocketDisconnect, RuntimeError):
        return
