"""Solids to measure, as the contract of surfaces takes them."""

from collections.abc import Callable, Sequence

import numpy as np

from spatial.models.surfaces import Drawing, Shell
from spatial.models.surfaces.drawings import Polygon
from spatial.models.surfaces.layout import Floats

SIDES = ((0, 3, 2, 1), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7))
"""Floor, roof and four walls of a box, each anticlockwise seen from outside."""
MEANINGS = ("GroundSurface", "RoofSurface", *["WallSurface"] * 4)


def corners(low: Sequence[float], high: Sequence[float]) -> Floats:
    """float64[8, 3], the corners of a box: the lower four, then the upper four."""
    (x, y, z), (right, far, up) = low, high
    plan = [(x, y), (right, y), (right, far), (x, far)]
    return np.array([(*place, height) for height in (z, up) for place in plan], float)


def box(low: Sequence[float], high: Sequence[float]) -> list[Polygon]:
    """The six faces of a box, looking outwards."""
    places = corners(low, high)
    return [[places[list(side)]] for side in SIDES]


def each_ring(
    polygons: Sequence[Polygon], change: Callable[[int, Floats], Floats]
) -> list[Polygon]:
    """The polygons with each ring changed; the change is told the position of the polygon."""
    return [[change(at, edge) for edge in polygon] for at, polygon in enumerate(polygons)]


def turned(polygons: Sequence[Polygon]) -> list[Polygon]:
    """The same faces looking the other way."""
    return each_ring(polygons, lambda _, edge: edge[::-1])


def fan(polygon: Polygon) -> list[Polygon]:
    """A polygon without holes as triangles around its first corner."""
    (ring,) = polygon
    return [[ring[[0, at, at + 1]]] for at in range(1, len(ring) - 1)]


def house(low: Sequence[float], high: Sequence[float]) -> Drawing:
    """A box whose faces say what they are."""
    return [Shell(box(low, high), MEANINGS)]


def ring(*places: tuple[float, float, float]) -> Floats:
    """float64[k, 3]."""
    return np.array(places, float)
