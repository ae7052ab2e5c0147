"""What people marked in a recording: spans and instants in which something was wrong."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np
import pandas as pd

from alerts.reports.instants import UNREADABLE, instants_of
from alerts.reports.recording_columns import RecordingError
from alerts.reports.recording_files import read_tables
from alerts.reports.recordings import Labelled

_BEGIN = ("begin", "from", "start", "begin_time", "start_time", "time", "timestamp", "datetime")
_END = ("end", "to", "stop", "end_time", "stop_time")
_NAME = ("series", "file", "recording", "entity", "station")
_PAIR = 2


class LabelError(ValueError):
    """A file of labels that cannot be read. Write spans or instants as docs/backtest.md shows."""


class Label(NamedTuple):
    """A span in which something was wrong, microseconds; both the same for an instant."""

    begin_us: int
    end_us: int


def read_labels(path: Path, zone: tzinfo, key: str = "") -> list[Label]:
    """Return the labels of a file, in the order of time.

    JSON holds a list, or one for each recording as NAB's ``combined_windows.json`` and
    ``combined_labels.json`` do: of instants, of pairs, or of tables with ``begin`` and ``end``.
    CSV holds a column ``begin`` (or ``time``), perhaps one ``end`` and one ``series``.

    Args:
        path: of the file; what does not end with ``.json`` is CSV.
        zone: of times that name none.
        key: whose labels, where the file has them of several: its name there or the end of it.

    Raises:
        LabelError: another form, a time that is none, or no labels of that name.
        OSError: the file cannot be read.
    """
    is_json = path.suffix.lower() == ".json"
    pairs = list(_from_json(path, key) if is_json else _from_csv(path, key))
    begins, ends = ([pair[side] for pair in pairs] for side in (0, 1))
    begin_us, end_us = instants_of(begins, zone), instants_of(ends, zone)
    found = []
    for place, (begin, end) in enumerate(zip(begin_us.tolist(), end_us.tolist(), strict=True)):
        if UNREADABLE in (begin, end) or begin > end:
            raise LabelError(f"{path.name}: label {pairs[place]!r}: expected a begin and its end")
        found.append(Label(begin, end))
    return sorted(found)


def labels_of(labelled: Labelled) -> list[Label]:
    """Return the spans over which a label column says 1."""
    marked = np.concatenate([[False], labelled.marked, [False]])
    turns = np.flatnonzero(marked[1:] != marked[:-1])
    begins, ends = turns[::2], turns[1::2] - 1
    return [
        Label(int(labelled.ts_us[begin]), int(labelled.ts_us[end]))
        for begin, end in zip(begins, ends, strict=True)
    ]


def _from_json(path: Path, key: str) -> Iterator[tuple[str, str]]:
    try:
        told: object = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise LabelError(f"{path.name}: no JSON: {error}") from error
    if isinstance(told, dict):
        told = _named(path, told, key)
    if not isinstance(told, list):
        raise LabelError(f"{path.name}: {type(told).__name__}: expected a list of labels")
    for label in told:
        yield _pair(path, label)


def _named(path: Path, told: Mapping[str, object], key: str) -> object:
    """Return the labels of a recording: of exactly its name, or of the one file called so."""
    if key in told:
        return told[key]
    called = [name for name in told if PurePosixPath(name).name == PurePosixPath(key).name]
    if key and len(called) == 1:
        return told[called[0]]
    if not key and len(told) == 1:
        return next(iter(told.values()))
    raise LabelError(f"{path.name}: labels of {key!r}: expected one of {', '.join(told)}")


def _pair(path: Path, label: object) -> tuple[str, str]:
    if isinstance(label, dict):
        begin = next((label[name] for name in _BEGIN if name in label), None)
        label = [begin, next((label[name] for name in _END if name in label), begin)]
    if isinstance(label, str | int | float) and not isinstance(label, bool):
        label = [label, label]
    if isinstance(label, list) and len(label) == _PAIR and None not in label:
        return str(label[0]), str(label[1])
    raise LabelError(f"{path.name}: label {label!r}: expected an instant or a begin and an end")


def _from_csv(path: Path, key: str) -> Iterator[tuple[str, str]]:
    try:
        table, _ = read_tables([path])
    except RecordingError as error:
        raise LabelError(str(error)) from error
    columns = {str(name).strip().lower(): str(name) for name in table.columns}
    begin = _first(columns, _BEGIN)
    if not begin:
        raise LabelError(f"{path.name}: columns {', '.join(columns)}: expected 'begin' or 'time'")
    name = _first(columns, _NAME)
    mine = table[_texts(table, name) == key] if name and key else table
    if name and key and not len(mine):
        raise LabelError(f"{path.name}: labels of {key!r}: there are none")
    begins = _texts(mine, begin)
    ends = _texts(mine, _first(columns, _END) or begin)
    yield from zip(begins.tolist(), ends.where(ends != "", begins).tolist(), strict=True)


def _first(columns: Mapping[str, str], names: Sequence[str]) -> str:
    return next((columns[name] for name in names if name in columns), "")


def _texts(table: pd.DataFrame, column: str) -> "pd.Series[str]":
    found: pd.Series[str] = table[column].astype("str").str.strip()
    return found
