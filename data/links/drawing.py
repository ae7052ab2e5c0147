"""Links as lines on the map."""

from collections.abc import Mapping

from psycopg.sql import SQL, Composed

from data.links.listing import Wanted, statement

# From the device to the nearest place of what it belongs to; of what it stands in, to its middle.
_LINES = SQL("""
    SELECT json_build_object(
        'type', 'Feature', 'id', f.id,
        'geometry', ST_AsGeoJSON(ST_Transform(ST_MakeLine(p.point, CASE
            WHEN f.distance_m > 0 THEN ST_ClosestPoint(t.geom, p.point) ELSE q.point END),
            4326), 7)::json,
        'properties', json_build_object(
            'device', f.device::text, 'device_name', f.device_name, 'relation', f.relation,
            'target', f.target::text, 'target_name', f.target_name, 'method', f.method,
            'distance_m', f.distance_m, 'confidence', f.confidence))::text AS feature
    FROM ({links}) AS f
    LEFT JOIN entity_place p ON p.code = f.device
    LEFT JOIN entity_place q ON q.code = f.target
    LEFT JOIN entity t ON t.code = f.target""")


def lines_statement(wanted: Wanted, most: int) -> tuple[Composed, Mapping[str, object]]:
    """Return the query for links as features of GeoJSON in WGS 84, and its parameters."""
    links, told = statement(wanted, most)
    return _LINES.format(links=links), told
