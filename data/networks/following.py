"""What a trace met, as documents: nodes and links with distances, and lines for a map."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import shapely
from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry

from spatial.crs import WGS84, transform_shapes
from spatial.networks.courses import course
from spatial.networks.graph import Graph, Reach, Way
from spatial.networks.network import Ints

_DECIMALS = 1


class Step(NamedTuple):
    """A node that water comes to, or a link that it takes.

    Attributes:
        key: of the node or link; an entity code in the register's network.
        kind: of it.
        via: key of the link by which a node is reached, None for the first; of a link its nodes.
        distance_m: along the shortest way; None where a length on it is not known, and for links.
        travel_s: on the same way, alike.
        shape: a point or line in the store's CRS; None where it has no place.
    """

    key: str
    kind: str
    via: str | None
    distance_m: float | None
    travel_s: float | None
    shape: BaseGeometry | None


def nodes_of(graph: Graph, reach: Reach, most: int) -> list[Step]:
    """Return the nodes of a trace, nearest first."""
    found = zip(
        reach.node[:most].tolist(),
        reach.via[:most].tolist(),
        reach.distance_m[:most].tolist(),
        reach.travel_s[:most].tolist(),
        strict=True,
    )
    return [node_step(graph, node, via, along) for node, via, *along in found]


def node_step(graph: Graph, node: int, via: int = -1, along: list[float] | None = None) -> Step:
    """Return a node; ``along`` is its distance and travel time, where it was come to."""
    network = graph.network
    distance_m, travel_s = along or (float("nan"), float("nan"))
    place = network.node_x[node], network.node_y[node]
    return Step(
        key=network.node_key[node],
        kind=network.node_kind[node],
        via=None if via < 0 else network.link_key[via],
        distance_m=_known(distance_m),
        travel_s=_known(travel_s),
        shape=Point(place) if np.isfinite(place).all() else None,
    )


def links_of(graph: Graph, links: Ints) -> list[Step]:
    """Return links in their order."""
    return [_link(graph, link) for link in links.tolist()]


def way_of(graph: Graph, way: Way) -> Iterator[Step]:
    """Yield nodes and links of a way in the order of the water."""
    for position, node in enumerate(way.node.tolist()):
        if position:
            yield _link(graph, int(way.link[position - 1]))
        yield node_step(graph, node)


def _link(graph: Graph, link: int) -> Step:
    network = graph.network
    line = course(network, link)
    drawn = len(line) > 1 and bool(np.isfinite(line).all())
    return Step(
        key=network.link_key[link],
        kind=network.link_kind[link],
        via=f"{_name(graph, network.link_from[link])} to {_name(graph, network.link_to[link])}",
        distance_m=None,
        travel_s=_known(float(network.link_travel_s[link])),
        shape=LineString(line) if drawn else None,
    )


def _name(graph: Graph, node: int) -> str:
    return "?" if node < 0 else str(graph.network.node_key[node])


def _known(value: float) -> float | None:
    return round(value, _DECIMALS) if np.isfinite(value) else None


def as_features(steps: list[Step], crs: str) -> dict[str, Any]:
    """Return steps as a GeoJSON feature collection in WGS 84 (RFC 7946)."""
    shapes = transform_shapes([step.shape for step in steps], crs, WGS84, anywhere=True)
    return {
        "type": "FeatureCollection",
        "features": [_feature(step, shape) for step, shape in zip(steps, shapes, strict=True)],
    }


def _feature(step: Step, shape: BaseGeometry | None) -> dict[str, Any]:
    members = {name: value for name, value in step._asdict().items() if name != "shape"}
    rounded = None if shape is None else shapely.transform(shape, lambda places: places.round(7))
    return {
        "type": "Feature",
        "id": step.key,
        "geometry": None if rounded is None else shapely.geometry.mapping(rounded),
        "properties": members,
    }
