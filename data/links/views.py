"""What the cameras of the register see: polygons, with the buildings that stand in the way."""

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import psycopg
import shapely
from psycopg.sql import SQL

from data.links.loading import STANDING
from data.registry import srid_of
from spatial.fields_of_view import fields_of_view
from spatial.links import Entities, LinkRule, Method
from spatial.links.rules import Shapes, class_of
from spatial.soundness import stands

Connection = psycopg.Connection[tuple[Any, ...]]

BLOCKING = "8101"
"""The class of what stands in the way."""
_FEW = 200
"""Of more cameras it is quicker to take all buildings than to ask around each."""
_LEAST_M, _LEAST_DEG = 0.1, 0.1
"""What is less is a slip, and no view."""

_CAMERAS = """
    SELECT code, (properties ->> 'view_range_m')::float8,
           (properties ->> 'view_angle_deg')::float8, (properties ->> 'direction_deg')::float8,
           (properties ->> 'mounting_height_m')::float8
    FROM entity WHERE class_code = ANY (%(classes)s) AND properties ? 'view_range_m'
    AND (%(codes)s::int8[] IS NULL OR code = ANY (%(codes)s))"""
_AROUND = SQL("""
    SELECT e.code, ST_AsBinary(e.geom), e.height_m FROM entity e
    WHERE e.class_code = %(class)s AND {standing} AND e.geom IS NOT NULL
    AND (%(places)s::bytea IS NULL
         OR ST_DWithin(e.geom, ST_SetSRID(%(places)s::geometry, ST_SRID(e.geom)), %(reach)s))
    ORDER BY e.code""").format(standing=STANDING)


def covering(rules: Sequence[LinkRule]) -> dict[str, float]:
    """Return how far each class of camera is looked through at most, metres."""
    found: dict[str, float] = {}
    for rule in rules:
        if rule.method == Method.COVERS:
            farthest = max(rule.max_distance_m, found.get(rule.sensor_class, 0.0))
            found[rule.sensor_class] = farthest
    return found


def views_of(connection: Connection, devices: Entities, rules: Sequence[LinkRule]) -> Shapes | None:
    """Return what each device sees (n), None of what has no view; None where nothing has.

    A camera has a view if the register says how far it sees (``view_range_m``), how wide
    (``view_angle_deg``) and whither (``direction_deg``); its height above the ground helps.

    Args:
        connection: in a transaction.
        devices: of any class (n).
        rules: whose rules of covering say which classes matter, and how far at most.
    """
    limits = covering(rules)
    cameras = [int(klass) for klass in limits]
    rows = np.flatnonzero(np.isin(class_of(devices.code), cameras))
    if not len(rows):
        return None
    codes = devices.code[rows].tolist() if len(rows) <= _FEW else None
    asked = {"classes": list(limits), "codes": codes}
    known = set(codes or devices.code[rows].tolist())
    told = [row for row in connection.execute(_CAMERAS, asked) if row[0] in known]
    if not told:
        return None
    at = np.searchsorted(devices.code, [row[0] for row in told])
    table = _table(told, stands(devices.shape[at]), f"EPSG:{srid_of(connection)}")
    # What lies beyond its own class's limit would not be looked at again when it changes.
    most = np.array([limits[f"{klass:04}"] for klass in class_of(devices.code[at]).tolist()])
    table["range_m"] = table["range_m"].clip(upper=most)
    fields = fields_of_view(table, _buildings(connection, table))
    views = np.full(len(devices.code), None, dtype=object)
    views[at] = fields.geometry.to_numpy()
    return views


def _table(told: list[tuple[Any, ...]], places: Shapes, crs: str) -> gpd.GeoDataFrame:
    names = ("range_m", "horizontal_deg", "azimuth_deg", "height_m")
    columns = {
        name: np.array([row[at] for row in told], np.float64) for at, name in enumerate(names, 1)
    }
    for name, least in (("range_m", _LEAST_M), ("horizontal_deg", _LEAST_DEG)):
        columns[name][columns[name] < least] = np.nan
    return gpd.GeoDataFrame(columns, geometry=places, crs=crs)


def _buildings(connection: Connection, cameras: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    few = len(cameras) <= _FEW
    places = np.array(cameras.geometry, dtype=object)
    everywhere = shapely.multipoints(places[~shapely.is_missing(places)])
    asked = {
        "class": BLOCKING,
        "places": shapely.to_wkb(everywhere) if few else None,
        "reach": float(cameras["range_m"].max()) + 1,
    }
    rows = connection.execute(_AROUND, asked).fetchall()
    shapes = shapely.from_wkb(np.array([row[1] for row in rows], object))
    heights = np.array([row[2] for row in rows], np.float64)
    return gpd.GeoDataFrame({"height_m": heights}, geometry=shapes, crs=cameras.crs)
