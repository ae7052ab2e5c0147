"""Places between WGS 84, GCJ-02 and BD-09, a piece at a time so that all of it stays in the cache.

A place is moved if its WGS 84 place lies in the box of ``china``; that one decision holds for all
six ways. So each place of the box comes back from each system as it was, also where the system
moved it out of the box. Two strips, at most 2 km wide, are beyond any rule: just outside the box
lie places that are the image of one inside, and are read as that image; just inside lie places
that are the image of none, and stay.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial.crs import Floats
from spatial.offsets import bd09, china, gcj02
from spatial.offsets.gcj02 import Reals


class _Shift(NamedTuple):
    """One step between neighbouring systems.

    Attributes:
        by: degrees east and north at places that are counted from an origin.
        origin: its longitude and latitude.
        rough_steps: of the inverse that single precision, at a third of the time, does as well.
    """

    by: Callable[[Reals, Reals], tuple[Reals, Reals]]
    origin: tuple[float, float]
    rough_steps: int


_PIECE = 16_384
_SMALL_STEP_DEG = 1e-8
"""What such a step, 1 mm, leaves to be done is at most a fortieth of it."""
_MOST_STEPS = 12
_EDGE_DEG = 1e-9
"""0.1 mm: the inverse of a place on the edge of the box lies on the edge."""


class Offset(StrEnum):
    """A system of longitudes and latitudes that differs from WGS 84 by an offset, or by none."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


_ORDER = tuple(Offset)
_SHIFTS = _Shift(gcj02.shift, gcj02.ORIGIN, 2), _Shift(bd09.shift, bd09.ORIGIN, 3)
"""From each system to the next."""
_FARTHEST_DEG = (0.0, gcj02.LARGEST_SHIFT_DEG, gcj02.LARGEST_SHIFT_DEG + bd09.LARGEST_SHIFT_DEG)
"""Of each system from WGS 84."""


class _Way(NamedTuple):
    """From which system to which, by their place in the order."""

    source: int
    target: int

    def margin_deg(self) -> float:
        return _FARTHEST_DEG[self.source]

    def walk(self, x: Reals, y: Reals) -> tuple[Reals, Reals]:
        """Return places of China in the target."""
        for shift in _SHIFTS[self.source : self.target]:
            east, north = shift.by(x - shift.origin[0], y - shift.origin[1])
            x, y = x + east, y + north
        for shift in reversed(_SHIFTS[self.target : self.source]):
            x, y = _undone(shift, x, y)
        return x, y


def convert(
    longitude: ArrayLike, latitude: ArrayLike, source: str, target: str
) -> tuple[Floats, Floats]:
    """Convert places between WGS 84, GCJ-02 and BD-09; outside China nothing moves.

    Args:
        longitude: degrees in ``source``, any shape; what is not finite stays as it is.
        latitude: degrees, of a shape that fits.
        source: an ``Offset``.
        target: an ``Offset``.

    Returns:
        Longitudes and latitudes in degrees, of the common shape. There and back differ by less
        than 0.1 mm.

    Raises:
        ValueError: ``source`` or ``target`` is no ``Offset``.
    """
    way = _Way(_ORDER.index(Offset(source)), _ORDER.index(Offset(target)))
    x, y = np.broadcast_arrays(
        np.asarray(longitude, dtype=np.float64), np.asarray(latitude, dtype=np.float64)
    )
    moved_x, moved_y = x.flatten(), y.flatten()
    if way.source != way.target:
        for start in range(0, x.size, _PIECE):
            piece = slice(start, start + _PIECE)
            _move(moved_x[piece], moved_y[piece], way)
    return moved_x.reshape(x.shape), moved_y.reshape(x.shape)


def _move(x: Floats, y: Floats, way: _Way) -> None:
    """Replace places (n,) by those in the target."""
    near = china.within(x, y, way.margin_deg())
    if near.all():
        moved, inside = _candidates(x, y, way)
    elif near.any():
        moved, inside = _candidates(x[near], y[near], way)
    else:
        return
    if inside.all():
        x[near], y[near] = moved
        return
    at = np.flatnonzero(near)[inside]
    x[at], y[at] = moved[0][inside], moved[1][inside]


def _candidates(x: Reals, y: Reals, way: _Way) -> tuple[tuple[Reals, Reals], NDArray[np.bool_]]:
    """Return where places in or near the box go, and which of them do go."""
    moved = way.walk(x, y)
    if way.source == 0:
        return moved, np.ones(len(x), dtype=bool)
    if way.target == 0:
        # Back on the edge it must not lie beside it, or it would not be moved again.
        return china.clipped(*moved), china.within(*moved, _EDGE_DEG)
    inside = china.within(x, y, -way.margin_deg())
    doubtful = ~inside
    if doubtful.any():
        inside[doubtful] = _by_wgs84(x[doubtful], y[doubtful], way)
    return moved, inside


def _by_wgs84(x: Reals, y: Reals, way: _Way) -> NDArray[np.bool_]:
    return china.within(*_Way(way.source, 0).walk(x, y), _EDGE_DEG)


def _undone(shift: _Shift, x: Reals, y: Reals) -> tuple[Reals, Reals]:
    """Return the places that a shift moves to x and y.

    The shift hardly changes from a place to where it leads, so that taking it off again and again
    comes closer by a factor of 40 (BD-09) to 200 (GCJ-02) each time.
    """
    x0, y0 = shift.origin
    given_x, given_y = x - x0, y - y0
    found_x, found_y = given_x, given_y
    for _ in range(shift.rough_steps):
        east, north = shift.by(found_x.astype(np.float32), found_y.astype(np.float32))
        found_x, found_y = given_x - east, given_y - north
    for _ in range(_MOST_STEPS):
        east, north = shift.by(found_x, found_y)
        next_x, next_y = given_x - east, given_y - north
        step = max(np.abs(next_x - found_x).max(), np.abs(next_y - found_y).max())
        found_x, found_y = next_x, next_y
        if step < _SMALL_STEP_DEG:
            break
    return found_x + x0, found_y + y0
