"""Volume, heights, areas, meanings and outlines of drawings, for all of them at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spatial.models.surfaces.closure import closed_shells
from spatial.models.surfaces.faces import Faces, faces_of
from spatial.models.surfaces.layout import Flags, Floats, Ints, Surfaces, extremes, totals
from spatial.models.surfaces.outlines import OutlineSource, Wanted, outlines_of

_CORNERS_OF_A_FACE = 3


@dataclass(frozen=True, slots=True)
class Patch:
    """All polygons of one meaning in one drawing."""

    count: int
    area_m2: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """What was measured of drawings (n).

    Attributes:
        closed: bool[n], whether every shell is watertight.
        volume_m3: float64[n], cavities taken away; NaN where a drawing is not closed.
        base_m: float64[n], lowest height; NaN where nothing is drawn.
        top_m: float64[n], highest height, alike.
        area_m2: float64[n], of all polygons.
        meanings: of each drawing its semantic surfaces by type.
        outlines: object[n], polygon, line or point seen from above, in the plan's coordinates; None
            where nothing is drawn or none was asked for.
        outline_sources: of each drawing what its outline was taken from.
        short_rings: int64[n], rings of fewer than three corners, which bound nothing.
    """

    closed: Flags
    volume_m3: Floats
    base_m: Floats
    top_m: Floats
    area_m2: Floats
    meanings: tuple[Mapping[str, Patch], ...]
    outlines: NDArray[Any]
    outline_sources: tuple[OutlineSource | None, ...]
    short_rings: Ints


# Coordinates of damaged files overflow; what comes of it is looked at, not warned of.
@np.errstate(all="ignore")
def measure(surfaces: Surfaces, *, outlines: Flags | None = None) -> Measures:
    """Measure drawings (n).

    A volume is that of ISO 19107's solids: the first shell of a solid bounds it, ``cavities`` bound
    what is hollow in it. Shells are added up by size, so that a shell turned inside out counts as
    well.

    Args:
        surfaces: what is drawn.
        outlines: bool[n], which outlines are wanted; all where None.
    """
    faces = faces_of(surfaces)
    closed, volume = _volumes(surfaces, faces)
    base, top = _heights(surfaces)
    wanted = np.ones(len(surfaces), bool) if outlines is None else outlines
    shapes, sources = outlines_of(surfaces, faces, Wanted(wanted, closed))
    short = (np.diff(surfaces.rings) < _CORNERS_OF_A_FACE).astype(np.int64)
    return Measures(
        closed=closed,
        volume_m3=volume,
        base_m=base,
        top_m=top,
        area_m2=totals(faces.areas_m2, surfaces.drawing_polygons),
        meanings=_patches(surfaces, faces.areas_m2),
        outlines=shapes,
        outline_sources=sources,
        short_rings=totals(short, surfaces.drawing_rings),
    )


def _volumes(surfaces: Surfaces, faces: Faces) -> tuple[Flags, Floats]:
    tight = closed_shells(surfaces, faces.following)
    sizes = np.abs(totals(faces.cones_m3, surfaces.shell_rings))
    volume = totals(np.where(surfaces.cavities, -sizes, sizes), surfaces.drawings)
    leaks = totals((~tight).astype(np.int64), surfaces.drawings)
    closed = (leaks == 0) & (np.diff(surfaces.drawings) > 0)
    sound = closed & np.isfinite(volume) & (volume >= 0)
    return closed, np.where(sound, volume, np.nan)


def _heights(surfaces: Surfaces) -> tuple[Floats, Floats]:
    return extremes(surfaces.corner_places[2], surfaces.drawing_corners)


def _patches(surfaces: Surfaces, areas: Floats) -> tuple[dict[str, Patch], ...]:
    patches: tuple[dict[str, Patch], ...] = tuple({} for _ in range(len(surfaces)))
    named = surfaces.meanings >= 0
    width = max(len(surfaces.meaning_names), 1)
    pairs = surfaces.polygon_owner[named] * width + surfaces.meanings[named]
    found, which, counts = np.unique(pairs, return_inverse=True, return_counts=True)
    sums = np.bincount(which, weights=areas[named], minlength=len(found))
    rows = zip(found.tolist(), counts.tolist(), sums.tolist(), strict=True)
    for pair, count, area in rows:
        owner, meaning = divmod(pair, width)
        patches[owner][surfaces.meaning_names[meaning]] = Patch(count, area)
    return patches
