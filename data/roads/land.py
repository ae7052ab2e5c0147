"""Land by the road beside it: reached if the nearest place of an open road is."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, MultiPolygon
from shapely.geometry.base import BaseGeometry

from data.roads.driven import Edge, Tree, part

STEP_M = 20.0
"""Between the places of a road that land is shared out to; the edge of reached land is right to
about half of that."""
_TOLERANCE_M = 1.0
_FEWEST_PLACES = 2


class Land(NamedTuple):
    """Land shared out to places along roads.

    Attributes:
        cell: polygons, each the land that is nearest to one place.
        seconds: driving time to each place.
        around: what is no farther from a road than is asked.
    """

    cell: NDArray[np.object_]
    seconds: NDArray[np.float64]
    around: BaseGeometry

    def reached(self, within_s: float) -> MultiPolygon:
        """Return the land whose nearest road is reached in a time."""
        cells = self.cell[self.seconds <= within_s]
        if not len(cells):
            return MultiPolygon()
        # Cells of one diagram share their corners, so that no line need be cut by another.
        united = shapely.intersection(shapely.coverage_union_all(cells), self.around)
        return polygons(shapely.simplify(united, _TOLERANCE_M))


def land_of(tree: Tree, edges: Sequence[Edge], off_road_m: float) -> Land:
    """Share land out to the places of open edges.

    Args:
        tree: driving times.
        edges: open ones, with those around the land that matters.
        off_road_m: land that is farther from every road belongs to none.
    """
    if not edges:
        return Land(np.empty(0, object), np.empty(0), MultiPolygon())
    rows = [row for edge in edges for row in _places(tree, edge)]
    x, y, seconds = (np.array(column) for column in zip(*rows, strict=True))
    shapes = np.array([edge.shape for edge in edges], dtype=object)
    around = shapely.union_all(shapely.buffer(shapes, off_road_m, quad_segs=4))
    places, one = np.unique(np.column_stack([x, y]).round(3), axis=0, return_inverse=True)
    soonest = np.full(len(places), math.inf)
    np.minimum.at(soonest, one, seconds)
    if len(places) < _FEWEST_PLACES:
        return Land(np.array([around], dtype=object), soonest, around)
    cells = shapely.voronoi_polygons(shapely.MultiPoint(places), extend_to=around, ordered=True)
    return Land(np.array(shapely.get_parts(cells), dtype=object), soonest, around)


def polygons(shape: BaseGeometry) -> MultiPolygon:
    """Return the areas of a shape, without its lines and points."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    return MultiPolygon([one for one in parts.tolist() if one.geom_type == "Polygon"])


def driven_lines(tree: Tree, edge: Edge, within_s: float) -> list[LineString]:
    """Return the parts of an edge that are driven in a time."""
    return [part(edge.shape, low, high) for low, high in tree.driven(edge, within_s)]


def _places(tree: Tree, edge: Edge) -> list[tuple[float, float, float]]:
    """Return x, y and driving time of places along an edge, its ends not among them.

    Ends belong to all edges of a node, and would give land to a road that nobody may enter there.
    """
    count = max(1, math.ceil(edge.length_m / STEP_M))
    at = (np.arange(count) + 0.5) / count
    found = shapely.get_coordinates(shapely.line_interpolate_point(edge.shape, at, normalized=True))
    seconds = [tree.seconds_at(edge, fraction) for fraction in at.tolist()]
    return [(x, y, late) for (x, y), late in zip(found.tolist(), seconds, strict=True)]
