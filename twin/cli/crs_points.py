"""Points that a person types, or that stand in a CSV file or on standard input."""

import csv
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

_COORDINATES = (2, 3)
_LONGEST_CELL = 1_000
_MOST_CHARACTERS = 100_000_000
"""Some three million points, which are held in memory; a device has no end at all."""


class PointsRefusedError(ValueError):
    """Points that cannot be read. Give numbers: x y, and perhaps a height."""


class Row(NamedTuple):
    """One line of points: its number, its cells, and its numbers or why it has none."""

    number: int
    cells: list[str]
    numbers: tuple[float, ...]
    reason: str = ""


class PointTable(NamedTuple):
    """Lines of points.

    Attributes:
        header: names of the columns, None where there is no header.
        at: positions of x, y and perhaps z.
        rows: in order, those without numbers included.
        delimiter: between cells.
    """

    header: list[str] | None
    at: tuple[int, ...]
    rows: list[Row]
    delimiter: str


def points_of(numbers: list[str], file: Path | None, columns: str) -> PointTable:
    """Return the point that was typed, or those of a file.

    Args:
        numbers: x, y and perhaps z, as they were typed.
        file: CSV with a header, or two or three numbers a line; standard input where called ``-``.
        columns: names of x, y and perhaps z divided by commas; told by the header if empty.

    Raises:
        PointsRefusedError: these are not two or three numbers, or the file has no such columns.
        OSError: it cannot be read.
    """
    if (file is None) == (not numbers):
        raise PointsRefusedError("expected either X Y, or --file")
    if file is None:
        return _typed(numbers)
    names = tuple(name.strip() for name in columns.split(",") if name.strip())
    if names and len(names) not in _COORDINATES:
        raise PointsRefusedError(f"--columns {columns!r}: expected x,y or x,y,z")
    return _of_file(file, names)


def _typed(numbers: list[str]) -> PointTable:
    if len(numbers) not in _COORDINATES:
        raise PointsRefusedError(f"{len(numbers)} numbers typed: expected X Y, or X Y Z")
    at = tuple(range(len(numbers)))
    row = _row(1, numbers, at)
    if row.reason:
        raise PointsRefusedError(row.reason)
    return PointTable(None, at, [row], " ")


def _of_file(path: Path, columns: tuple[str, ...]) -> PointTable:
    lines = [(number, line) for number, line in enumerate(_lines(path), 1) if line.strip()]
    if not lines:
        raise PointsRefusedError(f"{path.name!r}: no lines, expected points")
    delimiter = next((mark for mark in ("\t", ";", ",") if mark in lines[0][1]), " ")
    # Of the whole process, so whoever read a file before may have allowed more.
    csv.field_size_limit(_LONGEST_CELL)
    try:
        records = list(_records(lines, delimiter))
    except csv.Error as error:
        raise PointsRefusedError(f"{path.name!r}: not CSV: {error}") from error
    first = records[0][1]
    header = first if _row(1, first, range(len(first))).reason else None
    at = _positions(header, columns, len(first), path)
    start = 0 if header is None else 1
    rows = [_row(number, cells, at) for number, cells in records[start:]]
    return PointTable(header, at, rows, delimiter)


def _lines(path: Path) -> list[str]:
    try:
        if str(path) == "-":
            text = sys.stdin.read(_MOST_CHARACTERS + 1)
        else:
            with path.open(encoding="utf-8-sig") as opened:
                text = opened.read(_MOST_CHARACTERS + 1)
    except UnicodeDecodeError as error:
        raise PointsRefusedError(f"{path.name!r}: not UTF-8: {error.reason}") from error
    if len(text) > _MOST_CHARACTERS:
        raise PointsRefusedError(
            f"{path.name!r}: expected at most {_MOST_CHARACTERS:,} characters; divide it"
        )
    return text.split("\n")


def _records(lines: list[tuple[int, str]], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the cells of each record with the number of its last line."""
    if delimiter == " ":
        yield from ((number, line.split()) for number, line in lines)
        return
    reader = csv.reader((line for _, line in lines), delimiter=delimiter)
    for cells in reader:
        yield lines[reader.line_num - 1][0], cells


def _positions(
    header: list[str] | None, columns: tuple[str, ...], width: int, path: Path
) -> tuple[int, ...]:
    from spatial.drawing import X_NAMES, Y_NAMES, Z_NAMES  # noqa: PLC0415 - read only when asked

    if header is None:
        if columns:
            raise PointsRefusedError(f"{path.name!r}: no header, yet columns {columns!r} are named")
        if width < min(_COORDINATES):
            raise PointsRefusedError(f"{path.name!r}: {width} number a line, expected x and y")
        return tuple(range(min(width, max(_COORDINATES))))
    folded = [name.strip().casefold() for name in header]
    if columns:
        missing = [name for name in columns if name.casefold() not in folded]
        if missing:
            raise PointsRefusedError(f"{path.name!r}: no column {missing[0]!r} in {header!r}")
        return tuple(folded.index(name.casefold()) for name in columns)
    found = [_first(folded, known) for known in (X_NAMES, Y_NAMES, Z_NAMES)]
    if found[0] is None or found[1] is None:
        raise PointsRefusedError(
            f"{path.name!r}: which columns are x and y? name two of {header!r}"
        )
    return tuple(at for at in found if at is not None)


def _first(header: list[str], known: Iterable[str]) -> int | None:
    return next((at for at, name in enumerate(header) if name in set(known)), None)


def _row(number: int, cells: list[str], at: Iterable[int]) -> Row:
    try:
        return Row(number, cells, tuple(float(cells[position]) for position in at))
    except (ValueError, IndexError):
        return Row(number, cells, (), f"line {number}: {cells!r}, expected numbers")
