"""Rows of a GeoPackage's table, in pieces, so that they are not in memory twice."""

import sqlite3
from itertools import chain
from typing import NamedTuple

import numpy as np

from spatial.files.columns import from_rows, typed
from spatial.files.layer import Column, objects
from spatial.files.sqlite_file import identifier

_MAGIC = b"GP"
_HEADER_BYTES = 8
_ENVELOPE_BYTES = (0, 32, 48, 48, 64)  # 2.1.3, by the envelope indicator of the flags
_ROWS_A_PIECE = 20_000


class Fields(NamedTuple):
    """Columns of a table: names in its order, which holds shapes, which are booleans, the key."""

    table: str
    geometry: str
    names: list[str]
    booleans: list[str]
    key: str


def fields_of(connection: sqlite3.Connection, table: str, geometry: str) -> Fields:
    """Return the columns of a table in the order that the file has them."""
    info = connection.execute(f"PRAGMA table_info({identifier(table)})").fetchall()
    names = [str(name) for _, name, *_ in info]
    keys = [str(name) for _, name, _, _, _, place in info if place]
    booleans = [str(name) for _, name, declared, *_ in info if declared.upper() == "BOOLEAN"]
    return Fields(table, geometry, names, booleans, keys[0] if len(keys) == 1 else "rowid")


def values_of(connection: sqlite3.Connection, fields: Fields) -> dict[str, Column]:
    """Return (n,) values by column in the order of the key; shapes are WKB."""
    wanted = ", ".join(map(identifier, fields.names))
    words = ("SELECT", wanted, "FROM", identifier(fields.table), "ORDER BY", identifier(fields.key))
    cursor = connection.execute(" ".join(words))
    pieces: list[dict[str, Column]] = []
    while rows := cursor.fetchmany(_ROWS_A_PIECE):
        columns = from_rows(rows, fields.names)
        pieces.append({name: _as_meant(fields, name, columns[name]) for name in fields.names})
    return {name: _joined([piece[name] for piece in pieces]) for name in fields.names}


def _as_meant(fields: Fields, name: str, values: Column) -> Column:
    if name == fields.geometry:
        return objects([_wkb(blob) for blob in values.tolist()])
    if name in fields.booleans:
        return typed(objects([bool(v) if v in (0, 1) else v for v in values.tolist()]))
    return typed(values)


def _wkb(blob: object) -> bytes | None:
    """Return a shape without GeoPackage's header; what has none stays for others to refuse."""
    if blob is None:
        return None
    if not isinstance(blob, bytes):
        return repr(blob).encode("utf-8", "replace")
    if not blob.startswith(_MAGIC) or len(blob) < _HEADER_BYTES:
        return blob
    envelope = blob[3] >> 1 & 0b111
    if envelope >= len(_ENVELOPE_BYTES):
        return blob
    return blob[_HEADER_BYTES + _ENVELOPE_BYTES[envelope] :]


def _joined(pieces: list[Column]) -> Column:
    if len({piece.dtype for piece in pieces}) == 1:
        return np.concatenate(pieces)
    return objects(list(chain.from_iterable(piece.tolist() for piece in pieces)))
