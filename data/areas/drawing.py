"""What is at an area, and the area of an alert, as tables with geometry."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import psycopg
import shapely

from spatial.feature_tables import Layout, framed

if TYPE_CHECKING:  # pandas takes half a second to load
    import geopandas as gpd

Connection = psycopg.Connection[tuple[Any, ...]]

CONTENTS: Layout = {
    "code": "text", "printed": "text", "class": "text", "class_name_zh": "text",
    "class_name_en": "text", "name": "text", "relation": "text", "distance_m": "number",
    "share": "number", "base_m": "number", "top_m": "number", "side": "text",
}  # fmt: skip
ALERT: Layout = {
    "entity": "text", "sentence": "text", "area_m2": "number", "people.counted": "count",
    "people.estimated": "count", "people.unknown_buildings": "count", "buildings": "count",
}  # fmt: skip
_SHAPES = """
    SELECT ST_AsBinary(e.geom) FROM unnest(%s::int8[]) WITH ORDINALITY AS c (code, nth)
    JOIN entity e ON e.code = c.code ORDER BY c.nth"""


def contents_table(
    connection: Connection, documents: Sequence[Mapping[str, Any]], crs: str
) -> "gpd.GeoDataFrame":
    """Return entities at an area with their shapes in the store's CRS.

    Args:
        connection: to the store.
        documents: of the entities, with ``code``; all of them are in the register.
        crs: of the store.
    """
    codes = [int(one["code"]) for one in documents]
    wkb = np.array([row[0] for row in connection.execute(_SHAPES, (codes,))], object)
    return framed(documents, shapely.from_wkb(wkb), CONTENTS, crs)
