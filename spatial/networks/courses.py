"""Courses of links: how they are drawn, and how long that is."""

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.networks.graph import straight_m
from spatial.networks.network import Floats, Ints, Network


def paths(network: Network, links: Ints) -> NDArray[Any]:
    """Return the courses of links whose ends have places, as lines: object[<= k]."""
    placed = links[np.isfinite(straight_m(network)[links])]
    lines = _straight(network, placed)
    bent = np.array([len(_bends(network, link)) > 0 for link in placed.tolist()], np.bool_)
    for at in np.flatnonzero(bent).tolist():
        points = course(network, int(placed[at]))
        lines[at] = shapely.linestrings(points[np.isfinite(points).all(axis=1)])
    return lines


def _straight(network: Network, links: Ints) -> NDArray[Any]:
    ends = np.stack([network.link_from[links], network.link_to[links]], axis=1)
    points = np.stack([network.node_x[ends], network.node_y[ends]], axis=2)
    return np.asarray(shapely.linestrings(points), object).reshape(len(links))


def course(network: Network, link: int) -> Floats:
    """Return the points of a link from end to end: float64[k, 2], NaN without a place."""
    ends = [network.link_from[link], network.link_to[link]]
    start, end = np.column_stack([network.node_x[ends], network.node_y[ends]])
    return np.vstack([start, _bends(network, link), end])


def line_of(network: Network, link: int) -> shapely.LineString | None:
    """Return the course of a link; None where a point of it is not known."""
    if network.link_from[link] < 0 or network.link_to[link] < 0:
        return None
    points = course(network, link)
    return shapely.LineString(points) if np.isfinite(points).all() else None


def bends(lines: NDArray[Any], start: Floats, end: Floats) -> NDArray[Any]:
    """Return the points between the ends of lines, from the start of each link on: object[m].

    A line that is drawn from the end of its link is turned round.

    Args:
        lines: object[m], None where there is none.
        start: float64[m, 2], where each link starts; NaN where that is not known.
        end: float64[m, 2].
    """
    first, last = (_end_points(lines, at) for at in (0, -1))
    turned = _apart(first, end) + _apart(last, start) < _apart(first, start) + _apart(last, end)
    found = np.empty(len(lines), object)
    for at, line in enumerate(lines.tolist()):
        points = shapely.get_coordinates(line)[1:-1]
        found[at] = points[::-1] if turned[at] else points
    return found


def _end_points(lines: NDArray[Any], at: int) -> Floats:
    points = shapely.get_point(lines, at)
    return np.column_stack([shapely.get_x(points), shapely.get_y(points)])


def _apart(points: Floats, others: Floats) -> Floats:
    return np.asarray(np.hypot(*(points - others).T))


def drawn_m(network: Network) -> Floats:
    """Return how long each link is drawn: float64[m], NaN without places."""
    found = straight_m(network)
    bent = np.array([len(bends) > 0 for bends in network.link_path], np.bool_)
    for link in np.flatnonzero(bent & np.isfinite(found)).tolist() if len(bent) else ():
        found[link] = np.hypot(*np.diff(course(network, link), axis=0).T).sum()
    return found


def same_course(network: Network, links: Ints) -> Ints:
    """Return those of some links between the same nodes that lie where the first of them lies."""
    first = _lie(network, int(links[0]))
    return links[[_alike(first, _lie(network, link)) for link in links.tolist()]]


def _lie(network: Network, link: int) -> Floats:
    """Return the points of a link with their levels: float64[k, 3], NaN where not known."""
    points = course(network, link)
    levels = np.full((len(points), 1), np.nan)
    levels[0], levels[-1] = network.link_invert_from_m[link], network.link_invert_to_m[link]
    return np.hstack([points, levels])


def _alike(one: Floats, other: Floats) -> bool:
    if one.shape != other.shape:
        return False
    turned = other[::-1]
    return any(np.array_equal(one, each, equal_nan=True) for each in (other, turned))


def _bends(network: Network, link: int) -> Floats:
    if not len(network.link_path):
        return np.empty((0, 2))
    return np.asarray(network.link_path[link], np.float64).reshape(-1, 2)
