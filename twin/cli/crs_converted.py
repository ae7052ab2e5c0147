"""Points converted: which of them could be, and how the result is written."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from pyproj import CRS

from spatial.accidents import Finding, find_accidents
from spatial.conversion import System, convert, placed
from spatial.crs import Floats
from spatial.heights import Known
from twin.cli.crs_points import PointTable, Row

_DEGREE_DIGITS, _METRE_DIGITS = 10, 5
"""To a hundredth of a millimetre."""
_HEIGHT_DIGITS = 4


@dataclass(frozen=True, slots=True)
class ConvertedTable:
    """Points in the target by the number of their line, and what was refused or is to be known."""

    way: tuple[System, System]
    points: dict[int, tuple[float, ...]]
    refused: dict[int, str]
    findings: list[Finding]
    remarks: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the result as JSON has it."""
        named = [
            {"line": line, **dict(zip("xyz", point, strict=False))}
            for line, point in self.points.items()
        ]
        return {
            "from": self.way[0].name,
            "to": self.way[1].name,
            "points": named,
            "refused": [{"line": line, "reason": why} for line, why in self.refused.items()],
            "findings": [finding.as_dict() for finding in self.findings],
            "remarks": list(self.remarks),
        }

    def sentences(self) -> Iterator[str]:
        """Yield what a person has to know beside the points."""
        for finding in self.findings:
            yield f"{', '.join(finding.accidents)}: {finding.sentence}"
        told = "" if self.findings else "twin: "
        yield from (f"{told}{why}" for why in self.refused.values())
        yield from (f"remark: {remark}" for remark in self.remarks)


def convert_table(
    table: PointTable, way: tuple[System, System], known: Known, *, anywhere: bool
) -> ConvertedTable:
    """Convert the points that lie where both systems may be used, and refuse the others.

    Args:
        table: points as they were read.
        way: from which system to which.
        known: offsets of local height datums, and geoid models.
        anywhere: refuse only what has no place at all.

    Raises:
        CheckCoordinatesError: a point that lies right has no place in the target.
        HeightDatumError: nobody says how heights become those of the target.
    """
    read = [row for row in table.rows if not row.reason]
    refused = {row.number: row.reason for row in table.rows if row.reason}
    numbers = np.array([row.numbers for row in read], dtype=np.float64)
    x, y, *heights = numbers.reshape(len(read), len(table.at)).T
    good = np.isfinite(x) & np.isfinite(y) & (anywhere | placed(x, y, *way))
    for row in (row for row, fine in zip(read, good, strict=True) if not fine):
        refused[row.number] = _reason(row, way)
    z = heights[0][good] if heights else None
    found = convert(x[good], y[good], *way, z=z, known=known, anywhere=anywhere)
    return ConvertedTable(
        way,
        _points([row for row, fine in zip(read, good, strict=True) if fine], found[:3], way[1]),
        dict(sorted(refused.items())),
        _findings(x[~good], y[~good], way[0]),
        found.remarks,
    )


def lines(table: PointTable, found: ConvertedTable) -> Iterator[str]:
    """Yield the lines of the table with the points in the target; refused lines are left out."""
    if table.header is not None:
        yield _line(table.header, table.delimiter)
    for row in table.rows:
        point = found.points.get(row.number)
        if point is not None:
            cells = dict(enumerate(row.cells)) | dict(zip(table.at, map(_text, point), strict=True))
            yield _line(list(cells.values()), table.delimiter)


def _points(
    rows: list[Row], found: tuple[Floats, Floats, Floats | None], target: System
) -> dict[int, tuple[float, ...]]:
    geographic = CRS.from_user_input(target.horizontal).is_geographic
    digits = _DEGREE_DIGITS if geographic else _METRE_DIGITS
    columns = [found[0].round(digits).tolist(), found[1].round(digits).tolist()]
    if found[2] is not None:
        columns.append(found[2].round(_HEIGHT_DIGITS).tolist())
    return {row.number: point for row, point in zip(rows, zip(*columns, strict=True), strict=True)}


def _reason(row: Row, way: tuple[System, System]) -> str:
    if not np.isfinite(row.numbers[:2]).all():
        return f"line {row.number}: {row.numbers[:2]!r} is not finite"
    return (
        f"line {row.number}: {row.numbers[:2]!r} lies outside the area of use of {way[0].name} "
        f"or of {way[1].name}"
    )


def _findings(x: Floats, y: Floats, source: System) -> list[Finding]:
    """Return what seems to have happened to refused points; a local system tells nothing."""
    if not len(x) or source.local is not None:
        return []
    name = source.name if source.name in {"gcj02", "bd09"} else source.horizontal
    return find_accidents(x, y, name)


def _text(number: float) -> str:
    return np.format_float_positional(number, trim="0")


def _line(cells: list[str], delimiter: str) -> str:
    if delimiter == " ":
        return " ".join(cells)
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter, lineterminator="").writerow(cells)
    return written.getvalue()
