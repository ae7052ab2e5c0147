"""The network of roads in the store, made anew when roads changed and not otherwise."""

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

import numpy as np
import psycopg
import shapely
from psycopg.types.json import Jsonb

from data import locks
from data.reference.tables import table_text
from data.registry import revision, srid_of
from data.roads.noding import Edges, edges_of
from data.roads.reading import Roads, read_roads
from data.roads.sections import cuts, sections_of

Connection = psycopg.Connection[tuple[Any, ...]]


_MADE_BY = "2"
"""Of the way that networks are made; another one makes every store's network anew."""
_M_S_A_KMH = 1 / 3.6

_STANDING = "SELECT revision, made_of, report, built_at FROM road_network"
# Shapes, properties and parts of roads, and the tags that models have for them.
_MADE_OF = """
    SELECT (SELECT row(count(*), max(change_set_id))::text FROM entity
            WHERE class_code IN ('8401', '8402')),
           (SELECT row(count(*), max(r.id), max(r.superseded_in))::text FROM relation r
            JOIN entity e ON e.code = r.origin
            WHERE r.kind = 'part_of' AND e.class_code = '8402'),
           (SELECT row(count(*), max(m.change_set_id))::text FROM model_element m
            JOIN entity e ON e.code = m.code WHERE e.class_code IN ('8401', '8402'))"""
_WRITE = """
    INSERT INTO road_network (id, revision, made_of, report, built_at)
    VALUES (1, %s, %s, %s, now())
    ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, made_of = excluded.made_of,
        report = excluded.report, built_at = excluded.built_at"""
# Who asks several things of one network must not get answers of two.
_KEEP = "SELECT pg_advisory_xact_lock_shared(%s)"
_MAKE = "SELECT pg_advisory_xact_lock(%s)"
_LOOKED = "UPDATE road_network SET revision = %s"
_CLEAR = "DELETE FROM road_edge; DELETE FROM road_node"
# PostGIS reads a geometry in a binary COPY from EWKB, which is what goes as bytea here.
_COPY_NODES = "COPY road_node (id, geom) FROM STDIN (FORMAT BINARY)"
_COPY_EDGES = """
    COPY road_edge (id, source, target, geom, length_m, cost_s, reverse_cost_s, section, road, kind)
    FROM STDIN (FORMAT BINARY)"""
_EDGE_TYPES = (
    "int8", "int8", "int8", "bytea", "float8", "float8", "float8", "int8", "int8", "text",
)  # fmt: skip


class RoadNetwork(NamedTuple):
    """The network as it stands.

    Attributes:
        revision: of the register, as of which it is right.
        nodes: places where edges meet or end.
        edges: stretches between them.
        length_km: of all edges.
        parts: islands from none of which one drives to another.
        fastest_kmh: the highest speed at which any of them is driven.
        left_out: roads and sections by the reason why they are not driven on.
        built_at: when it was made.
        built: it was made now, and did not stand.
    """

    revision: int
    nodes: int
    edges: int
    length_km: float
    parts: int
    fastest_kmh: float
    left_out: dict[str, int]
    built_at: datetime
    built: bool


def ready(connection: Connection, *, anew: bool = False) -> RoadNetwork:
    """Return the network as of now; make it if roads changed since it was made.

    Until the caller's transaction ends, nobody else makes it anew.

    Args:
        connection: whose transaction ends with the caller.
        anew: make it in any case.
    """
    found = _standing(connection)
    if found is not None and found[0] == revision(connection) and _is_ours(found) and not anew:
        connection.execute(_KEEP, (locks.ROADS,))
        return _told(_standing(connection) or found, built=False)
    connection.execute(_MAKE, (locks.ROADS,))
    now, made_of, found = revision(connection), _made_of(connection), _standing(connection)
    if found is not None and found[1] == made_of and not anew:
        connection.execute(_LOOKED, (now,))
        return _told((now, *found[1:]), built=False)
    report = _write(connection, read_roads(connection))
    connection.execute(_WRITE, (now, made_of, Jsonb(report)))
    written = _standing(connection)
    if written is None:
        raise LookupError("road_network: expected the row that was just written")
    return _told(written, built=True)


def _standing(connection: Connection) -> tuple[Any, ...] | None:
    return connection.execute(_STANDING).fetchone()


def _is_ours(row: tuple[Any, ...]) -> bool:
    return str(row[1]).startswith(f"{_MADE_BY} ")


def _told(row: tuple[Any, ...], *, built: bool) -> RoadNetwork:
    revision_of, _, report, built_at = row
    return RoadNetwork(revision=revision_of, built_at=built_at, built=built, **report)


def _made_of(connection: Connection) -> str:
    found = connection.execute(_MADE_OF).fetchone()
    speeds = sha256(table_text("road_speeds.csv").encode()).hexdigest()[:16]
    return " ".join([_MADE_BY, speeds, *map(str, found or ())])


def _write(connection: Connection, roads: Roads) -> dict[str, Any]:
    level = np.array([owner.driving.level for owner in roads.owner], np.int64)
    edges = edges_of(roads.line, level, cuts(roads))
    srid = srid_of(connection)
    nodes = shapely.set_srid(shapely.points(edges.node), srid)
    with connection.cursor() as cursor:
        cursor.execute(_CLEAR)
        with cursor.copy(_COPY_NODES) as copy:
            copy.set_types(("int8", "bytea"))
            for number, wkb in enumerate(shapely.to_wkb(nodes, include_srid=True), start=1):
                copy.write_row((number, wkb))
        with cursor.copy(_COPY_EDGES) as copy:
            copy.set_types(_EDGE_TYPES)
            for row in _rows(roads, edges, srid):
                copy.write_row(row)
        cursor.execute("ANALYZE road_edge")
    return {
        "nodes": len(edges.node),
        "edges": len(edges.shape),
        "length_km": round(float(edges.length_m.sum()) / 1000, 3),
        "parts": edges.parts(),
        "fastest_kmh": max((owner.driving.speed_kmh for owner in roads.owner), default=0.0),
        "left_out": roads.left_out,
    }


def _rows(roads: Roads, edges: Edges, srid: int) -> Iterator[tuple[Any, ...]]:
    sections = sections_of(roads, edges.line, edges.shape)
    shapes = np.array(edges.shape, dtype=object)
    shapes = shapely.to_wkb(shapely.set_srid(shapes, srid), include_srid=True)
    for at, line in enumerate(edges.line.tolist()):
        owner, length = roads.owner[line], float(edges.length_m[at])
        driving = owner.driving
        seconds = length / (driving.speed_kmh * _M_S_A_KMH)
        yield (
            at + 1,
            int(edges.source[at]) + 1,
            int(edges.target[at]) + 1,
            shapes[at],
            length,
            seconds if driving.along else -1.0,
            seconds if driving.against else -1.0,
            sections[at],
            owner.road,
            driving.kind,
        )
