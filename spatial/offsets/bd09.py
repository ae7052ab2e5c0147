"""The published step from GCJ-02 to BD-09: by how much it moves a place.

As in wandergis/coordtransform: a turn of 0.000003 cos(x_pi x) and a stretch of 0.00002 sin(x_pi y)
in polar form, then (0.0065, 0.006). The turn is so small that its sine and cosine need no more
than two terms, so the polar form itself is never computed.
"""

import math

import numpy as np

from spatial.offsets.gcj02 import Reals

_X_PI = math.pi * 3000 / 180
_EAST, _NORTH = 0.0065, 0.006
ORIGIN = 105.0, 36.0
"""Longitude and latitude that places are counted from: full turns of both waves, 0.12 degrees."""
_STRETCH, _TURN = 0.00002, 0.000003

LARGEST_SHIFT_DEG = 0.01
"""No place of China moves farther than this in longitude or latitude."""


def shift(x: Reals, y: Reals) -> tuple[Reals, Reals]:
    """Return by how many degrees BD-09 lies east and north of GCJ-02.

    Args:
        x: degrees (GCJ-02) east of ``ORIGIN``, shape (n,); finite.
        y: degrees north of it, same shape.
    """
    longitude, latitude = x + ORIGIN[0], y + ORIGIN[1]
    radius = np.sqrt(longitude * longitude + latitude * latitude)
    stretch = _STRETCH * np.sin(y * _X_PI) / radius
    turn = _TURN * np.cos(x * _X_PI)
    # (1 + stretch) (cos(turn) + i sin(turn)) - 1, to the third order of the turn.
    along = stretch - 0.5 * turn * turn
    across = turn * (1 + stretch)
    east = along * longitude - across * latitude + _EAST
    return east, along * latitude + across * longitude + _NORTH
