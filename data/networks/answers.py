"""What can be asked of a network, as documents: the same for the web service and the commands."""

import math
from datetime import datetime
from typing import Any, Literal

import orjson
import pandas as pd

from data.networks.following import Step, as_features, links_of, nodes_of, way_of
from spatial.networks.findings import findings
from spatial.networks.graph import Graph, NameNodeOfNetworkError, downstream, trace, upstream
from spatial.networks.outfalls import outfalls
from spatial.networks.sources import Assumptions, rank_sources
from spatial.networks.sources.wording import explain, ranking_table, readings_of
from twin.codes import EntityCode, InvalidEntityCodeError

Direction = Literal["up", "down"]
YEARS = range(1900, 2201)
"""Of readings; centuries apart, instants in nanoseconds cannot be subtracted."""
_DECIMALS = 3


def node_named(graph: Graph, asked: str) -> int:
    """Return the index of a node by its key; an entity code may be written as it is printed.

    Raises:
        NameNodeOfNetworkError: the network has no such node.
    """
    try:
        return graph.node(str(int(EntityCode.parse_printed(asked))))
    except (InvalidEntityCodeError, NameNodeOfNetworkError):
        return graph.node(asked)


def traced(
    graph: Graph, crs: str, node: str, direction: Direction, most: int, *, drawn: bool = False
) -> dict[str, Any]:
    """Return what water passes after a node, or before it comes there.

    Args:
        graph: of the network.
        crs: of its places.
        node: key or entity code.
        direction: ``down`` with the water.
        most: so many nodes and links, the nearest.
        drawn: as a GeoJSON feature collection.

    Raises:
        NameNodeOfNetworkError: the network has no such node.
    """
    follow = upstream if direction == "up" else downstream
    reach = follow(graph, node_named(graph, node))
    nodes, links = nodes_of(graph, reach, most), links_of(graph, reach.link[:most])
    if drawn:
        return as_features([*nodes, *links], crs)
    return {
        "nodes": [_told(step) for step in nodes],
        "links": [_told(step) for step in links],
        "more_nodes": max(0, len(reach.node) - most),
    }


def way(graph: Graph, crs: str, node: str, goal: str, *, drawn: bool = False) -> dict[str, Any]:
    """Return the shortest way of the water from node to node.

    Raises:
        NameNodeOfNetworkError: the network has no such node.
    """
    found = trace(graph, node_named(graph, node), node_named(graph, goal))
    steps = list(way_of(graph, found))
    if drawn:
        return as_features(steps, crs)
    return {
        "steps": [_told(step) for step in steps],
        "distance_m": _known(found.distance_m),
        "travel_s": _known(found.travel_s),
    }


def outfalls_of(graph: Graph, node: str) -> dict[str, Any]:
    """Return where the water of a node leaves the network.

    Raises:
        NameNodeOfNetworkError: the network has no such node.
    """
    at, found = node_named(graph, node), outfalls(graph)
    nearest = int(found.nearest[at])
    keys = graph.network.node_key
    return {
        "outfalls": [keys[each] for each in found.of(at).tolist()],
        "nearest": None if nearest < 0 else keys[nearest],
        "distance_m": _known(float(found.distance_m[at])),
        "travel_s": _known(float(found.travel_s[at])),
    }


def what_is_odd(graph: Graph) -> list[dict[str, Any]]:
    """Return everything that was found in a network, kind by kind."""
    return [
        one._asdict() | {"figures": {name: _known(value) for name, value in one.figures.items()}}
        for one in findings(graph.network)
    ]


def possible_sources(
    graph: Graph,
    crs: str,
    table: pd.DataFrame,
    most: int,
    released: tuple[datetime, datetime] | None = None,
) -> dict[str, Any]:
    """Return the nodes from which a pollution can have come, and sentences about them.

    Args:
        graph: of the network.
        crs: of its places.
        table: ``node``, ``observed_at`` and ``value``, as ``readings_of`` takes them.
        most: so many nodes, the likeliest.
        released: between which instants the release began; the narrower, the better nodes on one
            sewer can be told apart. None where nobody knows.

    Raises:
        NameNodeOfNetworkError: a node that the network does not have.
        GiveTimeZoneError: instants without a time zone.
    """
    readings, start = readings_of(table, graph.network)
    window = released and (
        (released[0] - start).total_seconds(),
        (released[1] - start).total_seconds(),
    )
    known = Assumptions(released=window)
    ranking = rank_sources(graph.network, readings, assumptions=known)
    ranked = ranking_table(ranking, graph.network, start, crs).head(most)
    columns = ["node", "probability", "begin_from", "begin_to", "reason"]
    items = orjson.loads(ranked[columns].to_json(orient="records", date_format="iso"))
    return {"items": items, "sentences": explain(ranking, graph.network, start)}


def _told(step: Step) -> dict[str, Any]:
    return {name: value for name, value in step._asdict().items() if name != "shape"}


def _known(value: float) -> float | None:
    return round(value, _DECIMALS) if math.isfinite(value) else None
