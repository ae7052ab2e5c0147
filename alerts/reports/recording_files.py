"""Recorded files as tables of text or numbers: separated values of any usual kind, or Parquet."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from alerts.reports.recording_columns import RecordingError

_SEPARATORS = ",;\t|"
_SAMPLE_CHARS = 8192
_ENCODINGS = ("utf-8-sig", "gb18030")


def read_tables(paths: Iterable[Path]) -> tuple[pd.DataFrame, int]:
    """Return the rows of files with the same columns, and how many lines were no rows.

    Raises:
        RecordingError: a file is empty or no table.
        OSError: a file cannot be read.
    """
    tables, broken = [], 0
    for path in paths:
        table, lines = _read(path)
        tables.append(table)
        broken += lines
    if not tables:
        raise RecordingError("no recording: expected at least one file")
    return pd.concat(tables, ignore_index=True) if len(tables) > 1 else tables[0], broken


def _read(path: Path) -> tuple[pd.DataFrame, int]:
    if path.suffix.lower() in (".parquet", ".pq"):
        return _parquet(path), 0
    return _separated(path)


def _parquet(path: Path) -> pd.DataFrame:
    try:
        table = pq.read_table(path).to_pandas()
    except pa.ArrowException as error:
        raise RecordingError(f"{path.name}: no Parquet file: {error}") from error
    named = table.index.name is not None
    found: pd.DataFrame = table.reset_index(drop=not named)
    return found


def _separated(path: Path) -> tuple[pd.DataFrame, int]:
    text = _text(path)
    header = text[:_SAMPLE_CHARS].split("\n", 1)[0].rstrip("\r")
    if not header.strip():
        raise RecordingError(f"{path.name}: empty, expected a line with the names of columns")
    separator = max(_SEPARATORS, key=header.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        names = _distinct([name.strip() for name in next(lines)])
        read = [_fitted(fields, len(names)) for fields in lines if fields and any(fields)]
    except csv.Error as error:
        raise RecordingError(f"{path.name}: no table: {error}") from error
    rows = [fields for fields in read if fields is not None]
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    told = {name: pd.array(column, "str") for name, column in zip(names, columns, strict=True)}
    return pd.DataFrame(told), len(read) - len(rows)


def _fitted(fields: list[str], count: int) -> list[str] | None:
    """Return so many fields; None where a line has more that are not empty, as ``1,5`` for 1.5."""
    if len(fields) == count:
        return fields
    if len(fields) < count:
        return fields + [""] * (count - len(fields))
    return None if any(fields[count:]) else fields[:count]


def _text(path: Path) -> str:
    content = path.read_bytes()
    for encoding in _ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise RecordingError(f"{path.name}: expected text in UTF-8 or GB 18030")


def _distinct(names: list[str]) -> list[str]:
    """Return names that differ: those of the same name, and of none, get their place."""
    seen: set[str] = set()
    found = []
    for place, name in enumerate(names, start=1):
        found.append(name if name and name not in seen else f"{name}#{place}")
        seen.add(name)
    return found
