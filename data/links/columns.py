"""Columns of numbers between PostgreSQL and NumPy, without a loop over rows.

To fetch or to send a row each takes longer than to find the links. What comes is a few long strings
of bytes; what goes is a binary COPY (PostgreSQL 17, COPY, "Binary Format").
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.sql import SQL

Cursor = psycopg.Cursor[tuple[Any, ...]]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

_BEGIN = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = b"\xff\xff"
_ABSENT = b"\xff\xff\xff\xff"
_EIGHT = (8).to_bytes(4, "big")


class Column(NamedTuple):
    """A column to send (n values), each in one of a few layouts.

    Attributes:
        form: int64[n], position of the layout of each value.
        layouts: what follows one another in each: bytes that all have, or n numbers in the byte
            order of the wire, of which each value has its own.
    """

    form: Ints
    layouts: Sequence[Sequence[bytes | NDArray[Any]]]


def numbers(values: NDArray[Any], absent: Bools | None = None) -> Column:
    """Return a column of int8 or float8, NULL where it is absent."""
    form = np.zeros(len(values), np.int64) if absent is None else absent.astype(np.int64)
    return Column(form, ((_EIGHT, _wired(values)), (_ABSENT,)))


def words(positions: Ints, known: Sequence[str | None]) -> Column:
    """Return a column of text of which there are few, NULL where the word is None."""
    layouts = [[_ABSENT if word is None else _sized(word.encode())] for word in known]
    return Column(positions, layouts)


def ranges(start: Ints, end: Ints, nothing: tuple[int, int]) -> Column:
    """Return a column of tstzrange.

    Args:
        start: int64[n], microseconds since 2000-01-01 UTC.
        end: int64[n], alike, not included.
        nothing: the values of both that mean no bound.
    """
    form = (start == nothing[0]) * 2 + (end == nothing[1])
    low, high = _wired(start), _wired(end)
    # Size, then flags: 2 for a lower bound that is included, 8 for no lower and 16 for no upper.
    both, start_only, end_only, neither = (
        size.to_bytes(4, "big") + bytes([flags])
        for size, flags in ((25, 2), (13, 2 + 16), (13, 8), (1, 8 + 16))
    )
    layouts = (
        (both, _EIGHT, low, _EIGHT, high),
        (start_only, _EIGHT, low),
        (end_only, _EIGHT, high),
        (neither,),
    )
    return Column(form.astype(np.int64), layouts)


def copy_in(cursor: Cursor, table: str, columns: Mapping[str, Column]) -> None:
    """Write rows of a table; those of one form of NULLs and words go together."""
    names = SQL(", ").join(map(psycopg.sql.Identifier, columns))
    statement = SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        psycopg.sql.Identifier(table), names
    )
    with cursor.copy(statement) as copy:
        copy.write(_BEGIN)
        for rows in _forms(list(columns.values())):
            copy.write(_packed(list(columns.values()), rows))
        copy.write(_END)


def columns_of(rows: Sequence[tuple[Any, ...]], kinds: str) -> list[NDArray[Any]]:
    """Return the columns of rows whose values are strings of numbers, one after the other.

    Args:
        rows: of a query for ``string_agg(int8send(…), '')`` or alike, NULL for no numbers.
        kinds: what each column has: ``i`` for int8, ``f`` for float8.
    """
    return [
        np.concatenate([np.empty(0, f"{kind}8"), *(_read(row[at], kind) for row in rows)])
        for at, kind in enumerate(kinds)
    ]


def _read(text: bytes | None, kind: str) -> NDArray[Any]:
    return np.frombuffer(text or b"", f">{kind}8").astype(f"{kind}8")


def _wired(values: NDArray[Any]) -> NDArray[Any]:
    return values.astype(f">{values.dtype.kind}8")


def _sized(value: bytes) -> bytes:
    return len(value).to_bytes(4, "big") + value


def _forms(columns: list[Column]) -> list[Ints]:
    """Return the rows that have the same layout in every column, together."""
    form = np.zeros(len(columns[0].form), np.int64)
    for column in columns:
        form = form * len(column.layouts) + column.form
    order = np.argsort(form, kind="stable")
    starts = np.flatnonzero(np.diff(form[order])) + 1
    return np.split(order, starts) if len(order) else []


def _packed(columns: list[Column], rows: Ints) -> bytes:
    """Return rows of one form, which are equally long, as binary COPY has them."""
    first = rows[0]
    parts: list[bytes | NDArray[Any]] = [len(columns).to_bytes(2, "big")]
    for column in columns:
        parts += column.layouts[column.form[first]]
    taken = [part if isinstance(part, bytes) else part[rows] for part in parts]
    kinds = [f"V{len(part)}" if isinstance(part, bytes) else part.dtype for part in taken]
    table = np.empty(len(rows), [(str(at), kind) for at, kind in enumerate(kinds)])
    for at, part in enumerate(taken):
        table[str(at)] = np.void(part) if isinstance(part, bytes) else part
    return table.tobytes()
