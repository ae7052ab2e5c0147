"""Outlined land of a network: subcatchments of a model, catchments of the register."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import psycopg
import shapely

from data.networks.columns import floats, objects
from spatial.networks.catchments import Catchments
from spatial.networks.network import Network

Connection = psycopg.Connection[tuple[Any, ...]]

_SUBCATCHMENTS = """
    SELECT e.key, e.properties->>'outlet', ST_AsBinary(e.geom), (e.measures->>'area_m2')::float8
    FROM model_element e JOIN model m ON m.id = e.model
    WHERE m.name = %s AND e.key LIKE 'subcatchment/%%' ORDER BY e.key"""
_CATCHMENTS = """
    SELECT e.code::text, d.target::text, ST_AsBinary(e.geom),
           (e.properties->>'area_m2')::float8
    FROM entity e
    LEFT JOIN LATERAL (SELECT target FROM relation WHERE origin = e.code AND kind = 'drains_to'
                       AND superseded_in IS NULL ORDER BY target LIMIT 1) d ON true
    WHERE e.class_code = '8303' AND NOT e.retired ORDER BY e.code"""

_Rows = list[tuple[Any, ...]]


def model_catchments(connection: Connection, name: str, network: Network) -> Catchments:
    """Return the subcatchments of a model, which drain to nodes of its network."""
    return _catchments(connection.execute(_SUBCATCHMENTS, (name,)).fetchall(), network)


def register_catchments(connection: Connection, network: Network) -> Catchments:
    """Return the catchments (8303) of the register, by what they drain to."""
    return _catchments(connection.execute(_CATCHMENTS).fetchall(), network)


def _catchments(rows: _Rows, network: Network) -> Catchments:
    at = {key: position for position, key in enumerate(network.node_key.tolist())}
    ends = _ends({row[0]: row[1] for row in rows})
    return Catchments(
        key=objects([row[0] for row in rows]),
        node=np.array([at.get(ends[row[0]] or "", -1) for row in rows], np.int64),
        shape=np.asarray(shapely.from_wkb(objects([row[2] for row in rows])), object),
        area_m2=floats([row[3] for row in rows]),
    )


def _ends(outlet: Mapping[str, str | None]) -> dict[str, str | None]:
    """Return what each area drains to in the end; those that drain in a ring do so to nothing."""
    ends: dict[str, str | None] = {}
    for key in outlet:
        way: dict[str, None] = {}
        at = key
        while at in outlet and at not in ends and at not in way:
            way[at] = None
            at = outlet[at] or ""
        end = None if at in way else ends.get(at, at)
        ends.update(dict.fromkeys(way, end))
    return ends
