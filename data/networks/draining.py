"""Which land drains to a point, a node or a pipe."""

from functools import partial
from typing import Any

import numpy as np
import orjson
import shapely
from shapely.geometry.base import BaseGeometry

from data.networks.answer import Answer, known, node_named
from spatial.crs import WGS84, transform_shapes
from spatial.feature_tables import Layout, framed
from spatial.networks.catchments import REACH_M, Catchments, DrainageArea, drainage_area
from spatial.networks.graph import Graph, upstream
from spatial.networks.spots import Spot, spot
from spatial.networks.steps import crs_of

NAMED = "named"
LAND: Layout = {
    "node": "text", "link": "text", "method": "text", "distance_m": "number",
    "catchments": "texts", "nodes": "count", "area_m2": "number", "outlined_m2": "number",
    "unplaced_m2": "number",
}  # fmt: skip
_DECIMALS = 7


class NothingDrainsError(LookupError):
    """A point whose water comes to no node of the network. Ask nearer to a pipe or manhole."""


def land_at(
    graph: Graph, catchments: Catchments, x: float, y: float, *, alone: bool = False
) -> Answer:
    """Return the land that drains to the node or pipe of a point.

    Args:
        graph: of the network.
        catchments: of the same network.
        x: easting in its CRS, metres.
        y: northing.
        alone: leave out what comes there through pipes.

    Raises:
        NothingDrainsError: nothing of the network is near, or the outline there drains to none of
            its nodes.
    """
    found = spot(graph.network, catchments, x, y)
    if found.node < 0:
        why = (
            "lies in an outline that drains to no node of the network"
            if found.method
            else f"is in no outline and farther than {REACH_M:g} m from every inlet"
        )
        raise NothingDrainsError(f"point {x:.1f} east, {y:.1f} north {why}")
    return _land(graph, catchments, found, alone=alone)


def land_of(graph: Graph, catchments: Catchments, node: str, *, alone: bool = False) -> Answer:
    """Return the land that drains to a node, or of ``alone`` one manhole.

    Raises:
        NameNodeOfNetworkError: the network has no such node.
    """
    named = Spot(node_named(graph, node), -1, NAMED, np.nan)
    return _land(graph, catchments, named, alone=alone)


def _land(graph: Graph, catchments: Catchments, at: Spot, *, alone: bool) -> Answer:
    area = drainage_area(graph, catchments, at.node, alone=alone)
    network = graph.network
    told: dict[str, Any] = {
        "node": network.node_key[at.node],
        "link": None if at.link < 0 else network.link_key[at.link],
        "method": at.method,
        "distance_m": known(at.distance_m),
        "catchments": catchments.key[area.catchment].tolist(),
        "nodes": 1 if alone else len(upstream(graph, at.node).node),
        **_sizes(area),
    }
    crs = crs_of(graph)
    document = told | {"geometry": _drawn(area.shape, crs)}
    return Answer(document, partial(framed, [told], [area.shape], LAND, crs), "node")


def _sizes(area: DrainageArea) -> dict[str, float]:
    names = ("area_m2", "outlined_m2", "unplaced_m2")
    return {name: round(getattr(area, name), 1) for name in names}


def _drawn(shape: BaseGeometry, crs: str) -> dict[str, Any]:
    (degrees,) = transform_shapes([shape], crs, WGS84, anywhere=True)
    rounded = shapely.transform(degrees, lambda places: places.round(_DECIMALS))
    drawn: dict[str, Any] = orjson.loads(shapely.to_geojson(shapely.orient_polygons(rounded)))
    return drawn
