"""Alerts as columns, with where they are in the city's networks: what grouping looks at."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]

NOWHERE = -1
STANDS_US = 2**62
"""End of what still stands."""

_FLOATS = frozenset({"x", "y", "way_m", "way_s"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """Alerts (n) as grouping sees them.

    Attributes:
        id: int64[n], the alert's number.
        mode: int64[n], alerts of two modes are never linked.
        family: int64[n], number of the cause family, low ones are likelier roots.
        level: int64[n], 1 blue to 4 red.
        entity: int64[n], code of what it is about.
        from_us: int64[n], when it was raised.
        to_us: int64[n], when it ended, ``STANDS_US`` while it stands.
        x: float64[n], easting in metres, NaN where nobody knows.
        y: float64[n], northing.
        building: int64[n], code of the building it is in, -1 in none.
        catchment: int64[n], number of the sewers' outfall that its water comes to, -1 for none.
        root: int64[n], number of the tree of main ways that it is in, -1 for none.
        enter: int64[n], place in the tree: all that lies upstream comes after it,
        leave: int64[n], and before this one.
        way_m: float64[n], metres of water's way to the tree's end.
        way_s: float64[n], seconds of it.
        gauge: int64[n], number of the rain gauge that noticed it, -1 for none.
        nearest: int64[n], number of the rain gauge that is nearest to it, -1 where there is none.
    """

    id: Ints
    mode: Ints
    family: Ints
    level: Ints
    entity: Ints
    from_us: Ints
    to_us: Ints
    x: Floats
    y: Floats
    building: Ints
    catchment: Ints
    root: Ints
    enter: Ints
    leave: Ints
    way_m: Floats
    way_s: Floats
    gauge: Ints
    nearest: Ints

    def __len__(self) -> int:
        """Return how many."""
        return len(self.id)

    @classmethod
    def of(cls, rows: Sequence[Sequence[Any]]) -> Self:
        """Return the columns of rows, each in the order of the attributes."""
        names = [one.name for one in fields(cls)]
        columns = zip(*rows, strict=True) if rows else ([] for _ in names)
        kinds = [np.float64 if name in _FLOATS else np.int64 for name in names]
        made: Iterable[NDArray[Any]] = (
            np.array(list(c), k) for c, k in zip(columns, kinds, strict=True)
        )
        return cls(**dict(zip(names, made, strict=True)))

    def take(self, rows: Ints) -> Self:
        """Return some of the rows, in that order."""
        names = [one.name for one in fields(self)]
        return type(self)(**{name: getattr(self, name)[rows] for name in names})
