"""The web process as a thing that is watched: it hands in readings about itself like a device.

So ingest notices when it falls silent, as it does of ingest.
"""

import asyncio
import time
from typing import Final

import orjson
import psycopg
import structlog
from psycopg_pool import PoolTimeout

from data.own_parts import SCHEME
from ingest.handed_in import BodyKind, topic_of
from ingest.self_watch.machine import memory_used
from twin.api.frames import FrameSource
from twin.api.store import Pool, tuples
from twin.model import Mode

_log = structlog.get_logger()

_EVERY_S: Final = 10.0
_LOOK_S: Final = 1.0
_ACTOR: Final = "twin web"
_CODE: Final = b"""
    SELECT e.code FROM entity_name n JOIN entity e ON e.code = n.code AND NOT e.retired
    WHERE n.scheme = %(scheme)s AND n.value = 'web' AND n.superseded_in IS NULL"""


async def keep_handing_in(pool: Pool, frames: FrameSource) -> None:
    """Hand in readings until cancelled, while the register has something for this process."""
    topic = topic_of(Mode.ACTUAL, BodyKind.JSON, _ACTOR)
    while True:
        code = await _code(pool) if frames.is_connected else None
        memory = memory_used()
        if code is not None and memory is not None:
            frames.publish(topic, reading(code, memory, time.time_ns() // 1_000_000))
        await asyncio.sleep(_LOOK_S if code is None else _EVERY_S)


def reading(code: int, memory: float, at_ms: int) -> bytes:
    """Return the body of a reading (docs/http_readings.md).

    Args:
        code: of the thing.
        memory: percent in use.
        at_ms: milliseconds since 1970 UTC.
    """
    return orjson.dumps({"device": str(code), "ts": at_ms, "memory_used": memory})


async def _code(pool: Pool) -> int | None:
    try:
        found = await tuples(pool, _CODE, {"scheme": SCHEME})
    except (psycopg.Error, PoolTimeout) as error:
        _log.info("no reading about the web process", error=str(error))
        return None
    return int(found[0][0]) if found else None
