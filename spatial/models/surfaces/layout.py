"""Polygons of many drawings laid out in arrays, each level by its offsets into the next."""

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]

_Number = TypeVar("_Number", np.float64, np.int64, np.uint64)


@dataclass(frozen=True, kw_only=True)
class Surfaces:
    """Polygons of n drawings: v places, k corners, r rings, p polygons, s shells.

    A drawing is one geometry of one object. Offsets begin with 0 and end with the length of what
    they cut: ring i has the corners ``rings[i]:rings[i + 1]``.

    Attributes:
        places: float64[v, 3], metres, finite: x east, y north, z up.
        corners: int64[k], positions in ``places``.
        rings: int64[r + 1], offsets into ``corners``. A ring does not repeat its first corner.
        polygons: int64[p + 1], offsets into ``rings``: the boundary first, then its holes.
        shells: int64[s + 1], offsets into ``polygons``: surfaces that belong together.
        drawings: int64[n + 1], offsets into ``shells``.
        cavities: bool[s], whether a shell bounds what is hollow in another one.
        meanings: int64[p], position in ``meaning_names``, -1 where a polygon has no meaning.
        meaning_names: types of semantic surfaces: ``RoofSurface``.
        plan: float64[v, 2], where outlines are drawn; east and north of ``places`` where None.
            Degrees or feet stand here when the model's CRS has them.
    """

    places: Floats
    corners: Ints
    rings: Ints
    polygons: Ints
    shells: Ints
    drawings: Ints
    cavities: Flags
    meanings: Ints
    meaning_names: tuple[str, ...] = ()
    plan: Floats | None = None

    def __len__(self) -> int:
        """Return the number of drawings."""
        return len(self.drawings) - 1

    @cached_property
    def corner_places(self) -> tuple[Floats, Floats, Floats]:
        """float64[k] three times: east, north and height of the corners."""
        east, north, up = self.places[self.corners].T.copy()
        return east, north, up

    @cached_property
    def drawing_corners(self) -> Ints:
        """int64[n + 1], offsets of the drawings into ``corners``."""
        return self.rings[self.drawing_rings]

    @cached_property
    def drawing_rings(self) -> Ints:
        """int64[n + 1], offsets of the drawings into ``rings``."""
        return self.polygons[self.drawing_polygons]

    @cached_property
    def drawing_polygons(self) -> Ints:
        """int64[n + 1], offsets of the drawings into ``polygons``."""
        return self.shells[self.drawings]

    @cached_property
    def shell_rings(self) -> Ints:
        """int64[s + 1], offsets of the shells into ``rings``."""
        return self.polygons[self.shells]

    @cached_property
    def polygon_owner(self) -> Ints:
        """int64[p], drawing of each polygon."""
        return owners(self.drawing_polygons)

    def plan_at(self, corners: Ints) -> Floats:
        """Return float64[m, 2], where corners (m positions) are in the plan."""
        plan = self.places if self.plan is None else self.plan
        return plan[self.corners[corners], :2]


def owners(offsets: Ints) -> Ints:
    """Return for each thing that the offsets (m + 1) cut the position of its owner."""
    return np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))


def totals(values: NDArray[_Number], offsets: Ints) -> NDArray[_Number]:
    """Return the sum of each cut (m) of the values; 0 where it is empty."""
    sums = np.zeros(len(offsets) - 1, values.dtype)
    filled = offsets[:-1] < offsets[1:]
    if filled.any():
        sums[filled] = np.add.reduceat(values, offsets[:-1][filled])
    return sums


def extremes(values: Floats, offsets: Ints) -> tuple[Floats, Floats]:
    """Return lowest and highest of each cut (m) of the values; NaN where it is empty."""
    lowest = np.full(len(offsets) - 1, np.nan)
    highest = lowest.copy()
    filled = offsets[:-1] < offsets[1:]
    if filled.any():
        starts = offsets[:-1][filled]
        lowest[filled] = np.minimum.reduceat(values, starts)
        highest[filled] = np.maximum.reduceat(values, starts)
    return lowest, highest


def offsets_of(sizes: list[int] | Ints) -> Ints:
    """Return the offsets (m + 1) of cuts of these sizes (m)."""
    offsets = np.zeros(len(sizes) + 1, np.int64)
    np.cumsum(sizes, out=offsets[1:])
    return offsets


def spread(starts: Ints, counts: Ints) -> Ints:
    """Return start, start + 1 … of each of m cuts, ``counts`` numbers each."""
    ends = np.cumsum(counts)
    if not len(ends):
        return np.empty(0, np.int64)
    return np.asarray(np.arange(ends[-1]) + np.repeat(starts - (ends - counts), counts))
