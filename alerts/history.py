"""Stored readings of many series, as columns, as fast as the store gives them."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format

from alerts.past_readings import Readings, joined
from twin.model import Grade, from_us
from twin.model.quality import GRADE_MASK

# Rows one by one cost ten times as much to take as arrays of them.
_READ = """
SELECT asked.series_id, told.ts, told.value, told.quality
FROM unnest(%s::int4[]) AS asked (series_id)
CROSS JOIN unnest(%s::timestamptz[], %s::timestamptz[]) AS slice (after, upto)
CROSS JOIN LATERAL (
    SELECT array_agg(o.ts) AS ts, array_agg(o.value) AS value, array_agg(o.quality) AS quality
    FROM observation o
    WHERE o.series_id = asked.series_id AND o.ts > slice.after AND o.ts <= slice.upto
) AS told
WHERE told.ts IS NOT NULL
"""
_EPOCH_2000_US = 946_684_800_000_000
_SLICE_US = 90 * 86_400_000_000
"""An array has 1 GB at most: 90 days of ten readings a second."""
_ARRAY_HEADER = 20
_ARRAYS = ("timestamptz", "float8", "int2")


class Period(NamedTuple):
    """After one instant and up to another, microseconds."""

    after_us: int
    upto_us: int


class _Raw(Loader):
    """Leaves arrays as PostgreSQL sends them."""

    format = Format.BINARY

    def load(self, data: Buffer) -> bytes:
        return bytes(data)


def history(
    connection: psycopg.Connection[Any], series_ids: Sequence[int], period: Period
) -> Iterator[tuple[int, Readings]]:
    """Yield the reliable readings of each series that has some, in the order of their times."""
    for series_id, told in groupby(_told(connection, series_ids, period), key=lambda row: row[0]):
        readings = Readings.none()
        for _, part in told:
            readings = joined(readings, part) if len(readings.ts_us) else part
        if len(readings.ts_us):
            yield series_id, readings


def _told(
    connection: psycopg.Connection[Any], series_ids: Sequence[int], period: Period
) -> Iterator[tuple[int, Readings]]:
    """Yield the readings of a series in each slice of the period."""
    after = list(range(period.after_us, period.upto_us, _SLICE_US))
    upto = [*after[1:], period.upto_us]
    times = [[from_us(each) for each in side] for side in (after, upto)]
    # Slices of one series come one after the other only where no other series is asked for.
    batches = [list(series_ids)] if len(after) == 1 else [[number] for number in series_ids]
    with connection.cursor() as cursor:
        for name in _ARRAYS:
            cursor.adapters.register_loader(psycopg.adapters.types[name].array_oid, _Raw)
        for numbers in batches:
            rows = cursor.stream(_READ, [numbers, *times], binary=True)
            for series_id, *columns in rows:
                yield series_id, _readings(*columns)


def _readings(ts: bytes, value: bytes, quality: bytes) -> Readings:
    ts_us = _elements(ts, ">i8").astype(np.int64) + _EPOCH_2000_US
    grade = _elements(quality, ">i2") & GRADE_MASK
    order = np.argsort(ts_us, kind="stable")
    order = order[grade[order] != Grade.UNRELIABLE]
    number = _elements(value, ">f8").astype(np.float64)
    return Readings(ts_us[order], number[order], (grade == Grade.GOOD)[order])


def _elements(array: bytes, kind: str) -> NDArray[Any]:
    """Return the elements of an array of one dimension without NULL, as PostgreSQL sends it."""
    element = np.dtype([("length", ">i4"), ("value", kind)])
    return np.frombuffer(array, element, offset=_ARRAY_HEADER)["value"]
