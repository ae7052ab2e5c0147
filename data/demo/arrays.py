"""Array types of the demo district, and how its parts number things and throw dice."""

import zlib
from typing import Any, TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]
Shapes: TypeAlias = NDArray[Any]
Columns: TypeAlias = dict[str, NDArray[Any]]

COUNTY = "440311"


def points(places: Floats) -> Shapes:
    """Return a point for each of ``places`` (float64[n, 2])."""
    return np.asarray(shapely.points(places), object)


def lines(places: Floats) -> Shapes:
    """Return a line for each run of ``places`` (float64[n, k, 2])."""
    return np.asarray(shapely.linestrings(places), object)


def polygons(rings: Floats) -> Shapes:
    """Return a polygon for each of ``rings`` (float64[n, k, 2])."""
    return np.asarray(shapely.polygons(rings), object)


def codes(klass: str, count: int) -> Ints:
    """Return ``count`` entity codes of a class of Guangming, numbered from 1."""
    first = int(COUNTY + klass) * 1_000_000 + 1
    return np.arange(first, first + count, dtype=np.int64)


def dice(seed: int, part: str) -> np.random.Generator:
    """Return the dice of one part, so that a change in one part leaves the others as they were."""
    return np.random.default_rng([seed, zlib.crc32(part.encode())])


def scaled(size: int, at_30_000: float, exponent: float = 1.0) -> int:
    """Return a count that is ``at_30_000`` in the default district and grows with its size."""
    return max(2, round(at_30_000 * float((size / 30_000) ** exponent)))
