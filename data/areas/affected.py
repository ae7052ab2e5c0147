"""The area that an alert concerns: for the map, for people counted in it, for a CAP message."""

from math import inf
from typing import Any, NamedTuple

import psycopg
import shapely
from shapely.geometry import MultiPolygon
from shapely.geometry.base import BaseGeometry

from data.areas.contents import UnknownAreaError
from data.reference.affected_areas import Reach, reach_of

Connection = psycopg.Connection[tuple[Any, ...]]

_POINT_M = 25.0
"""Around a thing that is only a point, where its own outline is asked for."""
_TOLERANCE_M = 2.0
_MOST_HOPS = 200

_ALERT = """
    SELECT a.domain, e.code, e.class_code, e.name, ST_AsBinary(e.geom)
    FROM alert a JOIN entity e ON e.code = a.entity WHERE a.id = %s"""

_DRAINING = """
    SELECT ST_AsBinary(e.geom) FROM relation r JOIN entity e ON e.code = r.origin
    WHERE r.target = %s AND r.kind = 'drains_to' AND r.superseded_in IS NULL
      AND e.class_code = '8303' AND NOT e.retired AND e.geom IS NOT NULL"""

_NEXT = """
    SELECT r.origin, n.code, coalesce(ST_Length(n.geom), 0), ST_AsBinary(n.geom)
    FROM relation r JOIN entity n ON n.code = r.target AND NOT n.retired
    WHERE r.origin = ANY (%s) AND r.superseded_in IS NULL AND r.kind IN ('flows_to', 'drains_to')
    ORDER BY 1, 2"""
_LENGTH = "SELECT coalesce(ST_Length(geom), 0) FROM entity WHERE code = %s"


class AffectedArea(NamedTuple):
    """Whom an alert concerns.

    Attributes:
        shape: polygons in the store's CRS.
        reach: the row of ``affected_areas.csv`` by which it was made.
        entity: code of the alert's entity.
        sentence: how it was made, for people.
    """

    shape: MultiPolygon
    reach: Reach
    entity: int
    sentence: str


def affected_area(connection: Connection, alert: int) -> AffectedArea:
    """Return the area that an alert concerns.

    Raises:
        UnknownAreaError: there is no such alert, or its entity has no place.
    """
    found = connection.execute(_ALERT, (alert,)).fetchone()
    if found is None:
        raise UnknownAreaError(f"alert {alert}: not in the store")
    domain, code, klass, name, wkb = found
    if wkb is None:
        raise UnknownAreaError(f"alert {alert}: its entity {code} has no place")
    reach = reach_of(klass, domain)
    shapes = shapely.from_wkb([wkb, *_further(connection, code, reach)]).tolist()
    return AffectedArea(_outline(shapes, reach), reach, code, _sentence(reach, name, len(shapes)))


def _further(connection: Connection, code: int, reach: Reach) -> list[bytes]:
    """Return the shapes, as WKB, of what belongs to the area beside the entity."""
    if reach.how == "catchment":
        rows = connection.execute(_DRAINING, (code,))
    elif reach.how == "downstream":
        return downstream_of(connection, code, reach.reach_m)
    else:
        return []
    return [wkb for (wkb,) in rows]


def downstream_of(connection: Connection, code: int, reach_m: float) -> list[bytes]:
    """Return the shapes of what water passes next within a distance, as WKB, nearest first.

    Lengths add up along the shortest way, so that the water is followed for a distance and not for
    a number of reaches; where ways part and meet again, each reach is looked at once.

    Args:
        connection: to the store.
        code: where the water begins; its own length counts.
        reach_m: farther off nothing begins.
    """
    first = connection.execute(_LENGTH, (code,)).fetchone()
    ends_m = {code: 0.0 if first is None else float(first[0])}
    shapes: dict[int, bytes | None] = {}
    front = [code]
    for _ in range(_MOST_HOPS):
        rows = connection.execute(_NEXT, (front,)).fetchall()
        nearer: set[int] = set()
        for origin, target, length_m, wkb in rows:
            end_m = ends_m[origin] + length_m
            if ends_m[origin] < reach_m and end_m < ends_m.get(target, inf):
                ends_m[target], shapes[target] = end_m, wkb
                nearer.add(target)
        front = sorted(nearer)
        if not front:
            break
    order = sorted(shapes, key=lambda each: ends_m[each])
    return [wkb for each in order if (wkb := shapes[each]) is not None]


def _outline(shapes: list[BaseGeometry], reach: Reach) -> MultiPolygon:
    """Return polygons: what has an area as it is, lines and points with their surroundings."""
    around = reach.reach_m if reach.how == "around" else _POINT_M
    keep = reach.how in ("itself", "catchment")
    wide = [
        shape if keep and shapely.get_dimensions(shape) == 2 else shape.buffer(around)  # noqa: PLR2004
        for shape in shapes
    ]
    united = shapely.simplify(shapely.union_all(wide), _TOLERANCE_M)
    polygons = [part for part in shapely.get_parts(united) if part.geom_type == "Polygon"]
    return MultiPolygon(polygons)


def _sentence(reach: Reach, name: str, shapes: int) -> str:
    match reach.how:
        case "itself":
            return f"{name} itself"
        case "around":
            return f"{reach.reach_m:g} m around {name}"
        case "catchment":
            return f"{name} and what drains into it: {shapes - 1} of its catchments"
        case "downstream":
            return f"{name} and the water below it for {reach.reach_m:g} m"
