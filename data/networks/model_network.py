"""The network of a model of pipes, from the elements that its import left in the store."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import psycopg
import shapely
from numpy.typing import NDArray

from data.networks.columns import floats, lines, objects
from data.registry import srid_of
from spatial.networks.courses import bends
from spatial.networks.hydraulics import full_bore_m_s, travel_s
from spatial.networks.network import Floats, Network

Connection = psycopg.Connection[tuple[Any, ...]]

_ELEMENTS = """
    SELECT e.key, lower(e.native_class), ST_AsBinary(e.geom), e.base_m, e.top_m, e.measures,
           e.properties
    FROM model_element e JOIN model m ON m.id = e.model
    WHERE m.name = %s AND e.key LIKE %s ORDER BY e.key"""
_KINDS: Mapping[str, str] = {
    "junctions": "junction", "outfalls": "outfall", "storage": "storage", "dividers": "divider",
    "reservoirs": "reservoir", "tanks": "tank", "conduits": "conduit", "pipes": "conduit",
    "pumps": "pump", "orifices": "orifice", "weirs": "weir", "outlets": "outlet",
    "valves": "valve",
}  # fmt: skip


_NOWHERE = (np.nan, np.nan)


class _Element(NamedTuple):
    key: str
    native_class: str
    wkb: bytes | None
    base_m: float | None
    top_m: float | None
    measures: dict[str, float]
    properties: dict[str, Any]

    @property
    def kind(self) -> str:
        return _KINDS.get(self.native_class, self.native_class)


def model_network(connection: Connection, name: str) -> Network:
    """Return the network of a model; one without links where the model is no network."""
    nodes = [_Element(*row) for row in connection.execute(_ELEMENTS, (name, "node/%"))]
    links = [_Element(*row) for row in connection.execute(_ELEMENTS, (name, "link/%"))]
    at = {node.key: position for position, node in enumerate(nodes)}
    places = shapely.from_wkb(np.array([node.wkb for node in nodes], object))
    length = _column(links, "length_m", measured=True)
    inverts = [_column(links, f"invert_{end}_m") for end in ("from", "to")]
    gravity = _flags(links, "gravity", absent=False)
    # Under pressure the roughness is Hazen-Williams's, which Manning's formula must not see.
    roughness = np.where(gravity, _column(links, "roughness"), np.nan)
    with np.errstate(all="ignore"):
        slope = (inverts[0] - inverts[1]) / length
    velocity = full_bore_m_s(_column(links, "hydraulic_radius_m"), slope, roughness)
    tail, head = (
        np.array([at.get(str(link.properties.get(end)), -1) for link in links], np.int64)
        for end in ("from", "to")
    )
    # The node that is not known, -1, is the last one.
    spots = np.vstack([np.column_stack([shapely.get_x(places), shapely.get_y(places)]), _NOWHERE])
    return Network(
        node_key=objects([node.key for node in nodes]),
        node_kind=objects([node.kind for node in nodes]),
        node_x=shapely.get_x(places),
        node_y=shapely.get_y(places),
        node_invert_m=floats([node.base_m for node in nodes]),
        node_ground_m=floats([node.top_m for node in nodes]),
        link_key=objects([link.key for link in links]),
        link_kind=objects([link.kind for link in links]),
        link_from=tail,
        link_to=head,
        link_directed=_flags(links, "directed", absent=True),
        link_length_m=length,
        link_diameter_m=_column(links, "diameter_m", measured=True),
        link_invert_from_m=inverts[0],
        link_invert_to_m=inverts[1],
        link_travel_s=travel_s(length, velocity, gravity),
        link_path=bends(lines([link.wkb for link in links]), spots[tail], spots[head]),
        link_closed=_flags(links, "closed", absent=False),
        link_pressure=~gravity & np.array([link.kind == "conduit" for link in links], np.bool_),
        crs=f"EPSG:{srid_of(connection)}",
    )


def _flags(links: list[_Element], name: str, *, absent: bool) -> NDArray[np.bool_]:
    return np.array([link.properties.get(name, absent) for link in links], np.bool_)


def _column(links: list[_Element], name: str, *, measured: bool = False) -> Floats:
    return floats([(link.measures if measured else link.properties).get(name) for link in links])
