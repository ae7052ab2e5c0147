"""Where things are: in the plane, in a building, in the network; kept while the register stands."""

from collections.abc import Collection, Iterable
from typing import Any

import numpy as np
import psycopg

from alerts.incidents.linking import NO_GAUGES, Neighbours
from alerts.incidents.members import NOWHERE
from alerts.incidents.sites import Ground, Place, Site, Thing
from data.networks.register_network import REGISTER
from data.networks.shelf import Shelf

Connection = psycopg.Connection[tuple[Any, ...]]

_GAUGES = """
    SELECT g.code, ST_X(p.point), ST_Y(p.point)
    FROM entity g CROSS JOIN LATERAL (SELECT ST_PointOnSurface(g.geom) AS point) p
    WHERE g.class_code IN ('8503', '8511') AND NOT g.retired AND g.geom IS NOT NULL
    ORDER BY g.code"""
_THINGS = """
    SELECT e.code, e.class_code, ST_X(p.point), ST_Y(p.point),
           CASE WHEN e.class_code = '8303' THEN (
                    SELECT min(r.target) FROM relation r WHERE r.origin = e.code
                    AND r.kind = 'drains_to' AND r.superseded_in IS NULL)
                WHEN e.class_code = '8301' THEN (
                    SELECT min(r.origin) FROM relation r WHERE r.target = e.code
                    AND r.kind = 'flows_to' AND r.superseded_in IS NULL)
           END AS node,
           (WITH RECURSIVE whole (code, class_code, depth) AS (
                SELECT e.code, e.class_code, 0 UNION
                SELECT t.code, t.class_code, w.depth + 1 FROM whole w
                JOIN relation r ON r.origin = w.code AND r.superseded_in IS NULL
                     AND r.kind IN ('located_in', 'part_of', 'monitors')
                JOIN entity t ON t.code = r.target WHERE w.depth < 6)
            SELECT min(code) FROM whole WHERE class_code = '8101') AS building
    FROM entity e
    LEFT JOIN LATERAL (SELECT ST_PointOnSurface(e.geom) AS point) p ON true
    WHERE e.code = ANY (%s)"""


class PlaceBook:
    """Places by what is known of the register; forgotten when it changes."""

    def __init__(self, shelf: Shelf | None = None) -> None:
        self._shelf = Shelf() if shelf is None else shelf
        self._ground: Ground | None = None
        self._places: dict[Site, Place] = {}

    @property
    def neighbours(self) -> Neighbours:
        """Which rain gauges have no other one between them."""
        return NO_GAUGES if self._ground is None else self._ground.neighbours

    def look_up(self, connection: Connection, sites: Collection[Site]) -> dict[Site, Place]:
        """Return the places of alerts, in a few statements for any number."""
        graph, catchments = self._shelf.catchments(connection, REGISTER)
        ground = self._ground
        if ground is None or graph is not ground.graph:
            rows = connection.execute(_GAUGES).fetchall()
            ground = Ground.of(graph, catchments, {row[0]: (row[1], row[2]) for row in rows})
            self._ground, self._places = ground, {}
        missing = sorted(set(sites) - self._places.keys())
        if missing:
            self._places.update(ground.places(missing, _read_things(connection, missing)))
        return self._places


def _read_things(connection: Connection, sites: Iterable[Site]) -> dict[int, Thing]:
    codes = sorted({code for site in sites for code in site if code})
    rows = connection.execute(_THINGS, [codes]).fetchall()
    return {row[0]: _thing(*row[1:]) for row in rows}


def _thing(
    klass: str, x: float | None, y: float | None, node: int | None, building: int | None
) -> Thing:
    place = (np.nan, np.nan) if x is None or y is None else (x, y)
    return Thing(klass, *place, node or 0, building or NOWHERE)
