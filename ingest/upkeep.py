"""What keeps the store of observations small and quick: rollups, and the end of old values."""

import threading
import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import psycopg
import structlog

from data import device_states, positions, rollups
from data.connection import StoreUnavailableError, connect
from ingest import metrics
from ingest.config import PipelineConfig

_log = structlog.get_logger()

_AFTER_THE_MINUTE_S = 3.0
_PAUSE_BY_WORK = 3.0
"""The job leaves the store to others for three quarters of the time."""

_LONGEST_PAUSE_S = 5.0
_LOOK_S = 0.1
_RUNS_TO_HOURS = 10
_RUNS_TO_DAYS = 60
_KEEP_STATES = timedelta(days=400)
_EVER = datetime(1, 1, 2, tzinfo=UTC)

Connection = psycopg.Connection[tuple[Any, ...]]


def keep_up(
    store_url: str,
    config: PipelineConfig,
    stopping: threading.Event,
    is_behind: Callable[[], bool],
) -> None:
    """Roll up what is stored and drop what is too old, until told to stop.

    Args:
        store_url: of the store.
        config: sizes and waits.
        stopping: is set when it is to end.
        is_behind: whether messages wait longer than usual; then this waits for a while, too.
    """
    runs = count()
    pause = pausing(stopping, is_behind)
    while not stopping.is_set():
        try:
            with connect(store_url, name="citytwin rollups") as connection:
                # Whatever a crash takes back is done again, for the notes come back with it.
                connection.execute("SET synchronous_commit = off")
                connection.commit()
                while not stopping.wait(_until_next(config.rollup_seconds, time.time())):
                    now = datetime.now(UTC)
                    due = levels_due(next(runs))
                    once(connection, config.keep_observations_days, now, due, pause)
        except (StoreUnavailableError, psycopg.Error) as error:
            _log.warning("rollups wait", error=str(error))
            stopping.wait(config.retry_seconds)


def pausing(
    stopping: threading.Event, is_behind: Callable[[], bool], by_work: float = _PAUSE_BY_WORK
) -> rollups.Pause:
    """Return what waits between two portions of work, as ``keep_up`` says.

    Args:
        stopping: is set when it is to end.
        is_behind: whether messages wait longer than usual.
        by_work: how many times as long as the work took.
    """

    def pause(worked: float) -> bool:
        waited_s = min(_LONGEST_PAUSE_S, by_work * worked)
        stopping.wait(waited_s)
        while waited_s < _LONGEST_PAUSE_S and is_behind() and not stopping.wait(_LOOK_S):
            waited_s += _LOOK_S
        return not stopping.is_set()

    return pause


def once(
    connection: Connection,
    keep_days: int | None,
    now: datetime,
    due: Collection[rollups.Level] = rollups.LEVELS,
    pause: rollups.Pause = lambda _worked: True,
) -> None:
    """Bring the rollups up to the last whole minute, and only then drop values that are too old."""
    horizon = _EVER if keep_days is None else now - timedelta(days=keep_days)
    with metrics.ROLLUP_SECONDS.time():
        minute = now.replace(second=0, microsecond=0)
        while rollups.roll_up(
            connection, horizon=horizon, arrived_before=minute, due=due, pause=pause
        ):
            pass
    device_states.drop_history(connection, before=now - _KEEP_STATES)
    if keep_days is None or rollups.is_waiting(connection, before=horizon):
        return
    positions.drop_positions(connection, before=horizon)
    if dropped := rollups.drop_observations(connection, before=horizon):
        _log.info("old observations dropped", chunks=dropped, before=horizon.isoformat())


def levels_due(run: int) -> Collection[rollups.Level]:
    """Return the levels whose turn it is in a run: minutes always, the others at the first."""
    every = {rollups.MINUTE: 1, rollups.HOUR: _RUNS_TO_HOURS, rollups.DAY: _RUNS_TO_DAYS}
    return [level for level, runs in every.items() if run % runs == 0]


def _until_next(every_s: float, now_s: float) -> float:
    """Return the seconds until the next run, a little after a minute that has come to its end."""
    return every_s - (now_s - _AFTER_THE_MINUTE_S) % every_s
