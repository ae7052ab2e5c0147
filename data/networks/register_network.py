"""The district's drainage as a network: manholes, outfalls and reaches, and what joins them.

Pipes are links between the node that flows to them and the node that they flow to. Nodes that flow
or drain to one another directly (an outfall to its reach, a reach to the next) are joined by a link
that is no entity; its key names both.
"""

from typing import Any, NamedTuple

import numpy as np
import psycopg
from numpy.typing import NDArray

from data.networks.columns import floats, lines, objects
from data.reference.network_nodes import node_kinds
from data.registry import srid_of
from spatial.networks.courses import bends
from spatial.networks.hydraulics import full_bore_m_s, travel_s
from spatial.networks.network import Floats, Ints, Network

REGISTER = "register"
"""The name of the register's own network."""

Connection = psycopg.Connection[tuple[Any, ...]]

MANNING_N = 0.013
"""Concrete pipes (GB 50014), where the register does not say the roughness."""
RIVER_M_S = 0.5
"""How fast water is taken to run in a reach; a project default."""

_PIPES = """
    SELECT p.code, u.origin, d.target,
           coalesce((p.properties->>'length_m')::float8, nullif(ST_Length(p.geom), 0)),
           coalesce(p.properties->>'height_m', p.properties->>'diameter_m')::float8,
           (p.properties->>'invert_up_m')::float8, (p.properties->>'invert_down_m')::float8,
           ST_AsBinary(p.geom), coalesce((p.properties->>'pressure')::boolean, false)
    FROM entity p
    LEFT JOIN LATERAL (SELECT origin FROM relation WHERE target = p.code AND kind = 'flows_to'
                       AND superseded_in IS NULL ORDER BY origin LIMIT 1) u ON true
    LEFT JOIN LATERAL (SELECT target FROM relation WHERE origin = p.code AND kind = 'flows_to'
                       AND superseded_in IS NULL ORDER BY target LIMIT 1) d ON true
    WHERE p.class_code = '8301' AND NOT p.retired ORDER BY p.code"""

# A catchment drains to the network and is none of it; a river is the whole of its reaches.
_DIRECT = """
    SELECT r.origin, r.target,
           CASE WHEN o.class_code = '8202'
                THEN coalesce((o.properties->>'length_m')::float8, ST_Length(o.geom))
                ELSE coalesce(ST_Distance(o.geom, t.geom), 0) END,
           o.class_code = '8202'
    FROM relation r
    JOIN entity o ON o.code = r.origin AND NOT o.retired
    JOIN entity t ON t.code = r.target AND NOT t.retired
    WHERE r.kind IN ('flows_to', 'drains_to') AND r.superseded_in IS NULL
      AND o.class_code = ANY (%(nodes)s) AND t.class_code = ANY (%(nodes)s)
    ORDER BY r.origin, r.target"""

_NODES = """
    SELECT e.code, e.class_code, ST_X(w.point), ST_Y(w.point),
           coalesce(e.properties->>'invert_m', e.properties->>'bed_level_m')::float8,
           coalesce(e.properties->>'ground_m', e.properties->>'bank_level_m')::float8
    FROM entity e
    CROSS JOIN LATERAL (SELECT ST_PointOnSurface(e.geom) AS point OFFSET 0) w
    WHERE e.code = ANY (ARRAY(SELECT unnest(%s::int8[]))) ORDER BY e.code"""


class _Columns(NamedTuple):
    """Links as the store has them; m of each."""

    key: list[str]
    kind: list[str]
    origin: list[int | None]
    target: list[int | None]
    length_m: Floats
    diameter_m: Floats
    invert_from_m: Floats
    invert_to_m: Floats
    in_river: NDArray[np.bool_]
    pressure: NDArray[np.bool_]
    line: NDArray[Any]


def register_network(connection: Connection) -> Network:
    """Return the network of everything that flows or drains to something; keys are codes."""
    pipes = connection.execute(_PIPES).fetchall()
    direct = connection.execute(_DIRECT, {"nodes": list(node_kinds())}).fetchall()
    links = _columns(pipes, direct)
    codes = sorted({code for code in (*links.origin, *links.target) if code is not None})
    nodes = connection.execute(_NODES, (codes,)).fetchall()
    at = {int(row[0]): position for position, row in enumerate(nodes)}
    kinds = node_kinds()
    tail, head = _positions(links.origin, at), _positions(links.target, at)
    places = np.column_stack([floats([row[2] for row in nodes]), floats([row[3] for row in nodes])])
    # The node that is not known, -1, is the last one.
    spots = np.vstack([places, [np.nan, np.nan]])
    return Network(
        node_key=objects([str(row[0]) for row in nodes]),
        node_kind=objects([kinds.get(row[1], "junction") for row in nodes]),
        node_x=places[:, 0],
        node_y=places[:, 1],
        node_invert_m=floats([row[4] for row in nodes]),
        node_ground_m=floats([row[5] for row in nodes]),
        link_key=objects(links.key),
        link_kind=objects(links.kind),
        link_from=tail,
        link_to=head,
        link_directed=np.ones(len(links.key), np.bool_),
        link_length_m=links.length_m,
        link_diameter_m=links.diameter_m,
        link_invert_from_m=links.invert_from_m,
        link_invert_to_m=links.invert_to_m,
        link_travel_s=_travel_s(links),
        link_path=bends(links.line, spots[tail], spots[head]),
        link_pressure=links.pressure,
        crs=f"EPSG:{srid_of(connection)}",
    )


def _columns(pipes: list[tuple[Any, ...]], direct: list[tuple[Any, ...]]) -> _Columns:
    none = [None] * len(direct)
    return _Columns(
        key=[*(str(row[0]) for row in pipes), *(f"{row[0]}>{row[1]}" for row in direct)],
        kind=["conduit"] * len(pipes) + ["channel"] * len(direct),
        origin=[row[1] for row in pipes] + [row[0] for row in direct],
        target=[row[2] for row in pipes] + [row[1] for row in direct],
        length_m=floats([row[3] for row in pipes] + [row[2] for row in direct]),
        diameter_m=floats([row[4] for row in pipes] + none),
        invert_from_m=floats([row[5] for row in pipes] + none),
        invert_to_m=floats([row[6] for row in pipes] + none),
        in_river=np.array([False] * len(pipes) + [row[3] for row in direct], np.bool_),
        pressure=np.array([row[8] for row in pipes] + [False] * len(direct), np.bool_),
        line=lines([row[7] for row in pipes] + none),
    )


def _travel_s(links: _Columns) -> Floats:
    with np.errstate(all="ignore"):  # a length of 0
        slope = (links.invert_from_m - links.invert_to_m) / links.length_m
    roughness = np.full(len(slope), MANNING_N)
    velocity = full_bore_m_s(links.diameter_m / 4, slope, roughness)
    velocity = np.where(links.pressure, np.nan, np.where(links.in_river, RIVER_M_S, velocity))
    return travel_s(links.length_m, velocity, ~links.pressure)


def _positions(codes: list[int | None], at: dict[int, int]) -> Ints:
    return np.array([-1 if code is None else at.get(code, -1) for code in codes], np.int64)
