"""Whether shells are watertight: every edge is walked as often one way as the other.

No edge is looked up. Each place gets a random number from its coordinates, each edge from a to b a
number g(a, b) - g(b, a), and these are added modulo 2^64 over a shell. Edges walked both ways
cancel whatever g is; of a shell with an edge left over the sum is 0 with a probability of 2^-64.
Places within a millimetre cell count as one, so a model that repeats its vertices is closed too.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from spatial.models.surfaces.layout import Flags, Floats, Ints, Surfaces, totals

Words: TypeAlias = NDArray[np.uint64]
"""Random numbers of 64 bits; they overflow by design."""

_CELLS_A_METRE = 1000.0
_FARTHEST_M = 4e15
_FEWEST_FACES = 4
# Odd numbers without a pattern, and the two of SplitMix64 (Steele and others, 2014).
_EAST, _NORTH = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
_UP = np.uint64(0x165667B19E3779F9)
_HERE, _NEXT = np.uint64(0xD6E8FEB86659FD93), np.uint64(0xA0761D6478BD642F)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_30, _27, _31 = np.uint64(30), np.uint64(27), np.uint64(31)


def closed_shells(surfaces: Surfaces, following: Ints) -> Flags:
    """Return bool[s], whether a shell is watertight and its faces look the same way.

    Args:
        surfaces: what is drawn.
        following: int64[k], position among the corners of the next one of the ring.
    """
    east, north, up = surfaces.corner_places
    here = _mixed(_cells(east) * _EAST + _cells(north) * _NORTH + _cells(up) * _UP)
    there = here[following]
    edges = edge_numbers(here, there)
    edges -= edge_numbers(there, here)
    sums = totals(edges, surfaces.rings[surfaces.shell_rings])
    return np.asarray((sums == 0) & (np.diff(surfaces.shells) >= _FEWEST_FACES))


def edge_numbers(here: Words, there: Words) -> Words:
    """Return a random number for each edge (e) from the numbers of its ends, in this order."""
    return _mixed(here * _HERE + there * _NEXT)


def plan_numbers(east: Floats, north: Floats, owners: Ints) -> Words:
    """Return a random number for each place (m) of the plan of a drawing."""
    mixed = _cells(east) * _EAST + _cells(north) * _NORTH
    mixed += owners.astype(np.uint64) * _UP
    return _mixed(mixed)


def _cells(along: Floats) -> Words:
    cells = np.rint(np.clip(along, -_FARTHEST_M, _FARTHEST_M) * _CELLS_A_METRE)
    return cells.astype(np.int64).view(np.uint64)


def _mixed(words: Words) -> Words:
    words ^= words >> _30
    words *= _FIRST
    words ^= words >> _27
    words *= _SECOND
    words ^= words >> _31
    return words
