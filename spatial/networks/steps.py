"""What a trace met, one after the other: nodes and links with distances and shapes."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from spatial.crs import DISTRICT, DeclareCrsError
from spatial.feature_tables import Layout, framed
from spatial.networks.courses import line_of
from spatial.networks.graph import Graph, Reach, Way
from spatial.networks.network import Ints

if TYPE_CHECKING:  # pandas takes half a second to load
    import geopandas as gpd

STEPS: Layout = {
    "key": "text", "kind": "text", "via": "text", "distance_m": "number", "travel_s": "number",
}  # fmt: skip
_DECIMALS = 1


class Step(NamedTuple):
    """A node that water comes to, or a link that it takes.

    Attributes:
        key: of the node or link; an entity code in the register's network.
        kind: of it.
        via: key of the link by which a node is reached, None for the first; of a link its nodes.
        distance_m: along the shortest way; None where a length on it is not known, and for links.
        travel_s: on the same way, alike.
        shape: a point or line in the network's CRS; None where it has no place.
    """

    key: str
    kind: str
    via: str | None
    distance_m: float | None
    travel_s: float | None
    shape: BaseGeometry | None


def reach_table(graph: Graph, reach: Reach, most: int | None = None) -> "gpd.GeoDataFrame":
    """Return what a trace met: its nodes, nearest first, then its links.

    Columns: ``key``, ``kind``, ``via`` (the link by which a node is reached; of a link its nodes),
    ``distance_m`` and ``travel_s`` (of nodes; of a link how long water is in it) and ``geometry``,
    a point or a line in the network's CRS.

    Args:
        graph: of a network that says its CRS.
        reach: from ``upstream`` or ``downstream``.
        most: so many nodes and links; all where nothing is said.

    Raises:
        DeclareCrsError: the network does not say its CRS.
    """
    nodes = len(reach.node) if most is None else most
    return steps_table(
        [*nodes_of(graph, reach, nodes), *links_of(graph, reach.link[:most])], crs_of(graph)
    )


def way_table(graph: Graph, way: Way) -> "gpd.GeoDataFrame":
    """Return nodes and links of a way in the order of the water; columns as of ``reach_table``.

    Raises:
        DeclareCrsError: the network does not say its CRS.
    """
    return steps_table(list(way_of(graph, way)), crs_of(graph))


def steps_table(steps: Sequence[Step], crs: str) -> "gpd.GeoDataFrame":
    """Return steps as a table in their CRS; columns as of ``reach_table``."""
    return framed([step._asdict() for step in steps], [step.shape for step in steps], STEPS, crs)


def crs_of(graph: Graph) -> str:
    """Return the CRS of a network's places.

    Raises:
        DeclareCrsError: it does not say it.
    """
    if graph.network.crs is None:
        raise DeclareCrsError(f"network says no CRS: expected one, e.g. {DISTRICT}")
    return graph.network.crs


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
    return [link_step(graph, link) for link in links.tolist()]


def way_of(graph: Graph, way: Way) -> Iterator[Step]:
    """Yield nodes and links of a way in the order of the water."""
    for position, node in enumerate(way.node.tolist()):
        if position:
            yield link_step(graph, int(way.link[position - 1]))
        yield node_step(graph, node)


def link_step(graph: Graph, link: int) -> Step:
    """Return a link, with how long water is in it."""
    network = graph.network
    ends = (_name(graph, int(end)) for end in (network.link_from[link], network.link_to[link]))
    return Step(
        key=network.link_key[link],
        kind=network.link_kind[link],
        via=" to ".join(ends),
        distance_m=None,
        travel_s=_known(float(network.link_travel_s[link])),
        shape=line_of(network, link),
    )


def _name(graph: Graph, node: int) -> str:
    return "?" if node < 0 else str(graph.network.node_key[node])


def _known(value: float) -> float | None:
    return round(value, _DECIMALS) if np.isfinite(value) else None
