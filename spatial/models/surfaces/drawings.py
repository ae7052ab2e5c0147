"""Drawings given as lists of rings, laid out as arrays."""

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple, TypeAlias

import numpy as np

from spatial.models.surfaces.layout import Floats, Surfaces, offsets_of

Polygon: TypeAlias = Sequence[Floats]
"""Rings float64[k, 3], the boundary first; a ring may repeat its first corner at its end."""


class Shell(NamedTuple):
    """Polygons that belong together.

    Attributes:
        polygons: of the shell.
        meanings: type of semantic surface of each polygon, None where it has none; empty where no
            polygon has any.
        cavity: whether it bounds what is hollow in the shells before it.
    """

    polygons: Sequence[Polygon]
    meanings: Sequence[str | None] = ()
    cavity: bool = False


Drawing: TypeAlias = Sequence[Shell]
"""One geometry of one object: one shell where it is open surfaces, any number where it is solid."""


def gather(drawings: Sequence[Drawing]) -> Surfaces:
    """Lay out drawings (n); the coordinates keep their order in ``places``.

    Coordinates in degrees are gathered first and then replaced: ``plan`` by the degrees, ``places``
    by their projection.
    """
    shells = list(chain.from_iterable(drawings))
    polygons = list(chain.from_iterable(shell.polygons for shell in shells))
    rings = [_open(ring) for ring in chain.from_iterable(polygons)]
    names, meanings = _meanings(shells)
    places = np.concatenate(rings) if rings else np.empty((0, 3))
    return Surfaces(
        places=np.ascontiguousarray(places, np.float64),
        corners=np.arange(len(places)),
        rings=offsets_of([len(ring) for ring in rings]),
        polygons=offsets_of([len(polygon) for polygon in polygons]),
        shells=offsets_of([len(shell.polygons) for shell in shells]),
        drawings=offsets_of([len(drawing) for drawing in drawings]),
        cavities=np.array([shell.cavity for shell in shells], bool),
        meanings=np.array(meanings, np.int64),
        meaning_names=names,
    )


def _open(ring: Floats) -> Floats:
    closed = len(ring) > 1 and bool((ring[0] == ring[-1]).all())
    return ring[:-1] if closed else ring


def _meanings(shells: Sequence[Shell]) -> tuple[tuple[str, ...], list[int]]:
    known: dict[str | None, int] = {None: -1}
    positions: list[int] = []
    for shell in shells:
        said = shell.meanings or [None] * len(shell.polygons)
        positions += [known.setdefault(meaning, len(known) - 1) for meaning in said]
    return tuple(name for name in known if name is not None), positions
