"""The land that drains to a node: outlines where a model has them, what is nearest elsewhere."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from spatial.networks.graph import Graph, downstream, upstream
from spatial.networks.land import inlets, near_land
from spatial.networks.network import Floats, Ints, Network, Texts
from spatial.soundness import areal, mended

REACH_M = 50.0
"""How far from a pipe land is taken to drain to it where no outline says so."""
OUTLINE = "outline"
NEAREST = "nearest inlet"
_NONE = -1
Shapes = NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catchments:
    """Outlined areas (c) that drain to a network, in its metric CRS.

    Attributes:
        key: str[c], what the source calls an area.
        node: int64[c], index of the node that its water comes to, -1 where it comes to none.
        shape: object[c], outline; None where the source draws none.
        area_m2: float64[c], as the source says it; NaN where it does not.
    """

    key: Texts = field(default_factory=lambda: np.empty(0, object))
    node: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    shape: Shapes = field(default_factory=lambda: np.empty(0, object))
    area_m2: Floats = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        """Mend outlines that cross themselves; what has no area is not drawn."""
        object.__setattr__(self, "shape", areal(mended(self.shape)))


class Drained(NamedTuple):
    """Where k points drain to.

    Attributes:
        node: int64[k], index of the node, -1 where nothing is near.
        catchment: int64[k], the outline that it lies in, -1 where in none.
        distance_m: float64[k], to the node's place; 0 in an outline, NaN where nothing is near.
        method: str[k], ``outline``, ``nearest inlet`` or empty.
    """

    node: Ints
    catchment: Ints
    distance_m: Floats
    method: Texts


class DrainageArea(NamedTuple):
    """The land whose water passes a node.

    Attributes:
        shape: a polygon or several, empty where there is no land.
        area_m2: of the shape.
        outlined_m2: of that, what the source outlines; the rest is taken by nearness.
        catchment: int64[c], the outlines in it.
        unplaced_m2: what outlines that are not drawn measure by the source, beyond the shape.
    """

    shape: BaseGeometry
    area_m2: float
    outlined_m2: float
    catchment: Ints
    unplaced_m2: float


def drains_to(
    network: Network, catchments: Catchments, x: Floats, y: Floats, reach_m: float = REACH_M
) -> Drained:
    """Return where points drain to: the outlet of the outline they lie in, or the nearest inlet.

    Args:
        network: outfalls, reservoirs and tanks are no inlets.
        catchments: of overlapping outlines the smallest is taken.
        x: float64[k], eastings in metres.
        y: float64[k], northings.
        reach_m: farther from an inlet and in no outline a point drains to nothing known.
    """
    area = _outline_at(catchments, np.asarray(shapely.points(x, y), object))
    inside = area != _NONE
    node, distance = _nearest_inlet(network, x, y, reach_m)
    node[inside] = catchments.node[area[inside]]
    method = np.where(inside, OUTLINE, np.where(node != _NONE, NEAREST, "")).astype(object)
    return Drained(node, area, np.where(inside, 0.0, distance), method)


def _outline_at(catchments: Catchments, points: Shapes) -> Ints:
    found = np.full(len(points), _NONE, np.int64)
    if not len(catchments.shape) or not len(points):
        return found
    size = shapely.area(catchments.shape)
    at, area = shapely.STRtree(catchments.shape).query(points, predicate="intersects")
    order = np.lexsort((size[area], at))[::-1]  # the smallest of each point is written last
    found[at[order]] = area[order]
    return found


def _nearest_inlet(network: Network, x: Floats, y: Floats, reach_m: float) -> tuple[Ints, Floats]:
    found = np.full(len(x), _NONE, np.int64)
    distance = np.full(len(x), np.nan)
    places = inlets(network)
    asked = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if len(places) and len(asked):
        tree = cKDTree(np.column_stack([network.node_x[places], network.node_y[places]]))
        found_at = tree.query(np.column_stack([x[asked], y[asked]]))
        far, near = np.asarray(found_at[0]), np.asarray(found_at[1])
        close = far <= reach_m
        found[asked[close]], distance[asked[close]] = places[near[close]], far[close]
    return found, distance


def drainage_area(
    graph: Graph,
    catchments: Catchments,
    node: int,
    reach_m: float = REACH_M,
    *,
    alone: bool = False,
) -> DrainageArea:
    """Return the land whose water passes a node.

    That is every outline that drains to the node or to one upstream of it. Where the source has
    no outline, it is the land within reach of those nodes and of the pipes between them that is
    nearer to one of them than to any other inlet (their Voronoi cells), less all outlines. An
    outline that drains to a node farther down is divided by nearness if the node lies in it and
    has none of its own: it is that of a group of manholes.

    Args:
        graph: followed upstream from the node.
        catchments: outlines of the same network.
        node: index of a node.
        reach_m: how far from a pipe land drains to it; 0 takes outlines only.
        alone: leave out what comes to the node through pipes: the land of one manhole.
    """
    nodes, links = _above(graph, node, alone=alone)
    mine = np.isin(catchments.node, nodes)
    drawn = ~shapely.is_missing(catchments.shape)
    outlined = shapely.union_all(catchments.shape[mine & drawn])
    near = near_land(graph.network, nodes, links, reach_m)
    others = np.flatnonzero(drawn & ~_divided(graph, catchments, node))
    if not near.is_empty and len(others):
        taken = catchments.shape[others]
        near = near.difference(shapely.union_all(taken[shapely.STRtree(taken).query(near)]))
    shape = shapely.union_all([outlined, near])
    unplaced = catchments.area_m2[mine & ~drawn]
    return DrainageArea(
        shape,
        float(shape.area),
        float(outlined.area),
        np.flatnonzero(mine),
        float(np.nansum(unplaced)),
    )


def _above(graph: Graph, node: int, *, alone: bool) -> tuple[Ints, Ints]:
    """Return the nodes whose land counts, and the pipes along which it does."""
    if not alone:
        reach = upstream(graph, node)
        return reach.node, reach.link
    itself = np.array([node])
    return itself, np.unique(graph.back.link[graph.back.leaving(itself)])


def _divided(graph: Graph, catchments: Catchments, node: int) -> NDArray[np.bool_]:
    """Tell which outlines belong to a group of manholes of which the node is one: bool[c]."""
    none = np.zeros(len(catchments.node), np.bool_)
    place = shapely.Point(graph.network.node_x[node], graph.network.node_y[node])
    if not len(none) or (catchments.node == node).any() or not np.isfinite(place.coords[0]).all():
        return none
    around = np.flatnonzero(shapely.intersects(catchments.shape, place))
    if len(around):
        below = downstream(graph, node).node
        none[around] = np.isin(catchments.node[around], below)
    return none
