"""Every kind of geometry: empty, raised, of many parts, invalid, with holes, huge, missing."""

from collections.abc import Callable

import numpy as np
import shapely
import shapely.errors
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Maker = Callable[[float, float, float], BaseGeometry]
"""Makes a geometry from a place and a size."""


def _square(x: float, y: float, size: float) -> list[tuple[float, float]]:
    return [(x, y), (x + size, y), (x + size, y + size), (x, y + size)]


def _bow_tie(x: float, y: float, size: float) -> BaseGeometry:
    return shapely.Polygon([(x, y), (x + size, y + size), (x + size, y), (x, y + size)])


def _spiked(x: float, y: float, size: float) -> BaseGeometry:
    """A square with a spike of no width, at which its ring touches itself."""
    one, two, three, four = _square(x, y, size)
    return shapely.Polygon([one, two, three, (x + 3 * size, y + size), three, four])


def _hole_outside(x: float, y: float, size: float) -> BaseGeometry:
    return shapely.Polygon(_square(x, y, size), [_square(x + 2 * size, y, size)])


def _holed(x: float, y: float, size: float) -> shapely.Polygon:
    third = size / 3
    return shapely.Polygon(_square(x, y, size), [_square(x + third, y + third, third)])


def _box(x: float, y: float, size: float) -> shapely.Polygon:
    return shapely.Polygon(_square(x, y, size))


def _raised(x: float, y: float, size: float) -> BaseGeometry:
    return shapely.Polygon([(x, y, 3.0), (x + size, y, 4.0), (x + size, y + size, np.nan)])


def _line(x: float, y: float, size: float) -> BaseGeometry:
    return shapely.LineString([(x, y, 1.0), (x + size, y + size / 2, 2.0), (x, y + size, 3.0)])


def _mixed(x: float, y: float, size: float) -> BaseGeometry:
    parts = [shapely.Point(x, y), _line(x, y, size), _holed(x, y, size), _bow_tie(x, y, size)]
    return shapely.GeometryCollection([shapely.force_2d(part) for part in parts])


MAKERS: dict[str, Maker] = {
    "point": lambda x, y, _: shapely.Point(x, y),
    "point with height": lambda x, y, _: shapely.Point(x, y, 12.5),
    "points": lambda x, y, size: shapely.MultiPoint([(x, y), (x + size, y), (x, y)]),
    "line with heights": _line,
    "line of no length": lambda x, y, _: shapely.LineString([(x, y), (x, y)]),
    "line that crosses itself": lambda x, y, size: shapely.LineString(
        [(x, y), (x + size, y + size), (x + size, y), (x, y + size)]
    ),
    "ring": lambda x, y, size: shapely.LinearRing([(x, y), (x + size, y), (x, y + size)]),
    "lines": lambda x, y, size: shapely.MultiLineString(
        [[(x, y), (x + size, y)], [(x + size / 2, y - size), (x + size / 2, y + size)]]
    ),
    "box": _box,
    "polygon with heights": _raised,
    "polygon with a hole": _holed,
    "polygons": lambda x, y, size: shapely.MultiPolygon(
        [_box(x, y, size), _holed(x + 2 * size, y, size)]
    ),
    "bow tie": _bow_tie,
    "spike": _spiked,
    "hole outside": _hole_outside,
    "overlapping polygons": lambda x, y, size: shapely.MultiPolygon(
        [_box(x, y, size), _box(x + size / 2, y, size)]
    ),
    "polygon of no area": lambda x, y, size: shapely.Polygon(
        [(x, y), (x + size, y), (x + size / 2, y)]
    ),
    "sliver": lambda x, y, size: shapely.Polygon([(x, y), (x + size, y), (x + size, y + 1e-9)]),
    "mixed": _mixed,
}
NOTHING: tuple[BaseGeometry | None, ...] = (
    None,
    shapely.Point(),
    shapely.LineString(),
    shapely.Polygon(),
    shapely.MultiPoint(),
    shapely.MultiLineString(),
    shapely.MultiPolygon(),
    shapely.GeometryCollection(),
    shapely.GeometryCollection([shapely.Polygon(), shapely.LineString()]),
)
ENDLESS = (1e9, -1e15, 1e150, 1e300, np.inf, -np.inf, np.nan)


def _endless(kind: str, far: float, near: float) -> BaseGeometry:
    with np.errstate(all="ignore"):
        try:
            return MAKERS[kind](far, near, 10.0)
        except shapely.errors.GEOSException:  # a ring whose ends are no numbers is not closed
            return shapely.LineString([(0, 0), (far, near)])


def shapes(
    around: tuple[float, float] = (0.0, 0.0), spread: float = 100.0, *, endless: bool = True
) -> st.SearchStrategy[BaseGeometry | None]:
    """Geometries of every kind.

    Args:
        around: of most of them.
        spread: how far from there.
        endless: with coordinates that are huge, infinite or no numbers.
    """
    x, y = around
    away = st.floats(-spread, spread) | st.integers(-3, 3).map(float)
    usual = st.builds(
        lambda kind, dx, dy, size: MAKERS[kind](x + dx, y + dy, size),
        st.sampled_from(sorted(MAKERS)),
        away,
        away,
        st.sampled_from([1e-9, 0.001, 1.0, 10.0, spread]),
    )
    odd = st.builds(_endless, st.sampled_from(sorted(MAKERS)), st.sampled_from(ENDLESS), away)
    return usual | st.sampled_from(NOTHING) | odd if endless else usual | st.sampled_from(NOTHING)


def column(given: list[BaseGeometry | None]) -> NDArray[np.object_]:
    """Return geometries as an array, which numpy would otherwise take apart."""
    found = np.empty(len(given), dtype=object)
    found[:] = given
    return found
