"""Which part of the network an answer can depend on: a box, out of which nobody drives in time."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.sql import SQL, Composed, Literal

from data.roads.spots import Spot

Connection = psycopg.Connection[tuple[Any, ...]]
Places = NDArray[np.float64]

_M_S_A_KMH = 1 / 3.6
_DETOUR = 3.0
"""How far around helpers is looked first, in distances from the incident: a way of twice the direct
one at a third of the highest speed is then proven to be the soonest."""
_MARGIN_M = 1_000.0
_SLACK = 1.1
"""Ends that are joined over a gap make a way shorter than it is on the ground, by a metre each."""

_PLACES = """
    SELECT ST_X(p), ST_Y(p)
    FROM unnest(%s::int8[], %s::float8[]) WITH ORDINALITY AS s (edge, fraction, number)
    JOIN road_edge e ON e.id = s.edge
    CROSS JOIN LATERAL ST_LineInterpolatePoint(e.geom, s.fraction) AS p
    ORDER BY s.number"""


class Box(NamedTuple):
    """Bounds in the store's CRS, metres."""

    west: float
    south: float
    east: float
    north: float

    def meets(self, srid: int) -> Composed:
        """Return the condition that an edge meets the box."""
        sides = SQL(", ").join(map(Literal, self))
        return SQL("geom && ST_MakeEnvelope({sides}, {srid})").format(sides=sides, srid=srid)

    def depth_m(self, places: Places) -> NDArray[np.float64]:
        """Return how far inside the nearest side each place (n, 2) lies."""
        x, y = places.T
        sides = [x - self.west, self.east - x, y - self.south, self.north - y]
        return np.asarray(np.min(sides, axis=0), np.float64)


def places_of(connection: Connection, spots: Sequence[Spot]) -> Places:
    """Return where spots are, float64[n, 2], metres in the store's CRS."""
    columns = [spot.edge for spot in spots], [spot.fraction for spot in spots]
    return np.array(connection.execute(_PLACES, columns).fetchall(), np.float64).reshape(-1, 2)


def reached_box(
    connection: Connection, roots: Sequence[Spot], within_s: float, fastest_kmh: float
) -> Box | None:
    """Return the box that nobody leaves who drives so long from some spots; None of no spot.

    Args:
        connection: to a store whose network is ready.
        roots: where driving begins.
        within_s: seconds.
        fastest_kmh: the highest speed that is driven anywhere.
    """
    if not roots:
        return None
    return _grown(places_of(connection, roots), _far_m(within_s, fastest_kmh))


def near_box(root: Places, others: Places) -> Box:
    """Return the box around a place (1, 2) and others (n, 2) in which ways are looked for first."""
    far_m = float(np.hypot(*(others - root).T).max(initial=0.0))
    return _grown(np.concatenate([root, others]), _DETOUR * far_m + _MARGIN_M)


def proven(
    box: Box, root: Places, others: Places, seconds: NDArray[np.float64], fastest_kmh: float
) -> bool:
    """Tell whether no way that leaves a box can be sooner than those that were found in it.

    Such a way is at least as long as it is from one of its ends out of the box and back in to the
    other one.

    Args:
        box: in which ways were looked for.
        root: (1, 2), one end of all.
        others: (n, 2), the other end of each.
        seconds: float64[n], of the ways that were found; infinite where none was.
        fastest_kmh: the highest speed that is driven anywhere.
    """
    outside_m = box.depth_m(others) + box.depth_m(root)
    return all(
        _far_m(late, fastest_kmh) <= away
        for late, away in zip(seconds.tolist(), outside_m.tolist(), strict=True)
    )


def _far_m(seconds: float, fastest_kmh: float) -> float:
    return _SLACK * seconds * fastest_kmh * _M_S_A_KMH


def _grown(places: Places, by_m: float) -> Box:
    west, south = places.min(axis=0) - by_m
    east, north = places.max(axis=0) + by_m
    return Box(float(west), float(south), float(east), float(north))
