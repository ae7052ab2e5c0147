"""The area of a message: what its alerts concern, as few rings of few points in WGS 84."""

from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
import shapely
from shapely.geometry.base import BaseGeometry

from alerts.cap.document import Area, Ring
from data.areas.affected import affected_area
from data.areas.contents import UnknownAreaError
from data.registry import srid_of

Connection = psycopg.Connection[tuple[Any, ...]]

MOST_RINGS = 20
MOST_POINTS = 400
"""Of all rings together: phones and loudspeakers have little memory."""

_MOST_LOOKED_AT = 12
_MOST_NAMES = 10
_AROUND_M = 50.0
_TOLERANCES_M = (0.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0)
_ENTITIES = """
SELECT (array_agg(a.id))[1], e.code, e.name, ST_AsBinary(e.geom)
FROM alert a JOIN entity e ON e.code = a.entity
WHERE a.id = ANY(%(alerts)s)
GROUP BY e.code, a.domain ORDER BY min(array_position(%(alerts)s, a.id))
"""
_IN_WGS84 = "SELECT ST_AsBinary(ST_Transform(ST_GeomFromWKB(%s, %s), 4326))"


def area_of(connection: Connection, alerts: Sequence[int]) -> Area:
    """Return whom alerts concern, the most important first.

    Of very many, the first twelve with the area that they affect and the rest with their
    surroundings; holes are filled, for a CAP polygon has none.
    """
    rows = connection.execute(_ENTITIES, {"alerts": list(alerts)}).fetchall()
    names = list(dict.fromkeys(name for _, _, name, _ in rows))
    counties = sorted({str(code)[:6] for _, code, _, _ in rows})
    places = shapely.from_wkb([wkb for *_, wkb in rows if wkb is not None])
    shapes = shapely.buffer(places, _AROUND_M).tolist()
    shapes += _affected(connection, [alert for alert, *_ in rows[:_MOST_LOOKED_AT]])
    rings = _rings(connection, bounded(shapes)) if shapes else []
    shown = names[:_MOST_NAMES]
    return Area([*shown, "…"] if len(names) > len(shown) else shown, rings, counties)


def _affected(connection: Connection, alerts: Iterable[int]) -> list[BaseGeometry]:
    found: list[BaseGeometry] = []
    for alert in alerts:
        try:
            found.append(affected_area(connection, alert).shape)
        except UnknownAreaError:
            continue
    return found


def bounded(shapes: Sequence[BaseGeometry]) -> list[shapely.Polygon]:
    """Return polygons that cover shapes, with at most so many rings and points.

    Outlines are simplified as little as suffices; where that is not enough, one hull covers all.
    """
    united = shapely.union_all([shape for shape in shapes if not shape.is_empty])
    filled = [shapely.Polygon(part.exterior) for part in _polygons(united)]
    for tolerance in _TOLERANCES_M:
        # Widened first, so that what is cut off does not lie inside what is affected.
        wider = [part.buffer(tolerance).simplify(tolerance) for part in filled]
        parts = [shapely.Polygon(one.exterior) for one in _polygons(shapely.union_all(wider))]
        points = sum(len(part.exterior.coords) for part in parts)
        if len(parts) <= MOST_RINGS and points <= MOST_POINTS:
            return parts
    hull = united.convex_hull.simplify(_TOLERANCES_M[-1])
    return _polygons(hull)


def _polygons(shape: BaseGeometry) -> list[shapely.Polygon]:
    parts = shapely.get_parts(shape).tolist()
    return [part for part in parts if isinstance(part, shapely.Polygon) and not part.is_empty]


def _rings(connection: Connection, polygons: Sequence[shapely.Polygon]) -> list[Ring]:
    wkb = shapely.to_wkb(shapely.MultiPolygon(list(polygons)))
    row = connection.execute(_IN_WGS84, [wkb, srid_of(connection)]).fetchone()
    geographic = shapely.from_wkb(row[0] if row else wkb)
    return [[(lat, lon) for lon, lat in part.exterior.coords] for part in _polygons(geographic)]
