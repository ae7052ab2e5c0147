"""Incidents are kept beside the alerts while ingest runs, by one thread in all processes."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import psycopg
import structlog
from psycopg.errors import DeadlockDetected, LockNotAvailable

from alerts.incidents.keeping import Keeper, KeeperConfig
from data.connection import StoreUnavailableError, connect
from ingest import metrics
from ingest.config import PipelineConfig

_log = structlog.get_logger()

_PAUSE_BY_WORK = 0.5
"""A third of the time the interpreter is the writer's alone."""
_LONGEST_PAUSE_S = 0.5
"""However much is behind: in a storm people need incidents more than the last reading."""


def keep_incidents(
    store_url: str,
    config: PipelineConfig,
    stopping: threading.Event,
    is_behind: Callable[[], bool],
) -> None:
    """Make incidents of alerts, until told to stop.

    Args:
        store_url: of the store.
        config: waits; with ``incident_seconds`` 0 this returns at once.
        stopping: is set when it is to end.
        is_behind: whether messages wait longer than usual; then pauses are twice as long.
    """
    settle = timedelta(minutes=config.incident_settle_minutes)

    def pause(worked_s: float) -> bool:
        waited_s = min(_PAUSE_BY_WORK * worked_s, _LONGEST_PAUSE_S)
        return not stopping.wait(2 * waited_s if is_behind() else waited_s)

    while config.incident_seconds and not stopping.is_set():
        try:
            with connect(store_url, name="citytwin incidents") as connection:
                keeper = Keeper(KeeperConfig(settle=settle))
                keeping = keeper.become_keeper(connection)
                while keeping and not stopping.wait(config.incident_seconds):
                    catch_up(keeper, connection, pause)
        except (StoreUnavailableError, psycopg.Error) as error:
            _log.warning("incidents wait", error=str(error))
        stopping.wait(config.retry_seconds)


def catch_up(
    keeper: Keeper,
    connection: psycopg.Connection[tuple[object, ...]],
    pause: Callable[[float], bool] = lambda _worked: True,
) -> int:
    """Take in all alerts that changed; return how many.

    Args:
        keeper: of incidents.
        connection: in no transaction.
        pause: waits between two portions, told how long the last one took; False ends it.
    """
    alerts = 0
    while True:
        began = time.monotonic()
        try:
            kept = keeper.keep(connection, time.time_ns() // 1000)
        except (LockNotAvailable, DeadlockDetected) as error:
            # Somebody holds an alert; nothing was written, and the next look finds it again.
            _log.info("incidents wait for an alert", error=str(error).splitlines()[0])
            return alerts
        alerts += kept.alerts
        metrics.INCIDENTS_KEPT.inc(kept.alerts)
        if kept.alerts < keeper.config.portion or not pause(time.monotonic() - began):
            return alerts
