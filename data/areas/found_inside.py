"""What was found inside areas: by its place in the register, its position, or a camera."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

import psycopg
from psycopg.rows import class_row
from psycopg.sql import SQL, Composed

from data.positions import mobile_classes
from data.registry import srid_of
from spatial.crs import area_of_use

Connection = psycopg.Connection[tuple[Any, ...]]
Kind = Literal["entity", "position", "detection"]
Mode = Literal["actual", "exercise", "replay"]

# What only touches an outline is not inside.
OVERLAPS = "ST_Intersects({one}, {other}) AND NOT ST_Touches({one}, {other})"

_COLUMNS = SQL("""
    kind, area, area_class, area_name, code, class_code AS klass, name, at, how, topic,
    ST_X(place) AS longitude, ST_Y(place) AS latitude""")

# A reading may come late, by a day as a rule; the bound keeps the planner from older chunks.
POSITIONS = SQL("""
    SELECT DISTINCT ON (a.code, p.entity) 'position' AS kind, a.code AS area,
           a.class_code AS area_class, a.name AS area_name, e.code, e.class_code, e.name,
           p.ts AS at, 'position' AS how, '' AS topic, p.geom AS geom
    FROM area a JOIN position p ON ST_Covers(a.geom, p.geom)
    JOIN entity e ON e.code = p.entity AND NOT e.retired
    WHERE p.ts > %(since)s::timestamptz - interval '1 day' AND p.received_at > %(since)s
    AND {which}
    ORDER BY a.code, p.entity, p.ts DESC""")

# An event lies where it says, in degrees of WGS 84; if it does not, in what its camera looks at,
# as far as that is the area itself or wholly in it.
DETECTIONS = SQL("""
    SELECT 'detection' AS kind, a.code AS area, a.class_code AS area_class, a.name AS area_name,
           e.code, e.class_code, e.name, v.ts AS at,
           CASE WHEN v.geom IS NULL THEN 'view' ELSE 'place' END AS how, v.topic,
           coalesce(v.geom, ST_PointOnSurface(a.geom)) AS geom
    FROM (
        SELECT camera, ts, topic, CASE WHEN said.x BETWEEN %(west)s AND %(east)s
                                        AND said.y BETWEEN %(south)s AND %(north)s
               THEN ST_Transform(ST_SetSRID(ST_MakePoint(said.x, said.y), 4326), %(srid)s)
               END AS geom, said.x IS NOT NULL AND said.y IS NOT NULL AS placed
        FROM video_event
        CROSS JOIN LATERAL (SELECT {longitude} AS x, {latitude} AS y) said
        WHERE ts > %(since)s::timestamptz - interval '1 day' AND received_at > %(since)s
        AND mode = %(mode)s AND NOT retained AND active IS DISTINCT FROM false
    ) v
    JOIN entity e ON e.code = v.camera AND NOT e.retired
    JOIN area a ON (v.geom IS NOT NULL AND ST_Covers(a.geom, v.geom)) OR (
        NOT v.placed AND EXISTS (
            SELECT FROM relation r JOIN entity t ON t.code = r.target
            WHERE r.origin = v.camera AND r.kind IN ('watches', 'covers')
            AND r.superseded_in IS NULL AND (t.code = a.code OR ST_Covers(a.geom, t.geom))))
    WHERE {which}""")


class FoundInside(NamedTuple):
    """Something inside an area.

    Attributes:
        kind: ``entity``: by its place in the register; ``position``: by its latest position;
            ``detection``: a video event.
        area: code of the area.
        area_class: its class.
        area_name: its name.
        code: of the entity, or of the camera.
        klass: its class.
        name: its name.
        at: since when the register says so, of the position, or of the event.
        how: ``in`` or ``partly``, ``position``; of an event ``place``: it says where it was,
            ``view``: its camera looks at the area, or at something in it.
        topic: of the event.
        longitude: of a place of it, WGS 84.
        latitude: alike.
    """

    kind: Kind
    area: int
    area_class: str
    area_name: str
    code: int
    klass: str
    name: str
    at: datetime
    how: str
    topic: str
    longitude: float
    latitude: float


def found(
    connection: Connection,
    area: Composed | SQL,
    parts: Sequence[Composed],
    told: dict[str, object],
    limit: int,
) -> list[FoundInside]:
    """Return what queries find inside areas, the latest first.

    Args:
        connection: to the store.
        area: query of areas: rows of ``entity``.
        parts: queries with the columns of ``POSITIONS``.
        told: parameters.
        limit: how many at most.
    """
    query = SQL("""
        WITH area AS MATERIALIZED ({area}), hit AS ({parts})
        SELECT {columns} FROM hit
        CROSS JOIN LATERAL ST_Transform(ST_PointOnSurface(hit.geom), 4326) AS place
        ORDER BY at DESC, area, code, topic LIMIT %(limit)s""")
    whole = query.format(
        area=area,
        parts=SQL(" UNION ALL ").join(SQL("(SELECT * FROM ({}) q)").format(one) for one in parts),
        columns=_COLUMNS,
    )
    with connection.cursor(row_factory=class_row(FoundInside)) as cursor:
        return cursor.execute(whole, told | {"limit": limit}).fetchall()


def detections(which: SQL | Composed) -> Composed:
    """Return the query of video events in areas."""
    return DETECTIONS.format(
        which=which,
        longitude=_number("longitude", "Longitude", "lon"),
        latitude=_number("latitude", "Latitude", "lat"),
    )


def bounds(connection: Connection) -> dict[str, object]:
    """Return the store's CRS and where it may be used, as parameters."""
    srid = srid_of(connection)
    area = area_of_use(f"EPSG:{srid}")
    sides = {side: getattr(area, side) for side in ("west", "south", "east", "north")}
    return {"srid": srid, "mobile": list(mobile_classes()), **sides}


def _number(*names: str) -> SQL:
    """Return the first of some members of an event's data that is a number, else NULL."""
    said = ", ".join(f"data ->> '{name}'" for name in names)
    return SQL(
        f"substring(coalesce({said}) FROM '^\\s*([+-]?[0-9]{{1,3}}(?:\\.[0-9]{{1,20}})?)\\s*$')"
        "::float8"
    )
