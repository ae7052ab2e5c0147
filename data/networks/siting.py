"""Where sensors should stand in a network of the store."""

from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np
import psycopg

from data.networks.answer import Answer, known, node_named
from spatial.feature_tables import Layout, framed
from spatial.networks.graph import Graph
from spatial.networks.sources import Siting, SitingConditions, site_sensors
from spatial.networks.steps import crs_of, node_step

Connection = psycopg.Connection[tuple[Any, ...]]

SENSORS: Layout = {
    "key": "text", "kind": "text", "order": "count", "seen": "number", "alike": "number",
}  # fmt: skip
_STATIONS = """
    SELECT DISTINCT r.target FROM relation r
    JOIN entity d ON d.code = r.origin AND NOT d.retired AND d.class_code = '8505'
    WHERE r.kind = 'monitors' AND r.superseded_in IS NULL"""


def stations(connection: Connection, graph: Graph) -> list[str]:
    """Return keys of the nodes whose water a station of the register measures already."""
    found = (str(code) for (code,) in connection.execute(_STATIONS))
    return sorted(key for key in found if key in graph.positions)


def sensors_proposed(
    graph: Graph,
    count: int,
    *,
    existing: Iterable[str] = (),
    released_known_s: float | None = None,
    interval_s: float = 300.0,
) -> Answer:
    """Return at which nodes sensors tell the sources of a pollution apart best.

    Args:
        graph: of the network.
        count: new sensors.
        existing: nodes where sensors stand already, by key or entity code.
        released_known_s: how long the time is within which a release will be known to have begun.
        interval_s: between two readings.

    Raises:
        NameNodeOfNetworkError: the network has no such node.
        SiteSensorsError: numbers that are none.
    """
    stands = np.array(sorted({node_named(graph, key) for key in existing}), np.int64)
    conditions = SitingConditions(
        existing=stands, released_known_s=released_known_s, interval_s=interval_s
    )
    siting = site_sensors(graph.network, count, conditions=conditions)
    rows = _rows(graph, siting)
    document = {
        "sensors": rows,
        "existing": graph.network.node_key[stands].tolist(),
        "seen": known(float(siting.seen[0])),
        "alike": known(float(siting.alike[0])),
    }
    shapes = [node_step(graph, node).shape for node in siting.node.tolist()]
    return Answer(document, partial(framed, rows, shapes, SENSORS, crs_of(graph)), "key")


def _rows(graph: Graph, siting: Siting) -> list[dict[str, Any]]:
    so_far = zip(siting.node.tolist(), siting.seen[1:], siting.alike[1:], strict=True)
    return [
        {
            "key": graph.network.node_key[node],
            "kind": graph.network.node_kind[node],
            "order": order,
            "seen": known(float(seen)),
            "alike": known(float(alike)),
        }
        for order, (node, seen, alike) in enumerate(so_far, start=1)
    ]
