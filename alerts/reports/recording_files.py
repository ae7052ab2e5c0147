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
    names = [name.strip() for name in next(csv.reader([header], delimiter=separator))]
    try:
        table = pd.read_csv(
            io.StringIO(text),
            sep=separator,
            header=0,
            names=_distinct(names),
            index_col=False,
            dtype="str",
            keep_default_na=False,
            on_bad_lines="skip",
        )
    except (pd.errors.ParserError, ValueError) as error:
        raise RecordingError(f"{path.name}: no table: {error}") from error
    lines = sum(1 for line in text.splitlines() if line.strip()) - 1
    return table, max(lines - len(table), 0)


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
