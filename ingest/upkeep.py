"""What keeps the store of observations small and quick: rollups, and the end of old values."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import structlog

from data import rollups
from data.connection import StoreUnavailableError, connect
from ingest import metrics
from ingest.config import PipelineConfig

_log = structlog.get_logger()

_EVER = datetime(1, 1, 2, tzinfo=UTC)

Connection = psycopg.Connection[tuple[Any, ...]]


def keep_up(store_url: str, config: PipelineConfig, stopping: threading.Event) -> None:
    """Roll up what is stored and drop what is too old, until told to stop."""
    while not stopping.is_set():
        try:
            with connect(store_url, name="citytwin rollups") as connection:
                while not stopping.wait(config.rollup_seconds):
                    once(connection, config.keep_observations_days, datetime.now(UTC))
        except (StoreUnavailableError, psycopg.Error) as error:
            _log.warning("rollups wait", error=str(error))
            stopping.wait(config.retry_seconds)


def once(connection: Connection, keep_days: int | None, now: datetime) -> None:
    """Bring the rollups up to date, and only then drop values that are too old."""
    horizon = _EVER if keep_days is None else now - timedelta(days=keep_days)
    with metrics.ROLLUP_SECONDS.time():
        while rollups.roll_up(connection, horizon=horizon):
            pass
    if keep_days is not None and (dropped := rollups.drop_observations(connection, before=horizon)):
        _log.info("old observations dropped", chunks=dropped, before=horizon.isoformat())
