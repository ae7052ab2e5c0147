"""Checks of where entities lie, and of what lies or is called alike there."""

from data.registry.health.check import Check, Severity

_NO_PLACE = """
    SELECT e.code, 'no geometry, or an empty one' AS sentence FROM entity e
    WHERE NOT e.retired AND e.class_code <> ALL (%(placeless)s)
    AND NOT EXISTS (SELECT FROM entity_place p WHERE p.code = e.code)"""

# An outline that the register itself holds wins over the generalised one of the table, whose points
# within the tolerance say nothing.
_COUNTIES = """
    WITH own AS (
        SELECT code / 10000000000 AS county, min(name) AS name, ST_Union(geom) AS outline
        FROM entity WHERE class_code = '8805' AND NOT retired AND geom IS NOT NULL GROUP BY 1
    ), known AS (
        SELECT county, name, ST_GeomFromEWKB(outline) AS outline, ST_GeomFromEWKB(grown) AS grown
        FROM unnest(%(counties)s::int8[], %(county_names)s::text[], %(outlines)s::bytea[],
                    %(grown)s::bytea[]) AS listed (county, name, outline, grown)
    ), county AS MATERIALIZED (
        SELECT county, coalesce(own.name, known.name) AS name,
               coalesce(own.outline, known.outline) AS outline,
               coalesce(own.outline, known.grown) AS grown
        FROM own FULL JOIN known USING (county)
    )"""


def _among_counties(query: str) -> str:
    return _COUNTIES + query


_OUTSIDE_DISTRICT = _among_counties(
    """
    SELECT e.code, format('%%s m outside county %%s %%s, within which its code says that it lies',
                          round(ST_Distance(c.outline, p.point)), c.county, c.name) AS sentence
    FROM county c
    JOIN entity e ON e.code BETWEEN c.county * 10000000000 AND c.county * 10000000000 + 9999999999
    JOIN entity_place p USING (code)
    WHERE NOT e.retired AND NOT ST_Intersects(c.grown, p.point)"""
)

_COUNTY_UNKNOWN = _among_counties(
    """
    SELECT NULL::int8 AS code,
           format('%%s entities of county %%s cannot be judged: it has no outline',
                  count(*), e.code / 10000000000) AS sentence
    FROM entity e JOIN entity_place p USING (code)
    WHERE NOT e.retired AND e.code / 10000000000 NOT IN (SELECT county FROM county)
    GROUP BY e.code / 10000000000"""
)

# What lies within a metre shares a cell of 16 m with one corner of the other's two metres' square.
# One number for class, column and row: joined by three, the planner sorts by one of them.
_DUPLICATE_PLACE = """
    WITH spot AS MATERIALIZED (
        SELECT class_code, x, y, min(code) AS code, array_agg(code) AS codes
        FROM (SELECT code, class_code, ST_X(ST_Centroid(geom)) AS x, ST_Y(ST_Centroid(geom)) AS y
              FROM entity
              WHERE NOT retired AND geom IS NOT NULL AND class_code <> ALL (%(stacked)s)) AS e
        WHERE x IS NOT NULL GROUP BY 1, 2, 3
    ), cornered AS (
        SELECT spot.*, (class_code::int8 * 16777216 + floor((x + dx) / 16)::int8) * 16777216
                       + floor((y + dy) / 16)::int8 AS cell
        FROM spot CROSS JOIN (VALUES (-1, -1), (-1, 1), (1, -1), (1, 1)) AS corner (dx, dy)
    ), pair AS (
        SELECT other.code, spot.code AS near, 0 AS distance
        FROM spot CROSS JOIN unnest(spot.codes) AS other (code)
        WHERE cardinality(spot.codes) > 1 AND other.code <> spot.code
        UNION ALL
        SELECT b.code, a.code, sqrt((a.x - b.x) ^ 2 + (a.y - b.y) ^ 2)
        FROM spot a JOIN cornered b ON b.cell
            = (a.class_code::int8 * 16777216 + floor(a.x / 16)::int8) * 16777216
              + floor(a.y / 16)::int8
        WHERE a.class_code = b.class_code AND a.code < b.code
        AND (a.x - b.x) ^ 2 + (a.y - b.y) ^ 2 <= 1
    )
    SELECT DISTINCT ON (code) code,
           format('%%s m from entity %%s of the same class', round(distance::numeric, 2), near)
               AS sentence
    FROM pair WHERE NOT EXISTS (
        SELECT FROM relation r WHERE r.kind = 'part_of' AND r.superseded_in IS NULL
        AND ((r.origin, r.target) = (pair.code, near) OR (r.origin, r.target) = (near, pair.code)))
    ORDER BY code, distance, near"""

# More than 50 of a class with one name: that is what they are, not what they are called.
_DUPLICATE_NAME = """
    WITH called AS MATERIALIZED (
        SELECT class_code, name FROM entity WHERE NOT retired AND name <> ''
        GROUP BY class_code, name HAVING count(*) BETWEEN 2 AND 50
    ), held AS MATERIALIZED (
        SELECT e.class_code, e.name, e.code, p.point
        FROM called JOIN entity e USING (class_code, name) JOIN entity_place p USING (code)
        WHERE NOT e.retired
    ), alike AS (
        SELECT b.code, format('entity %%s, %%s m away, has the same class and name', a.code,
                              round(ST_Distance(a.point, b.point))) AS sentence
        FROM held a JOIN held b USING (class_code, name)
        WHERE a.code < b.code AND ST_DWithin(a.point, b.point, 50)
        UNION ALL
        SELECT other.code, format('entity %%s, a part of the same whole, has the same class and'
                                  ' name', first)
        FROM (SELECT min(e.code) AS first, array_agg(e.code) AS codes
              FROM relation r JOIN entity e ON e.code = r.origin
              WHERE r.kind = 'part_of' AND r.superseded_in IS NULL AND NOT e.retired
              AND e.name <> '' GROUP BY r.target, e.class_code, e.name HAVING count(*) > 1) AS g
        CROSS JOIN unnest(codes) AS other (code) WHERE other.code <> first
    )
    SELECT DISTINCT ON (code) code, sentence FROM alike ORDER BY code, sentence"""

PLACING = (
    Check(
        "no-place",
        Severity.ERROR,
        "entities without a place",
        "没有位置的实体",
        "give it a geometry; what has none of its own (storeys, spaces, systems) is not asked",
        _NO_PLACE,
    ),
    Check(
        "outside-district",
        Severity.ERROR,
        "entities that lie outside the county of their code",
        "位于编码所属区县之外的实体",
        "correct its place, or renumber it into the county in which it lies",
        _OUTSIDE_DISTRICT,
    ),
    Check(
        "county-unknown",
        Severity.NOTICE,
        "counties whose entities cannot be judged by their place",
        "没有边界而无法判断位置的区县",
        "import the county's outline as an entity of class 8805",
        _COUNTY_UNKNOWN,
    ),
    Check(
        "duplicate-place",
        Severity.WARNING,
        "entities within a metre of another of the same class",
        "一米之内有同类实体",
        "look; merge them if they are one, let them stand if they are two",
        _DUPLICATE_PLACE,
    ),
    Check(
        "duplicate-name",
        Severity.WARNING,
        "entities with the name of another of the same class within 50 m or in the same whole",
        "50 米内或同一整体中的同类同名实体",
        "look; merge them if they are one, else give one another name",
        _DUPLICATE_NAME,
    ),
)
