"""Findings as a table with the places that they are about."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from spatial.feature_tables import Layout, framed
from spatial.networks.courses import line_of
from spatial.networks.findings import Finding
from spatial.networks.graph import Graph
from spatial.networks.steps import crs_of, node_step

if TYPE_CHECKING:  # pandas takes half a second to load
    import geopandas as gpd

FINDINGS: Layout = {
    "kind": "text", "nodes": "texts", "links": "texts", "figures": "object", "sentence": "text",
}  # fmt: skip


def findings_table(graph: Graph, findings: Sequence[Finding]) -> "gpd.GeoDataFrame":
    """Return findings with the lines of the links that they are about, else the points of nodes.

    Columns: ``kind``, ``nodes`` and ``links`` (lists of keys), ``figures`` (by name), ``sentence``
    and ``geometry`` in the network's CRS, of one part or several; None where nothing has a place.

    Raises:
        DeclareCrsError: the network does not say its CRS.
    """
    links = {key: at for at, key in enumerate(graph.network.link_key.tolist())}
    rows = [
        {
            **finding._asdict(),
            "nodes": list(finding.nodes),
            "links": list(finding.links),
            "figures": {k: v if np.isfinite(v) else None for k, v in finding.figures.items()},
        }
        for finding in findings
    ]
    shapes = [
        _whole([line_of(graph.network, links[key]) for key in finding.links])
        or _whole([node_step(graph, graph.node(key)).shape for key in finding.nodes])
        for finding in findings
    ]
    return framed(rows, shapes, FINDINGS, crs_of(graph))


def _whole(shapes: Sequence[BaseGeometry | None]) -> BaseGeometry | None:
    """Return shapes of one kind as one; None where there are none."""
    there = [shape for shape in shapes if shape is not None]
    if len(there) <= 1:
        return there[0] if there else None
    if there[0].geom_type == "Point":
        return shapely.MultiPoint(shapely.get_coordinates(there))
    return shapely.MultiLineString([shapely.get_coordinates(line) for line in there])
