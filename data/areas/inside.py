"""What is inside one area now: things, who moves, and what cameras saw there."""

from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from psycopg.sql import SQL

from data.areas.contents import area_of
from data.areas.found_inside import (
    OVERLAPS,
    POSITIONS,
    FoundInside,
    Mode,
    bounds,
    detections,
    found,
)

Connection = psycopg.Connection[tuple[Any, ...]]

_AREA = SQL("SELECT code, class_code, name, geom FROM entity WHERE code = %(area)s")
_OF_CLASS = SQL("(%(klass)s::text IS NULL OR starts_with(e.class_code, %(klass)s))")

# Who has told where they are is not at their place in the register.
_ENTITIES = SQL("""
    SELECT 'entity' AS kind, a.code AS area, a.class_code AS area_class, a.name AS area_name,
           e.code, e.class_code, e.name, c.recorded_at AS at,
           CASE WHEN ST_Covers(a.geom, e.geom) THEN 'in' ELSE 'partly' END AS how, '' AS topic,
           e.geom
    FROM area a JOIN entity e ON {overlaps} AND e.code <> a.code AND NOT e.retired
    JOIN change_set c ON c.id = e.change_set_id
    WHERE {of_class} AND NOT (e.class_code = ANY (%(mobile)s) AND EXISTS (
        SELECT FROM position p WHERE p.entity = e.code AND p.received_at > %(since)s
        AND p.ts > %(since)s::timestamptz - interval '1 day'))""").format(
    overlaps=SQL(OVERLAPS.format(one="e.geom", other="a.geom")), of_class=_OF_CLASS
)
_LATEST = SQL("""
    {of_class} AND p.ts = (SELECT max(ts) FROM position l WHERE l.entity = p.entity
                           AND l.ts > %(since)s::timestamptz - interval '1 day')""").format(
    of_class=_OF_CLASS
)


class Wanted(NamedTuple):
    """What is looked for inside an area.

    Attributes:
        klass: two or four digits, of cameras for what they saw; None for every class.
        since: positions and events count that arrived after it.
        mode: of events.
        limit: how many at most, the latest first.
    """

    klass: str | None
    since: datetime
    mode: Mode = "actual"
    limit: int = 100


def inside(connection: Connection, area: int, wanted: Wanted) -> list[FoundInside]:
    """Return what is inside an area, the latest first.

    Raises:
        UnknownAreaError: the area is not in the register, or has no place.
    """
    area_of(connection, area)
    told = wanted._asdict() | bounds(connection) | {"area": area}
    parts = [_ENTITIES, POSITIONS.format(which=_LATEST), detections(_OF_CLASS)]
    return found(connection, _AREA, parts, told, wanted.limit)
