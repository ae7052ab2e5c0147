"""How fast water runs in a pipe of which no more is known than its drawing."""

import numpy as np
from numpy.typing import NDArray

from spatial.networks.network import Floats

LEAST_M_S = 0.6
"""The velocity that GB 50014 wants at least in a sewer at its design depth, lest it silts up.

As remembered, the text was not at hand: 0.6 m/s is for foul water, storm and combined sewers have
0.75 m/s when full.
"""
BOUNDS_M_S = (0.1, 10.0)
"""Slower water is a pond, and faster than 10 m/s GB 50014 (as remembered) allows in no pipe."""


def full_bore_m_s(hydraulic_radius_m: Floats, slope: Floats, manning_n: Floats) -> Floats:
    """Return the velocity in a full pipe by Manning's formula: float64[m], NaN where not known.

    Args:
        hydraulic_radius_m: area by wetted perimeter; a quarter of the diameter of a round pipe.
        slope: drop by length; a level or adverse one has no velocity of its own.
        manning_n: roughness, s/m^(1/3).
    """
    known = (hydraulic_radius_m > 0) & (slope > 0) & (manning_n > 0)
    radius, fall = np.where(known, hydraulic_radius_m, np.nan), np.where(known, slope, np.nan)
    return np.asarray(radius ** (2 / 3) * np.sqrt(fall) / np.where(known, manning_n, np.nan))


def travel_s(length_m: Floats, velocity_m_s: Floats, gravity: NDArray[np.bool_]) -> Floats:
    """Return how long water takes from end to end: float64[m], NaN where nobody can say.

    Args:
        length_m: float64[m].
        velocity_m_s: float64[m]; where it is not known, water in a gravity pipe is taken to run
            as fast as such pipes are designed for (0.6 m/s).
        gravity: bool[m], whether it runs by its own weight.
    """
    bounded = velocity_m_s.clip(*BOUNDS_M_S)
    assumed = np.where(gravity & np.isnan(bounded), LEAST_M_S, bounded)
    return np.where(length_m == 0, 0.0, length_m / assumed)
