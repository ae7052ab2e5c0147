"""Lines of a recorded file by the headings of its columns; what is no row gets a sentence."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from ingest.replay.map import ReplayMap


class RowFault(NamedTuple):
    """A line that gave no reading, and why.

    Attributes:
        file: name of the file.
        line: number of the line (of its last one where a quoted field has several), from 1.
        sentence: what was expected.
        missing: the line is in order and says that there is no value.
    """

    file: str
    line: int
    sentence: str
    missing: bool = False


class TableLine(NamedTuple):
    """A line of a file; ``cells`` by heading, without blanks at their ends."""

    file: str
    line: int
    cells: Mapping[str, str]


def read_table(path: Path, mapping: ReplayMap) -> Iterator[TableLine | RowFault]:
    """Yield the lines of a file; blank lines and repeated headings are passed over."""
    encoding = "utf-8-sig" if mapping.encoding.lower() in {"utf-8", "utf8"} else mapping.encoding
    try:
        # Bytes that are not of this encoding harm their own line only.
        with path.open(encoding=encoding, errors="surrogateescape", newline="") as file:
            yield from _lines(path.name, file, mapping)
    except (OSError, UnicodeError) as error:
        yield RowFault(path.name, 0, f"cannot be read: {error}")


def _lines(name: str, file: Iterator[str], mapping: ReplayMap) -> Iterator[TableLine | RowFault]:
    rows = _rows(name, file, mapping)
    heading: list[str] = []
    for row in rows:
        if isinstance(row, RowFault):
            yield row
        elif not heading:
            heading = row[1]
            if absent := _absent(heading, mapping):
                yield RowFault(name, row[0], f"columns {absent}: expected among {heading}")
                return
        elif row[1] != heading:
            yield _line(name, row[0], row[1], heading)
    if not heading:
        yield RowFault(name, 0, "file is empty: expected a line of headings")


def _rows(
    name: str, file: Iterator[str], mapping: ReplayMap
) -> Iterator[tuple[int, list[str]] | RowFault]:
    tabs = mapping.format == "tsv"
    rows = csv.reader(
        file,
        delimiter=mapping.delimiter or ("\t" if tabs else ","),
        quoting=csv.QUOTE_NONE if tabs else csv.QUOTE_MINIMAL,
    )
    while True:
        try:
            row = next(rows, None)
        except csv.Error as error:
            yield RowFault(name, rows.line_num, f"line cannot be read: {error}")
            continue
        if row is None:
            return
        cells = _without_empty_end([cell.strip() for cell in row])
        if cells:
            yield rows.line_num, cells


def _line(name: str, number: int, cells: list[str], heading: list[str]) -> TableLine | RowFault:
    if len(cells) > len(heading):
        return RowFault(name, number, f"{len(cells)} cells: expected {len(heading)}")
    if any("\ud800" <= character <= "\udfff" for cell in cells for character in cell):
        return RowFault(name, number, "line has bytes that are not of the map's encoding")
    padded = cells + [""] * (len(heading) - len(cells))
    return TableLine(name, number, dict(zip(heading, padded, strict=True)))


def _without_empty_end(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells = cells[:-1]
    return cells


def _absent(heading: list[str], mapping: ReplayMap) -> list[str]:
    columns = mapping.columns
    sources = (
        columns.station,
        columns.station_name,
        columns.quantity,
        columns.unit,
        columns.channel,
    )
    wanted = [column.name for column in sources if column.name]
    return [name for name in [*wanted, columns.time, columns.value] if name not in heading]
