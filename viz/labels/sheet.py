"""Sheets of labels: where each label lies on the paper."""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_ROLL = re.compile(r"(\d{1,3}(?:\.\d)?)x(\d{1,3}(?:\.\d)?)", re.ASCII)
_PADDING_MM = 1.5
"""Printers are off by about a millimetre."""


class InvalidSheetError(ValueError):
    """A sheet that is not known. Choose one of the table, or WxH for one label a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Paper with labels in rows and columns, in millimetres from the page's upper left corner.

    Attributes:
        name: key of the table, or ``WxH``.
        page_mm: width and height of the page.
        columns: labels side by side.
        rows: labels one below the other.
        label_mm: width and height of a label.
        margin_mm: left and upper edge of the first label.
        gap_mm: between labels, across and down.
        unprintable_mm: what the printer cannot reach along the page's edges.
    """

    name: str
    page_mm: tuple[float, float]
    columns: int
    rows: int
    label_mm: tuple[float, float]
    margin_mm: tuple[float, float] = (0.0, 0.0)
    gap_mm: tuple[float, float] = (0.0, 0.0)
    unprintable_mm: float = 0.0

    @property
    def per_page(self) -> int:
        """How many labels a page has."""
        return self.columns * self.rows

    @property
    def padding_mm(self) -> tuple[float, float]:
        """What stays free in every label, across and down, so that each can be printed whole."""
        across, down = (max(_PADDING_MM, self.unprintable_mm - edge) for edge in self._edges())
        return across, down

    def corner(self, position: int) -> tuple[float, float]:
        """Return the upper left corner of a label, counted from 0 along the rows."""
        row, column = divmod(position, self.columns)
        (width, height), (left, top), (across, down) = self.label_mm, self.margin_mm, self.gap_mm
        return left + column * (width + across), top + row * (height + down)

    def _edges(self) -> tuple[float, float]:
        """Return the narrowest margins of the page, at the sides and at top and bottom."""
        x, y = self.corner(self.per_page - 1)
        right = self.page_mm[0] - x - self.label_mm[0]
        bottom = self.page_mm[1] - y - self.label_mm[1]
        return min(self.margin_mm[0], right), min(self.margin_mm[1], bottom)


@cache
def sheets() -> Mapping[str, Sheet]:
    """Return the sheets of ``label_sheets.csv`` by name."""
    text = (files("data.reference") / "label_sheets.csv").read_text(encoding="utf-8")
    return {row["sheet"]: _sheet(row) for row in csv.DictReader(text.splitlines())}


def sheet_named(name: str) -> Sheet:
    """Return a sheet of the table, or for ``60x40`` one label a page of 60 by 40 mm.

    Raises:
        InvalidSheetError: neither.
    """
    if (found := sheets().get(name)) is not None:
        return found
    if (size := _ROLL.fullmatch(name)) is None:
        raise InvalidSheetError(
            f"sheet {name!r}: expected one of {', '.join(sheets())}, "
            "or width x height in mm for one label a page, e.g. 60x40"
        )
    label = float(size[1]), float(size[2])
    return Sheet(name=name, page_mm=label, columns=1, rows=1, label_mm=label)


def _sheet(row: Mapping[str, str]) -> Sheet:
    def pair(first: str, second: str) -> tuple[float, float]:
        return float(row[first]), float(row[second])

    return Sheet(
        name=row["sheet"],
        page_mm=pair("page_width_mm", "page_height_mm"),
        columns=int(row["columns"]),
        rows=int(row["rows"]),
        label_mm=pair("label_width_mm", "label_height_mm"),
        margin_mm=pair("margin_left_mm", "margin_top_mm"),
        gap_mm=pair("gap_x_mm", "gap_y_mm"),
        unprintable_mm=float(row["unprintable_mm"]),
    )
