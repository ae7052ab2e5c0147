"""Where the offsets apply: a coarse box around China, as the published routines have it."""

import numpy as np
from numpy.typing import NDArray

from spatial.offsets.gcj02 import Reals

WEST, EAST = 73.66, 135.05
SOUTH, NORTH = 3.86, 53.55
"""Degrees of WGS 84 (wandergis/coordtransform). The box holds parts of the neighbours too."""


def within(longitude: Reals, latitude: Reals, margin_deg: float = 0.0) -> NDArray[np.bool_]:
    """Tell which places lie in the box, made wider by a margin; what is no number never does."""
    inside = (longitude >= WEST - margin_deg) & (longitude <= EAST + margin_deg)
    inside &= (latitude >= SOUTH - margin_deg) & (latitude <= NORTH + margin_deg)
    return np.asarray(inside)


def clipped(longitude: Reals, latitude: Reals) -> tuple[Reals, Reals]:
    """Return the nearest places of the box."""
    return np.clip(longitude, WEST, EAST), np.clip(latitude, SOUTH, NORTH)
