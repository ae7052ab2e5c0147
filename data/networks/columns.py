"""Columns of a network from what the store gives: rows with gaps, shapes as WKB."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.networks.network import Floats


def floats(values: Sequence[Any]) -> Floats:
    """Return numbers as float64[n], NaN where there is None."""
    return np.array([np.nan if value is None else value for value in values], np.float64)


def objects(values: Sequence[Any]) -> NDArray[Any]:
    """Return values as object[n], arrays among them."""
    found = np.empty(len(values), object)
    found[:] = values
    return found


def between_ends(wkb: bytes | None) -> Floats:
    """Return the points of a line between its ends: float64[k, 2]; none of any other shape."""
    shape = None if wkb is None else shapely.from_wkb(wkb)
    if shape is None or shape.geom_type != "LineString":
        return np.empty((0, 2))
    return np.asarray(shapely.get_coordinates(shape)[1:-1])
