"""How long live batches take to be stored while a year of history is filled in beside them."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

from bench.store_of_size import END
from data import rollups
from data.observations import Rows, Writer, prepare_connection
from twin.model import to_us

Connection = psycopg.Connection[tuple[Any, ...]]

_MINUTE_US = 60_000_000
_YEAR = 365 * 24 * 60
_HISTORY_BATCH = 5000
_LIVE_BATCH = 2000
_LIVE_EACH_S = 0.1
_HISTORY_BEGINS = END - timedelta(days=365)


def measured(store_url: str, seconds: float) -> Iterator[tuple[str, list[float]]]:
    """Yield what was written and the milliseconds of each batch: live alone, beside, history.

    What it writes is taken away again.
    """
    with psycopg.connect(store_url) as connection:
        ids = [row[0] for row in connection.execute("SELECT id FROM series ORDER BY id").fetchall()]
    live, history = np.array(ids[1 : _LIVE_BATCH + 1], dtype=np.int32), ids[-1]
    began = to_us(END)
    yield "live batches of 2,000", _live(store_url, live, began, seconds, threading.Event())
    ended, batches = threading.Event(), list[float]()

    def fill() -> None:
        try:
            batches.extend(_fill(store_url, history))
        finally:
            ended.set()

    filling = threading.Thread(target=fill)
    filling.start()
    beside = _live(store_url, live, began + int(seconds * 1e9), 600.0, ended)
    filling.join()
    _take_away(store_url, history)
    yield "the same while history is filled in", beside
    yield "history, batches of 5,000", batches


def _live(
    store_url: str,
    series: NDArray[np.int32],
    began_us: int,
    seconds: float,
    ended: threading.Event,
) -> list[float]:
    """Store a batch each tenth of a second until the time is over or the event is set."""
    times: list[float] = []
    writer = Writer()
    with psycopg.connect(store_url) as connection:
        prepare_connection(connection)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not ended.is_set():
            instant = began_us + len(times) * 1_000_000
            rows = _rows(series, np.full(len(series), instant), instant)
            due = time.monotonic() + _LIVE_EACH_S
            times.append(_write(connection, writer, rows))
            time.sleep(max(0.0, due - time.monotonic()))
    return times


def _fill(store_url: str, series: int) -> list[float]:
    """Store a year of minutes of one series."""
    ts_us = to_us(_HISTORY_BEGINS) + np.arange(_YEAR, dtype=np.int64) * _MINUTE_US
    writer = Writer()
    with psycopg.connect(store_url) as connection:
        prepare_connection(connection)
        return [
            _write(connection, writer, _rows(np.full(len(part), series), part, to_us(END)))
            for part in np.split(ts_us, range(_HISTORY_BATCH, _YEAR, _HISTORY_BATCH))
        ]


def _rows(
    series: NDArray[Any],
    ts_us: NDArray[np.int64],
    received_us: int,
) -> Rows:
    count = len(series)
    return Rows(
        series.astype(np.int32),
        ts_us,
        np.sin(ts_us / 1e9),
        np.zeros(count, dtype=np.int16),
        np.full(count, received_us),
    )


def _write(connection: Connection, writer: Writer, rows: Rows) -> float:
    """Store a batch as the pipeline does, and return the milliseconds until it was committed."""
    started = time.perf_counter()
    with connection.transaction(), connection.cursor() as cursor:
        rollups.note(cursor, rows.take(writer.write(cursor, rows)))
    return (time.perf_counter() - started) * 1000


def _take_away(store_url: str, history: int) -> None:
    with psycopg.connect(store_url) as connection:
        connection.execute("DELETE FROM observation WHERE ts >= %s", (END,))
        connection.execute("DELETE FROM observation WHERE series_id = %s", (history,))
        connection.execute("DELETE FROM stored_batch")
        connection.execute("UPDATE series_latest SET ts = %s WHERE ts > %s", (END, END))
