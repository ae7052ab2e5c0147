"""Shapes that cross themselves are mended into the same kind, or refused."""

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.files.sieve import Sieve
from spatial.files.wkb import Shapes

# Nothing of a city is smaller; a ring of points in one line is not quite flat once transformed.
SMALLEST_M2 = 1e-4
SHORTEST_M = 1e-3
_FLAT = 1e-12

_LINES = (shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTILINESTRING)
_AREAS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


def mend(shapes: Shapes, valid: NDArray[np.bool_], sieve: Sieve) -> list[str]:
    """Mend (n,) shapes in a metric CRS in place, refuse what is degenerate, return warnings.

    ``valid`` (n,) says which are valid already.

    Polygons become polygons by the structure of their rings: shells are united, holes taken away.
    """
    kind = shapely.get_type_id(shapes)
    _refuse_short(shapes, kind, sieve)
    _refuse_flat(shapes, np.isin(kind, _AREAS) & valid, sieve)
    broken = np.flatnonzero(~valid & ~np.isin(kind, [-1, *_LINES]))
    mended = shapely.make_valid(shapes[broken], method="structure", keep_collapsed=False)
    good = _same_kind(mended, np.isin(kind[broken], _AREAS))
    lost = broken[~good]
    why = shapely.is_valid_reason(shapes[lost]).tolist()
    sieve.refuse(lost, (f"shape cannot be mended: {reason}" for reason in why))
    shapes[broken] = mended
    shapes[lost] = None
    return [f"shapes mended: {sieve.named(broken[good])}"] if good.any() else []


def refuse_in_one_line(shapes: Shapes, sieve: Sieve) -> None:
    """Refuse polygons (n,) whose points lie in one line in the CRS of their file.

    In another CRS the same points bend into a sliver that looks like an area.
    """
    extent = shapely.length(shapes) ** 2
    areas = np.isin(shapely.get_type_id(shapes), _AREAS)
    # Bow ties have no area either; their hull has.
    suspects = np.flatnonzero(areas & (shapely.area(shapes) <= _FLAT * extent))
    hulls = shapely.area(shapely.convex_hull(shapes[suspects]))
    flat = suspects[hulls <= _FLAT * extent[suspects]]
    sieve.refuse(flat, ["polygon has no area: its points lie in one line"] * len(flat))


def _same_kind(mended: Shapes, areas: NDArray[np.bool_]) -> NDArray[np.bool_]:
    polygons = np.isin(shapely.get_type_id(mended), _AREAS) & (shapely.area(mended) > SMALLEST_M2)
    return np.asarray(np.where(areas, polygons, ~shapely.is_empty(mended)))


def _refuse_short(shapes: Shapes, kind: NDArray[np.int32], sieve: Sieve) -> None:
    length = shapely.length(shapes)
    short = np.flatnonzero(np.isin(kind, _LINES) & (length < SHORTEST_M))
    sieve.refuse(short, (f"line is {length[at]:.3g} m long: expected a length" for at in short))
    shapes[short] = None


def _refuse_flat(shapes: Shapes, valid_areas: NDArray[np.bool_], sieve: Sieve) -> None:
    # Only valid ones: a bow tie has no area either, and can be mended.
    area = shapely.area(shapes)
    flat = np.flatnonzero(valid_areas & (area < SMALLEST_M2))
    sieve.refuse(flat, (f"polygon of {area[at]:.3g} m2: expected an area" for at in flat))
    shapes[flat] = None
