"""Which entities are in, partly in or near an area, and above, below or level with it."""

from typing import Any, Literal, NamedTuple

import psycopg
import shapely
from psycopg.rows import class_row
from psycopg.sql import SQL
from shapely.geometry.base import BaseGeometry

from data.areas.heights import level_of
from data.registry import srid_of

Connection = psycopg.Connection[tuple[Any, ...]]
Relation = Literal["in", "partly", "near"]
Side = Literal["above", "below", "level"]
RELATIONS: tuple[Relation, ...] = ("in", "partly", "near")

_AREA = """
    SELECT ST_AsEWKB(geom), (properties->>'floor_m')::float8, (properties->>'ceiling_m')::float8
    FROM entity WHERE code = %s AND NOT retired AND geom IS NOT NULL"""

# ST_DWithin of nothing meters is what touches it; both take the index.
_CONTENTS = """
    WITH area AS MATERIALIZED (SELECT ST_MakeValid(%(area)s::geometry) AS geom),
    found AS (
        SELECT e.code, e.class_code, e.name,
               CASE WHEN ST_Covers(a.geom, e.geom) THEN 'in'
                    WHEN ST_Intersects(a.geom, e.geom) THEN 'partly' ELSE 'near' END AS relation,
               ST_Distance(a.geom, e.geom) AS distance_m,
               {base} AS base_m, {top} AS top_m, e.geom, a.geom AS area
        FROM area a JOIN entity e ON ST_DWithin(e.geom, a.geom, %(near_m)s)
        LEFT JOIN LATERAL (
            SELECT min(m.base_m) AS base_m, max(m.top_m) AS top_m
            FROM model_element m WHERE m.code = e.code) b ON true
        WHERE NOT e.retired AND e.code > %(after)s AND e.code <> %(but)s
          AND (%(klass)s::text IS NULL OR starts_with(e.class_code, %(klass)s))),
    sided AS (
        SELECT *, CASE WHEN top_m <= %(floor_m)s THEN 'below'
                       WHEN base_m >= %(ceiling_m)s THEN 'above'
                       WHEN base_m < %(ceiling_m)s AND top_m > %(floor_m)s THEN 'level'
                  END AS side
        FROM found)
    SELECT code, class_code AS klass, name, relation, distance_m,
           CASE relation WHEN 'in' THEN 1.0 WHEN 'near' THEN 0.0 ELSE
                CASE ST_Dimension(geom)
                    WHEN 2 THEN ST_Area(inside) / nullif(ST_Area(whole), 0)
                    WHEN 1 THEN ST_Length(inside) / nullif(ST_Length(whole), 0)
                END END AS share,
           base_m, top_m, side
    FROM sided
    LEFT JOIN LATERAL (SELECT ST_UnaryUnion(ST_MakeValid(geom)) AS whole OFFSET 0) w
         ON relation = 'partly'
    LEFT JOIN LATERAL (SELECT ST_Intersection(whole, area) AS inside OFFSET 0) i ON true
    WHERE relation = ANY (%(relations)s) AND (%(side)s::text IS NULL OR side = %(side)s)
    ORDER BY code LIMIT %(limit)s"""


class UnknownAreaError(LookupError):
    """An area that the register does not have, or that has no outline. Look for its code."""


class Area(NamedTuple):
    """An outline, and between which levels it is meant.

    Attributes:
        wkb: EWKB in the store's CRS.
        floor_m: lowest level, None for whatever level.
        ceiling_m: highest level, alike.
        code: of the entity that it is; 0 where it is none.
    """

    wkb: bytes
    floor_m: float | None = None
    ceiling_m: float | None = None
    code: int = 0


class Choice(NamedTuple):
    """Which of the entities at an area.

    Attributes:
        relations: how they lie to it.
        near_m: how far away ``near`` goes, metres.
        klass: two or four digits; None for every class.
        side: seen upwards; None for every one, known or not.
        after: code after which to begin.
        limit: how many at most.
    """

    relations: tuple[Relation, ...] = RELATIONS
    near_m: float = 0.0
    klass: str | None = None
    side: Side | None = None
    after: int = 0
    limit: int = 100


class Content(NamedTuple):
    """An entity at an area.

    Attributes:
        code: of the entity.
        klass: its class.
        name: its name.
        relation: ``in``: wholly, the outline included; ``partly``: it crosses or touches; ``near``:
            outside, no farther than asked.
        distance_m: from the area, 0 inside.
        share: how much of it lies inside, 0 to 1; None for several points of which some do.
        base_m: its lowest level; None where nobody said it.
        top_m: its highest level, alike.
        side: above, below or level with the area; None where one of the levels is not known.
    """

    code: int
    klass: str
    name: str
    relation: str
    distance_m: float
    share: float | None
    base_m: float | None
    top_m: float | None
    side: str | None


def area_of(connection: Connection, code: int) -> Area:
    """Return the outline of an entity, with the levels that it says.

    Raises:
        UnknownAreaError: it is not in the register, or has no place.
    """
    found = connection.execute(_AREA, (code,)).fetchone()
    if found is None:
        raise UnknownAreaError(f"entity {code}: expected one in use that has an outline")
    wkb, floor_m, ceiling_m = found
    return Area(wkb, floor_m, ceiling_m, code)


def area_around(connection: Connection, shape: BaseGeometry) -> Area:
    """Return a shape in the store's CRS as an area."""
    told = shapely.set_srid(shape, srid_of(connection))
    return Area(shapely.to_wkb(told, include_srid=True))


def contents(connection: Connection, area: Area, choice: Choice) -> list[Content]:
    """Return the entities at an area in the order of their codes; itself is not among them."""
    query = SQL(_CONTENTS).format(base=level_of("base"), top=level_of("top"))
    told = choice._asdict() | {
        "area": area.wkb,
        "but": area.code,
        "floor_m": area.floor_m,
        "ceiling_m": area.ceiling_m,
        "relations": list(choice.relations),
    }
    with connection.cursor(row_factory=class_row(Content)) as cursor:
        return cursor.execute(query, told).fetchall()
