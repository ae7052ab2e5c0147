"""Stored readings of many series, as columns, as fast as the store gives them."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import psycopg

from alerts.past_readings import Readings
from twin.model import Grade, from_us
from twin.model.quality import GRADE_MASK

_COPY = """
COPY (
    SELECT series_id, ts, value, quality FROM observation
    WHERE series_id = ANY (ARRAY(SELECT unnest(%s::int4[]))) AND ts > %s AND ts <= %s
) TO STDOUT (FORMAT BINARY)
"""
_EPOCH_2000_US = 946_684_800_000_000
_HEADER, _TRAILER = 19, 2
_ROW = np.dtype(
    [
        ("fields", ">i2"),
        ("series_length", ">i4"),
        ("series", ">i4"),
        ("ts_length", ">i4"),
        ("ts", ">i8"),
        ("value_length", ">i4"),
        ("value", ">f8"),
        ("quality_length", ">i4"),
        ("quality", ">i2"),
    ]
)
"""A row of the columns above as PostgreSQL copies it; none of them can be NULL."""
_SERIES_AT_ONCE = 500


class Period(NamedTuple):
    """After one instant and up to another, microseconds."""

    after_us: int
    upto_us: int


def history(
    connection: psycopg.Connection[Any], series_ids: Sequence[int], period: Period
) -> Iterator[tuple[int, Readings]]:
    """Yield the reliable readings of each series that has some, in the order of their times."""
    for first in range(0, len(series_ids), _SERIES_AT_ONCE):
        rows = _copied(connection, series_ids[first : first + _SERIES_AT_ONCE], period)
        rows = rows[(rows["quality"] & GRADE_MASK) != Grade.UNRELIABLE]
        ts_us = rows["ts"].astype(np.int64) + _EPOCH_2000_US
        series = rows["series"].astype(np.int64)
        if not len(series):
            continue
        order = np.lexsort((ts_us, series))
        series, ts_us = series[order], ts_us[order]
        value = rows["value"].astype(np.float64)[order]
        good = (rows["quality"][order] & GRADE_MASK) == Grade.GOOD
        bounds = np.flatnonzero(np.diff(series, prepend=-1))
        for begin, end in zip(bounds.tolist(), [*bounds[1:].tolist(), len(series)], strict=True):
            mine = slice(begin, end)
            yield int(series[begin]), Readings(ts_us[mine], value[mine], good[mine])


def _copied(
    connection: psycopg.Connection[Any], series_ids: Sequence[int], period: Period
) -> np.ndarray[Any, np.dtype[Any]]:
    with connection.cursor() as cursor:
        times = [from_us(each) for each in period]
        with cursor.copy(_COPY, [list(series_ids), *times]) as copy:
            told = b"".join(copy)
    count = (len(told) - _HEADER - _TRAILER) // _ROW.itemsize
    return np.frombuffer(told, _ROW, offset=_HEADER, count=count)
