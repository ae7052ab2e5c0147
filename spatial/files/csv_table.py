"""CSV (RFC 4180) whose values stay text: a table says no types, and a code is not a number."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from spatial.files import local_file, text_encoding
from spatial.files.columns import MAX_COLUMNS, from_rows
from spatial.files.csv_shapes import shapes_of
from spatial.files.errors import RefusedRow, refuse
from spatial.files.layer import Document, Format, Layer, Request
from spatial.files.sieve import Sieve

_SUFFIXES = (".csv", ".tsv", ".txt")
_DELIMITERS = ",;\t|"
_LONGEST_VALUE = 64 * 1024**2
"""Shapes as text are longer than the 128 KiB that the csv module allows by itself."""


class _Table(NamedTuple):
    """Rows of equally many values, their lines in the file, and the rows that are not."""

    header: list[str]
    lines: list[int]
    values: list[list[str | None]]
    ragged: list[RefusedRow]


def _recognises(head: bytes, suffix: str) -> bool:
    marked = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    return suffix in _SUFFIXES and (marked or b"\0" not in head)


def _open(path: Path, request: Request) -> Document:
    decoded = text_encoding.decode(path, local_file.whole(path), request.encoding)
    if "\0" in decoded.text:
        line = decoded.text.count("\n", 0, decoded.text.index("\0")) + 1
        raise refuse(path, f"holds a NUL character in line {line}: expected text")
    table = _table(path, decoded.text)
    sieve = Sieve(np.array(table.lines, dtype=np.int64))
    columns = from_rows(table.values, table.header)
    wkb = shapes_of(path, columns, len(table.lines), request.place, sieve)
    kept = sieve.passed()
    layer = Layer(
        name=path.stem,
        crs=request.place.crs if request.place else None,
        rows=np.array(table.lines, dtype=np.int64)[kept],
        wkb=wkb[kept],
        columns={name: values[kept] for name, values in columns.items()},
        refused=(*table.ragged, *sieve.refused()),
        warnings=(decoded.assumed,) if decoded.assumed else (),
    )
    return Document(None, {layer.name: lambda: layer})


def _table(path: Path, text: str) -> _Table:
    records = _records(path, text)
    first = next(records, None)
    if first is None:
        raise refuse(path, "holds nothing but blank lines: expected a header")
    header = _header(path, first[1])
    table = _Table(header, [], [], [])
    for line, values in records:
        if len(values) == len(header):
            table.lines.append(line)
            table.values.append([value if value != "" else None for value in values])
        else:
            reason = f"{len(values)} values: expected {len(header)} as in the header"
            table.ragged.append(RefusedRow(line, reason))
    return table


def _records(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each record that is not blank with the line that it starts in."""
    # The limit is the module's, not the reader's; nobody else here reads CSV with a smaller one.
    csv.field_size_limit(_LONGEST_VALUE)
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=_delimiter(text), strict=True)
    start = 1
    try:
        for values in reader:
            if values:
                yield start, values
            start = reader.line_num + 1
    except csv.Error as error:
        raise refuse(path, f"is not CSV in line {start}: {error}") from error


def _delimiter(text: str) -> str:
    header = text.lstrip("\r\n").partition("\n")[0]
    return max(_DELIMITERS, key=header.count)


def _header(path: Path, values: list[str]) -> list[str]:
    names = [value.strip() for value in values]
    if "" in names:
        raise refuse(path, f"column {names.index('') + 1} has no name in the header {names!r}")
    twice = (
        {name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else ()
    )
    if twice:
        raise refuse(path, f"names twice in the header: {sorted(twice)!r}")
    if len(names) > MAX_COLUMNS:
        raise refuse(path, f"{len(names)} columns: expected at most {MAX_COLUMNS}")
    return names


CSV = Format("CSV", _SUFFIXES, _recognises, _open)
