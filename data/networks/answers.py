"""What can be asked of a network: the same for the web service and the commands."""

from datetime import datetime
from functools import partial
from typing import Any, Literal

import numpy as np
import orjson
import pandas as pd

from data.networks.answer import Answer, known, node_named
from spatial.feature_tables import Layout, framed
from spatial.networks.finding_table import findings_table
from spatial.networks.findings import Finding, findings
from spatial.networks.graph import Graph, downstream, trace, upstream
from spatial.networks.sources import Assumptions, rank_sources
from spatial.networks.sources.wording import explain, ranking_table, readings_of
from spatial.networks.steps import (
    Step,
    crs_of,
    links_of,
    node_step,
    nodes_of,
    steps_table,
    way_of,
)

__all__ = ["Answer", "node_named", "outfalls_of", "possible_sources", "traced", "way"]

Direction = Literal["up", "down"]
YEARS = range(1900, 2201)
"""Of readings; centuries apart, instants in nanoseconds cannot be subtracted."""
OUTFALLS: Layout = {"key": "text", "nearest": "flag", "distance_m": "number", "travel_s": "number"}


def traced(graph: Graph, node: str, direction: Direction, most: int) -> Answer:
    """Return what water passes after a node, or before it comes there.

    Args:
        graph: of the network.
        node: key or entity code.
        direction: ``down`` with the water.
        most: so many nodes and links, the nearest.

    Raises:
        NameNodeOfNetworkError: the network has no such node.
    """
    follow = upstream if direction == "up" else downstream
    reach = follow(graph, node_named(graph, node))
    nodes, links = nodes_of(graph, reach, most), links_of(graph, reach.link[:most])
    document = {
        "nodes": [_told(step) for step in nodes],
        "links": [_told(step) for step in links],
        "more_nodes": max(0, len(reach.node) - most),
    }
    return Answer(document, partial(steps_table, [*nodes, *links], crs_of(graph)), "key")


def way(graph: Graph, node: str, goal: str) -> Answer:
    """Return the shortest way of the water from node to node.

    Raises:
        NameNodeOfNetworkError: the network has no such node.
    """
    found = trace(graph, node_named(graph, node), node_named(graph, goal))
    steps = list(way_of(graph, found))
    document = {
        "steps": [_told(step) for step in steps],
        "distance_m": known(found.distance_m),
        "travel_s": known(found.travel_s),
    }
    return Answer(document, partial(steps_table, steps, crs_of(graph)), "key")


def outfalls_of(graph: Graph, node: str) -> Answer:
    """Return where the water of a node leaves the network, the nearest outfall first.

    Raises:
        NameNodeOfNetworkError: the network has no such node.
    """
    reach = downstream(graph, node_named(graph, node))
    out = np.flatnonzero(graph.network.node_kind[reach.node] == "outfall")
    rows = [
        {
            "key": graph.network.node_key[reach.node[at]],
            "nearest": at == out[0],
            "distance_m": known(float(reach.distance_m[at])),
            "travel_s": known(float(reach.travel_s[at])),
        }
        for at in out.tolist()
    ]
    nearest = rows[0] if rows else {"key": None, "distance_m": None, "travel_s": None}
    document = {
        "outfalls": [row["key"] for row in rows],
        "nearest": nearest["key"],
        "distance_m": nearest["distance_m"],
        "travel_s": nearest["travel_s"],
    }
    shapes = [node_step(graph, int(reach.node[at])).shape for at in out.tolist()]
    return Answer(document, partial(framed, rows, shapes, OUTFALLS, crs_of(graph)), "key")


def what_is_odd(graph: Graph) -> Answer:
    """Return everything that was found in a network, kind by kind."""
    found = findings(graph.network)
    items = [_finding(one) for one in found]
    return Answer({"items": items, "next": None}, partial(findings_table, graph, found))


def possible_sources(
    graph: Graph,
    table: pd.DataFrame,
    most: int,
    released: tuple[datetime, datetime] | None = None,
) -> Answer:
    """Return the nodes from which a pollution can have come, and sentences about them.

    Args:
        graph: of the network.
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
    known_of = Assumptions(released=window)
    ranking = rank_sources(graph.network, readings, assumptions=known_of)
    ranked = ranking_table(ranking, graph.network, start, crs_of(graph)).head(most)
    columns = ["node", "probability", "begin_from", "begin_to", "reason"]
    items = orjson.loads(ranked[columns].to_json(orient="records", date_format="iso"))
    document = {"items": items, "sentences": explain(ranking, graph.network, start)}
    return Answer(document, lambda: ranked, "node")


def _finding(one: Finding) -> dict[str, Any]:
    figures = {name: known(value) for name, value in one.figures.items()}
    return one._asdict() | {"figures": figures}


def _told(step: Step) -> dict[str, Any]:
    return {name: value for name, value in step._asdict().items() if name != "shape"}
