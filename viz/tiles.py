"""Vector tiles of the district, encoded by PostGIS from the register's Web Mercator column."""

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

import psycopg

MIN_ZOOM = 9
MAX_ZOOM = 18
SOURCE_MAX_ZOOM = 16
"""The last zoom a map needs to ask for: one tile unit is 15 cm there, so maps enlarge it."""

Bounds: TypeAlias = tuple[float, float, float, float]


class UnknownTileError(LookupError):
    """A tile that cannot exist. Ask for a layer and a place that the TileJSON names."""


class Drawn(NamedTuple):
    """Which entities appear in which vector layer, and from which zoom.

    Attributes:
        vector_layer: name of the layer inside the tile.
        class_codes: four-digit classes.
        min_zoom: first zoom at which they are drawn.
        label: whether a point for the name is drawn in place of the shape.
    """

    vector_layer: str
    class_codes: tuple[str, ...]
    min_zoom: int
    label: bool = False


LAYERS: Mapping[str, tuple[Drawn, ...]] = {
    "city": (
        Drawn("sub_district", ("8803",), MIN_ZOOM),
        Drawn("label", ("8803",), MIN_ZOOM, label=True),
        Drawn("label", ("8203",), 12, label=True),
        Drawn("water", ("8201", "8203"), MIN_ZOOM),
        Drawn("water", ("8202",), 12),
        Drawn("road", ("8401",), 10),
        Drawn("road", ("8402",), 12),
        Drawn("building", ("8101",), 10),
        Drawn("area", ("8701", "8702", "8802"), 13),
        Drawn("drainage", ("2115", "8302"), 14),
        Drawn("drainage", ("8301",), 14),
        Drawn("drainage", ("0103",), 15),
    ),
    "devices": (
        Drawn("device", tuple(f"85{minor:02}" for minor in (*range(1, 14), 99)), MIN_ZOOM),
        Drawn("device", ("8601",), 13),
    ),
}

_BUILDING = "8101"
_FIELDS = {"code": "String", "class": "String", "name": "String", "height": "Number"}

# Far away only what towers over the city is worth its bytes: (below this zoom, least height in m).
_BUILDING_HEIGHTS = ((11, 80.0), (12, 60.0), (13, 40.0), (14, 12.0))

# The buffer of 64 of 4096 units (1/64 of a tile) keeps lines and circles whole at tile edges.
_TILE = """
WITH tile AS (SELECT ST_TileEnvelope(%(z)s, %(x)s, %(y)s) AS box,
                     ST_TileEnvelope(%(z)s, %(x)s, %(y)s, margin => 0.015625) AS reach),
drawn AS (SELECT * FROM unnest(%(vector_layers)s::text[], %(class_codes)s::text[],
                               %(least_heights)s::float8[], %(labels)s::bool[])
          AS drawn (vector_layer, class_code, least_height, label)),
hit AS MATERIALIZED (
    SELECT entity.code, entity.class_code, entity.name, entity.height_m, entity.geom_3857,
           tile.box
    FROM entity, tile
    WHERE entity.geom_3857 && tile.reach AND NOT entity.retired
      AND entity.class_code = ANY (%(class_codes)s::bpchar[])),
shape AS (
    SELECT drawn.vector_layer, hit.code AS id, hit.code::text AS code,
           hit.class_code::text AS class, hit.name, hit.height_m AS height,
           ST_AsMVTGeom(CASE WHEN drawn.label THEN ST_PointOnSurface(hit.geom_3857)
                             ELSE hit.geom_3857 END,
                        hit.box, 4096, CASE WHEN drawn.label THEN 0 ELSE 64 END, true) AS geom
    FROM hit JOIN drawn ON drawn.class_code = hit.class_code
    WHERE drawn.least_height = 0 OR hit.height_m >= drawn.least_height)
SELECT coalesce(string_agg(encoded.bytes, ''::bytea), ''::bytea)
FROM (SELECT ST_AsMVT(feature, shape.vector_layer, 4096, 'geom', 'id') AS bytes
      FROM shape, LATERAL (SELECT shape.id, shape.code, shape.class, shape.name, shape.height,
                                  shape.geom OFFSET 0) AS feature
      WHERE shape.geom IS NOT NULL
      GROUP BY shape.vector_layer) AS encoded
"""


async def tile(
    connection: psycopg.AsyncConnection[Any], layer: str, z: int, x: int, y: int
) -> bytes:
    """Return one tile as Mapbox Vector Tile bytes; empty where nothing is drawn.

    Args:
        connection: an open connection to the store.
        layer: ``city`` or ``devices``.
        z: zoom, 9 to 18.
        x: column, 0 at 180 degrees west.
        y: row, 0 in the north.

    Raises:
        UnknownTileError: no such layer, zoom, column or row.
    """
    parameters = _parameters(layer, z, x, y)
    cursor = await connection.execute(_TILE, parameters)
    row = await cursor.fetchone()
    return bytes(row[0]) if row else b""


def tile_json(layer: str, *, bounds: Bounds, revision: int) -> dict[str, Any]:
    """Return the TileJSON 3.0 description of a layer; addresses are relative to the server.

    Args:
        layer: ``city`` or ``devices``.
        bounds: west, south, east and north of the district in degrees.
        revision: the register's revision; it stands in the address, so caches may keep a tile.

    Raises:
        UnknownTileError: no such layer.
    """
    drawn = _drawn(layer)
    first = min(entry.min_zoom for entry in drawn)
    return {
        "tilejson": "3.0.0",
        "name": layer,
        "tiles": [f"/tiles/{layer}/{{z}}/{{x}}/{{y}}.mvt?v={revision}"],
        "bounds": list(bounds),
        "minzoom": first,
        "maxzoom": SOURCE_MAX_ZOOM,
        "vector_layers": [
            {"id": name, "fields": dict(_FIELDS)}
            for name in dict.fromkeys(entry.vector_layer for entry in drawn)
        ],
    }


def _parameters(layer: str, z: int, x: int, y: int) -> dict[str, Any]:
    drawn = _drawn(layer)
    if not MIN_ZOOM <= z <= MAX_ZOOM:
        raise UnknownTileError(f"tile zoom {z!r}: expected {MIN_ZOOM} to {MAX_ZOOM}")
    if not (0 <= x < 2**z and 0 <= y < 2**z):
        raise UnknownTileError(f"tile {x!r}/{y!r} at zoom {z}: expected 0 to {2**z - 1} each")
    rows = [
        (entry.vector_layer, code, _least_height(code, z), entry.label)
        for entry in drawn
        if z >= entry.min_zoom
        for code in entry.class_codes
    ]
    vector_layers, class_codes, least_heights, labels = zip(*rows, strict=True)
    return {
        "z": z,
        "x": x,
        "y": y,
        "vector_layers": list(vector_layers),
        "class_codes": list(class_codes),
        "least_heights": list(least_heights),
        "labels": list(labels),
    }


def _drawn(layer: str) -> tuple[Drawn, ...]:
    try:
        return LAYERS[layer]
    except KeyError:
        raise UnknownTileError(
            f"tile layer {layer!r}: expected one of {', '.join(LAYERS)}"
        ) from None


def _least_height(class_code: str, z: int) -> float:
    if class_code != _BUILDING:
        return 0.0
    return next((least for below, least in _BUILDING_HEIGHTS if z < below), 0.0)
