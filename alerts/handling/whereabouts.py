"""What a find is about: the thing near it, the area around it, the open alert of the same."""

from typing import Any, NamedTuple

import psycopg
from psycopg.rows import tuple_row

from alerts.states import IS_OPEN
from data.reference.case_classes import CaseClass

Connection = psycopg.AsyncConnection[Any]

# Mercator's metres are longer than the ground's by 1 / cos(latitude); over some hundred metres
# that is exact enough, and there is no place on earth that it refuses.
_POINT = "ST_Transform(ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326), 3857)"
_REACH = "%(near)s / cos(radians(%(lat)s))"
_FITS = "(e.class_code = ANY (%(classes)s) OR left(e.class_code, 2) = ANY (%(classes)s))"

_NEAREST = f"""
SELECT e.code FROM entity e
WHERE NOT e.retired AND {_FITS} AND ST_DWithin(e.geom_3857, {_POINT}, {_REACH})
ORDER BY e.geom_3857 <-> {_POINT}, e.code LIMIT 1
"""  # noqa: S608 -- constants of this module
_AROUND = f"""
SELECT e.code FROM entity e
WHERE NOT e.retired AND e.class_code = ANY (%(areas)s) AND ST_Intersects(e.geom_3857, {_POINT})
ORDER BY array_position(%(areas)s, e.class_code), ST_Area(e.geom_3857), e.code LIMIT 1
"""  # noqa: S608 -- constants of this module
_KNOWN = """
SELECT ST_X(p.at), ST_Y(p.at) FROM entity e
LEFT JOIN LATERAL (SELECT ST_Transform(ST_PointOnSurface(e.geom), 4326) AS at) p ON true
WHERE e.code = %s AND NOT e.retired
"""
# Where the find is only in an area, two of them there are one only if they are near each other.
_SAME = f"""
SELECT a.id FROM alert a
JOIN entity e ON e.code = a.entity
LEFT JOIN series s ON s.id = a.series_id
CROSS JOIN LATERAL (
    SELECT coalesce(ST_Transform(ST_SetSRID(ST_MakePoint(a.lon, a.lat), 4326), 3857),
                    e.geom_3857) AS place) w
WHERE a.{IS_OPEN} AND a.mode = %(mode)s
  AND (a.rule = ANY (%(rules)s)
       OR a.domain = %(domain)s AND s.quantity = ANY (%(quantities)s) AND {_FITS})
  AND (a.entity = %(entity)s AND NOT (%(vague)s AND a.lon IS NOT NULL)
       OR ST_DWithin(w.place, {_POINT}, {_REACH}))
ORDER BY a.entity = %(entity)s DESC, ST_Distance(w.place, {_POINT}), a.id
LIMIT 1
FOR UPDATE OF a
"""  # noqa: S608 -- constants of this module
_AREAS = ["8801", "8804", "8803", "8805"]
_MOST_NORTH = 85.0


class PlaceUnknownError(ValueError):
    """A find at nothing that the register has. Name the entity, or correct the place."""


class Spot(NamedTuple):
    """Where a find is.

    Attributes:
        entity: code of the thing, or of the area.
        lon: longitude in degrees (WGS 84); None where thing and finder have no place.
        lat: latitude.
        vague: whether the entity is only the area around it.
    """

    entity: int
    lon: float | None
    lat: float | None
    vague: bool


async def spot_of(
    connection: Connection,
    found: CaseClass,
    entity: int | None,
    place: tuple[float, float] | None,
) -> Spot:
    """Return what a find is about.

    Args:
        connection: to the store.
        found: the class of the find.
        entity: that its finder named; None leaves it to the place.
        place: longitude and latitude where its finder said so.

    Raises:
        PlaceUnknownError: the entity is not in use, or nothing is at the place.
    """
    if entity is not None:
        return await _named(connection, entity, place)
    if place is None:
        raise PlaceUnknownError("place: expected a place or an entity")
    lon, lat = place
    if abs(lat) > _MOST_NORTH:
        raise PlaceUnknownError(f"latitude {lat!r}: expected within ±{_MOST_NORTH:g} degrees")
    given = {
        "lon": lon,
        "lat": lat,
        "near": found.near_m,
        "classes": list(found.entity_classes),
        "areas": _AREAS,
    }
    for query, vague in ((_NEAREST, False), (_AROUND, True)):
        code = await _first(connection, query, given)
        if code is not None:
            return Spot(code, lon, lat, vague)
    raise PlaceUnknownError(
        f"nothing of the register at longitude {lon!r}, latitude {lat!r}: expected a place in "
        "the district, or an entity"
    )


async def same_open(connection: Connection, found: CaseClass, mode: str, spot: Spot) -> int | None:
    """Return the open alert that means the same thing, and keep others from changing it."""
    given = {
        "mode": mode,
        "domain": found.domain,
        "rules": found.same_rules,
        "quantities": list(found.quantities),
        "classes": list(found.entity_classes),
        "near": found.near_m,
        **spot._asdict(),
    }
    return await _first(connection, _SAME, given)


async def _named(connection: Connection, entity: int, place: tuple[float, float] | None) -> Spot:
    async with connection.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_KNOWN, [entity])
        row = await cursor.fetchone()
    if row is None:
        raise PlaceUnknownError(f"entity {entity}: expected one in use")
    lon, lat = place or row
    return Spot(entity, lon, lat, vague=False)


async def _first(connection: Connection, query: str, given: dict[str, object]) -> int | None:
    async with connection.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(query.encode(), given)
        row = await cursor.fetchone()
    return None if row is None else int(row[0])
