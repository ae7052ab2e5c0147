"""Networks out of tables and into them, the form in which Python users have theirs."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from spatial.crs import DISTRICT, DeclareCrsError, called
from spatial.feature_tables import Layout, framed
from spatial.links.entities import TransformFirstError
from spatial.networks.courses import bends, line_of
from spatial.networks.frame_columns import flags, keys, names, numbers, shapes, texts
from spatial.networks.hydraulics import travel_s
from spatial.networks.network import Frames, Ints, Network, Texts

NODES: Layout = {"key": "text", "kind": "text", "invert_m": "number", "ground_m": "number"}
LINKS: Layout = {
    "key": "text", "kind": "text", "from": "text", "to": "text", "directed": "flag",
    "closed": "flag", "pressure": "flag", "length_m": "number", "diameter_m": "number",
    "invert_from_m": "number", "invert_to_m": "number", "travel_s": "number",
}  # fmt: skip
_NONE = -1


def network_columns(nodes: gpd.GeoDataFrame, links: pd.DataFrame) -> dict[str, Any]:
    """Return the arrays of a network; ``Network.from_frames`` says which columns are taken.

    Raises:
        FrameRefusedError: a column is missing or holds something else.
        TransformFirstError: the nodes have no metric CRS, or the links another one.
    """
    crs = _crs_of(nodes, links)
    node_key = keys(nodes, "nodes", "key")
    places = shapes(nodes, "nodes", "Point")
    courses = shapes(links, "links", "LineString")
    kind = texts(links, "links", "kind", "conduit")
    pressure = flags(links, "links", "pressure", absent=False)
    length = numbers(links, "links", "length_m")
    length = np.where(np.isfinite(length), length, _drawn_m(courses))
    tail = _positions(node_key, names(links, "links", "from"))
    head = _positions(node_key, names(links, "links", "to"))
    said = numbers(links, "links", "travel_s")
    gravity = (kind == "conduit") & ~pressure
    assumed = travel_s(length, np.full(len(length), np.nan), np.asarray(gravity, np.bool_))
    return {
        "node_key": node_key,
        "node_kind": texts(nodes, "nodes", "kind", "junction"),
        "node_x": shapely.get_x(places),
        "node_y": shapely.get_y(places),
        "node_invert_m": numbers(nodes, "nodes", "invert_m"),
        "node_ground_m": numbers(nodes, "nodes", "ground_m"),
        "link_key": keys(links, "links", "key"),
        "link_kind": kind,
        "link_from": tail,
        "link_to": head,
        "link_directed": flags(links, "links", "directed", absent=True),
        "link_length_m": length,
        "link_diameter_m": numbers(links, "links", "diameter_m"),
        "link_invert_from_m": numbers(links, "links", "invert_from_m"),
        "link_invert_to_m": numbers(links, "links", "invert_to_m"),
        "link_travel_s": np.where(np.isfinite(said), said, assumed),
        "link_path": bends(courses, _spots(places, tail), _spots(places, head)),
        "link_closed": flags(links, "links", "closed", absent=False),
        "link_pressure": pressure,
        "crs": crs,
    }


def frames_of(network: Network, crs: str | None) -> Frames:
    """Return nodes and links as tables.

    Raises:
        DeclareCrsError: neither the network nor the caller says the CRS.
    """
    system = network.crs or crs
    if system is None:
        raise DeclareCrsError(f"network of {len(network):,} links: expected a CRS, e.g. {DISTRICT}")
    placed = np.isfinite(network.node_x) & np.isfinite(network.node_y)
    spots = np.full(len(placed), None, object)
    spots[placed] = shapely.points(network.node_x[placed], network.node_y[placed])
    nodes = _rows(network, "node", ("key", "kind", "invert_m", "ground_m"))
    lines = [line_of(network, link) for link in range(len(network))]
    return Frames(
        framed(nodes, spots, NODES, system), framed(_link_rows(network), lines, LINKS, system)
    )


def _link_rows(network: Network) -> list[dict[str, Any]]:
    columns = (
        "key", "kind", "directed", "length_m", "diameter_m", "invert_from_m", "invert_to_m",
        "travel_s",
    )  # fmt: skip
    rows = _rows(network, "link", columns)
    none = np.zeros(len(network), np.bool_)
    more = {
        "from": _named(network, network.link_from),
        "to": _named(network, network.link_to),
        "closed": (network.link_closed if len(network.link_closed) else none).tolist(),
        "pressure": (network.link_pressure if len(network.link_pressure) else none).tolist(),
    }
    for name, values in more.items():
        for row, value in zip(rows, values, strict=True):
            row[name] = value
    return rows


def _rows(network: Network, family: str, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    values = zip(*(getattr(network, f"{family}_{name}").tolist() for name in columns), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in values]


def _named(network: Network, nodes: Ints) -> list[str | None]:
    return [None if node == _NONE else network.node_key[node] for node in nodes.tolist()]


def _positions(node_key: Texts, asked: Texts) -> Ints:
    at = {key: position for position, key in enumerate(node_key.tolist())}
    return np.array([at.get(name, _NONE) for name in asked.tolist()], np.int64)


def _drawn_m(courses: NDArray[Any]) -> NDArray[np.float64]:
    return np.where(shapely.is_missing(courses), np.nan, shapely.length(courses))


def _spots(places: NDArray[Any], nodes: Ints) -> NDArray[np.float64]:
    """Return where nodes are: float64[m, 2], NaN where one is not known."""
    spots = np.column_stack([shapely.get_x(places), shapely.get_y(places)])
    # The node that is not known, -1, is the last one.
    return np.vstack([spots, [np.nan, np.nan]])[nodes]


def _crs_of(nodes: gpd.GeoDataFrame, links: pd.DataFrame) -> str:
    system, other = nodes.crs, links.crs if isinstance(links, gpd.GeoDataFrame) else None
    if system is None or not _metric(system):
        shown = system and system.to_string()
        raise TransformFirstError(f"nodes are in {shown!r}: expected a metric CRS, e.g. {DISTRICT}")
    if other is not None and other != system:
        raise TransformFirstError(
            f"nodes are in {system.to_string()!r} and links in {other.to_string()!r}: expected one"
        )
    return called(system.to_wkt()) if system.to_epsg() else system.to_wkt()


def _metric(system: CRS) -> bool:
    return system.is_projected and all(
        axis.unit_conversion_factor == 1 for axis in system.axis_info[:2]
    )
