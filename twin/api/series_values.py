"""All stored values of a span of a series, a window at a time: as long as it takes, never large.

No connection waits for a slow reader: each window is a query of its own.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import numpy as np
from psycopg.sql import SQL

from twin.api.series_columns import Columns, columns, length
from twin.api.store import Pool, all_of
from twin.model import from_us

_WINDOW = 20_000
"""Rows; to tell so many takes ten milliseconds, in which nobody else is answered."""

_VALUES = SQL("""
    SELECT ts, value, quality, received_at FROM observation
    WHERE series_id = %(id)s AND {conditions} ORDER BY ts LIMIT %(most)s""")
_CONDITIONS = {
    "start": SQL("ts >= %(start)s"),
    "after": SQL("ts > %(after)s"),
    "end": SQL("ts < %(end)s"),
}
_COLUMNS = ("ts", "value", "quality", "received_at")


async def values_of(
    store: Pool, series_id: int, start: datetime | None, end: datetime | None
) -> AsyncIterator[Columns]:
    """Yield windows of ts, value, quality and received_at in the order of time.

    There is always a first one, which may be empty.
    """
    bounds: dict[str, Any] = {"start": start, "end": end}
    wanted = {name: bound for name, bound in bounds.items() if bound is not None}
    while True:
        statement = _VALUES.format(conditions=all_of(_CONDITIONS, wanted))
        told = wanted | {"id": series_id, "most": _WINDOW}
        found = await columns(store, statement, _COLUMNS, told)
        yield found
        if length(found) < _WINDOW:
            return
        wanted.pop("start", None)
        wanted["after"] = from_us(int(found["ts"][-1].astype(np.int64)))
