"""Land that drains to a network by nearness, where no outline says so."""

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from spatial.networks.courses import paths
from spatial.networks.graph import straight_m
from spatial.networks.network import Floats, Ints, Network, of_kind

_NO_INLETS = ("outfall", "reservoir", "tank")
_QUARTER = 8
"""Segments of a quarter circle: its area is right to 0.6 %."""
_PIECE = 16
"""Segments of a line of which one strip is made."""
Shapes = NDArray[Any]


def inlets(network: Network) -> Ints:
    """Return the nodes that take in water from the land around and have a place: int64[k]."""
    placed = np.isfinite(network.node_x) & np.isfinite(network.node_y)
    return np.flatnonzero(placed & ~of_kind(network.node_kind, _NO_INLETS))


def near_land(network: Network, nodes: Ints, links: Ints, reach_m: float) -> BaseGeometry:
    """Return the land within reach of nodes and links that no other inlet is nearer to.

    Args:
        network: gives places.
        nodes: int64[k], whose land it is; those that are no inlets have none.
        links: int64[l], pipes along which land counts as that of the nearest node.
        reach_m: how far.
    """
    placed = inlets(network)
    mine = np.intersect1d(nodes, placed)
    if not len(mine) or reach_m <= 0:
        return shapely.Polygon()
    lines = _along(network, mine, links)
    extent = shapely.box(*shapely.total_bounds(lines)).buffer(reach_m, join_style="mitre")
    # Land in reach of a pipe is at most half its length and the reach away from one of its ends.
    margin = reach_m + shapely.length(paths(network, links)).max(initial=0.0) / 2
    around = _within(network, placed, extent.bounds, margin)
    ours = np.isin(around, mine)
    spots, cells = _cells(network, around, extent, ours)
    # A cell no larger than the reach is whole: the strips of thousands of pipes that meet there
    # need not be united.
    whole = _radius_m(cells, spots) <= reach_m
    edge = _strips(lines, cells[~whole], reach_m)
    if not ours.all():
        edge = shapely.intersection(shapely.coverage_union_all(cells[~whole]), edge)
    return shapely.union_all([shapely.coverage_union_all(cells[whole]), edge])


def _along(network: Network, mine: Ints, links: Ints) -> Shapes:
    """Return the courses of links, joined to long lines, and the nodes that have none."""
    drawn = links[np.isfinite(straight_m(network)[links])]
    lines = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(paths(network, drawn))))
    alone = np.setdiff1d(mine, [network.link_from[drawn], network.link_to[drawn]])
    return np.concatenate([_cut(lines), _points(_spots(network, alone))])


def _cut(lines: Shapes) -> Shapes:
    """Return lines in pieces that are not long: a strip along one that winds takes for ever."""
    points, line = shapely.get_coordinates(lines, return_index=True)
    nth = np.arange(len(line)) - np.searchsorted(line, line)
    last = np.append(line[1:] != line[:-1], np.ones(min(len(line), 1), np.bool_))
    twice = (nth > 0) & (nth % _PIECE == 0) & ~last
    rows = np.repeat(np.arange(len(line)), 1 + twice)
    begins = nth[rows] == 0
    begins[1:] |= rows[1:] == rows[:-1]
    piece = np.cumsum(begins) - 1
    return np.asarray(shapely.linestrings(points[rows], indices=piece), object)


def _strips(lines: Shapes, cells: Shapes, reach_m: float) -> BaseGeometry:
    """Return the land within reach of lines, as far as it can matter to some cells."""
    near = shapely.STRtree(lines).query(cells, predicate="dwithin", distance=reach_m)[1]
    strips = shapely.buffer(lines[np.unique(near)], reach_m, quad_segs=_QUARTER)
    return shapely.union_all(strips)


def _within(network: Network, nodes: Ints, bounds: tuple[float, ...], margin_m: float) -> Ints:
    west, south, east, north = bounds
    x, y = network.node_x[nodes], network.node_y[nodes]
    kept = (x >= west - margin_m) & (x <= east + margin_m)
    return nodes[kept & (y >= south - margin_m) & (y <= north + margin_m)]


def _cells(
    network: Network, nodes: Ints, extent: BaseGeometry, wanted: NDArray[np.bool_]
) -> tuple[Floats, Shapes]:
    """Return places, and the land nearer to each than to any other: float64[c, 2], object[c].

    Of nodes (int64[k]) the wanted count, once where several are at one place.
    """
    distinct, which = np.unique(_spots(network, nodes), axis=0, return_inverse=True)
    kept = np.unique(which.ravel()[wanted])
    if len(distinct) == 1:
        return distinct, np.array([extent], object)
    cells = shapely.voronoi_polygons(shapely.multipoints(distinct), extend_to=extent, ordered=True)
    return distinct[kept], np.asarray(shapely.get_parts(cells), object)[kept]


def _radius_m(cells: Shapes, spots: Floats) -> Floats:
    """Return how far the farthest corner of each cell is from its place: float64[c]."""
    corners, at = shapely.get_coordinates(cells, return_index=True)
    away = np.hypot(*(corners - spots[at]).T)
    return np.maximum.reduceat(away, np.searchsorted(at, np.arange(len(cells))))


def _spots(network: Network, nodes: Ints) -> Floats:
    return np.column_stack([network.node_x[nodes], network.node_y[nodes]])


def _points(spots: Floats) -> Shapes:
    return np.asarray(shapely.points(spots), object).reshape(len(spots))
