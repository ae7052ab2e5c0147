"""The scene: everything a page must know before it can draw the district."""

from typing import Any, NamedTuple

import psycopg

from data.reference import alert_domains
from viz import palette
from viz.deck_layers import deck_json, live_layers
from viz.style import SENSORS, map_style
from viz.tiles import Bounds

Json = dict[str, Any]

QUIET_S = 2.0
"""How often a live connection says something at least; three times missed, a page turns grey."""

_BOUNDS = """
SELECT ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box)
FROM (SELECT ST_Extent(ST_Transform(geom_3857, 4326)) AS box
      FROM entity WHERE class_code = '8803' AND NOT retired) AS district
WHERE box IS NOT NULL
"""


class District(NamedTuple):
    """What a scene shows.

    Attributes:
        name_zh: Chinese name.
        name_en: English name.
        bounds: west, south, east and north in degrees.
        revision: the register's revision; tiles are cached by it.
    """

    name_zh: str
    name_en: str
    bounds: Bounds
    revision: int


def district_scene(district: District) -> Json:
    """Return the scene envelope of a district: style, deck layers, live addresses, view, words."""
    west, south, east, north = district.bounds
    return {
        "title": {"zh": district.name_zh, "en": district.name_en},
        "style": map_style(bounds=district.bounds, revision=district.revision),
        "deck": deck_json(before_id=SENSORS),
        "live": {
            "url": "/api/v1/live",
            "index": "/api/v1/live/index",
            "quiet_s": QUIET_S,
            "layers": live_layers(),
        },
        "view": {
            "longitude": (west + east) / 2,
            "latitude": (south + north) / 2,
            "bounds": list(district.bounds),
            "pitch": 20,
            "bearing": 0,
        },
        "legend": {"levels": _levels(), "domains": _domains()},
    }


async def district_bounds(connection: psycopg.AsyncConnection[Any]) -> Bounds | None:
    """Return the bounds of all sub-districts in degrees, or None before there are any."""
    cursor = await connection.execute(_BOUNDS)
    row = await cursor.fetchone()
    return None if row is None else (row[0], row[1], row[2], row[3])


def _levels() -> list[Json]:
    return [
        {
            "level": mark.level,
            "number": mark.number,
            "shape": mark.shape,
            "colour": mark.colour,
            "name": {"zh": mark.name_zh, "en": mark.name_en},
        }
        for mark in palette.LEVEL_MARKS
    ]


def _domains() -> list[Json]:
    return [
        {"domain": row.code, "name": {"zh": row.name_zh, "en": row.name_en}}
        for row in alert_domains().values()
    ]
