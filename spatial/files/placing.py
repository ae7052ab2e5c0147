"""Shapes of a file into the metric CRS of the store, once for all coordinates together."""

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial import crs
from spatial.accidents import Accident, find_accidents
from spatial.crs import Floats
from spatial.files.layer import Column, Ints
from spatial.files.mending import mend, refuse_in_one_line
from spatial.files.sieve import Sieve
from spatial.files.wkb import Shapes, shapes

_SHAPES_A_PIECE = 20_000
_SAID_OF_EACH_ROW = {(Accident.OUTSIDE,), (Accident.NORTH_FIRST,), (Accident.LATITUDE_FIRST,)}


class Target(NamedTuple):
    """Where shapes go.

    Attributes:
        srid: EPSG number of a metric CRS.
        decimals: to which coordinates are rounded there; None leaves them as they come out.
    """

    srid: int
    decimals: int | None = None

    @property
    def crs(self) -> str:
        """Return ``EPSG:srid``."""
        return f"EPSG:{self.srid}"


class _Vertices(NamedTuple):
    """Coordinates of all shapes (k): x, y in the source CRS and the position of the shape."""

    x: Floats
    y: Floats
    owner: Ints

    def of(self, kept: NDArray[np.bool_]) -> "_Vertices":
        """Return those of the shapes that are kept (n), which keep their positions."""
        if kept.all():
            return self
        mine = kept[self.owner]
        return _Vertices(self.x[mine], self.y[mine], self.owner[mine])

    def first(self, bad: NDArray[np.bool_]) -> "_Vertices":
        """Return the first bad vertex of each shape that has one."""
        owners, at = np.unique(self.owner[bad], return_index=True)
        return _Vertices(self.x[bad][at], self.y[bad][at], owners)


# Coordinates of damaged files overflow; what comes of it is checked, not warned of.
@np.errstate(all="ignore")
def place(wkb: Column, source: str, target: Target, sieve: Sieve) -> tuple[Shapes, list[str]]:
    """Return (n,) 2-D shapes in the target and warnings; what cannot be placed is refused.

    Args:
        wkb: (n,) shapes as WKB in ``source``, None where a row has none.
        source: CRS of the file.
        target: where they go.
        sieve: takes the reasons of the rows refused.
    """
    found, closed = shapes(wkb, sieve)
    warnings = [*_about_rings(closed, sieve), *_about_empty(found, sieve)]
    found[shapely.is_empty(found)] = None
    warnings += _about_heights(found, sieve)
    vertices = _vertices(found)
    _refuse_infinite(vertices, sieve)
    warnings += _refuse_outside(vertices.of(sieve.passed()), source, target.crs, sieve)
    found[~sieve.passed()] = None
    refuse_in_one_line(found, sieve)
    found[~sieve.passed()] = None
    vertices = vertices.of(sieve.passed())
    places = _moved(found, vertices, source, target.crs, sieve)
    if target.decimals is None:
        _put(found, places)
        return found, warnings + mend(found, shapely.is_valid(found), sieve)
    return found, warnings + _put_rounded(found, places, target.decimals, sieve)


def _vertices(found: Shapes) -> _Vertices:
    places, owner = shapely.get_coordinates(found, return_index=True)
    return _Vertices(places[:, 0], places[:, 1], owner)


def _moved(found: Shapes, vertices: _Vertices, source: str, target: str, sieve: Sieve) -> _Vertices:
    """Return the vertices of all shapes in the target; a shape that has no place there is none."""
    x, y = crs.transform(vertices.x, vertices.y, source, target, anywhere=True)
    moved = _Vertices(x, y, vertices.owner)
    lost = moved.first(~(np.isfinite(x) & np.isfinite(y)))
    found[lost.owner] = None
    sieve.refuse(lost.owner, [f"shape has no place in {target}"] * len(lost.owner))
    return moved.of(~shapely.is_missing(found)) if len(lost.owner) else moved


def _put(found: Shapes, vertices: _Vertices) -> None:
    """Replace all shapes by their 2-D form with these vertices, a piece at a time for memory."""
    places = np.column_stack([vertices.x, vertices.y])
    for start in range(0, len(found), _SHAPES_A_PIECE):
        piece = slice(start, start + _SHAPES_A_PIECE)
        first, last = np.searchsorted(vertices.owner, [start, piece.stop])
        found[piece] = shapely.set_coordinates(found[piece], places[first:last])


def _put_rounded(found: Shapes, vertices: _Vertices, decimals: int, sieve: Sieve) -> list[str]:
    """Put shapes with rounded vertices and mend them; return the warnings of mending.

    A shape that is broken, or that rounding would break, is mended first and then snapped.
    """
    x, y = np.round(vertices.x, decimals), np.round(vertices.y, decimals)
    _put(found, vertices._replace(x=x, y=y))
    valid = shapely.is_valid(found)
    broken = ~valid & ~shapely.is_missing(found)
    if broken.any():
        theirs = vertices.of(broken)
        places = np.column_stack([theirs.x, theirs.y])
        found[broken] = shapely.set_coordinates(found[broken], places)
        valid[broken] = shapely.is_valid(found[broken])
    warnings = mend(found, valid, sieve)
    snapped = shapely.set_precision(found[broken], 10.0**-decimals)
    found[broken] = np.where(shapely.is_empty(snapped), found[broken], snapped)
    return warnings


def _refuse_infinite(vertices: _Vertices, sieve: Sieve) -> None:
    bad = vertices.first(~(np.isfinite(vertices.x) & np.isfinite(vertices.y)))
    sieve.refuse(
        bad.owner,
        (
            f"point ({x!r}, {y!r}) is not finite"
            for x, y in zip(bad.x.tolist(), bad.y.tolist(), strict=True)
        ),
    )


def _refuse_outside(vertices: _Vertices, source: str, target: str, sieve: Sieve) -> list[str]:
    """Refuse shapes that lie outside; return what seems to have happened to them all together."""
    outside = np.zeros(len(vertices.x), dtype=bool)
    for system in dict.fromkeys((target, source)):
        inside = crs.within_area_of_use(vertices.x, vertices.y, source, system)
        outside |= ~inside
        bad = vertices.first(~inside)
        swapped = crs.within_area_of_use(bad.y, bad.x, source, system)
        places = zip(bad.x.tolist(), bad.y.tolist(), swapped.tolist(), strict=True)
        sieve.refuse(bad.owner, (_outside(x, y, system, swap=swap) for x, y, swap in places))
    return _about_outside(vertices.first(outside), source) if outside.any() else []


def _about_outside(bad: _Vertices, source: str) -> list[str]:
    return [
        f"refused: {finding.sentence}"
        for finding in find_accidents(bad.x, bad.y, source)
        if finding.accidents not in _SAID_OF_EACH_ROW
    ]


def _outside(x: float, y: float, system: str, *, swap: bool) -> str:
    hint = "; x and y are swapped: give the longitude or easting first" if swap else ""
    return (
        f"point ({x!r}, {y!r}) lies outside the area of use of {crs.called(system)}: expected "
        f"{crs.area_of_use(system)}{hint}"
    )


def _about_rings(closed: Ints, sieve: Sieve) -> list[str]:
    return [f"open rings closed: {sieve.named(closed)}"] if len(closed) else []


def _about_empty(found: Shapes, sieve: Sieve) -> list[str]:
    empty = np.flatnonzero(shapely.is_empty(found))
    return [f"empty shapes read as none: {sieve.named(empty)}"] if len(empty) else []


def _about_heights(found: Shapes, sieve: Sieve) -> list[str]:
    tall = np.flatnonzero(shapely.has_z(found) | shapely.has_m(found))
    if not len(tall):
        return []
    return [f"heights of vertices dropped, the register keeps plans: {sieve.named(tall)}"]
