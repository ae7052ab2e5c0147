"""Where the vertices of a batch of documents are, and what is drawn between them."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from spatial.models.cityjson.flattening import Flat, flattened
from spatial.models.cityjson.geometries import Geometry
from spatial.models.cityjson.meanings import Meanings
from spatial.models.cityjson.refusing import ObjectRefusedError
from spatial.models.cityjson.vertices import Vertices, complaint
from spatial.models.frames.placing import Frame
from spatial.models.surfaces.layout import Flags, Floats, Ints, Surfaces


class Ground(NamedTuple):
    """Vertices (v) of a batch.

    Attributes:
        vertices: as the file writes them.
        metres: float64[v, 3], to measure in.
        plan: float64[v, 2], east and north in the CRS.
        bad: bool[v], which are no vertices; None where all are good.
    """

    vertices: Vertices
    metres: Floats
    plan: Floats
    bad: Flags | None

    def why(self, at: int) -> str:
        """Return what is wrong with a bad vertex."""
        if self.vertices.bad is not None and self.vertices.bad[at]:
            return complaint(self.vertices, at)
        return f"vertex {self.vertices.places[at].tolist()!r} has no place in the CRS"


class Drawn(NamedTuple):
    """Geometries (n) laid out; ``reasons`` says by position why one is not, and it is empty."""

    surfaces: Surfaces
    reasons: dict[int, str]
    wrong_values: list[int]


def ground_of(vertices: Vertices, frame: Frame) -> Ground:
    """Return the vertices with their places."""
    metres, plan = frame.metres(vertices.places), frame.plan(vertices.places)
    lost: Flags = np.asarray(~np.isfinite(metres).all(axis=1))
    if not lost.any():
        return Ground(vertices, metres, plan, vertices.bad)
    metres[lost] = 0.0
    return Ground(vertices, metres, plan, lost if vertices.bad is None else lost | vertices.bad)


def checked(geometries: Sequence[Geometry], ground: Ground) -> dict[int, str]:
    """Return by position why geometries cannot be drawn."""
    return _sound(geometries, ground)[1]


def drawn(geometries: Sequence[Geometry], ground: Ground) -> Drawn:
    """Lay out geometries (n)."""
    flat, reasons = _sound(geometries, ground)
    meanings = Meanings()
    numbers: list[int] = []
    wrong: list[int] = []
    for at, geometry in enumerate(geometries):
        found, odd = ([], 0) if at in reasons else meanings.of(geometry)
        numbers += found
        wrong.append(odd)
    surfaces = Surfaces(
        places=ground.metres,
        corners=flat.corners,
        rings=flat.rings,
        polygons=flat.polygons,
        shells=flat.shells,
        drawings=flat.drawings,
        cavities=_cavities(geometries, reasons),
        meanings=np.array(numbers, np.int64),
        meaning_names=meanings.names,
        plan=ground.plan,
    )
    return Drawn(surfaces, reasons, wrong)


def _sound(geometries: Sequence[Geometry], ground: Ground) -> tuple[Flat, dict[int, str]]:
    """Return the geometries as arrays, the refused ones empty, with corners in the whole batch."""
    reasons: dict[int, str] = {}
    try:
        flat = flattened(geometries)
    except ObjectRefusedError:
        reasons = _wrongly_nested(geometries)
        flat = flattened(_without(geometries, reasons))
    lost = _astray(flat, geometries, ground)
    if lost:
        reasons |= lost
        flat = flattened(_without(geometries, reasons))
    bases = np.array([each.base for each in geometries], np.int64)
    return flat._replace(corners=flat.corners + np.repeat(bases, flat.corner_counts)), reasons


def _wrongly_nested(geometries: Sequence[Geometry]) -> dict[int, str]:
    reasons = {}
    for at, geometry in enumerate(geometries):
        try:
            flattened([geometry])
        except ObjectRefusedError as error:
            reasons[at] = str(error)
    return reasons


def _without(geometries: Sequence[Geometry], refused: Iterable[int]) -> list[Geometry]:
    kept = list(geometries)
    for at in refused:
        kept[at] = kept[at]._replace(shells=kept[at].shells._replace(polygons=[]))
    return kept


def _astray(flat: Flat, geometries: Sequence[Geometry], ground: Ground) -> dict[int, str]:
    """Return why geometries that point to no vertex, or to a bad one, cannot be drawn."""
    counts = flat.corner_counts
    limits = np.repeat(np.array([each.limit for each in geometries], np.int64), counts)
    astray = (flat.corners < 0) | (flat.corners >= limits)
    bases = np.repeat(np.array([each.base for each in geometries], np.int64), counts)
    if ground.bad is not None and len(ground.bad):
        safe = np.where(astray, 0, flat.corners + bases)
        astray |= ground.bad[safe]
    if not astray.any():
        return {}
    owners = np.repeat(np.arange(len(geometries)), counts)[astray]
    which, first = np.unique(owners, return_index=True)
    corners = flat.corners[astray][first]
    return {
        owner: _why(geometries[owner], corner, ground)
        for owner, corner in zip(which.tolist(), corners.tolist(), strict=True)
    }


def _why(geometry: Geometry, corner: int, ground: Ground) -> str:
    if not 0 <= corner < geometry.limit:
        return f"points to vertex {corner}: the file has {geometry.limit}, counted from 0"
    return ground.why(geometry.base + corner)


def _cavities(geometries: Sequence[Geometry], reasons: dict[int, str]) -> Flags:
    cavities: list[bool] = []
    for at, geometry in enumerate(geometries):
        if at not in reasons:
            cavities += geometry.shells.cavities
    return np.array(cavities, bool)


def corners_of(surfaces: Surfaces, at: int) -> Ints:
    """Return the offsets of one drawing's rings into the corners."""
    first, last = surfaces.drawing_rings[at : at + 2]
    return surfaces.rings[first : last + 1]
