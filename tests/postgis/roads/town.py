"""A town of roads with known answers: a grid of 3 by 3 junctions, 360 m apart, at 36 km/h.

Every side takes 36 s. Junctions are numbered west to east, south to north::

    6 --- 7 --- 8
    |     |     |
    3 --- 4 --- 5
    |     |     |
    0 --- 1 --- 2
"""

from typing import Any

import psycopg
import shapely
from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry

from data.registry import ChangeSet, EntityChange, NewRelation, record
from data.roads.driven import Edge
from data.roads.spots import Place
from tests.postgis.register import X, Y

Connection = psycopg.Connection[tuple[Any, ...]]

SIDE_M, SIDE_S = 360.0, 36.0
LIMIT = 36 / 0.7
"""A speed limit at which 36 km/h are driven."""
DRIVEN = {"x_maxspeed": f"{LIMIT:.2f}"}
SIDES = [(row * 3 + at, row * 3 + at + 1) for row in range(3) for at in range(2)] + [
    (at, at + 3) for at in range(6)
]


def code(klass: str, serial: int) -> int:
    return int(f"440311{klass}{serial:06}")


def section(one: int, other: int) -> int:
    """Return the code of the section between two junctions."""
    return code("8402", SIDES.index((one, other)) + 1)


def corner(number: int) -> tuple[float, float]:
    return X + number % 3 * SIDE_M, Y + number // 3 * SIDE_M


def at(x: float, y: float) -> Point:
    """Return a place, metres east and north of junction 0."""
    return Point(X + x, Y + y)


def line(*places: tuple[float, float]) -> LineString:
    return LineString([(X + x, Y + y) for x, y in places])


def station(x: float, y: float) -> Place:
    return Place(0, "", "", at(x, y))


def road(serial: int, shape: BaseGeometry, **properties: object) -> EntityChange:
    """Return a section on which 36 km/h are driven, unless properties say otherwise."""
    return EntityChange(
        code("8402", serial), f"段{serial}", shape, properties={**DRIVEN, **properties}
    )


def grid(**properties: dict[str, object]) -> list[EntityChange]:
    """Return the sections of the grid; further properties by junctions, as in ``_0_1``."""
    return [
        road(
            serial,
            LineString([corner(one), corner(other)]),
            **properties.get(f"_{one}_{other}", {}),
        )
        for serial, (one, other) in enumerate(SIDES, start=1)
    ]


def say(
    connection: Connection, *entities: EntityChange, relations: tuple[NewRelation, ...] = ()
) -> None:
    with connection.transaction():
        record(connection, ChangeSet("test", "so it is", "test", entities, relations=relations))
    connection.commit()


def edges(connection: Connection) -> list[Edge]:
    """Return the edges that stand."""
    rows = connection.execute(
        "SELECT id, source, target, ST_AsBinary(geom), length_m, cost_s, reverse_cost_s, section,"
        " road FROM road_edge ORDER BY id"
    ).fetchall()
    return [Edge._make((*row[:3], shapely.from_wkb(row[3]), *row[4:])) for row in rows]
