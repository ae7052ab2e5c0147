"""What came into areas in which it is out of place: no-go zones and land that is a river's."""

from datetime import datetime
from typing import Any

import psycopg
from psycopg.sql import SQL

from data.areas.found_inside import (
    OVERLAPS,
    POSITIONS,
    FoundInside,
    Mode,
    bounds,
    detections,
    found,
)
from data.reference.encroachments import encroachers

Connection = psycopg.Connection[tuple[Any, ...]]

MOST = 1_000

_AREAS = SQL("""
    SELECT code, class_code, name, geom, change_set_id FROM entity
    WHERE class_code = ANY (%(area_classes)s) AND NOT retired AND ST_Dimension(geom) = 2
    AND (%(areas)s::int8[] IS NULL OR code = ANY (%(areas)s))""")
_OUT_OF_PLACE = SQL("""
    EXISTS (SELECT FROM unnest(%(in_areas)s::text[], %(classes)s::text[]) AS k (area, klass)
            WHERE k.area = a.class_code AND starts_with(e.class_code, k.klass))""")

# Inside now, and not inside as the register stood then. Crews and what they drive are where they
# last said that they are.
_CAME = SQL("""
    SELECT 'entity' AS kind, a.code AS area, a.class_code AS area_class, a.name AS area_name,
           e.code, e.class_code, e.name, c.recorded_at AS at,
           CASE WHEN ST_Covers(a.geom, e.geom) THEN 'in' ELSE 'partly' END AS how, '' AS topic,
           e.geom
    FROM (SELECT coalesce(max(id), 0) AS before FROM change_set WHERE recorded_at <= %(since)s) w
    CROSS JOIN area a
    JOIN entity e ON {overlaps} AND NOT e.retired AND e.class_code <> ALL (%(mobile)s)
    JOIN change_set c ON c.id = greatest(a.change_set_id, e.change_set_id)
    WHERE greatest(a.change_set_id, e.change_set_id) > w.before AND {out_of_place}
    AND NOT EXISTS (
        SELECT FROM (
            SELECT a.geom WHERE a.change_set_id <= w.before
            UNION ALL
            SELECT v.geom FROM entity_version v WHERE v.code = a.code AND NOT v.retired
            AND v.created_in <= w.before AND v.superseded_in > w.before) was
        JOIN (
            SELECT e.geom WHERE e.change_set_id <= w.before
            UNION ALL
            SELECT v.geom FROM entity_version v WHERE v.code = e.code AND NOT v.retired
            AND v.created_in <= w.before AND v.superseded_in > w.before) stood
        ON {overlapped})""").format(
    overlaps=SQL(OVERLAPS.format(one="e.geom", other="a.geom")),
    overlapped=SQL(OVERLAPS.format(one="stood.geom", other="was.geom")),
    out_of_place=_OUT_OF_PLACE,
)


def encroachments(
    connection: Connection,
    since: datetime,
    *,
    areas: list[int] | None = None,
    mode: Mode = "actual",
    limit: int = MOST,
) -> list[FoundInside]:
    """Return what came into areas in which it is out of place, the latest first.

    ``encroachment_classes.csv`` says what is out of place in which class of area. A thing counts
    if it lies inside now and did not when ``since`` was, be it that the thing or the area changed;
    who moves, if a position inside arrived since; and every video event that arrived since.

    Args:
        connection: to the store.
        since: by our clock.
        areas: codes; all of the classes if None.
        mode: of video events.
        limit: how many at most.
    """
    rows = encroachers()
    told = bounds(connection) | {
        "since": since,
        "areas": areas,
        "mode": mode,
        "area_classes": sorted({row.area_class for row in rows}),
        "in_areas": [row.area_class for row in rows],
        "classes": [row.klass for row in rows],
    }
    parts = [_CAME, POSITIONS.format(which=_OUT_OF_PLACE), detections(SQL("true"))]
    return found(connection, _AREAS, parts, told, limit)
