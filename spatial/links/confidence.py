"""How sure a link is: from how near its object is, and how much farther the next one."""

import numpy as np

from spatial.links.rules import Bools, Floats

ACCURACY_M = 10.0
"""How far off a device's place may be: inside an object it matters how near the next one is."""
DIGITS = 3
_LEAST_M = 0.001
"""A limit of nothing is one of a millimetre, by which one can divide."""


def confidence(distance_m: Floats, limit_m: Floats, rival_m: Floats, inside: Bools) -> Floats:
    """Return how sure links are, between 0 and 1, rounded to three digits.

    ``closeness * (1 + lead) / 2``, where closeness falls from 1 at the object to 1/2 at the limit,
    and lead rises from 0, where the rival is as near, to 1, where it is a limit farther away. Of
    what stands inside an object the limit says nothing about the lead; there ten metres do, or the
    limit if that is less.

    Args:
        distance_m: of the object that was taken (n).
        limit_m: of its rule.
        rival_m: of the next object that could have been meant; NaN where there is none in reach.
        inside: whether the rule is one of standing inside.
    """
    limit = np.maximum(limit_m, _LEAST_M)
    closeness = 1 - distance_m / limit / 2
    scale = np.where(inside, np.minimum(limit, ACCURACY_M), limit)
    lead = np.clip((rival_m - distance_m) / scale, 0, 1)
    found: Floats = closeness * (1 + np.where(np.isnan(lead), 1, lead)) / 2
    return np.asarray(found.round(DIGITS), np.float64)
