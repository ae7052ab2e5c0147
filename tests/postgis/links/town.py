"""A small town whose devices stand among buildings, reaches and roads, and what happens to it."""

from typing import Any

import psycopg
import shapely

from data.registry import ChangeSet, EntityChange, NewRelation, record
from tests.postgis.register import X, Y

Connection = psycopg.Connection[tuple[Any, ...]]
Links = dict[tuple[int, str, int], tuple[Any, ...]]

_LINKS = """
    SELECT r.origin, r.kind, r.target, r.method, round(r.distance_m::numeric, 3)::float8, r.valid,
           l.confidence, l.limit_m, l.rival, l.rival_m, l.along_m, l.side, l.share
    FROM relation r LEFT JOIN link l ON l.relation_id = r.id
    WHERE r.superseded_in IS NULL AND r.kind NOT IN ('part_of', 'flows_to')"""


def code(klass: str, serial: int) -> int:
    return int(f"440311{klass}{serial:06}")


GAUGE, OTHER_GAUGE = code("8501", 1), code("8501", 2)
DETECTOR = code("8509", 1)
CAMERA = code("8601", 1)
REACH, OTHER_REACH = code("8202", 1), code("8202", 2)
BUILDING, OTHER_BUILDING = code("8101", 1), code("8101", 2)
GROUND_FLOOR, FIRST_FLOOR = code("8102", 1), code("8102", 2)
ROOM = code("8103", 1)
AREA = code("8802", 1)


def at(x: float, y: float) -> shapely.Point:
    """Return a place, metres east and north of the town's corner."""
    return shapely.Point(X + x, Y + y)


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    return shapely.box(X + west, Y + south, X + east, Y + north)


def line(*places: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString([(X + x, Y + y) for x, y in places])


def say(
    connection: Connection, *entities: EntityChange, relations: tuple[NewRelation, ...] = ()
) -> None:
    record(connection, ChangeSet("test", "so it is", "test", entities, relations=relations))
    connection.commit()


def build(connection: Connection) -> None:
    """Record the town and commit."""
    say(
        connection,
        EntityChange(GAUGE, "水位计1", at(50, 4), properties={"mounting_level_m": 9.5}),
        EntityChange(OTHER_GAUGE, "水位计2", at(500, 500)),
        EntityChange(DETECTOR, "探测器1", at(5, 105), properties={"mounting_level_m": 14.0}),
        EntityChange(CAMERA, "摄像机1", at(60, 60)),
        EntityChange(REACH, "河段1", line((0, 0), (100, 0))),
        EntityChange(OTHER_REACH, "河段2", line((0, 30), (100, 30))),
        EntityChange(BUILDING, "一号楼", box(0, 100, 20, 120), 6.0),
        EntityChange(OTHER_BUILDING, "二号楼", box(30, 100, 50, 120), 6.0),
        EntityChange(
            GROUND_FLOOR, "一层", box(0, 100, 20, 120), 3.0, properties={"elevation_m": 10.0}
        ),
        EntityChange(
            FIRST_FLOOR, "二层", box(0, 100, 20, 120), 3.0, properties={"elevation_m": 13.0}
        ),
        EntityChange(ROOM, "201室", box(0, 100, 10, 110)),
        EntityChange(AREA, "警戒区", box(50, 50, 70, 70)),
        relations=(
            NewRelation(GROUND_FLOOR, "part_of", BUILDING, "declared"),
            NewRelation(FIRST_FLOOR, "part_of", BUILDING, "declared"),
            NewRelation(ROOM, "part_of", FIRST_FLOOR, "declared"),
        ),
    )


def links(connection: Connection) -> Links:
    """Return every link that stands, with everything that is said of it."""
    return {row[:3]: row[3:] for row in connection.execute(_LINKS).fetchall()}


def targets(connection: Connection, device: int) -> dict[str, int]:
    """Return what a device is linked to, by the kind of relation."""
    return {kind: target for origin, kind, target in links(connection) if origin == device}


def reasons(connection: Connection) -> dict[tuple[int, str], str]:
    """Return why devices have no link."""
    rows = connection.execute("SELECT origin, kind, reason FROM link_refusal").fetchall()
    return {row[:2]: row[2] for row in rows}
