"""To which node a point belongs: the one that it is at, or that its rain runs to."""

from typing import NamedTuple

import numpy as np
import shapely

from spatial.networks.catchments import REACH_M, Catchments, drains_to
from spatial.networks.courses import paths
from spatial.networks.graph import straight_m
from spatial.networks.network import Network

ON_M = 5.0
"""So near to a node or pipe a point is meant to be on it: as exact as people click."""
NODE = "node"
PIPE = "pipe"


class Spot(NamedTuple):
    """The node of a point, and why.

    Attributes:
        node: its index; -1 where nothing is near.
        link: index of the pipe that the point is on; -1 where it is on none.
        method: ``node``: it is there; ``pipe``: on a pipe, of which the upper end is taken;
            ``outline``: in an outline that drains to it; ``nearest inlet``; empty: nothing is near.
        distance_m: from the node or pipe; 0 in an outline, NaN where nothing is near.
    """

    node: int
    link: int
    method: str
    distance_m: float


def spot(
    network: Network, catchments: Catchments, x: float, y: float, reach_m: float = REACH_M
) -> Spot:
    """Return the node of a point.

    Args:
        network: nodes and pipes no farther than 5 m count first.
        catchments: then outlines, the smallest if several overlap.
        x: easting, metres.
        y: northing.
        reach_m: then the nearest inlet, no farther than that.
    """
    away = np.hypot(network.node_x - x, network.node_y - y)
    near = np.flatnonzero(away <= ON_M)
    if len(near):
        node = int(near[np.argmin(away[near])])
        return Spot(node, -1, NODE, float(away[node]))
    return _on_pipe(network, x, y) or _beside(network, catchments, x, y, reach_m)


def _on_pipe(network: Network, x: float, y: float) -> Spot | None:
    drawn = np.flatnonzero(np.isfinite(straight_m(network)))
    point = shapely.Point(x, y)
    lines = paths(network, drawn)
    near = np.flatnonzero(shapely.dwithin(lines, point, ON_M))
    if not len(near):
        return None
    away = shapely.distance(lines[near], point)
    link = int(drawn[near[np.argmin(away)]])
    return Spot(int(network.link_from[link]), link, PIPE, float(away.min()))


def _beside(network: Network, catchments: Catchments, x: float, y: float, reach_m: float) -> Spot:
    found = drains_to(network, catchments, np.array([x]), np.array([y]), reach_m)
    return Spot(int(found.node[0]), -1, str(found.method[0]), float(found.distance_m[0]))
