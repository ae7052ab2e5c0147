"""Cross-sections of SWMM's links: how high they are, how fast they run when full."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from spatial.files.errors import RowRefusedError
from spatial.models.inp.objects import PipeModel
from spatial.models.inp.rows import Fields, Row, number
from spatial.models.inp.sections import Sections
from spatial.models.swmm.options import Options

_GEOMETRIES = 4
_NAMED_SHAPES = ("IRREGULAR", "STREET", "CUSTOM")
_QUARTER = 0.25
"""Hydraulic radius by height of a full circle; ovals and arches differ by some per cent."""


class CrossSection(NamedTuple):
    """Inside of a link; metres, NaN where they are not known."""

    shape: str
    height_m: float
    radius_m: float
    barrels: int


def sections_by_link(
    model: PipeModel, sections: Sections, options: Options
) -> dict[str, CrossSection | RowRefusedError]:
    """Return the cross-section of each link by its key, or why it cannot be taken."""
    heights = transect_heights(sections.taken("TRANSECTS"), model.fold)
    found: dict[str, CrossSection | RowRefusedError] = {}
    for row in sections.taken("XSECTIONS"):
        key = model.fold(row.values()[0])
        try:
            found[key] = _cross_section(Fields(row), options.length_m, heights, model.fold)
        except RowRefusedError as error:
            found[key] = RowRefusedError(f"cross-section in line {row.line}: {error}")
    return found


def _cross_section(
    fields: Fields, unit_m: float, heights: dict[str, float], fold: Callable[[str], str]
) -> CrossSection:
    fields.need(3)
    shape = fields.text(1).upper()
    if shape in {"IRREGULAR", "STREET"}:
        height = heights.get(fold(fields.text(2)), math.nan) * unit_m
        return CrossSection(shape, height, math.nan, 1)
    if shape == "DUMMY":
        return CrossSection(shape, math.nan, math.nan, 1)
    sizes = [fields.amount(2, "height") * unit_m]
    if shape not in _NAMED_SHAPES:
        sizes += [fields.amount(at, "width", 0.0) * unit_m for at in range(3, 2 + _GEOMETRIES)]
    height = sizes[0] if sizes[0] > 0 else math.nan  # 0 beside the number of a standard size
    return CrossSection(shape, height, _radius(shape, sizes, unit_m), _barrels(fields))


def _barrels(fields: Fields) -> int:
    found = fields.number(6, "barrels", 1.0)
    if found < 1:
        raise RowRefusedError(f"barrels {found:g}, expected 1 or more")
    return int(found)


def _radius(shape: str, sizes: Sequence[float], unit_m: float) -> float:
    """Return the hydraulic radius of a full section, a quarter of its height where it is curved."""
    height, width, *slopes = [*sizes, 0.0, 0.0, 0.0][:_GEOMETRIES]
    if not height > 0:
        return math.nan
    if shape == "RECT_CLOSED" and width > 0:
        return height * width / (2 * (height + width))
    if shape == "RECT_OPEN" and width > 0:
        return height * width / (2 * height + width)
    if shape == "TRIANGULAR" and width > 0:
        return height * width / (4 * math.hypot(height, width / 2))
    if shape == "TRAPEZOIDAL":
        left, right = (slope / unit_m for slope in slopes)  # a ratio, not a length
        wetted = width + height * (math.hypot(1, left) + math.hypot(1, right))
        return height * (width + height * (left + right) / 2) / wetted
    return height * _QUARTER


def transect_heights(rows: Sequence[Row], fold: Callable[[str], str]) -> dict[str, float]:
    """Return how far the highest station of each transect lies above its lowest (HEC-2 cards)."""
    levels: dict[str, list[float]] = {}
    name = ""
    for row in rows:
        card, *values = row.values()
        if card.upper() == "X1" and values:
            name = fold(values[0])
        elif card.upper() == "GR":
            levels.setdefault(name, []).extend(_levels(values))
    return {name: max(found) - min(found) for name, found in levels.items() if found}


def _levels(values: Sequence[str]) -> list[float]:
    """Return the levels of a GR card, one before each station; none if one is unreadable."""
    try:
        return [number(value, "level") for value in values[::2]]
    except RowRefusedError:
        return []
