"""The published polynomial of GCJ-02: by how much it moves a place of WGS 84.

Constants and terms as in wandergis/coordtransform; the standard itself is not public. The sines of
6πx, 2πx, πx, πx/3, πx/12 and πx/30 are all had from one sine and cosine of πx/60, and those of
the latitude from the same pair as the terms in y.
"""

import math
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Reals: TypeAlias = NDArray[np.floating]
"""Of double precision, or of single where centimetres do."""

_A_M = 6378245.0
_EE = 0.006693421622965943
"""Axis and squared eccentricity of the Krasovsky ellipsoid."""
ORIGIN = 105.0, 35.0
"""Longitude and latitude that places are counted from: what is small keeps its digits."""
_SIN_LAT0, _COS_LAT0 = math.sin(math.radians(ORIGIN[1])), math.cos(math.radians(ORIGIN[1]))
_DEG_A_METRE_EAST = 180 / (math.pi * _A_M)
_DEG_A_METRE_NORTH = 180 / (math.pi * _A_M * (1 - _EE))

LARGEST_SHIFT_DEG = 0.02
"""No place of China moves farther than this in longitude or latitude."""


class _Angle(NamedTuple):
    """Sine and cosine of an angle."""

    sin: Reals
    cos: Reals

    def twice(self) -> "_Angle":
        return _Angle(2 * self.sin * self.cos, 1 - 2 * self.sin * self.sin)

    def thrice(self) -> "_Angle":
        s, c = self
        return _Angle(s * (3 - 4 * s * s), c * (4 * c * c - 3))

    def five_times(self) -> "_Angle":
        s, c = self
        s2, c2 = s * s, c * c
        return _Angle(s * ((16 * s2 - 20) * s2 + 5), c * ((16 * c2 - 20) * c2 + 5))


def shift(x: Reals, y: Reals) -> tuple[Reals, Reals]:
    """Return by how many degrees GCJ-02 lies east and north of WGS 84 at places of China.

    Args:
        x: degrees (WGS 84) east of ``ORIGIN``, shape (n,); finite.
        y: degrees north of it, same shape.
    """
    along = _Angle(np.sin(x * (math.pi / 60)), np.cos(x * (math.pi / 60)))
    up = _Angle(np.sin(y * (math.pi / 180)), np.cos(y * (math.pi / 180)))
    bend, xy = np.sqrt(np.abs(x)), 0.1 * x * y
    five = along.five_times()
    twenty = five.twice().twice()
    ripple = 80 * _doubled_sine_terms(twenty.thrice().twice().sin)
    east_m = 300 + x * (1 + 0.1 * x) + 2 * y + xy + 0.1 * bend
    east_m += (ripple + _slow(twenty) + 150 * five.sin + 600 * along.sin * along.cos) * (2 / 3)
    third = up.thrice()
    five = third.five_times()
    north_m = 2 * x - 100 + y * (3 + 0.2 * y) + xy + 0.2 * bend
    waves = _slow(five.twice().twice()) + 160 * five.sin + 640 * third.sin * third.cos
    north_m += (ripple + waves) * (2 / 3)
    return _degrees(east_m, north_m, up)


def _doubled_sine_terms(sine: Reals) -> Reals:
    """Return (sin 3a + sin a) / 4 of sin a."""
    return sine - sine * sine * sine


def _slow(angle: _Angle) -> Reals:
    """Return 20 sin 3a + 40 sin a."""
    s = angle.sin
    return s * (100 - 80 * s * s)


def _degrees(east_m: Reals, north_m: Reals, up: _Angle) -> tuple[Reals, Reals]:
    sine = up.sin * _COS_LAT0 + up.cos * _SIN_LAT0
    cosine = up.cos * _COS_LAT0 - up.sin * _SIN_LAT0
    magic = 1 - _EE * sine * sine
    root = np.sqrt(magic)
    east = east_m * root / cosine * _DEG_A_METRE_EAST
    return east, north_m * magic * root * _DEG_A_METRE_NORTH
