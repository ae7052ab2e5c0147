"""Answers of the store as columns, which the server packs: no row costs Python anything."""

from collections.abc import Mapping, Sequence
from struct import unpack_from
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg import postgres
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format
from psycopg.sql import SQL, Composed, Identifier

from twin.api.store import Pool

Columns = dict[str, NDArray[Any]]
"""Arrays of one length by name; instants are datetime64[us] in UTC."""

_HEADER = ">iii"  # dimensions, whether any element is null, type of the elements
_HEADER_BYTES = 20  # with the length and the lower bound of the one dimension
# PostgreSQL counts microseconds from 2000-01-01 UTC, numpy from 1970.
_PG_EPOCH_US = 946_684_800_000_000
_DTYPES = {"int2": ">i2", "int4": ">i4", "int8": ">i8", "float8": ">f8", "timestamptz": ">i8"}
_DTYPE_OF = {postgres.types[name].oid: dtype for name, dtype in _DTYPES.items()}
_INSTANT = postgres.types["timestamptz"].oid


class _ColumnLoader(Loader):
    """Reads PostgreSQL's binary form of an array (array_send) of one dimension without nulls."""

    format = Format.BINARY

    def load(self, data: Buffer) -> NDArray[Any]:
        """Return the elements in an array of their type."""
        _, any_null, kind = unpack_from(_HEADER, data)
        if any_null:
            raise ValueError("a null in a column: expected a query that gives another value")
        element = np.dtype([("size", ">i4"), ("value", _DTYPE_OF[kind])])
        # Without elements there is no dimension, and the header is shorter.
        body = memoryview(data)[_HEADER_BYTES:]
        values = np.frombuffer(body, element)["value"]
        native = values.astype(values.dtype.newbyteorder("="))
        return (native + _PG_EPOCH_US).view("datetime64[us]") if kind == _INSTANT else native


async def columns(
    pool: Pool, query: SQL | Composed, names: Sequence[str], told: Mapping[str, Any]
) -> Columns:
    """Return columns of a query, in the order of its rows.

    Args:
        pool: of the store.
        query: gives int2, int4, int8, float8 and timestamptz without nulls.
        names: of the columns that are wanted.
        told: parameters of the query by name.
    """
    arrays = SQL(", ").join(
        SQL("coalesce(array_agg({}), '{{}}')").format(Identifier(name)) for name in names
    )
    packed = SQL("SELECT {} FROM ({}) AS found").format(arrays, query)
    async with pool.connection() as connection, connection.cursor(binary=True) as cursor:
        for name in _DTYPES:
            cursor.adapters.register_loader(postgres.types[name].array_oid, _ColumnLoader)
        await cursor.execute(packed, told)
        (found,) = await cursor.fetchall()
    return dict(zip(names, found, strict=True))


def length(found: Columns) -> int:
    """Return how many rows the columns have."""
    return len(next(iter(found.values())))
