"""How a cloud passes by: the share of it that has passed, and the concentration at an instant.

Times of arrival follow a Pearson type III distribution with the mean, variance and skewness of the
way: one mixed tank exactly, many tanks and advection with dispersion closely.
"""

import numpy as np
from scipy.special import gammainc, ndtr

from spatial.networks.network import Floats, Ints

SKEWNESS = np.array([0.0, 0.5, 1.0, 2.0])
"""For which the table stands; 2 is that of one mixed tank."""
_STRAIGHT = 0.02
_FIRST, _LAST, _STEP = -4.0, 14.0, 0.01


def passed(deviations: Floats, skewness: Floats) -> Floats:
    """Return the share of a cloud that has passed, so many standard deviations after its mean.

    Args:
        deviations: any shape.
        skewness: alike, not below 0.
    """
    shape = 4 / np.maximum(skewness, _STRAIGHT) ** 2
    skewed = gammainc(shape, np.maximum(shape + deviations * np.sqrt(shape), 0.0))
    return np.where(skewness < _STRAIGHT, ndtr(deviations), skewed)


def _tabulated() -> Floats:
    deviations = np.arange(_FIRST, _LAST, _STEP)
    return np.stack([passed(deviations, np.full_like(deviations, each)) for each in SKEWNESS])


_TABLE = _tabulated()


def passed_quickly(deviations: Floats, row: Ints) -> Floats:
    """Return the same for ``SKEWNESS[row]`` from a table, to 1e-5."""
    place = ((deviations - _FIRST) / _STEP).clip(0, _TABLE.shape[1] - 1.001)
    lower = place.astype(np.int64)
    flat, at = _TABLE.ravel(), row * _TABLE.shape[1] + lower
    below = flat[at]
    return np.asarray(below + (place - lower) * (flat[at + 1] - below))
