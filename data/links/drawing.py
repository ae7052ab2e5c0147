"""Links as lines on the map."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import psycopg
import shapely
from psycopg.rows import dict_row
from psycopg.sql import SQL, Composed

from data.links.listing import Wanted, statement
from spatial.crs import WGS84
from spatial.feature_tables import Layout, framed

if TYPE_CHECKING:  # pandas takes half a second to load
    import geopandas as gpd

Connection = psycopg.Connection[tuple[Any, ...]]

LINES: Layout = {
    "id": "count", "device": "text", "device_name": "text", "relation": "text", "target": "text",
    "target_name": "text", "method": "text", "distance_m": "number", "confidence": "number",
}  # fmt: skip

# From the device to the nearest place of what it belongs to; of what it stands in, to its middle.
_LINES = SQL("""
    SELECT f.id, f.device::text, f.device_name, f.relation, f.target::text, f.target_name, f.method,
           f.distance_m, f.confidence,
           ST_AsBinary(ST_Transform(ST_MakeLine(p.point, CASE
               WHEN f.distance_m > 0 THEN ST_ClosestPoint(t.geom, p.point) ELSE q.point END),
               4326)) AS line
    FROM ({links}) AS f
    LEFT JOIN entity_place p ON p.code = f.device
    LEFT JOIN entity_place q ON q.code = f.target
    LEFT JOIN entity t ON t.code = f.target""")


def lines_statement(wanted: Wanted, most: int) -> tuple[Composed, Mapping[str, object]]:
    """Return the query for links as lines, and its parameters."""
    links, told = statement(wanted, most)
    return _LINES.format(links=links), told


def lines_table(rows: Sequence[Mapping[str, Any]]) -> "gpd.GeoDataFrame":
    """Return the rows of ``lines_statement`` as a table with lines in WGS 84."""
    wkb = np.empty(len(rows), object)
    wkb[:] = [row["line"] for row in rows]
    return framed(rows, shapely.from_wkb(wkb), LINES, WGS84)


def drawn_links(connection: Connection, wanted: Wanted, most: int) -> "gpd.GeoDataFrame":
    """Return links as a table with lines from each device to what it belongs to."""
    query, told = lines_statement(wanted, most)
    with connection.cursor(row_factory=dict_row) as cursor:
        return lines_table(cursor.execute(query, told).fetchall())
