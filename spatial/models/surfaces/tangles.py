"""How much there would be to do to unite or mend shapes, seen before it is begun.

The time of both grows with the number of places where edges cross, which in a damaged or hostile
model is that of all pairs: mending a ring of 1,000 corners set down at random takes 10 seconds.
"""

from typing import Any, TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray

Shapes: TypeAlias = NDArray[Any]

_SAMPLE = 200
_MOST_CROSSINGS = 30_000
_MOST_OVERLAPS = 300_000
FEW = 50
"""Whatever is done to so few is done soon."""
_MOST = 20_000
# Edges and faces of a sound model meet their neighbours, and no more of these.
_NEIGHBOURS = 20


def is_tangled(polygon: shapely.Polygon | shapely.MultiPolygon) -> bool:
    """Tell whether an invalid polygon is better not mended."""
    places, ring = shapely.get_coordinates(shapely.get_rings(polygon), return_index=True)
    if len(places) <= FEW or len(places) > _MOST:
        return len(places) > _MOST
    along = ring[1:] == ring[:-1]
    edges = np.stack([places[:-1][along], places[1:][along]], axis=1)
    return _overlaps(np.asarray(shapely.linestrings(edges))) > _most(_MOST_CROSSINGS, len(edges))


def are_tangled(polygons: Shapes) -> bool:
    """Tell whether polygons (m) are better not united."""
    if len(polygons) <= FEW or len(polygons) > _MOST:
        return len(polygons) > _MOST
    return _overlaps(polygons) > _most(_MOST_OVERLAPS, len(polygons))


def _most(allowed: int, count: int) -> int:
    return allowed + _NEIGHBOURS * count


def _overlaps(shapes: Shapes) -> float:
    """Return about how many pairs of shapes (m) have overlapping boxes, from a sample of them."""
    if not len(shapes):
        return 0.0
    step = -(-len(shapes) // _SAMPLE)
    sample = shapes[::step]
    pairs: int = shapely.STRtree(shapes).query(sample).shape[1]
    return pairs * len(shapes) / len(sample)
