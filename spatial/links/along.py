"""Linear referencing: how far from the start of a line a place lies, and on which side."""

from typing import NamedTuple

import numpy as np
import shapely

from spatial.links.rules import Bools, Floats, Ints, Shapes
from spatial.soundness import somewhere

LEFT, ON, RIGHT, NO_SIDE = -1, 0, 1, 2
SIDES = {LEFT: "left", ON: "on", RIGHT: "right", NO_SIDE: None}
"""What people call the sides, seen in the direction of the line."""
_ON_M = 0.001
_STEP_M = 0.01
_LINES = (
    shapely.GeometryType.LINESTRING,
    shapely.GeometryType.LINEARRING,
    shapely.GeometryType.MULTILINESTRING,
)


class Along(NamedTuple):
    """Where places lie along lines (n).

    Attributes:
        distance_m: float64[n], from the start; of several parts one after the other. NaN where the
            shape is no line.
        side: int64[n], ``LEFT``, ``ON``, ``RIGHT`` seen in its direction, or ``NO_SIDE``.
    """

    distance_m: Floats
    side: Ints


def is_line(shapes: Shapes) -> Bools:
    """Tell which shapes are lines."""
    found: Bools = np.isin(shapely.get_type_id(shapes), _LINES)
    return found


def locate(places: Shapes, lines: Shapes) -> Along:
    """Return where each place lies along the line beside it.

    Args:
        places: object[n], points.
        lines: object[n], of any kind; what is no line has no along.
    """
    along = Along(np.full(len(places), np.nan), np.full(len(places), NO_SIDE))
    rows = np.flatnonzero(is_line(lines) & somewhere(lines) & somewhere(places))
    there, line = places[rows], lines[rows]
    distance = shapely.line_locate_point(line, there)
    along.distance_m[rows] = distance.round(3)
    along.side[rows] = _side(there, line)
    return along


def _side(there: Shapes, lines: Shapes) -> Ints:
    """Return the sides, seen along that part of each line to which the place is nearest."""
    parts, owner = shapely.get_parts(lines, return_index=True)
    off = shapely.distance(there[owner], parts)
    order = np.lexsort((off, owner))
    line = parts[order[np.flatnonzero(np.diff(owner[order], prepend=-1))]]
    distance = shapely.line_locate_point(line, there)
    before = shapely.get_coordinates(
        shapely.line_interpolate_point(line, np.maximum(distance - _STEP_M, 0))
    )
    after = shapely.get_coordinates(shapely.line_interpolate_point(line, distance + _STEP_M))
    (east, north), spot = (after - before).T, shapely.get_coordinates(there)
    cross = east * (spot[:, 1] - before[:, 1]) - north * (spot[:, 0] - before[:, 0])
    side = np.where(cross > 0, LEFT, RIGHT)
    side[shapely.distance(there, line) < _ON_M] = ON
    return side
