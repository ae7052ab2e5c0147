"""Writing observations in bulk: one COPY into a staging table, one INSERT, nothing twice."""

from typing import Any, NamedTuple

import numpy as np
import psycopg
from numpy.typing import NDArray

# PostgreSQL counts microseconds from 2000-01-01 UTC, we from 1970.
_PG_EPOCH_US = 946_684_800_000_000
_COPY_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_TRAILER = b"\xff\xff"

_ROW = np.dtype(
    [
        ("fields", ">i2"),
        *(
            (f"{name}_{part}", kind)
            for name, size, kind in (
                ("ord", 4, ">i4"),
                ("series_id", 4, ">i4"),
                ("ts", 8, ">i8"),
                ("value", 8, ">f8"),
                ("quality", 2, ">i2"),
                ("received_at", 8, ">i8"),
                ("latest", 1, "u1"),
            )
            for part, kind in (("size", ">i4"), ("data", kind))
        ),
    ]
)
_SIZES = {
    "ord": 4,
    "series_id": 4,
    "ts": 8,
    "value": 8,
    "quality": 2,
    "received_at": 8,
    "latest": 1,
}

_STAGE = """
    CREATE TEMP TABLE IF NOT EXISTS incoming (
        ord int4, series_id int4, ts timestamptz, value float8, quality int2,
        received_at timestamptz, latest bool
    ) ON COMMIT DELETE ROWS"""

_COPY = "COPY incoming FROM STDIN (FORMAT BINARY)"

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

_LATEST = """
    INSERT INTO series_latest (series_id, ts, value, quality, received_at)
    SELECT series_id, ts, value, quality, received_at FROM incoming
    WHERE latest ORDER BY series_id
    ON CONFLICT (series_id) DO UPDATE SET
        ts = excluded.ts, value = excluded.value, quality = excluded.quality,
        received_at = excluded.received_at
    WHERE excluded.ts > series_latest.ts"""


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


def write(cursor: psycopg.Cursor[tuple[Any, ...]], rows: Rows) -> NDArray[np.bool_]:
    """Store rows in the cursor's transaction and return which of them were new.

    A row whose (series, time) stands already is a redelivery; with another value it is kept in
    ``observation_conflict`` and counted for its device. The first value stays.

    Returns:
        bool[n], true where the row was newly stored.
    """
    count = len(rows.series_id)
    order = stage(cursor, rows)
    cursor.execute(_STORE)
    not_joined = [row[0] for row in cursor.fetchall()]
    new = np.ones(count, dtype=np.bool_)
    new[not_joined] = False
    new &= _first_of_each_key(rows, order)
    known = np.flatnonzero(~new)
    if len(known):
        cursor.execute(_CONFLICTS, {"known": known.tolist()})
    cursor.execute(_LATEST)
    return new


def keep_latest(cursor: psycopg.Cursor[tuple[Any, ...]], rows: Rows) -> None:
    """Set the last-known state from rows that are no readings (retained messages)."""
    cursor.execute("DELETE FROM incoming")
    stage(cursor, rows)
    cursor.execute(_LATEST)


def stage(cursor: psycopg.Cursor[tuple[Any, ...]], rows: Rows) -> NDArray[np.intp]:
    """Copy rows into the staging table and return their order by series, time and arrival."""
    order = np.lexsort((np.arange(len(rows.series_id)), rows.ts_us, rows.series_id))
    _copy(cursor, rows, _last_of_each_series(rows, order))
    return order


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


def _copy(cursor: psycopg.Cursor[tuple[Any, ...]], rows: Rows, latest: NDArray[np.bool_]) -> None:
    """Send the rows to the staging table in PostgreSQL's binary COPY form."""
    count = len(rows.series_id)
    packed = np.empty(count, dtype=_ROW)
    packed["fields"] = len(_SIZES)
    for name, size in _SIZES.items():
        packed[f"{name}_size"] = size
    packed["ord_data"] = np.arange(count)
    packed["series_id_data"] = rows.series_id
    packed["ts_data"] = rows.ts_us - _PG_EPOCH_US
    packed["value_data"] = rows.value
    packed["quality_data"] = rows.quality
    packed["received_at_data"] = rows.received_us - _PG_EPOCH_US
    packed["latest_data"] = latest
    with cursor.copy(_COPY) as copy:
        copy.write(_COPY_HEADER + packed.tobytes() + _COPY_TRAILER)
