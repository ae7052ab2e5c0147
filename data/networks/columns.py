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


def lines(wkb: Sequence[bytes | None]) -> NDArray[Any]:
    """Return shapes as object[n], None of what is no line."""
    shapes = shapely.from_wkb(objects(wkb))
    shapes[shapely.get_type_id(shapes) != shapely.GeometryType.LINESTRING] = None
    return np.asarray(shapes, object)
