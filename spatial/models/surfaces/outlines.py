"""What drawings cover, seen from above."""

from enum import StrEnum
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.models.surfaces.bordering import bordered
from spatial.models.surfaces.faces import Faces
from spatial.models.surfaces.layout import Flags, Floats, Ints, Surfaces, offsets_of, spread, totals
from spatial.models.surfaces.uniting import united

Shapes: TypeAlias = NDArray[Any]

_GROUND = "GroundSurface"
_CORNERS_OF_A_FACE = 3
_SMALLEST_M2 = 1e-4
# Of a face, how much of its area is seen from above at least; less is a wall.
_STEEPEST = 0.01


class OutlineSource(StrEnum):
    """What an outline was taken from."""

    GROUND = "ground surfaces"
    UNDERSIDE = "faces that look down"
    FACES = "all faces that are not walls"
    HULL = "convex hull of the corners"


class Wanted(NamedTuple):
    """bool[n] twice: which outlines are asked for, and which drawings are watertight."""

    outlines: Flags
    closed: Flags


def outlines_of(
    surfaces: Surfaces, faces: Faces, wanted: Wanted
) -> tuple[Shapes, tuple[OutlineSource | None, ...]]:
    """Return outlines (n) and what they were taken from.

    Ground surfaces are taken where a drawing has some; of a watertight one the faces that look
    down, which cover all of it; else all faces that are not walls. Where nothing is left (a fence,
    a facade) it is the convex hull of the corners, which may be a line.
    """
    owner = surfaces.polygon_owner
    flat = np.abs(faces.upward_m2) > np.maximum(faces.areas_m2 * _STEEPEST, _SMALLEST_M2)
    ground = _with_meaning(surfaces, _GROUND) & flat
    grounded = np.bincount(owner[ground], minlength=len(surfaces)) > 0
    underside = wanted.closed & ~grounded
    chosen = np.where(grounded[owner], ground, flat & (~underside[owner] | (faces.upward_m2 < 0)))
    chosen &= wanted.outlines[owner]
    at = np.flatnonzero(chosen)
    layered = _layered(faces.upward_m2[at], owner[at], len(surfaces))
    shapes, hulls = _drawn(surfaces, faces.following, at, layered)
    sources = np.full(len(surfaces), OutlineSource.FACES, object)
    sources[grounded], sources[underside] = OutlineSource.GROUND, OutlineSource.UNDERSIDE
    bare = np.flatnonzero(wanted.outlines & shapely.is_missing(shapes))
    shapes[bare] = _hulls(surfaces, bare)
    sources[bare] = sources[hulls] = OutlineSource.HULL
    sources[shapely.is_missing(shapes)] = None
    return shapes, tuple(sources.tolist())


def _with_meaning(surfaces: Surfaces, name: str) -> Flags:
    if name not in surfaces.meaning_names:
        return np.zeros(len(surfaces.meanings), bool)
    return np.asarray(surfaces.meanings == surfaces.meaning_names.index(name))


def _layered(upward: Floats, owner: Ints, count: int) -> Flags:
    """Return bool[n], where some faces look up and some down: a roof over its floor."""
    up = np.bincount(owner[upward > 0], minlength=count)
    down = np.bincount(owner[upward < 0], minlength=count)
    return np.asarray((up > 0) & (down > 0))


def _drawn(
    surfaces: Surfaces, following: Ints, chosen: Ints, layered: Flags
) -> tuple[Shapes, Ints]:
    """Return the union (n) of the chosen polygons, and of which drawings it is but their hull."""
    owner = surfaces.polygon_owner[chosen]
    several = np.bincount(owner, minlength=len(surfaces))[owner] > 1
    shapes = bordered(surfaces, following, chosen[several & ~layered[owner]])
    left = chosen[shapely.is_missing(shapes[owner])]
    rings, counts = _rings_of(surfaces, left)
    kept = np.flatnonzero(counts)
    polygons = _polygons(surfaces, rings, counts[kept])
    others, hulled = united(polygons, surfaces.polygon_owner[left[kept]], len(surfaces))
    return np.where(shapely.is_missing(shapes), others, shapes), hulled


def _rings_of(surfaces: Surfaces, chosen: Ints) -> tuple[Ints, Ints]:
    """Return the rings of the chosen polygons (c) that bound an area, and how many each has."""
    counts = np.diff(surfaces.polygons)[chosen]
    rings = spread(surfaces.polygons[chosen], counts)
    offsets = offsets_of(counts)
    whole = np.diff(surfaces.rings)[rings] >= _CORNERS_OF_A_FACE
    # The chosen ones have an area, so their boundary is whole; holes may be degenerate.
    return rings[whole], totals(whole.astype(np.int64), offsets)


def _polygons(surfaces: Surfaces, rings: Ints, counts: Ints) -> Shapes:
    """Return polygons (m) in the plan; each has ``counts`` of the rings."""
    if not len(counts):
        return np.empty(0, object)
    sizes = np.diff(surfaces.rings)[rings] + 1
    offsets = offsets_of(sizes)
    corners = spread(surfaces.rings[rings], sizes)
    corners[offsets[1:] - 1] = surfaces.rings[rings]
    places = surfaces.plan_at(corners)
    polygons = shapely.from_ragged_array(
        shapely.GeometryType.POLYGON, places, (offsets, offsets_of(counts))
    )
    return np.asarray(polygons)


def _hulls(surfaces: Surfaces, which: Ints) -> Shapes:
    """Return convex hulls of drawings; None where one has no corners."""
    starts = surfaces.drawing_corners
    counts = np.diff(starts)[which]
    hulls = np.full(len(which), None, object)
    filled = counts > 0
    if filled.any():
        points = np.asarray(shapely.points(surfaces.plan_at(spread(starts[which], counts))))
        groups = np.repeat(np.arange(filled.sum()), counts[filled])
        hulls[filled] = shapely.convex_hull(shapely.multipoints(points, indices=groups))
    return hulls
