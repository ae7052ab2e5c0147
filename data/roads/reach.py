"""What is reached in so many minutes from stations, with flooded roads closed."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import psycopg
import shapely
from shapely.geometry import MultiLineString, MultiPolygon

from data.roads.boxes import reached_box
from data.roads.building import ready
from data.roads.closures import Closure
from data.roads.driven import Edge, Tree, ewkb, grow, open_edges
from data.roads.land import driven_lines, land_of
from data.roads.spots import OFF_ROAD_M, Place, Spot, spots, too_far

Connection = psycopg.Connection[tuple[Any, ...]]
_S_A_MINUTE = 60.0


class Start(NamedTuple):
    """Where driving begins.

    Attributes:
        place: of the station.
        spot: on the nearest open road; None where there is none.
        reason: why nobody drives from it; empty if somebody does.
    """

    place: Place
    spot: Spot | None
    reason: str


class Reached(NamedTuple):
    """What is reached in a time.

    Attributes:
        minutes: the time.
        edges: how many edges, whole or in part.
        roads: them, cut where the time ends.
        length_m: of these.
        land: whose nearest open road is reached, and no farther than asked.
    """

    minutes: float
    edges: int
    roads: MultiLineString
    length_m: float
    land: MultiPolygon


class Reach(NamedTuple):
    """What is reached from stations.

    Attributes:
        starts: them, with those from which nobody drives.
        closed: what was closed.
        reached: by time, the shortest first.
    """

    starts: list[Start]
    closed: list[Closure]
    reached: list[Reached]


def reach(
    connection: Connection,
    stations: Sequence[Place],
    minutes: Sequence[float],
    closed: list[Closure],
    *,
    off_road_m: float = OFF_ROAD_M,
) -> Reach:
    """Return what is reached from the nearest of some stations.

    Args:
        connection: to the store.
        stations: where driving begins.
        minutes: driving times.
        closed: what nobody drives on.
        off_road_m: how far from a road a station, or land, may be.
    """
    network = ready(connection)
    found = starts(connection, stations, closed, off_road_m)
    longest = max(minutes) * _S_A_MINUTE
    box = reached_box(connection, driving(found), longest, network.fastest_kmh)
    tree = grow(connection, driving(found), closed, longest, box=box)
    edges = _edges_around(connection, tree, closed, 2 * off_road_m)
    land = land_of(tree, edges, off_road_m)
    reached = []
    for one in sorted(set(minutes)):
        parts = [driven_lines(tree, edge, one * _S_A_MINUTE) for edge in edges]
        roads = MultiLineString([line for lines in parts for line in lines])
        count = sum(1 for lines in parts if lines)
        area = land.reached(one * _S_A_MINUTE)
        reached.append(Reached(one, count, roads, roads.length, area))
    return Reach(found, closed, reached)


def starts(
    connection: Connection, stations: Sequence[Place], closed: list[Closure], off_road_m: float
) -> list[Start]:
    """Return stations with their spots on open roads, and why nobody drives from some."""
    beside = spots(connection, [place.point for place in stations], closed)
    return [
        Start(place, spot, too_far(spot, off_road_m) if place.point else "it has no place")
        for place, spot in zip(stations, beside, strict=True)
    ]


def driving(found: Sequence[Start]) -> list[Spot]:
    """Return the spots from which somebody drives."""
    return [start.spot for start in found if start.spot is not None and not start.reason]


def _edges_around(
    connection: Connection, tree: Tree, closed: list[Closure], margin_m: float
) -> list[Edge]:
    """Return the open edges around all that a tree reaches, and its own."""
    box = connection.execute(
        "SELECT ST_AsEWKB(ST_Expand(ST_Extent(geom)::geometry, %s)) FROM road_edge"
        " WHERE source = ANY (%s) OR target = ANY (%s) OR id = ANY (%s)",
        (margin_m, nodes := [node for node in tree.step if node > 0], nodes, list(tree.roots)),
    ).fetchone()
    if box is None or box[0] is None:
        return []
    wkb: bytes = box[0]
    return open_edges(connection, closed, ewkb(connection, shapely.from_wkb(wkb)))
