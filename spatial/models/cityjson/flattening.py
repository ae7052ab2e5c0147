"""Nested lists of boundaries as arrays, at the speed of C: no loop of ours sees a ring."""

from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from spatial.models.cityjson.geometries import Geometry
from spatial.models.cityjson.refusing import ObjectRefusedError
from spatial.models.frames.wording import shown
from spatial.models.surfaces.layout import Ints, offsets_of


class Flat(NamedTuple):
    """Corners (k) with the offsets of rings, polygons, shells and geometries.

    A corner is what the file writes: a position among the vertices of its own document.
    """

    corners: Ints
    rings: Ints
    polygons: Ints
    shells: Ints
    drawings: Ints

    @property
    def corner_counts(self) -> Ints:
        """int64[n], corners of each geometry."""
        return np.diff(self.rings[self.polygons[self.shells[self.drawings]]])


def flattened(geometries: Sequence[Geometry]) -> Flat:
    """Return the boundaries of geometries (n) as arrays.

    Raises:
        ObjectRefusedError: one of them is nested otherwise than its type says.
    """
    shells: list[Any] = list(chain.from_iterable(each.shells.polygons for each in geometries))
    polygons = _inside("a polygon", shells)
    rings = _inside("a ring", polygons)
    corners = list(chain.from_iterable(rings))
    if not set(map(type, corners)) <= {int}:
        odd = next(corner for corner in corners if type(corner) is not int)
        raise ObjectRefusedError(f"a corner is {shown(odd)}: expected the number of a vertex")
    try:
        numbers = np.fromiter(corners, np.int64, len(corners))
    except OverflowError as error:
        raise ObjectRefusedError(
            f"a corner is vertex {shown(max(corners, key=abs))}: expected a smaller number"
        ) from error
    return Flat(
        corners=numbers,
        rings=offsets_of(list(map(len, rings))),
        polygons=offsets_of(list(map(len, polygons))),
        shells=offsets_of(list(map(len, shells))),
        drawings=offsets_of([len(each.shells.polygons) for each in geometries]),
    )


def _inside(what: str, outer: list[Any]) -> list[Any]:
    inner = list(chain.from_iterable(outer))
    if not set(map(type, inner)) <= {list}:
        odd = next(each for each in inner if type(each) is not list)
        raise ObjectRefusedError(f"{what} is {shown(odd)}: expected a list")
    return inner
