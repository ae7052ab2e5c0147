"""Where entities lie: a point of each, and the sub-district, community and grid cell around it."""

from data.registry.staging import Cursor

AREA_CLASSES = {"sub_district": "8803", "community": "8804", "grid_cell": "8801"}

_MOVED = """
    CREATE TEMP TABLE moved ON COMMIT DROP AS
    SELECT code FROM next_state WHERE (is_new AND geom IS NOT NULL) OR 'geometry' = ANY (changed)"""

_POINTS = """
    INSERT INTO entity_place (code, point)
    SELECT code, ST_PointOnSurface(geom) FROM next_state JOIN moved USING (code)
    WHERE geom IS NOT NULL AND NOT ST_IsEmpty(geom)
    ON CONFLICT (code) DO UPDATE SET point = excluded.point"""

_NO_POINTS = """
    DELETE FROM entity_place p USING next_state n
    WHERE p.code = n.code AND NOT n.is_new AND n.geom IS NULL"""

_AREAS = """
    CREATE TEMP TABLE area ON COMMIT DROP AS
    SELECT code, class_code, geom FROM entity
    WHERE class_code IN ('8801', '8803', '8804') AND NOT retired AND geom IS NOT NULL"""

# What lies in a changed area, and what lay in it before.
_AROUND_CHANGED_AREAS = """
    INSERT INTO moved
    SELECT p.code FROM next_state a
    JOIN entity_place p ON a.code IN (p.sub_district, p.community, p.grid_cell)
    WHERE NOT a.is_new AND substr(a.code::text, 7, 4) IN ('8801', '8803', '8804')
    UNION
    SELECT p.code FROM next_state a JOIN entity e ON e.geom && a.geom
    JOIN entity_place p ON p.code = e.code AND ST_Intersects(a.geom, p.point)
    WHERE substr(a.code::text, 7, 4) IN ('8801', '8803', '8804')"""

_ASSIGN = """
    UPDATE entity_place p SET sub_district = found.sub_district, community = found.community,
           grid_cell = found.grid_cell
    FROM (SELECT p.code, min(a.code) FILTER (WHERE a.class_code = '8803') AS sub_district,
                 min(a.code) FILTER (WHERE a.class_code = '8804') AS community,
                 min(a.code) FILTER (WHERE a.class_code = '8801') AS grid_cell
          FROM entity_place p LEFT JOIN area a ON ST_Intersects(a.geom, p.point)
          WHERE p.code IN (SELECT code FROM moved) GROUP BY p.code) AS found
    WHERE found.code = p.code AND (p.sub_district, p.community, p.grid_cell)
        IS DISTINCT FROM (found.sub_district, found.community, found.grid_cell)"""


def settle(cursor: Cursor) -> None:
    """Bring ``entity_place`` in line with ``next_state``, which stands in ``entity`` already."""
    cursor.execute(_MOVED)
    cursor.execute(_POINTS)
    cursor.execute(_NO_POINTS)
    cursor.execute(_AREAS)
    if cursor.rowcount:
        cursor.execute("CREATE INDEX ON area USING gist (geom)")
        cursor.execute("ANALYZE area")
    _settle_areas(cursor, any_area=cursor.rowcount != 0)
    cursor.execute("DROP TABLE moved, area")


def _settle_areas(cursor: Cursor, *, any_area: bool) -> None:
    cursor.execute(_AROUND_CHANGED_AREAS)
    if any_area or cursor.rowcount:
        cursor.execute("ANALYZE moved")
        cursor.execute(_ASSIGN)
