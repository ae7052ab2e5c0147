"""Links follow the register while ingest runs: a thread of its own, one in all processes."""

import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg
import structlog
from shapely.errors import ShapelyError

from data.connection import StoreUnavailableError, connect
from data.links.following import (
    NOTHING_WRITTEN,
    PORTION,
    Portion,
    become_follower,
    due,
    link_portion,
    link_status,
    note_changes,
    set_aside,
)
from data.links.rooms import code_rooms
from data.registry import ChangeRefusedError, CodesExhaustedError
from data.rollups import Pause
from ingest import metrics
from ingest.config import PipelineConfig
from ingest.upkeep import pausing

_log = structlog.get_logger()

_PAUSE_BY_WORK = 1.0
"""Half of the time the register is everybody's, and the interpreter the writer's."""

_SHRINK = 8

Connection = psycopg.Connection[tuple[Any, ...]]


def keep_linked(
    store_url: str,
    config: PipelineConfig,
    stopping: threading.Event,
    is_behind: Callable[[], bool],
) -> None:
    """Link what changes in the register, until told to stop.

    Args:
        store_url: of the store.
        config: waits; with ``link_seconds`` 0 this returns at once.
        stopping: is set when it is to end.
        is_behind: whether messages wait longer than usual; then this waits for a while, too.
    """
    pause = pausing(stopping, is_behind, _PAUSE_BY_WORK)
    while config.link_seconds and not stopping.is_set():
        try:
            with connect(store_url, name="citytwin linking") as connection:
                following = become_follower(connection)
                while following and not stopping.wait(config.link_seconds):
                    catch_up(connection, pause)
        except (StoreUnavailableError, psycopg.Error) as error:
            _log.warning("linking waits", error=str(error))
        stopping.wait(config.retry_seconds)


def catch_up(connection: Connection, pause: Pause = lambda _worked: True) -> int:
    """Link what changed and what is left over from before; return how many devices.

    A portion that cannot be linked is tried again in smaller ones, until the device that is to
    blame is set aside; so nobody else waits for it.

    Args:
        connection: in no transaction.
        pause: waits between two portions, told how long the last one took; False ends it.
    """
    started, most, devices, written = time.monotonic(), PORTION, 0, 0
    while True:
        before = time.monotonic()
        note_changes(connection)
        if _coded_rooms(connection, most):
            note_changes(connection)
        done = _portion(connection, most)
        _measure(connection)
        if done is None:
            most = max(1, most // _SHRINK)
            continue
        if not done.devices:
            break
        most = min(PORTION, most * 2)
        devices, written = devices + done.devices, written + sum(done.written)
        if not pause(time.monotonic() - before):
            break
    if devices:
        _log.info(
            "links follow the register",
            devices=devices,
            written=written,
            seconds=round(time.monotonic() - started, 3),
        )
    return devices


def _portion(connection: Connection, most: int) -> Portion | None:
    """Link a portion; None if it could not be, and a smaller one is to be tried."""
    codes = due(connection, most)
    connection.commit()
    try:
        done = link_portion(connection, most)
    except (psycopg.OperationalError, psycopg.InterfaceError):
        raise
    except (psycopg.Error, ShapelyError, ValueError) as error:
        metrics.LINK_FAILURES.inc()
        _log.warning("devices could not be linked", devices=len(codes), error=str(error))
        if len(codes) > 1:
            return None
        set_aside(connection, codes)
        connection.commit()
        return Portion(len(codes), NOTHING_WRITTEN)
    metrics.LINKED.inc(done.devices)
    return done


def _coded_rooms(connection: Connection, most: int) -> int:
    """Give codes to the rooms of devices whose turn is next; where none are left, links go on."""
    codes = due(connection, most)
    connection.commit()
    try:
        return code_rooms(connection, codes)
    except (ChangeRefusedError, CodesExhaustedError) as error:
        _log.warning("rooms of devices could not be coded", error=str(error))
        return 0


def _measure(connection: Connection) -> None:
    status = link_status(connection)
    connection.commit()
    metrics.LINK_LAG_SECONDS.set(status.lag_s)
    metrics.LINKS_DUE.set(status.due)
