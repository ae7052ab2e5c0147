"""Where lines of roads join: ends that meet, vertices in common, crossings at the same level."""

from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString

Shapes: TypeAlias = NDArray[np.object_]
Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]

GAP_M = 1.0
"""Up to which an end that misses a road is taken to meet it; a lane is three metres wide."""
TOUCH_M = 0.01
"""Up to which places are one; then levels do not count, for a bridge begins at the ground."""


class Joints(NamedTuple):
    """Places on lines that are one place on the ground; ``n`` of each.

    Attributes:
        line: index of a line.
        at_m: from its start.
        other: index of another line, or of the same one where it comes back to itself.
        other_at_m: from the start of that.
    """

    line: Ints
    at_m: Floats
    other: Ints
    other_at_m: Floats


def joints(lines: list[LineString], level: Ints) -> Joints:
    """Return where lines join.

    Lines that cross or touch at the same level join. So do an end and a line that it touches,
    whatever their levels, and an end and another end, or a line of the same level, that it misses
    by no more than ``GAP_M``.

    Args:
        lines: LineString[n], metres.
        level: int64[n].
    """
    shapes: Shapes = np.array(lines, dtype=object)
    one, other = shapely.STRtree(shapes).query(shapes, "dwithin", distance=GAP_M)
    apart = one != other
    one, other = one[apart].astype(np.int64), other[apart].astype(np.int64)
    found = [
        *(_ends(shapes, level, one, other, end) for end in (0.0, 1.0)),
        _crossings(shapes, level, one, other),
        _returns(lines),
    ]
    return Joints(*(np.concatenate(column) for column in zip(*found, strict=True)))


def _ends(shapes: Shapes, level: Ints, one: Ints, other: Ints, end: float) -> Joints:
    length = shapely.length(shapes)
    place = shapely.line_interpolate_point(shapes[one], end, normalized=True)
    distance = shapely.distance(place, shapes[other])
    at = shapely.line_locate_point(shapes[other], place)
    # An end within the gap of the other's end snaps to it, for two ends cannot pass one another.
    to_start = shapely.distance(place, shapely.get_point(shapes[other], 0)) <= GAP_M
    to_end = shapely.distance(place, shapely.get_point(shapes[other], -1)) <= GAP_M
    same = level[one] == level[other]
    joined = (distance <= TOUCH_M) | ((distance <= GAP_M) & (same | to_start | to_end))
    at = np.where(to_start, 0.0, np.where(to_end, length[other], at))
    return Joints(one[joined], (end * length[one])[joined], other[joined], at[joined])


def _crossings(shapes: Shapes, level: Ints, one: Ints, other: Ints) -> Joints:
    once = (one < other) & (level[one] == level[other])
    one, other = one[once], other[once]
    common = shapely.intersection(shapes[one], shapes[other])
    parts, of = shapely.get_parts(common, return_index=True)
    met = ~shapely.is_empty(parts)
    parts, of = parts[met], of[met]
    stretch = shapely.get_dimensions(parts) == 1
    ends = [shapely.get_point(parts[stretch], at) for at in (0, -1)]
    places = np.concatenate([parts[~stretch], *ends])
    pair = np.concatenate([of[~stretch], of[stretch], of[stretch]])
    one, other = one[pair], other[pair]
    return Joints(
        one,
        shapely.line_locate_point(shapes[one], places),
        other,
        shapely.line_locate_point(shapes[other], places),
    )


def _returns(lines: list[LineString]) -> Joints:
    rows = [(line, a, line, b) for line, shape in enumerate(lines) for a, b in _met_again(shape)]
    columns: list[Any] = list(zip(*rows, strict=True)) or [(), (), (), ()]
    line, at_m, other, other_at_m = columns
    return Joints(
        np.array(line, np.int64),
        np.array(at_m, np.float64),
        np.array(other, np.int64),
        np.array(other_at_m, np.float64),
    )


def _met_again(shape: LineString) -> Iterator[tuple[float, float]]:
    """Yield where a line has a vertex twice: it joins itself there, and only there."""
    places = shapely.get_coordinates(shape)
    if len(np.unique(places, axis=0)) == len(places):
        return
    at = distances_along(places)
    first: dict[tuple[float, ...], float] = {}
    for place, here in zip(map(tuple, places.tolist()), at.tolist(), strict=True):
        if here - first.setdefault(place, here) > TOUCH_M:
            yield first[place], here


def distances_along(places: Floats) -> Floats:
    """Return how far from its start each vertex of a line is, metres."""
    steps = np.hypot(*np.diff(places, axis=0).T)
    return np.concatenate([[0.0], np.cumsum(steps)])
