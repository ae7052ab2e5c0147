"""Nested lists of boundaries as arrays, at the speed of C: no loop of ours sees a ring."""

from array import array
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
    ring_offsets = offsets_of(list(map(len, rings)))
    return Flat(
        corners=_numbers(rings, ring_offsets),
        rings=ring_offsets,
        polygons=offsets_of(list(map(len, polygons))),
        shells=offsets_of(list(map(len, shells))),
        drawings=offsets_of([len(each.shells.polygons) for each in geometries]),
    )


def _numbers(rings: list[Any], offsets: Ints) -> Ints:
    """Return the corners of rings, which are numbers of vertices."""
    try:
        numbers = np.frombuffer(array("q", chain.from_iterable(rings)), np.int64)
    except TypeError:
        raise _no_number(rings) from None
    except OverflowError as error:
        largest = max(chain.from_iterable(rings), key=abs)
        raise ObjectRefusedError(
            f"a corner is vertex {shown(largest)}: expected a smaller number"
        ) from error
    # True and False count as 1 and 0.
    doubtful = np.flatnonzero((numbers == 0) | (numbers == 1))
    ring = np.searchsorted(offsets, doubtful, side="right") - 1
    places = zip(ring.tolist(), (doubtful - offsets[ring]).tolist(), strict=True)
    if not {type(rings[ring][at]) for ring, at in places} <= {int}:
        raise _no_number(rings)
    return numbers


def _no_number(rings: list[Any]) -> ObjectRefusedError:
    odd = next(corner for corner in chain.from_iterable(rings) if type(corner) is not int)
    return ObjectRefusedError(f"a corner is {shown(odd)}: expected the number of a vertex")


def _inside(what: str, outer: list[Any]) -> list[Any]:
    inner = list(chain.from_iterable(outer))
    if not set(map(type, inner)) <= {list}:
        odd = next(each for each in inner if type(each) is not list)
        raise ObjectRefusedError(f"{what} is {shown(odd)}: expected a list")
    return inner
