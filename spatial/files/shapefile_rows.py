"""Rows of a Shapefile whose parts lie checked in a folder of their own."""

import struct
import warnings
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from pyogrio import raw
from pyogrio.errors import DataLayerError, DataSourceError

from spatial.files.dbf_text import BYTEWISE, decoded, encoding_of
from spatial.files.errors import refuse
from spatial.files.layer import Column, Ints

_HEADER_BYTES = 100
_INDEX_BYTES = 8
_EXACT = 2.0**53
"""Whole numbers from here on are not all different once they have been floats."""


class Rows(NamedTuple):
    """Numbers of the features from 1 (n,), shapes as WKB, columns, warnings."""

    numbers: Ints
    wkb: Column
    columns: dict[str, Column]
    warnings: tuple[str, ...]


def read(path: Path, parts: dict[str, Path], encoding: str | None) -> Rows:
    """Return the rows.

    Args:
        path: the file that the person named, for sentences.
        parts: by suffix, at least .shp, .shx and .dbf with one stem.
        encoding: of the text, None to detect it.

    Raises:
        FileRefusedError: the parts are cut off, do not belong together or cannot be decoded.
    """
    _refuse_cut_off(path, parts)
    meta, fids, wkb, values, said = _by_gdal(path, parts[".shp"])
    names = [str(name) for name in meta["fields"]]
    texts = chain(names, *(_text(column) for column in values))
    encoding_said = encoding_of(path, parts, encoding, texts)
    names = decoded(path, names, encoding_said.codec).tolist()
    columns, inexact = {}, []
    for name, kind, column in zip(names, meta["ogr_types"], values, strict=True):
        columns[name] = _integers(column) if kind.startswith("OFTInteger") else column
        if column.dtype == object:
            columns[name] = decoded(path, column.tolist(), encoding_said.codec)
        elif columns[name] is column and kind.startswith("OFTInteger") and column.dtype.kind == "f":
            inexact.append(f"column {name!r}: whole numbers of more than 15 digits are not exact")
    assumed = [encoding_said.assumed] if encoding_said.assumed else []
    return Rows(fids + 1, wkb, columns, (*assumed, *inexact, *said))


def _by_gdal(path: Path, shp: Path) -> tuple[dict[str, Any], Ints, Column, list[Column], list[str]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            meta, fids, wkb, values = raw.read(
                shp, encoding=BYTEWISE, return_fids=True, datetime_as_string=True
            )
        except (DataSourceError, DataLayerError) as error:
            raise refuse(path, f"cannot be read as Shapefile: {error}") from error
    return meta, fids, wkb, values, [str(each.message) for each in caught]


def _text(column: Column) -> list[str]:
    if column.dtype != object:
        return []
    return [value for value in column.tolist() if isinstance(value, str) and not value.isascii()]


def _integers(column: Column) -> Column:
    """Return whole numbers that came as floats because some are missing, as integers and None."""
    if column.dtype.kind != "f" or not (np.abs(np.nan_to_num(column)) < _EXACT).all():
        return column
    whole = np.full(len(column), None, dtype=object)
    filled = ~np.isnan(column)
    whole[filled] = column[filled].astype(np.int64).astype(object)
    return whole


def _refuse_cut_off(path: Path, parts: dict[str, Path]) -> None:
    for suffix in (".shp", ".shx"):
        size = parts[suffix].stat().st_size
        header = _head(path, parts[suffix])
        expected = 2 * int.from_bytes(header[24:28], "big")
        if size < expected:
            raise refuse(path, f"its {suffix} is cut off: {size:,} bytes, expected {expected:,}")
    shapes = (parts[".shx"].stat().st_size - _HEADER_BYTES) // _INDEX_BYTES
    rows = _table_rows(path, parts[".dbf"])
    if rows != shapes:
        raise refuse(
            path, f"its .dbf holds {rows:,} rows and its .shx {shapes:,}: expected as many"
        )


def _head(path: Path, part: Path) -> bytes:
    with part.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    if len(header) < _HEADER_BYTES:
        raise refuse(path, f"its {part.suffix} is cut off: {len(header)} bytes, expected a header")
    return header


def _table_rows(path: Path, dbf: Path) -> int:
    with dbf.open("rb") as file:
        header = file.read(32)
    if len(header) < 32:  # noqa: PLR2004 - the fixed part of the header
        raise refuse(path, f"its .dbf is cut off: {len(header)} bytes, expected a header")
    rows, start, width = struct.unpack_from("<IHH", header, 4)
    size, expected = dbf.stat().st_size, start + rows * width
    if size < expected:
        raise refuse(path, f"its .dbf is cut off: {size:,} bytes, expected {expected:,}")
    return int(rows)
