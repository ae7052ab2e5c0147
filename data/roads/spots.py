"""Places beside roads: the nearest point of the nearest open edge."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import psycopg
import shapely
from psycopg.sql import SQL, Composed, Literal
from shapely.geometry import Point

from data.reference import entity_classes, major_classes
from data.registry import srid_of
from data.roads.closures import Closure, UnknownPlaceError

Connection = psycopg.Connection[tuple[Any, ...]]

STATIONS = ("8704",)
"""Rescue stations, where the caller names none."""
OFF_ROAD_M = 500.0
"""From a road, up to which a place counts as beside it; a project default."""
_INSIDE = 1e-6
"""Spots keep away from the ends of an edge, where pgRouting would take the node for them."""

_NEAREST = """
    SELECT p.number, e.id, ST_LineLocatePoint(e.geom, p.point), ST_Distance(e.geom, p.point)
    FROM (SELECT number, ST_GeomFromEWKB(wkb) AS point
          FROM unnest(%(wkb)s::bytea[]) WITH ORDINALITY AS u (wkb, number)) p
    CROSS JOIN LATERAL (SELECT id, geom FROM road_edge WHERE {open}
                        ORDER BY geom <-> p.point LIMIT 1) e
    ORDER BY p.number"""
_PLACES = """
    SELECT e.code, e.class_code, e.name, ST_AsBinary(w.point)
    FROM entity e LEFT JOIN entity_place w USING (code)
    WHERE NOT e.retired AND (e.code = ANY (%(codes)s) OR e.class_code = ANY (%(classes)s)
                          OR left(e.class_code, 2) = ANY (%(classes)s))
    ORDER BY e.code"""


class Place(NamedTuple):
    """Where something is; ``code`` 0 is no entity, ``point`` None is nowhere."""

    code: int
    klass: str
    name: str
    point: Point | None


class Spot(NamedTuple):
    """A place on an edge.

    Attributes:
        edge: id of it.
        fraction: of its length from its source, between 0 and 1.
        off_road_m: from the place to the edge.
    """

    edge: int
    fraction: float
    off_road_m: float


def places(
    connection: Connection, codes: Sequence[int] = (), classes: Sequence[str] = ()
) -> list[Place]:
    """Return entities in use, by code or by class, in the order of their codes.

    Raises:
        UnknownPlaceError: a code that is of no entity in use, a class that is none.
    """
    known_classes(classes)
    told = {"codes": list(codes), "classes": list(classes)}
    found = [
        Place(code, klass, name, point_of(wkb))
        for code, klass, name, wkb in connection.execute(_PLACES, told)
    ]
    if unknown := sorted(set(codes) - {place.code for place in found}):
        raise UnknownPlaceError(f"entity {unknown[0]}: expected one in use")
    return found


def known_classes(classes: Sequence[str]) -> None:
    """Refuse what is no class of four digits and no major class of two.

    Raises:
        UnknownPlaceError: one of them.
    """
    for klass in classes:
        if klass not in entity_classes() and klass not in major_classes():
            raise UnknownPlaceError(f"class {klass!r}: expected a row of the table, e.g. 2115")


def point_of(wkb: bytes | None) -> Point | None:
    """Return a point as the store has it."""
    shape = None if wkb is None else shapely.from_wkb(wkb)
    return shape if isinstance(shape, Point) else None


def spots(
    connection: Connection, points: Sequence[Point | None], closed: Sequence[Closure]
) -> list[Spot | None]:
    """Return the spot nearest to each point, however far; None where there is no road or point.

    Args:
        connection: to a store whose network is ready.
        points: in the store's CRS.
        closed: edges of these are passed over.
    """
    known = [number for number, point in enumerate(points) if point is not None]
    srid = srid_of(connection)
    wkb = [shapely.to_wkb(shapely.set_srid(points[at], srid), include_srid=True) for at in known]
    query = SQL(_NEAREST).format(open=is_open(closed))
    found: list[Spot | None] = [None] * len(points)
    for number, edge, fraction, distance in connection.execute(query, {"wkb": wkb}):
        inside = min(max(fraction, _INSIDE), 1 - _INSIDE)
        found[known[number - 1]] = Spot(edge, round(inside, 7), distance)
    return found


def is_open(closed: Sequence[Closure]) -> Composed:
    """Return the condition that an edge is none of what is closed."""
    codes = Literal([closure.code for closure in closed])
    return SQL(
        "(section = ANY ({codes}::int8[]) OR road = ANY ({codes}::int8[])) IS NOT TRUE"
    ).format(codes=codes)


def too_far(spot: Spot | None, most_m: float) -> str:
    """Return why nobody drives to or from a spot; empty if somebody does."""
    if spot is None:
        return "there is no open road"
    if spot.off_road_m > most_m:
        return f"{spot.off_road_m:,.0f} m from the nearest open road, more than {most_m:g} m"
    return ""
