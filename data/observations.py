"""Writing observations in bulk, nothing twice (docs/decisions/0005).

What is new goes straight into its table with one COPY. Where a row stands already, the batch goes
through a staging table and one INSERT that leaves out what stands.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import psycopg
from numpy.typing import NDArray

# PostgreSQL counts microseconds from 2000-01-01 UTC, we from 1970.
_PG_EPOCH_US = 946_684_800_000_000
_COPY_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_TRAILER = b"\xff\xff"

Cursor = psycopg.Cursor[tuple[Any, ...]]

_COLUMNS = {
    "series_id": (4, ">i4"),
    "ts": (8, ">i8"),
    "value": (8, ">f8"),
    "quality": (2, ">i2"),
    "received_at": (8, ">i8"),
}
_STAGED = {"ord": (4, ">i4"), "latest": (1, "u1")}


def _binary_row(columns: Mapping[str, tuple[int, str]]) -> np.dtype[np.void]:
    """Return the form of a row in PostgreSQL's binary COPY: each field with its size before it."""
    fields = [
        (f"{name}_{part}", form)
        for name, (_, kind) in columns.items()
        for part, form in (("size", ">i4"), ("data", kind))
    ]
    return np.dtype([("fields", ">i2"), *fields])


_ROW = _binary_row(_COLUMNS)
_STAGED_ROW = _binary_row(_COLUMNS | _STAGED)

_STAGE = """
    CREATE TEMP TABLE IF NOT EXISTS incoming (
        series_id int4, ts timestamptz, value float8, quality int2, received_at timestamptz,
        ord int4, latest bool
    ) ON COMMIT DELETE ROWS"""

_COPY_STAGED = "COPY incoming FROM STDIN (FORMAT BINARY)"

_COPY_NEW = """
    COPY observation (series_id, ts, value, quality, received_at) FROM STDIN (FORMAT BINARY)"""

_STORE = """
    WITH stored AS (
        INSERT INTO observation (series_id, ts, value, quality, received_at)
        SELECT series_id, ts, value, quality, received_at FROM incoming
        ON CONFLICT (series_id, ts) DO NOTHING
        RETURNING series_id, ts
    )
    SELECT i.ord FROM incoming i
    LEFT JOIN stored s ON s.series_id = i.series_id AND s.ts = i.ts
    WHERE s.series_id IS NULL"""

_CONFLICTS = """
    WITH other AS (
        INSERT INTO observation_conflict (series_id, ts, value, quality, received_at)
        SELECT i.series_id, i.ts, i.value, i.quality, i.received_at
        FROM incoming i JOIN observation o ON o.series_id = i.series_id AND o.ts = i.ts
        WHERE i.ord = ANY(%(known)s) AND o.value <> i.value
        -- A value that was corrected away is only delivered again.
        AND NOT EXISTS (SELECT FROM observation_revision r
                        WHERE r.series_id = i.series_id AND r.ts = i.ts AND r.old_value = i.value)
        ON CONFLICT DO NOTHING
        RETURNING series_id, received_at
    )
    INSERT INTO device_state (device, conflicts, last_conflict_at)
    SELECT s.device, count(*), max(other.received_at)
    FROM other JOIN series s ON s.id = other.series_id
    WHERE s.device IS NOT NULL
    GROUP BY s.device ORDER BY s.device
    ON CONFLICT (device) DO UPDATE SET
        conflicts = device_state.conflicts + excluded.conflicts,
        last_conflict_at = excluded.last_conflict_at"""

_NEWER = """
    UPDATE series_latest l
    SET ts = i.ts, value = i.value, quality = i.quality, received_at = i.received_at
    FROM incoming i WHERE i.latest AND l.series_id = i.series_id AND l.ts < i.ts"""

_FIRST = """
    INSERT INTO series_latest (series_id, ts, value, quality, received_at)
    SELECT series_id, ts, value, quality, received_at FROM incoming i
    WHERE latest AND NOT EXISTS (SELECT FROM series_latest l WHERE l.series_id = i.series_id)
    ORDER BY series_id
    ON CONFLICT (series_id) DO UPDATE SET
        ts = excluded.ts, value = excluded.value, quality = excluded.quality,
        received_at = excluded.received_at
    WHERE excluded.ts > series_latest.ts"""

_CAREFUL_BATCHES = 16
"""After a row that stood already, so many batches are not even tried the short way."""


class Rows(NamedTuple):
    """Observations as columns, n elements each.

    Attributes:
        series_id: int32[n].
        ts_us: int64[n], observed, microseconds since 1970 UTC.
        value: float64[n].
        quality: int16[n].
        received_us: int64[n], arrived, microseconds since 1970 UTC.
    """

    series_id: NDArray[np.int32]
    ts_us: NDArray[np.int64]
    value: NDArray[np.float64]
    quality: NDArray[np.int16]
    received_us: NDArray[np.int64]

    def __bool__(self) -> bool:
        return len(self.series_id) > 0

    def take(self, picked: NDArray[np.bool_] | NDArray[np.intp]) -> "Rows":
        """Return the rows at a mask or at indexes."""
        return Rows(
            self.series_id[picked],
            self.ts_us[picked],
            self.value[picked],
            self.quality[picked],
            self.received_us[picked],
        )

    def then(self, other: "Rows") -> "Rows":
        """Return these rows and the other ones after them."""
        return Rows(
            np.concatenate((self.series_id, other.series_id)),
            np.concatenate((self.ts_us, other.ts_us)),
            np.concatenate((self.value, other.value)),
            np.concatenate((self.quality, other.quality)),
            np.concatenate((self.received_us, other.received_us)),
        )


def prepare_connection(connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    """Make the staging table of a connection that shall write observations."""
    connection.execute(_STAGE)
    connection.commit()


class Writer:
    """Writes the observations of one connection, which ``prepare_connection`` made ready."""

    def __init__(self) -> None:
        self._careful = 0

    def write(self, cursor: Cursor, rows: Rows) -> NDArray[np.bool_]:
        """Store rows in the cursor's transaction and return which of them were new.

        A row whose (series, time) stands already is a redelivery; with another value it is kept in
        ``observation_conflict`` and counted for its device. The first value stays.

        Returns:
            bool[n], true where the row was newly stored.
        """
        order = order_of(rows)
        first = _first_of_each_key(rows, order)
        if self._careful or not first.all():
            self._careful = max(0, self._careful - 1)
            return _write_what_is_new(cursor, rows, order, first)
        try:
            with cursor.connection.transaction():
                # In the order of the index, so that its pages are looked up next to each other.
                _copy(cursor, _COPY_NEW, rows.take(order), np.empty(len(order), dtype=_ROW))
        except psycopg.errors.UniqueViolation:
            self._careful = _CAREFUL_BATCHES
            return _write_what_is_new(cursor, rows, order, first)
        latest = _last_of_each_series(rows, order)
        # In the order of the table, so that neighbours are changed while their page is at hand.
        newest = order[latest[order]]
        stage(cursor, rows.take(newest), latest[newest])
        _set_latest(cursor, latest)
        return first


def keep_latest(cursor: Cursor, rows: Rows) -> None:
    """Set the last-known state from rows that are no readings (retained messages)."""
    cursor.execute("DELETE FROM incoming")
    latest = _last_of_each_series(rows, order_of(rows))
    stage(cursor, rows, latest)
    _set_latest(cursor, latest)


def order_of(rows: Rows) -> NDArray[np.intp]:
    """Return the order of rows by series, time and arrival."""
    return np.lexsort((np.arange(len(rows.series_id)), rows.ts_us, rows.series_id))


def _write_what_is_new(
    cursor: Cursor, rows: Rows, order: NDArray[np.intp], first: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    latest = _last_of_each_series(rows, order)
    stage(cursor, rows, latest)
    cursor.execute(_STORE)
    not_joined = [row[0] for row in cursor.fetchall()]
    new = first.copy()
    new[not_joined] = False
    known = np.flatnonzero(~new)
    if len(known):
        cursor.execute(_CONFLICTS, {"known": known.tolist()})
    _set_latest(cursor, latest)
    return new


def _set_latest(cursor: Cursor, latest: NDArray[np.bool_]) -> None:
    cursor.execute(_NEWER)
    # Most batches hold only series that have a row and times that are newer.
    if cursor.rowcount < np.count_nonzero(latest):
        cursor.execute(_FIRST)


def _first_of_each_key(rows: Rows, order: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return bool[n]: true for the first row in the batch of each (series, time)."""
    series, ts = rows.series_id[order], rows.ts_us[order]
    starts = np.ones(len(order), dtype=np.bool_)
    starts[1:] = (series[1:] != series[:-1]) | (ts[1:] != ts[:-1])
    first = np.zeros(len(order), dtype=np.bool_)
    first[order[starts]] = True
    return first


def _last_of_each_series(rows: Rows, order: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return bool[n]: true for one row of each series, the first that has its newest time."""
    first = _first_of_each_key(rows, order)[order]
    kept = order[first]
    series = rows.series_id[kept]
    ends = np.ones(len(kept), dtype=np.bool_)
    ends[:-1] = series[1:] != series[:-1]
    last = np.zeros(len(order), dtype=np.bool_)
    last[kept[ends]] = True
    return last


def stage(cursor: Cursor, rows: Rows, latest: NDArray[np.bool_]) -> None:
    """Copy rows into the staging table; ``latest`` marks one row of each series at most."""
    packed = np.empty(len(rows.series_id), dtype=_STAGED_ROW)
    for name, (size, _) in _STAGED.items():
        packed[f"{name}_size"] = size
    packed["ord_data"] = np.arange(len(packed))
    packed["latest_data"] = latest
    _copy(cursor, _COPY_STAGED, rows, packed)


def _copy(cursor: Cursor, statement: str, rows: Rows, packed: NDArray[np.void]) -> None:
    """Send rows in PostgreSQL's binary COPY form."""
    packed["fields"] = len(packed.dtype.names or ()) // 2
    for name, (size, _) in _COLUMNS.items():
        packed[f"{name}_size"] = size
    packed["series_id_data"] = rows.series_id
    packed["ts_data"] = rows.ts_us - _PG_EPOCH_US
    packed["value_data"] = rows.value
    packed["quality_data"] = rows.quality
    packed["received_at_data"] = rows.received_us - _PG_EPOCH_US
    with cursor.copy(statement) as copy:
        copy.write(_COPY_HEADER + packed.tobytes() + _COPY_TRAILER)
